"""What the decider knows of the session: which items there are, and whether it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.model import Id
from contracts.security import SecurityOptions
from contracts.session import SessionSnapshot
from contracts.statuses import Lockdown, SessionState


@dataclass(frozen=True, slots=True)
class ItemPlace:
    type: str
    section_id: Id


@dataclass(frozen=True, slots=True)
class Form:
    """`items` never changes once the session is open. `state` matters to resuming and to resetting only, `security` to
    alerts. `version` is the session's, of which all this was read.
    """

    items: Mapping[Id, ItemPlace] = field(default_factory=dict)
    state: SessionState = SessionState.RUNNING
    security: SecurityOptions = field(default_factory=SecurityOptions)
    version: int = 0
    paced: bool = field(init=False)
    """Whether the speed of answers is judged: asked for every answer, and nearly never so."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "paced", self.security.alerts.answer_speed.severity is not None)

    @property
    def full_screen(self) -> bool:
        return self.security.lockdown is Lockdown.IN_PAGE


def form_of(session: SessionSnapshot, version: int) -> Form:
    return Form(
        items={
            item.item_id: ItemPlace(item.type, section.section_id)
            for section in session.outline
            for item in section.items
        },
        state=session.state,
        security=session.settings.security,
        version=version,
    )
