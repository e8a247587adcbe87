"""Points for every type of item."""

import re
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from contracts.items import AssessmentContent, Item, Response, response_adapter
from scoring_svc.domain.scoring import score_all, score_item

item_adapter: TypeAdapter[Item] = TypeAdapter(Item)


def choices(text: str) -> Any:
    return [{"choice_id": each, "text": each.upper()} for each in text]


def item(kind: Any, key: Any, points: Any = "3", **form: Any) -> Any:
    return item_adapter.validate_python(
        {"item_id": "i1", "title": "Item", "prompt": "{{x}} {{y}} {{z}}", "points": points, "type": kind, "key": key}
        | form
    )


SINGLE = item("single_choice", {"correct": "a"}, choices=choices("abc"))
TRUE = item("true_false", {"correct": True})
ALL_RIGHT = item("multiple_choice", {"correct": ["a", "b", "c"]}, choices=choices("abcde"))
PARTLY_RIGHT = item("multiple_choice", {"correct": ["a", "b", "c"], "partial_credit": True}, choices=choices("abcde"))
TEXT = item("short_text", {"accepted": ["Rosalind Franklin", "Caf\u00e9"]})
EXACT_TEXT = item("short_text", {"accepted": ["NaCl"], "case_sensitive": True})
NUMBER = item("numeric", {"value": "9.81", "tolerance": "0.02"}, unit="m/s\u00b2")
RELATIVE = item("numeric", {"value": "-200", "tolerance": "0.05", "relative": True})
THOUSAND = item("numeric", {"value": "1234"})
ORDER = item("ordering", {"order": ["a", "b", "c", "d"]}, choices=choices("dcba"))
PARTLY_ORDER = item("ordering", {"order": ["a", "b", "c", "d"], "partial_credit": True}, choices=choices("dcba"))
PAIRS = item("matching", {"pairs": {"a": "x", "b": "y", "c": "x"}}, sources=choices("abc"), targets=choices("xyz"))
PARTLY_PAIRS = item(
    "matching",
    {"pairs": {"a": "x", "b": "y", "c": "x"}, "partial_credit": True},
    sources=choices("abc"),
    targets=choices("xyz"),
)
BLANKS = [{"blank_id": each, "label": each} for each in "xyz"]
ACCEPTED = {"x": ["one"], "y": ["two", "2"], "z": ["three"]}
GAPS = item("fill_in", {"accepted": ACCEPTED}, blanks=BLANKS)
ALL_GAPS = item("fill_in", {"accepted": ACCEPTED, "partial_credit": False}, blanks=BLANKS)
ESSAY = item("essay", {"rubric": [{"criterion_id": "depth", "title": "Depth", "points": "3"}]})
EVERY = [
    SINGLE, TRUE, ALL_RIGHT, PARTLY_RIGHT, TEXT, EXACT_TEXT, NUMBER, RELATIVE, THOUSAND, ORDER, PARTLY_ORDER, PAIRS,
    PARTLY_PAIRS, GAPS, ALL_GAPS, ESSAY,
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answer", "points"),
    [
        (SINGLE, {"choice_id": "a"}, "3"),
        (SINGLE, {"choice_id": "b"}, "0"),
        (SINGLE, {"choice_id": "nowhere"}, "0"),
        (TRUE, {"value": True}, "3"),
        (TRUE, {"value": False}, "0"),
        (ALL_RIGHT, {"choice_ids": ["c", "a", "b"]}, "3"),
        (ALL_RIGHT, {"choice_ids": ["a", "b"]}, "0"),
        (ALL_RIGHT, {"choice_ids": ["a", "b", "c", "d"]}, "0"),
        (PARTLY_RIGHT, {"choice_ids": ["a", "b", "c"]}, "3"),
        (PARTLY_RIGHT, {"choice_ids": ["a", "a", "a"]}, "1"),
        (PARTLY_RIGHT, {"choice_ids": ["a", "b"]}, "2"),
        (PARTLY_RIGHT, {"choice_ids": ["a", "b", "d"]}, "1"),
        (PARTLY_RIGHT, {"choice_ids": ["a", "b", "c", "d", "e"]}, "1"),
        (PARTLY_RIGHT, {"choice_ids": ["a", "d", "e"]}, "0"),
        (PARTLY_RIGHT, {"choice_ids": ["nowhere", "a"]}, "0"),
        (TEXT, {"text": "  rosalind \t FRANKLIN "}, "3"),
        (TEXT, {"text": "Rosalind Franklyn"}, "0"),
        (TEXT, {"text": "CAFE\u0301"}, "3"),
        (EXACT_TEXT, {"text": " NaCl"}, "3"),
        (EXACT_TEXT, {"text": "nacl"}, "0"),
        (NUMBER, {"text": "9,8"}, "3"),
        (NUMBER, {"text": "9.83 m/s\u00b2"}, "3"),
        (NUMBER, {"text": "9.8301"}, "0"),
        (NUMBER, {"text": "about ten"}, "0"),
        (RELATIVE, {"text": "\u2212190"}, "3"),
        (RELATIVE, {"text": "-210"}, "3"),
        (RELATIVE, {"text": "-189.999"}, "0"),
        (RELATIVE, {"text": "200"}, "0"),
        (THOUSAND, {"text": "1,234"}, "3"),
        (THOUSAND, {"text": "1 234"}, "3"),
        (ORDER, {"choice_ids": ["a", "b", "c", "d"]}, "3"),
        (ORDER, {"choice_ids": ["a", "b", "d", "c"]}, "0"),
        (PARTLY_ORDER, {"choice_ids": ["a", "b", "c", "d"]}, "3"),
        (PARTLY_ORDER, {"choice_ids": ["a", "b", "d", "c"]}, "1"),
        (PARTLY_ORDER, {"choice_ids": ["d", "a", "b", "c"]}, "2"),
        (PARTLY_ORDER, {"choice_ids": ["d", "c", "b", "a"]}, "0"),
        (PARTLY_ORDER, {"choice_ids": ["a", "b"]}, "1"),
        (PARTLY_ORDER, {"choice_ids": ["a", "b", "d", "b", "c", "c", "d"]}, "1"),
        (PAIRS, {"pairs": {"a": "x", "b": "y", "c": "x"}}, "3"),
        (PAIRS, {"pairs": {"a": "x", "b": "y"}}, "0"),
        (PARTLY_PAIRS, {"pairs": {"a": "x", "b": "y", "c": "z"}}, "2"),
        (PARTLY_PAIRS, {"pairs": {"a": "x", "nowhere": "y"}}, "1"),
        (GAPS, {"texts": {"x": "ONE", "y": " 2 ", "z": "four"}}, "2"),
        (GAPS, {"texts": {"x": "one", "y": "two", "z": "three"}}, "3"),
        (ALL_GAPS, {"texts": {"x": "one", "y": "two"}}, "0"),
        (ALL_GAPS, {"texts": {"x": "one", "y": "two", "z": "three"}}, "3"),
    ],
)
def test_a_response_earns(question: Any, answer: Any, points: Any) -> None:
    score = score_item(question, response_adapter.validate_python({"type": question.type} | answer))
    assert score.points == Decimal(points)
    assert score.answered


