"""Incidents: what a proctor writes down."""

import hashlib

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.identifiers import derived_id, new_id
from chassis.outbox import OutboxRelay
from chassis.outcomes import Rejected
from contracts import problems
from contracts.attempt import Actor, IncidentRecorded
from contracts.envelope import Event
from contracts.resources.monitoring import IncidentView, RecordIncident
from contracts.statuses import ActorKind
from monitoring_svc.domain.activity import activity_of
from monitoring_svc.domain.batch import SOURCE
from monitoring_svc.live import LiveView
from monitoring_svc.service.queries import Queries
from monitoring_svc.store import Store


class Incidents:
    def __init__(self, store: Store, queries: Queries, live: LiveView, clock: SharedClock, relay: OutboxRelay) -> None:
        self._store = store
        self._queries = queries
        self._live = live
        self._clock = clock
        self._relay = relay

    async def record(
        self, principal: Principal, session_id: str, request: RecordIncident, key: str | None
    ) -> IncidentView:
        """Write it down; a repetition with the same `key` gives the first one again.

        Raises:
            Rejected: `not-found` for the session, `not-allowed` where other proctors are assigned,
                `idempotency-mismatch`.

        """
        session = await self._queries.session(principal, session_id)
        principal.check_assigned(session.snapshot.settings.proctor_ids)
        now = self._clock.now()
        by = Actor(kind=ActorKind.STAFF, id=principal.subject, name=principal.name or principal.subject)
        incident = IncidentView(
            incident_id=derived_id("incident", session_id, principal.subject, key) if key else new_id(),
            session_id=session_id,
            category=request.category,
            note=request.note,
            participant_ids=request.participant_ids,
            by=by,
            moment=request.moment or now,
            recorded_at=now,
        )
        fact = Event(
            id=derived_id("incident-recorded", incident.incident_id),
            source=SOURCE,
            time=now,
            subject=incident.incident_id,
            org_id=session.org_id,
            session_id=session_id,
            version=1,
            data=IncidentRecorded(
                incident_id=incident.incident_id,
                category=incident.category,
                note=incident.note,
                participant_ids=incident.participant_ids,
                by=by,
                moment=incident.moment,
            ),
        )
        digest = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
        if not await self._store.incidents.insert(incident, digest, fact):
            return await self._recorded(incident.incident_id, digest)
        self._relay.wake()
        line = activity_of(fact, "")
        if line is not None:
            await self._store.activities.add([(session_id, line)])
            self._live.activities(session_id, [line])
        return incident

    async def _recorded(self, incident_id: str, digest: str) -> IncidentView:
        found = await self._store.incidents.one(incident_id)
        if found is None or found[1] != digest:
            raise Rejected(problems.IDEMPOTENCY_MISMATCH, "Use a new Idempotency-Key for a new incident.")
        return found[0]

    async def listing(self, principal: Principal, session_id: str) -> list[IncidentView]:
        await self._queries.session(principal, session_id)
        return await self._store.incidents.of_session(session_id)
