"""What a person of a given skill would answer, and what a reviewer would give for an essay.

The rehearsal reads the assessment file, keys and all, as its author does; candidates get only the form.
"""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeVar, assert_never

from contracts.items import (
    Choice,
    Criterion,
    Essay,
    EssayResponse,
    FillIn,
    FillInResponse,
    Item,
    Matching,
    MatchingResponse,
    MultipleChoice,
    MultipleChoiceResponse,
    Numeric,
    NumericResponse,
    Ordering,
    OrderingResponse,
    Response,
    ShortTextItem,
    ShortTextResponse,
    SingleChoice,
    SingleChoiceResponse,
    TrueFalse,
    TrueFalseResponse,
)
from contracts.scoring import CriterionScore

_WRONG_TEXTS: Final = ("not sure", "something else", "the second one", "I do not remember")
_OPENINGS: Final = ("To begin with", "More important", "In practice", "Seen from the other side", "Finally")
_FILLER: Final = (
    "This follows from what the section before this one described.",
    "An example from my own work shows the same.",
    "There are exceptions, and they matter most when time is short.",
    "I would check this first before deciding anything.",
    "Whoever is responsible should write down what was decided and why.",
)
# A criterion that gets at least this many words about it is treated as fully answered by the simulated reviewer.
_FULL_WORDS: Final = 25

ChosenT = TypeVar("ChosenT")


def plausible(item: Item, skill: float, chance: random.Random) -> Response:
    """Right with the probability `skill` (0..1); otherwise the kind of mistake people make."""
    right = chance.random() < skill
    match item:
        case SingleChoice():
            wanted = item.key.correct
            return SingleChoiceResponse(choice_id=wanted if right else _other(_ids(item.choices), wanted, chance))
        case MultipleChoice():
            picks = list(item.key.correct)
            if not right:
                picks = _one_off(_ids(item.choices), picks, chance)
            return MultipleChoiceResponse(choice_ids=picks)
        case TrueFalse():
            return TrueFalseResponse(value=item.key.correct if right else not item.key.correct)
        case ShortTextItem():
            return ShortTextResponse(text=chance.choice(item.key.accepted if right else _WRONG_TEXTS))
        case Numeric():
            value = item.key.value if right else item.key.value * 2 + 1
            return NumericResponse(text=f"{value:f}")
        case Ordering():
            return OrderingResponse(choice_ids=list(item.key.order) if right else _swapped(item.key.order, chance))
        case Matching():
            sources = list(item.key.pairs)
            targets = [item.key.pairs[source] for source in sources]
            return MatchingResponse(
                pairs=dict(zip(sources, targets if right else _swapped(targets, chance), strict=True))
            )
        case FillIn():
            texts = {blank: chance.choice(accepted) for blank, accepted in item.key.accepted.items()}
            if not right:
                texts[chance.choice(sorted(texts))] = chance.choice(_WRONG_TEXTS)
            return FillInResponse(texts=texts)
        case Essay():
            return EssayResponse(text=essay(item, skill, chance))
    assert_never(item)


def essay(item: Essay, skill: float, chance: random.Random) -> str:
    """A paragraph about each criterion that came to mind; a weak candidate forgets some and says little."""
    paragraphs = []
    for number, criterion in enumerate(item.key.rubric):
        if chance.random() > skill + 0.2:
            continue
        sentences = chance.sample(_FILLER, chance.randint(1, 1 + round(skill * 3)))
        paragraphs.append(f"{_OPENINGS[number % len(_OPENINGS)]}, {criterion.title}. {' '.join(sentences)}")
    return _shortened("\n\n".join(paragraphs) or chance.choice(_FILLER), item.words_max)


def revised(response: Response, chance: random.Random) -> Response:
    """An essay grows by a sentence; anything else is left as it is."""
    if not isinstance(response, EssayResponse):
        return response
    return EssayResponse(text=f"{response.text} {chance.choice(_FILLER)}")


def rubric_scores(rubric: Sequence[Criterion], text: str) -> list[CriterionScore]:
    """Half of a criterion's points for naming it, all of them for saying enough about it."""
    return [
        CriterionScore(criterion_id=criterion.criterion_id, points=criterion.points * _share(criterion, text))
        for criterion in rubric
    ]


def _share(criterion: Criterion, text: str) -> Decimal:
    for paragraph in text.split("\n\n"):
        if criterion.title in paragraph:
            return Decimal(1) if len(paragraph.split()) >= _FULL_WORDS else Decimal("0.5")
    return Decimal(0)


def _shortened(text: str, words_max: int | None) -> str:
    words = text.split(" ")
    return text if words_max is None or len(words) <= words_max else " ".join(words[:words_max])


def _ids(choices: Sequence[Choice]) -> list[str]:
    return [choice.choice_id for choice in choices]


def _other(values: Sequence[ChosenT], wanted: ChosenT, chance: random.Random) -> ChosenT:
    return chance.choice([value for value in values if value != wanted])


def _one_off(values: Sequence[str], picks: Sequence[str], chance: random.Random) -> list[str]:
    """One pick too many or, when everything is picked, one too few."""
    spare = [value for value in values if value not in picks]
    return [*picks, chance.choice(spare)] if spare else list(picks[:-1])


def _swapped(values: Sequence[str], chance: random.Random) -> list[str]:
    """Two neighbours change places."""
    swapped = list(values)
    first = chance.randrange(len(swapped) - 1) if len(swapped) > 1 else 0
    swapped[first : first + 2] = reversed(swapped[first : first + 2])
    return swapped
