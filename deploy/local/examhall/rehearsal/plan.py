"""What a candidate means to do, item by item, and how long each step takes."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.items import EssayResponse, Item, Response
from examhall.rehearsal.answers import plausible, revised

# Shares of items, as a rough picture of how people work through a test.
_SKIPPED: Final = 0.03
_FLAGGED: Final = 0.15
_CHANGED_AT_ONCE: Final = 0.12
_CLEARED: Final = 0.02
# An essay is saved while it is written.
_ESSAY_SAVES: Final = 3
_ESSAY_WEIGHT: Final = 4.0


@dataclass(frozen=True, slots=True)
class Visit:
    item_id: str
    weight: float = 0.3


@dataclass(frozen=True, slots=True)
class Answer:
    item_id: str
    response: Response | None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Flag:
    item_id: str
    flagged: bool
    weight: float = 0.2


Step = Visit | Answer | Flag


def plan(items: Sequence[Item], skill: float, chance: random.Random) -> list[Step]:
    """In the order of the candidate's form; whoever flagged something goes back to it at the end."""
    steps: list[Step] = []
    flagged: list[Item] = []
    for item in items:
        steps.append(Visit(item.item_id))
        if chance.random() < _SKIPPED:
            continue
        steps.extend(_answers(item, skill, chance))
        if chance.random() < _FLAGGED:
            steps.append(Flag(item.item_id, flagged=True))
            flagged.append(item)
    for item in flagged:
        steps.append(Visit(item.item_id))
        if chance.random() < 0.7:  # noqa: PLR2004 - most second looks change something
            steps.append(Answer(item.item_id, plausible(item, skill, chance)))
        steps.append(Flag(item.item_id, flagged=False))
    return steps


def _answers(item: Item, skill: float, chance: random.Random) -> list[Step]:
    response = plausible(item, skill, chance)
    if isinstance(response, EssayResponse):
        return [
            Answer(item.item_id, EssayResponse(text=part), _ESSAY_WEIGHT / _ESSAY_SAVES)
            for part in _drafts(response.text)
        ]
    steps: list[Step] = [Answer(item.item_id, response, chance.uniform(0.6, 1.6))]
    if chance.random() < _CHANGED_AT_ONCE:
        steps.append(Answer(item.item_id, plausible(item, skill, chance), 0.5))
    if chance.random() < _CLEARED:
        steps.append(Answer(item.item_id, None, 0.4))
    return steps


def _drafts(text: str) -> list[str]:
    """The essay as it was when each save was due."""
    words = text.split(" ")
    return [" ".join(words[: max(1, len(words) * save // _ESSAY_SAVES)]) for save in range(1, _ESSAY_SAVES + 1)]


def second_thought(items: Sequence[Item], skill: float, chance: random.Random) -> Answer:
    """One more change of some item, as people make when the time is nearly over."""
    item = chance.choice(items)
    return Answer(item.item_id, revised(plausible(item, skill, chance), chance), 0.5)
