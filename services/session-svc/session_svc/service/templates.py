"""Keeping templates of sessions. They are made by copying: a session knows nothing of the template it came from."""

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.identifiers import new_id
from chassis.outbox import VersionConflict
from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.resources.session import SessionTemplate, SessionTemplates, WriteSessionTemplate
from session_svc.domain.settings import mistakes_in, refuse_mistakes
from session_svc.store.templates import TemplateStore


class TemplateUseCases:
    def __init__(self, store: TemplateStore, clock: SharedClock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, principal: Principal) -> SessionTemplates:
        return SessionTemplates(templates=await self._store.all_of(principal.org_id))

    async def read(self, principal: Principal, template_id: str) -> SessionTemplate:
        """Raises Rejected (not-found)."""
        found = await self._store.load(principal.org_id, template_id)
        if found is None:
            raise Rejected(problems.NOT_FOUND, "There is no such template.")
        return found

    async def create(self, principal: Principal, asked: WriteSessionTemplate) -> SessionTemplate:
        """Raises Rejected: `template-exists`, or `validation-failed` when there are too many."""
        self._refuse_mistakes(asked)
        if await self._store.count(principal.org_id) >= limits.TEMPLATES_MAX:
            message = f"There are {limits.TEMPLATES_MAX} templates already: delete one that is no longer used."
            raise Rejected(problems.VALIDATION_FAILED, message, errors=[{"field": "name", "message": message}])
        made = SessionTemplate(
            template_id=new_id(), version=1, name=asked.name, settings=asked.settings, changed_at=self._clock.now()
        )
        await self._store.insert(principal.org_id, made)
        return made

    async def replace(
        self, principal: Principal, template_id: str, asked: WriteSessionTemplate, version: int
    ) -> SessionTemplate:
        """Raises Rejected (not-found, template-exists), VersionConflict."""
        self._refuse_mistakes(asked)
        await self.read(principal, template_id)
        changed = SessionTemplate(
            template_id=template_id,
            version=version + 1,
            name=asked.name,
            settings=asked.settings,
            changed_at=self._clock.now(),
        )
        if not await self._store.replace(principal.org_id, changed):
            raise VersionConflict(template_id, version)
        return changed

    async def delete(self, principal: Principal, template_id: str) -> None:
        """Deleting what is not there succeeds: it is gone, as wanted."""
        await self._store.delete(principal.org_id, template_id)

    def _refuse_mistakes(self, asked: WriteSessionTemplate) -> None:
        """Its date may be past: whoever uses it chooses another."""
        refuse_mistakes(mistakes_in(asked.settings, now=self._clock.now(), before=asked.settings))
