"""Writing the audit trail: one chain for each organisation, however many replicas write.

Recorded is what changes something by a privilege, after it was done; an action whose entry cannot be written is
answered with 503, and repeating it records it.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from typing import Final

from fastapi import Request

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.outcomes import Transient
from contracts import access
from contracts.access import Action
from gateway.domain import trail
from gateway.domain.trail import Entry
from gateway.store.audit import AuditStore

APPEND_TRIES: Final = 50  # each miss means that another replica's entry was written
APPEND_PAUSE_SECONDS: Final = 0.02
EXPORT_BATCH: Final = 500
LOCKS_MAX: Final = 1_000  # organisations acting at once through one replica
ADDRESS_UNKNOWN: Final = "unknown"
# Talking and marking as read use no privilege, and are kept with their session.
UNRECORDED: Final = frozenset(
    {access.MESSAGE_SEND, access.MESSAGE_MARK, access.HAND_RAISE, access.ATTEMPT_OUTCOMES, access.PARTICIPANT_STANDING}
)
# Looking is a privilege as well where it shows faces and documents.
RECORDED_READS: Final = frozenset({access.IDENTITY_IMAGE})


class Audit:
    def __init__(self, store: AuditStore, clock: SharedClock) -> None:
        self._store = store
        self._clock = clock
        self._locks: dict[str, asyncio.Lock] = {}

    async def record(
        self, principal: Principal, action: Action, target: str, address: str, details: Mapping[str, str] | None = None
    ) -> Entry:
        """Raises Transient: MongoDB is away, or too many write at once."""
        if len(self._locks) > LOCKS_MAX:
            self._locks = {org_id: lock for org_id, lock in self._locks.items() if lock.locked()}
        async with self._locks.setdefault(principal.org_id, asyncio.Lock()):  # this replica does not race itself
            for _ in range(APPEND_TRIES):
                entry = trail.following(
                    await self._store.newest(principal.org_id),
                    org_id=principal.org_id,
                    at=self._clock.now(),
                    actor_id=principal.subject,
                    actor_name=principal.name,
                    actor_kind=principal.kind.value,
                    address=address,
                    action=action.name,
                    target=target,
                    details=dict(details or {}),
                )
                if await self._store.append(entry):
                    return entry
                await asyncio.sleep(random.uniform(0, APPEND_PAUSE_SECONDS))  # noqa: S311 - spreads the replicas
        raise Transient("the audit trail is written too often at once")

    async def page(self, org_id: str, before: int | None, limit: int) -> list[Entry]:
        return await self._store.before(org_id, before, limit)

    async def every(self, org_id: str) -> AsyncIterator[Entry]:
        """From the first to the newest, in batches."""
        number = 0
        while batch := await self._store.after(org_id, number, EXPORT_BATCH):
            for entry in batch:
                yield entry
            number = batch[-1].number


async def note(
    request: Request, principal: Principal, action: Action, details: Mapping[str, str] | None = None
) -> None:
    """Record what this request did. The target is its path, which names what was acted on."""
    if action in UNRECORDED:
        return
    audit: Audit = request.app.state.audit
    target = request.url.path.removeprefix("/api/v1/")
    await audit.record(principal, action, target, client_address(request), details)


def client_address(request: Request) -> str:
    """The peer, or what a trusted proxy says about it (uvicorn's FORWARDED_ALLOW_IPS)."""
    return request.client.host if request.client else ADDRESS_UNKNOWN
