"""How many points a response earns, and why, for every type of item. Total: any response to any item has a score."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Final

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
    Numeric,
    NumericKey,
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
from contracts.scoring import ItemScore
from scoring_svc.domain.numbers import readings

POINT_STEP: Final = Decimal("0.0001")  # the precision of `contracts.model.Points`
NOTHING: Final = Decimal(0)
# Exact for what `numbers` reads (300 digits either side of the point and what was typed). Without traps: a key beyond
# that gives a quiet NaN, which is never within tolerance.
_EXACT: Final = Context(prec=1_000, traps=[])
NOT_ANSWERED: Final = "Not answered: no points."
WAITS: Final = "Waits for a reviewer."


@dataclass(frozen=True, slots=True)
class Score:
    """`points` None: a person has to judge. `explanation` is a sentence for staff; it may give the key away."""

    points: Decimal | None
    answered: bool
    explanation: str


def score_all(content: AssessmentContent, responses: dict[str, Response]) -> list[ItemScore]:
    """Every item of the assessment in its order; `responses` by item id. Responses to other items are not looked at."""
    scored = []
    for section in content.sections:
        for item in section.items:
            score = score_item(item, responses.get(item.item_id))
            scored.append(
                ItemScore(
                    item_id=item.item_id,
                    section_id=section.section_id,
                    points_available=item.points,
                    points=score.points,
                    answered=score.answered,
                    explanation=score.explanation,
                )
            )
    return scored


def score_item(item: Item, response: Response | None) -> Score:
    if response is None or not is_answer(response):
        return Score(NOTHING, answered=False, explanation=NOT_ANSWERED)
    match item, response:
        case SingleChoice(), SingleChoiceResponse():
            return _right_or_wrong(item.points, response.choice_id == item.key.correct, "The choice")
        case TrueFalse(), TrueFalseResponse():
            return _right_or_wrong(item.points, response.value == item.key.correct, "The answer")
        case MultipleChoice(), MultipleChoiceResponse():
            return _multiple_choice(item, response)
        case ShortTextItem(), ShortTextResponse():
            right = _accepts(item.key.accepted, response.text, case_sensitive=item.key.case_sensitive)
            return _right_or_wrong(item.points, right, "The text")
        case Numeric(), NumericResponse():
            return _numeric(item, response)
        case Ordering(), OrderingResponse():
            return _ordering(item, response)
        case Matching(), MatchingResponse():
            return _matching(item, response)
        case FillIn(), FillInResponse():
            return _fill_in(item, response)
        case Essay(), EssayResponse():
            return Score(None, answered=True, explanation=WAITS)
        case _:
            detail = f"The response is a {_words(response.type)} one, the item a {_words(item.type)} one: no points."
            return Score(NOTHING, answered=True, explanation=detail)


def is_answer(response: Response) -> bool:
    """Whether anything was answered: a field emptied again counts as not answered."""
    match response:
        case ShortTextResponse() | NumericResponse() | EssayResponse():
            return bool(response.text.strip())
        case MultipleChoiceResponse() | OrderingResponse():
            return bool(response.choice_ids)
        case MatchingResponse():
            return bool(response.pairs)
        case FillInResponse():
            return any(text.strip() for text in response.texts.values())
        case SingleChoiceResponse() | TrueFalseResponse():
            return True


def _words(type_name: str) -> str:
    return type_name.replace("_", " ")


def _of(points: Decimal) -> str:
    return f"{points.normalize():f} point" + ("" if points == 1 else "s")


def _right_or_wrong(points: Decimal, right: bool, what: str) -> Score:
    if right:
        return Score(points, answered=True, explanation=f"{what} is right: {_of(points)}.")
    return Score(NOTHING, answered=True, explanation=f"{what} is wrong: no points of {_of(points)}.")


def _share(points: Decimal, share: Fraction, found: str, *, partial: bool) -> Score:
    """`share` of the points, half up to the precision of points; without partial credit all or nothing."""
    if share >= 1:
        return Score(points, answered=True, explanation=f"{found}: all of {_of(points)}.")
    if not partial:
        return Score(NOTHING, answered=True, explanation=f"{found}; there is no partial credit: no points.")
    if share <= 0:
        return Score(NOTHING, answered=True, explanation=f"{found}: no points of {_of(points)}.")
    earned = (points * share.numerator / share.denominator).quantize(POINT_STEP, ROUND_HALF_UP)
    credit = f"{share.numerator}/{share.denominator} of {_of(points)}"
    return Score(earned, answered=True, explanation=f"{found}: partial credit of {credit}.")


def _multiple_choice(item: MultipleChoice, response: MultipleChoiceResponse) -> Score:
    correct, picked = set(item.key.correct), set(response.choice_ids)
    right, wrong = len(picked & correct), len(picked - correct)
    share = Fraction(right - wrong, len(correct))
    found = f"{right} of {len(correct)} right choices and {wrong} wrong ones were picked"
    return _share(item.points, share, found, partial=item.key.partial_credit)


def fold(text: str, *, case_sensitive: bool) -> str:
    """Text as it is compared: white space folded, accents composed (both ways to type them look alike), case folded."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return spaced if case_sensitive else unicodedata.normalize("NFC", spaced.casefold())


