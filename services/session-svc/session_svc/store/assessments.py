"""Assessments (`assessments`: the draft and its outbox) and their published versions (`assessment_versions`).

Content is kept as JSON text: it is read and written whole, numbers stay exact, and ids may hold any character. What
lists show is kept beside it.
"""

from decimal import Decimal
from typing import Any

from chassis import outbox
from chassis.mongo import ASCENDING, DESCENDING, Database, Document, DuplicateKey, translate_errors
from contracts.envelope import Event
from contracts.items import AssessmentContent
from contracts.resources.session import AssessmentSummary
from contracts.statuses import AssessmentState
from session_svc.domain.assessment import Assessment
from session_svc.domain.request_key import RequestKey


class AssessmentStore:
    def __init__(self, database: Database) -> None:
        self.assessments = database["assessments"]
        self.versions = database["assessment_versions"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self.assessments.create_index([("org_id", ASCENDING), ("_id", DESCENDING)], name="list")
            await self.assessments.create_index(
                [("org_id", ASCENDING), ("request.key", ASCENDING)],
                name="request_key",
                unique=True,
                partialFilterExpression={"request.key": {"$type": "string"}},
            )

    async def insert(self, assessment: Assessment, request: RequestKey | None) -> None:
        """Raises DuplicateKey: the request's key was used meanwhile."""
        document = {"_id": assessment.assessment_id, **_document(assessment)}
        if request is not None:
            document["request"] = {"key": request.key, "digest": request.digest}
        await outbox.insert(self.assessments, document, [])

    async def save(self, assessment: Assessment, events: list[Event[Any]]) -> None:
        """Raises VersionConflict: somebody saved another change since it was loaded."""
        changes = {"$set": _document(assessment)}
        await outbox.save(self.assessments, assessment.assessment_id, assessment.version - 1, changes, events)

    async def keep_version(self, assessment: Assessment, number: int) -> None:
        """Write down what is about to be published as `number`; it counts once the assessment says so.

        Two who publish at the same time write the same number: the later draft wins here, and only whoever has the
        current draft gets past the guard of `save`.
        """
        wanted = {"_id": _version_id(assessment.assessment_id, number), "draft_version": {"$lt": assessment.version}}
        content = {
            "draft_version": assessment.version,
            "org_id": assessment.org_id,
            "content": assessment.content.model_dump_json(),
        }
        with translate_errors():
            try:
                await self.versions.replace_one(wanted, content, upsert=True)
            except DuplicateKey:
                return  # the same draft, or a later one, stands there

    async def load(self, assessment_id: str, org_id: str | None) -> Assessment | None:
        """None as `org_id` looks in every organisation."""
        with translate_errors():
            document = await self.assessments.find_one(_named(assessment_id, org_id), {"outbox": 0})
        return None if document is None else _assessment(document)

    async def created_by(self, org_id: str, request: RequestKey) -> tuple[Assessment, str] | None:
        """What a request with this key created, and the digest of that request."""
        with translate_errors():
            document = await self.assessments.find_one({"org_id": org_id, "request.key": request.key}, {"outbox": 0})
        return None if document is None else (_assessment(document), document["request"]["digest"])

    async def published(self, assessment_id: str, number: int, org_id: str | None) -> AssessmentContent | None:
        """The content of a published version, None when there is no such version (yet)."""
        wanted = {**_named(assessment_id, org_id), "published_version": {"$gte": number}}
        with translate_errors():
            if await self.assessments.find_one(wanted, {"_id": 1}) is None:
                return None
            document = await self.versions.find_one({"_id": _version_id(assessment_id, number)})
        return None if document is None else AssessmentContent.model_validate_json(document["content"])

    async def page(self, org_id: str, after: str | None, limit: int) -> list[AssessmentSummary]:
        """The newest first; `after` is the id of the last one seen."""
        wanted: Document = {"org_id": org_id}
        if after is not None:
            wanted["_id"] = {"$lt": after}
        with translate_errors():
            cursor = self.assessments.find(wanted, {"outbox": 0, "content": 0}, sort=[("_id", DESCENDING)], limit=limit)
            return [_summary(document) async for document in cursor]


def _named(assessment_id: str, org_id: str | None) -> Document:
    return {"_id": assessment_id} if org_id is None else {"_id": assessment_id, "org_id": org_id}


def _version_id(assessment_id: str, number: int) -> str:
    return f"{assessment_id}/{number}"


def _document(assessment: Assessment) -> Document:
    return {
        "org_id": assessment.org_id,
        "version": assessment.version,
        "state": assessment.state.value,
        "title": assessment.content.title,
        "items": assessment.items,
        "points": str(assessment.points),
        "content": assessment.content.model_dump_json(),
        "published_version": assessment.published_version,
        "changed_at": assessment.changed_at,
        "created_by": assessment.created_by,
    }


def _assessment(document: Document) -> Assessment:
    return Assessment(
        assessment_id=document["_id"],
        org_id=document["org_id"],
        version=document["version"],
        state=AssessmentState(document["state"]),
        content=AssessmentContent.model_validate_json(document["content"]),
        published_version=document["published_version"],
        changed_at=document["changed_at"],
        created_by=document["created_by"],
    )


def _summary(document: Document) -> AssessmentSummary:
    return AssessmentSummary(
        assessment_id=document["_id"],
        title=document["title"],
        version=document["version"],
        published_version=document["published_version"],
        items=document["items"],
        points=Decimal(document["points"]),
        changed_at=document["changed_at"],
    )
