"""What candidates see: the assessment without keys, in an order of each participant's own.

The order follows the SHA-256 of (participant, what is shuffled, element): the same for a participant whenever and
wherever it is asked for, on every version of Python, and it does not depend on the order the author wrote.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from contracts.items import (
    AssessmentContent,
    AssessmentForm,
    Choice,
    ItemForm,
    MatchingForm,
    MultipleChoiceForm,
    OrderingForm,
    SectionForm,
    SingleChoiceForm,
    form_of,
)

ElementT = TypeVar("ElementT")

_SEPARATOR: Final = "\x1f"  # cannot occur in an id, so no two lists of parts read the same


def project(assessment_id: str, assessment_version: int, content: AssessmentContent) -> AssessmentForm:
    """The form in the author's order. Its classes have no field for a key."""
    return AssessmentForm(
        assessment_id=assessment_id,
        assessment_version=assessment_version,
        title=content.title,
        description=content.description,
        sections=[
            SectionForm(
                section_id=section.section_id,
                title=section.title,
                instructions=section.instructions,
                shuffle=section.shuffle,
                items=[form_of(item) for item in section.items],
            )
            for section in content.sections
        ],
        time_limit_seconds=content.time_limit_seconds,
    )


def shuffle_for(participant_id: str, form: AssessmentForm) -> AssessmentForm:
    """The form as this participant gets it: items of shuffled sections, and choices, in their own order."""
    return form.model_copy(update={"sections": [_section_for(participant_id, section) for section in form.sections]})


def _section_for(participant_id: str, section: SectionForm) -> SectionForm:
    items = [_item_for(participant_id, item) for item in section.items]
    if section.shuffle:
        items = shuffled(participant_id, f"section:{section.section_id}", items, lambda item: item.item_id)
    return section.model_copy(update={"items": items})


def _item_for(participant_id: str, item: ItemForm) -> ItemForm:
    """Choices the author lists in the right order, or beside their partners, would give the answer away: what is to be
    ordered and the targets of a matching are shuffled always, choices when the item asks for it.
    """
    match item:
        case SingleChoiceForm() | MultipleChoiceForm() if item.shuffle:
            return item.model_copy(update={"choices": _choices(participant_id, item.item_id, item.choices)})
        case OrderingForm():
            return item.model_copy(update={"choices": _choices(participant_id, item.item_id, item.choices)})
        case MatchingForm():
            return item.model_copy(update={"targets": _choices(participant_id, item.item_id, item.targets)})
        case _:
            return item


def _choices(participant_id: str, item_id: str, choices: Sequence[Choice]) -> list[Choice]:
    return shuffled(participant_id, f"item:{item_id}", choices, lambda choice: choice.choice_id)


def shuffled(
    participant_id: str, scope: str, elements: Sequence[ElementT], name: Callable[[ElementT], str]
) -> list[ElementT]:
    """A permutation of `elements`, whose `name`s are distinct, fixed by participant and scope."""

    def rank(element: ElementT) -> bytes:
        return hashlib.sha256(_SEPARATOR.join((participant_id, scope, name(element))).encode()).digest()

    return sorted(elements, key=rank)
