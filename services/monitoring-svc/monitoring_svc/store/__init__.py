"""The only room that touches MongoDB."""

from chassis.mongo import Database
from monitoring_svc.store.activities import ActivityStore
from monitoring_svc.store.attempts import AttemptStore
from monitoring_svc.store.decisions import DecisionStore
from monitoring_svc.store.incidents import IncidentStore
from monitoring_svc.store.sessions import SessionStore

__all__ = ["ActivityStore", "AttemptStore", "DecisionStore", "IncidentStore", "SessionStore", "Store"]


class Store:
    """The collections, each behind what is asked of it."""

    def __init__(self, database: Database) -> None:
        self.attempts = AttemptStore(database)
        self.decisions = DecisionStore(database)
        self.activities = ActivityStore(database)
        self.sessions = SessionStore(database)
        self.incidents = IncidentStore(database)

    async def ensure_indexes(self) -> None:
        await self.attempts.ensure_indexes()
        await self.decisions.ensure_indexes()
        await self.activities.ensure_indexes()
        await self.sessions.ensure_indexes()
        await self.incidents.ensure_indexes()
