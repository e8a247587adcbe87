"""Writing and publishing assessments, and the forms made from what was published."""

from collections import OrderedDict
from typing import Final

from chassis.auth import Principal
from chassis.clock import SharedClock
from chassis.identifiers import new_id
from chassis.mongo import DuplicateKey
from chassis.outbox import OutboxRelay, VersionConflict
from chassis.outcomes import Rejected
from contracts import problems
from contracts.envelope import Event
from contracts.items import AssessmentContent, AssessmentForm
from contracts.resources.paging import Page
from contracts.resources.session import AssessmentSummary, AssessmentView
from session_svc.domain import assessment as rules
from session_svc.domain.assessment import Assessment
from session_svc.domain.form import project, shuffle_for
from session_svc.domain.request_key import RequestKey, refuse_other_request
from session_svc.store.assessments import AssessmentStore

SOURCE: Final = "session-svc"
FORMS_KEPT: Final = 32  # versions sat at the same time on one deployment; a form of 500 items is about a megabyte


class AssessmentUseCases:
    def __init__(self, store: AssessmentStore, clock: SharedClock, relay: OutboxRelay) -> None:
        self._store = store
        self._clock = clock
        self._relay = relay
        self._forms: OrderedDict[tuple[str, int], AssessmentForm] = OrderedDict()

    async def create(
        self, principal: Principal, content: AssessmentContent, request: RequestKey | None
    ) -> AssessmentView:
        if request is not None and (found := await self._created_by(principal, request)) is not None:
            return found
        made = rules.draft(new_id(), principal.org_id, content, by=principal.subject, now=self._clock.now())
        try:
            await self._store.insert(made, request)
        except DuplicateKey:
            found = None if request is None else await self._created_by(principal, request)
            if found is None:
                raise
            return found
        return _view(made)

    async def _created_by(self, principal: Principal, request: RequestKey) -> AssessmentView | None:
        found = await self._store.created_by(principal.org_id, request)
        if found is None:
            return None
        refuse_other_request(request, found[1])
        return _view(found[0])

    async def rewrite(
        self, principal: Principal, assessment_id: str, content: AssessmentContent, version: int
    ) -> AssessmentView:
        loaded = await self._load(assessment_id, principal, version)
        written = rules.rewrite(loaded, content, now=self._clock.now())
        await self._store.save(written, [])
        return _view(written)

    async def publish(self, principal: Principal, assessment_id: str, version: int) -> AssessmentView:
        loaded = await self._load(assessment_id, principal, version)
        publication = rules.publish(loaded, by=principal.subject, now=self._clock.now())
        await self._store.keep_version(loaded, publication.fact.assessment_version)
        event = Event(
            id=new_id(),
            source=SOURCE,
            time=publication.assessment.changed_at,
            subject=assessment_id,
            org_id=loaded.org_id,
            version=publication.assessment.version,
            data=publication.fact,
        )
        await self._store.save(publication.assessment, [event])
        self._relay.wake()
        return _view(publication.assessment)

    async def read(self, principal: Principal, assessment_id: str) -> AssessmentView:
        return _view(await self._load(assessment_id, principal, None))

    async def page(self, principal: Principal, after: str | None, limit: int) -> Page[AssessmentSummary]:
        found = await self._store.page(principal.org_id, after, limit + 1)
        more = len(found) > limit
        return Page(items=found[:limit], next_cursor=found[limit - 1].assessment_id if more else None)

    async def form(
        self, assessment_id: str, number: int, org_id: str | None, participant_id: str | None
    ) -> AssessmentForm:
        """The published version without its keys, shuffled when it is for somebody."""
        form = await self._form(assessment_id, number, org_id)
        return form if participant_id is None else shuffle_for(participant_id, form)

    async def _form(self, assessment_id: str, number: int, org_id: str | None) -> AssessmentForm:
        """Made once: a published version never changes. A thousand candidates ask in the same minute.

        Kept only for callers who may see every organisation's, or whose own it is known to be.
        """
        name = (assessment_id, number)
        if org_id is None and (kept := self._forms.get(name)) is not None:
            self._forms.move_to_end(name)
            return kept
        content = await self._store.published(assessment_id, number, org_id)
        if content is None:
            raise Rejected(problems.NOT_FOUND, "This version of the assessment was not published.")
        form = project(assessment_id, number, content)
        self._forms[name] = form
        while len(self._forms) > FORMS_KEPT:
            self._forms.popitem(last=False)
        return form

    async def _load(self, assessment_id: str, principal: Principal, version: int | None) -> Assessment:
        loaded = await self._store.load(assessment_id, principal.org_id)
        if loaded is None:
            raise Rejected(problems.NOT_FOUND, "There is no such assessment.")
        if version is not None and loaded.version != version:
            raise VersionConflict(assessment_id, version)
        return loaded


def _view(assessment: Assessment) -> AssessmentView:
    return AssessmentView(
        assessment_id=assessment.assessment_id,
        version=assessment.version,
        state=assessment.state,
        published_version=assessment.published_version,
        content=assessment.content,
        changed_at=assessment.changed_at,
    )