def _accepts(accepted: Sequence[str], text: str, *, case_sensitive: bool) -> bool:
    given = fold(text, case_sensitive=case_sensitive)
    return any(given == fold(each, case_sensitive=case_sensitive) for each in accepted)


def _numeric(item: Numeric, response: NumericResponse) -> Score:
    given = readings(response.text, item.unit)
    typed = f"“{response.text}”"
    if not given:
        return Score(NOTHING, answered=True, explanation=f"{typed} is not a number that can be read: no points.")
    read = " or ".join(f"{each}" for each in given)
    if any(within_tolerance(item.key, each) for each in given):
        detail = f"{typed}, read as {read}, is within the tolerance: {_of(item.points)}."
        return Score(item.points, answered=True, explanation=detail)
    detail = f"{typed}, read as {read}, is outside the tolerance: no points of {_of(item.points)}."
    return Score(NOTHING, answered=True, explanation=detail)


def within_tolerance(key: NumericKey, given: Decimal) -> bool:
    with localcontext(_EXACT):
        allowed = key.tolerance * abs(key.value) if key.relative else key.tolerance
        return bool(abs(given - key.value) <= allowed)


def _ordering(item: Ordering, response: OrderingResponse) -> Score:
    """A choice named twice counts where it stands first; one the item does not have is passed over."""
    order = item.key.order
    given = [choice for choice in dict.fromkeys(response.choice_ids) if choice in order]
    if given == order:
        return _share(item.points, Fraction(1), "The order is right", partial=True)
    wanted = set(pairwise(order))
    kept = len(wanted & set(pairwise(given)))
    found = f"{kept} of {len(wanted)} neighbouring pairs stand in the right order"
    return _share(item.points, Fraction(kept, len(wanted)), found, partial=item.key.partial_credit)


def _matching(item: Matching, response: MatchingResponse) -> Score:
    pairs = item.key.pairs
    right = sum(response.pairs.get(source) == target for source, target in pairs.items())
    found = f"{right} of {len(pairs)} pairs are right"
    return _share(item.points, Fraction(right, len(pairs)), found, partial=item.key.partial_credit)


def _fill_in(item: FillIn, response: FillInResponse) -> Score:
    key = item.key
    right = sum(
        _accepts(accepted, response.texts.get(blank, ""), case_sensitive=key.case_sensitive)
        for blank, accepted in key.accepted.items()
    )
    found = f"{right} of {len(key.accepted)} gaps are filled in right"
    return _share(item.points, Fraction(right, len(key.accepted)), found, partial=key.partial_credit)
