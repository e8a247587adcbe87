"""What the simulated people answer is always valid, and a skilful one is right."""

import random
from decimal import Decimal

import pytest

from contracts.items import (
    AssessmentContent,
    Essay,
    EssayResponse,
    FillIn,
    FillInResponse,
    Item,
    Matching,
    MatchingResponse,
    MultipleChoice,
    MultipleChoiceResponse,
    Ordering,
    OrderingResponse,
    SingleChoice,
    SingleChoiceResponse,
    response_adapter,
)
from examhall.rehearsal.answers import plausible, rubric_scores
from examhall.rehearsal.plan import Answer, plan
from examhall.rehearsal.script import SAMPLE

CONTENT = AssessmentContent.model_validate_json(SAMPLE.read_bytes())
ITEMS = [item for section in CONTENT.sections for item in section.items]


@pytest.mark.parametrize("item", ITEMS, ids=[item.item_id for item in ITEMS])
@pytest.mark.parametrize("skill", [0.0, 0.5, 1.0])
def test_every_answer_fits_its_item(item: Item, skill: float):
    for seed in range(10):
        response = plausible(item, skill, random.Random(seed))
        assert response.type == item.type
        assert response_adapter.validate_json(response.model_dump_json()) == response


def test_full_skill_is_right_and_none_is_wrong():
    for item in ITEMS:
        right, wrong = plausible(item, 1.0, random.Random(1)), plausible(item, -1.0, random.Random(1))
        match item, right, wrong:
            case SingleChoice(), SingleChoiceResponse(), SingleChoiceResponse():
                assert right.choice_id == item.key.correct != wrong.choice_id
            case MultipleChoice(), MultipleChoiceResponse(), MultipleChoiceResponse():
                assert set(right.choice_ids) == set(item.key.correct) != set(wrong.choice_ids)
            case Ordering(), OrderingResponse(), OrderingResponse():
                assert right.choice_ids == item.key.order != wrong.choice_ids
            case Matching(), MatchingResponse(), MatchingResponse():
                assert right.pairs == item.key.pairs
            case FillIn(), FillInResponse(), FillInResponse():
                assert all(right.texts[blank] in texts for blank, texts in item.key.accepted.items())


def test_reviewers_give_a_point_for_every_criterion_and_never_too_many():
    for item in ITEMS:
        if not isinstance(item, Essay):
            continue
        for seed in range(10):
            response = plausible(item, 0.7, random.Random(seed))
            assert isinstance(response, EssayResponse)
            scores = rubric_scores(item.key.rubric, response.text)
            assert [each.criterion_id for each in scores] == [each.criterion_id for each in item.key.rubric]
            assert all(
                Decimal(0) <= got.points <= line.points for got, line in zip(scores, item.key.rubric, strict=True)
            )


def test_a_plan_answers_nearly_everything_and_repeats_itself_for_a_seed():
    steps = plan(ITEMS, 0.7, random.Random(5))
    assert steps == plan(ITEMS, 0.7, random.Random(5))
    answered = {step.item_id for step in steps if isinstance(step, Answer)}
    assert len(answered) >= len(ITEMS) - 4