def test_thirds_are_rounded_half_up_to_four_decimals() -> None:
    question = PARTLY_PAIRS.model_copy(update={"points": Decimal(1)})
    answer = response_adapter.validate_python({"type": "matching", "pairs": {"a": "x", "b": "y"}})
    assert score_item(question, answer).points == Decimal("0.6667")


def test_an_essay_waits_for_a_reviewer() -> None:
    score = score_item(ESSAY, response_adapter.validate_python({"type": "essay", "text": "I think."}))
    assert score.points is None
    assert score.answered


@pytest.mark.parametrize("question", EVERY, ids=lambda each: each.type)
def test_no_answer_earns_nothing_and_says_so(question: Any) -> None:
    score = score_item(question, None)
    assert score.points == 0
    assert not score.answered
    assert score.explanation == "Not answered: no points."


@pytest.mark.parametrize(
    ("question", "emptied"),
    [
        (TEXT, {"text": "  "}),
        (NUMBER, {"text": ""}),
        (ALL_RIGHT, {"choice_ids": []}),
        (ORDER, {"choice_ids": []}),
        (PAIRS, {"pairs": {}}),
        (GAPS, {"texts": {"x": " "}}),
        (ESSAY, {"text": "\n"}),
    ],
)
def test_an_emptied_field_is_not_an_answer(question: Any, emptied: Any) -> None:
    score = score_item(question, response_adapter.validate_python({"type": question.type} | emptied))
    assert (score.points, score.answered) == (0, False)


def test_a_response_of_another_type_earns_nothing() -> None:
    score = score_item(ESSAY, response_adapter.validate_python({"type": "true_false", "value": True}))
    assert score.points == 0
    assert "true false" in score.explanation


def test_responses_to_items_that_are_not_there_are_passed_over() -> None:
    content = AssessmentContent.model_validate(
        {
            "title": "T",
            "sections": [{"section_id": "s1", "title": "S", "items": [SINGLE.model_dump()]}],
            "pass_mark_percent": "50",
            "time_limit_seconds": 60,
        }
    )
    extra = response_adapter.validate_python({"type": "true_false", "value": True})
    (only,) = score_all(content, {"other": extra})
    assert (only.item_id, only.section_id, only.answered, only.points) == ("i1", "s1", False, 0)


# Properties

