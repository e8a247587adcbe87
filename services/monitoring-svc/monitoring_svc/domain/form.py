"""What the decider knows of the session: which items there are, and whether it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.model import Id
from contracts.session import SessionSnapshot
from contracts.statuses import SessionState


@dataclass(frozen=True, slots=True)
class ItemPlace:
    type: str
    section_id: Id


@dataclass(frozen=True, slots=True)
class Form:
    """`items` never changes once the session is open. `state` matters to resuming and to resetting only."""

    items: Mapping[Id, ItemPlace] = field(default_factory=dict)
    state: SessionState = SessionState.RUNNING


def form_of(session: SessionSnapshot) -> Form:
    return Form(
        items={
            item.item_id: ItemPlace(item.type, section.section_id)
            for section in session.outline
            for item in section.items
        },
        state=session.state,
    )
