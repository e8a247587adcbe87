"""Messages to try the chassis with: a real fact of the product, numbered."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from chassis.identifiers import new_id
from chassis.settings import Settings
from chassis.telemetry import configure_logging
from contracts.attempt import Actor
from contracts.envelope import Event
from contracts.messaging import MessagesRead
from contracts.statuses import ActorKind

MakeEvent = Callable[..., Event[MessagesRead]]


@pytest.fixture(scope="session", autouse=True)
def logging_as_in_a_service() -> None:
    """structlog's own default draws tracebacks with every variable, which takes a quarter of a second each."""
    configure_logging("test", Settings())


@pytest.fixture(scope="session")
def make_event() -> MakeEvent:
    """`make_event(7, key="s1")`: the fact number 7 of session s1."""

    def make(number: int, key: str = "s1") -> Event[MessagesRead]:
        reader = Actor(kind=ActorKind.STAFF, id="u1", name="Ada")
        return Event(
            id=new_id(),
            source="test",
            time=datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
            subject=key,
            org_id="org",
            session_id=key,
            data=MessagesRead(session_id=key, participant_id="p1", reader=reader, up_to=number),
            version=number,
        )

    return make
