"""The paper of a simulated window: items that are scored by themselves, and answers that follow from their number.

Answers are functions of the item and the `seq`, so a candidate remembers one number for each item, not what was said.
"""

from decimal import Decimal
from typing import Any, Final

from contracts.items import (
    AssessmentContent,
    Choice,
    Section,
    ShortTextItem,
    ShortTextKey,
    SingleChoice,
    SingleChoiceKey,
)

TITLE: Final = "Rehearsal"
_CHOICES: Final = "abcd"
# One item in five is written: it makes answers as long as people's on average.
_WRITTEN_EVERY: Final = 5


def item_id(number: int) -> str:
    return f"item-{number:03}"


def is_written(number: int) -> bool:
    return number % _WRITTEN_EVERY == _WRITTEN_EVERY - 1


def response(number: int, seq: int) -> dict[str, Any]:
    """What is answered to item `number` with that `seq`, as JSON."""
    if is_written(number):
        return {"type": "short_text", "text": f"What was said in answer {seq} of this rehearsal, in a few words."}
    return {"type": "single_choice", "choice_id": _CHOICES[(number + seq) % len(_CHOICES)]}


def paper(mark: str, items: int, time_limit_seconds: int) -> AssessmentContent:
    """`mark` names the rehearsal in the title, so that everybody sees what it is."""
    return AssessmentContent(
        title=f"{TITLE} {mark}",
        description="Made by a rehearsal; nobody sits it.",
        sections=[Section(section_id="all", title="All", items=[_item(number) for number in range(items)])],
        pass_mark_percent=Decimal(50),
        time_limit_seconds=time_limit_seconds,
    )


def _item(number: int) -> SingleChoice | ShortTextItem:
    title, prompt = f"Question {number + 1}", "What would you say? Everybody you meet here is simulated."
    if is_written(number):
        return ShortTextItem(
            item_id=item_id(number), title=title, prompt=prompt, points=Decimal(1), key=ShortTextKey(accepted=["yes"])
        )
    return SingleChoice(
        item_id=item_id(number),
        title=title,
        prompt=prompt,
        points=Decimal(1),
        choices=[Choice(choice_id=each, text=f"Answer {each}") for each in _CHOICES],
        key=SingleChoiceKey(correct="a"),
    )