ids = st.sampled_from([*"abcdexyz", "nowhere"])
words = st.one_of(st.sampled_from(["one", "two", "9.81", "1,234", "NaCl", "-200"]), st.text(max_size=30))
responses = st.one_of(
    st.builds(lambda each: {"type": "single_choice", "choice_id": each}, ids),
    st.builds(lambda each: {"type": "multiple_choice", "choice_ids": each}, st.lists(ids, max_size=8)),
    st.builds(lambda each: {"type": "true_false", "value": each}, st.booleans()),
    st.builds(lambda each: {"type": "short_text", "text": each}, words),
    st.builds(lambda each: {"type": "numeric", "text": each}, words),
    st.builds(lambda each: {"type": "ordering", "choice_ids": each}, st.lists(ids, max_size=8)),
    st.builds(lambda each: {"type": "matching", "pairs": each}, st.dictionaries(ids, ids, max_size=8)),
    st.builds(lambda each: {"type": "fill_in", "texts": each}, st.dictionaries(ids, words, max_size=8)),
    st.builds(lambda each: {"type": "essay", "text": each}, words),
).map(response_adapter.validate_python)


@settings(deadline=None)  # a busy machine is not a failure
@given(st.sampled_from(EVERY), responses)
def test_any_response_to_any_item_has_a_score_within_bounds_and_a_sentence(question: Item, response: Response) -> None:
    score = score_item(question, response)
    assert score.points is None or 0 <= score.points <= question.points
    assert score.points is not None or question.type == "essay"
    assert re.fullmatch(r"\S.*[.]", score.explanation, re.DOTALL)
    assert score_item(question, response) == score


@pytest.mark.parametrize("question", [each for each in EVERY if each.type != "essay"], ids=lambda each: each.type)
def test_the_key_itself_earns_all_points(question: Any) -> None:
    key = question.key
    match question.type:
        case "single_choice":
            answer = {"choice_id": key.correct}
        case "true_false":
            answer = {"value": key.correct}
        case "multiple_choice":
            answer = {"choice_ids": key.correct}
        case "short_text":
            answer = {"text": key.accepted[0]}
        case "numeric":
            answer = {"text": str(key.value)}
        case "ordering":
            answer = {"choice_ids": key.order}
        case "matching":
            answer = {"pairs": key.pairs}
        case _:
            answer = {"texts": {blank: accepted[0] for blank, accepted in key.accepted.items()}}
    score = score_item(question, response_adapter.validate_python({"type": question.type} | answer))
    assert score.points == question.points


@settings(deadline=None)  # a busy machine is not a failure
@given(st.permutations("abcd"))
def test_only_the_right_order_earns_all_points_and_partial_credit_never_less(order: Any) -> None:
    answer = response_adapter.validate_python({"type": "ordering", "choice_ids": list(order)})
    partly, wholly = score_item(PARTLY_ORDER, answer).points, score_item(ORDER, answer).points
    assert (wholly == ORDER.points) == (list(order) == list("abcd")) == (partly == ORDER.points)
    assert partly >= wholly


@settings(deadline=None)  # a busy machine is not a failure
@given(st.permutations("abcd"), st.permutations("abcd"))
def test_ordering_only_looks_at_neighbours_whatever_the_key(key: Any, given_order: Any) -> None:
    question = PARTLY_ORDER.model_copy(update={"key": PARTLY_ORDER.key.model_copy(update={"order": list(key)})})
    answer = response_adapter.validate_python({"type": "ordering", "choice_ids": list(given_order)})
    kept = sum("".join(pair) in "".join(given_order) for pair in pairwise(key))
    assert score_item(question, answer).points == Decimal(kept)


@settings(deadline=None)  # a busy machine is not a failure
@given(st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), min_size=1))
def test_each_right_pair_of_a_matching_earns_its_share(pairs: Any) -> None:
    answer = response_adapter.validate_python({"type": "matching", "pairs": pairs})
    right = sum(PARTLY_PAIRS.key.pairs[source] == target for source, target in pairs.items())
    assert score_item(PARTLY_PAIRS, answer).points == right
    assert score_item(PAIRS, answer).points == (3 if right == 3 else 0)


@settings(deadline=None)  # a busy machine is not a failure
@given(st.sets(st.sampled_from("abcde"), min_size=1), st.sampled_from("de"))
def test_one_more_wrong_pick_never_earns_more(picks: Any, wrong: Any) -> None:
    def points(chosen: Any) -> Any:
        answer = response_adapter.validate_python({"type": "multiple_choice", "choice_ids": sorted(chosen)})
        return score_item(PARTLY_RIGHT, answer).points

    assert points(picks | {wrong}) <= points(picks)


@settings(deadline=None)  # a busy machine is not a failure
@given(st.decimals(min_value=-1000, max_value=1000, places=3), st.decimals(min_value=0, max_value=10, places=3))
def test_numbers_on_the_edge_of_the_tolerance_are_right(value: Decimal, tolerance: Decimal) -> None:
    question = item("numeric", {"value": str(value), "tolerance": str(tolerance)})
    for given_value in (value - tolerance, value + tolerance):
        answer = response_adapter.validate_python({"type": "numeric", "text": f"{given_value:f}"})
        assert score_item(question, answer).points == 3
    answer = response_adapter.validate_python({"type": "numeric", "text": f"{value + tolerance + Decimal('0.0001'):f}"})
    assert score_item(question, answer).points == 0
