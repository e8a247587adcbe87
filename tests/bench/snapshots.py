"""A snapshot of a session of 1,000 people, read from a store of 10,000 other sessions next to one of 100.

The other sessions have ten people each. The time is this process's (the query as the service runs it, to its JSON) and
MongoDB's.
"""

import os
from datetime import UTC, datetime
from typing import Any, Final

import world
from measuring import Measured, Side, in_turns
from rig import Rig

from chassis import mongo
from chassis.auth import Principal, PrincipalKind
from chassis.clock import SharedClock
from chassis.identifiers import new_id
from contracts.access import Reach
from contracts.statuses import Role
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.batch import handle
from monitoring_svc.domain.form import form_of
from monitoring_svc.service.queries import Queries
from monitoring_svc.store import Store
from monitoring_svc.store.documents import whole
from monitoring_svc.store.sessions import Session

NAME: Final = "snapshot"
PEOPLE: Final = 1_000
OTHERS: Final = 10
FEW: Final = 100
MANY: Final = 10_000
READS: Final = 3  # a slice
CHUNK: Final = 500
PROCTOR: Final = Principal(
    "proctor", PrincipalKind.STAFF, frozenset({Role.PROCTOR}), world.ORG, "Proctor", reach=Reach.ORGANISATION
)


async def measure(rig: Rig) -> Measured:
    client = mongo.connect(rig.settings)
    try:
        few = await _filled(mongo.database(client, rig.settings.database("few")), FEW)
        many = await _filled(mongo.database(client, rig.settings.database("many")), MANY)

        def side(store: Store) -> Side:
            queries = Queries(store, SharedClock(None))

            async def read(_number: int) -> None:
                for _ in range(READS):
                    snapshot = await queries.live(PROCTOR, "watched")
                    assert len(snapshot.model_dump_json()) > PEOPLE

            return Side({"service": os.getpid(), "mongo": rig.pid("mongo")}, read)

        figures = await in_turns(side(many), side(few), operations=READS)
    finally:
        client.close()
    growth = 1 / figures.ratio
    return Measured(
        ratios={"growth_snapshot": growth},
        rows=(
            (
                "a snapshot of 1,000 people",
                f"{figures.ours_us / 1000:.0f} ms of 10,000 sessions",
                f"{figures.bare_us / 1000:.0f} ms (of 100)",
                f"{growth:.2f}",
            ),
        ),
        figures={"growth_snapshot": figures},
    )


async def _filled(database: mongo.Database, sessions: int) -> Store:
    store = Store(database)
    await store.ensure_indexes()
    await store.sessions.record_session(Session(world.ORG, 1, world.session_started("watched").data.session))
    documents = [_document("watched") for _ in range(PEOPLE)]
    for number in range(sessions):
        documents += [_document(f"other-{number}") for _ in range(OTHERS)]
        if len(documents) >= CHUNK:
            await database["attempts"].insert_many(documents, ordered=False)
            documents = []
    if documents:
        await database["attempts"].insert_many(documents, ordered=False)
    return store


_begun: list[Attempt] = []


def _document(session_id: str) -> dict[str, Any]:
    """Somebody who answered everything."""
    if not _begun:
        form = form_of(world.session_started("watched").data.session, 1)
        person, attempt = new_id(), None
        commands = [*world.seated([person], "watched"), *(world.answer(person, "watched", n + 1) for n in range(25))]
        for command in commands:
            attempt = handle(attempt, form, [command], {}).attempt
        assert attempt is not None
        _begun.append(attempt)
    return whole(_begun[0], [], "") | {"_id": new_id(), "session_id": session_id, "filled_at": datetime.now(UTC)}
