"""The only room that touches MongoDB: assessments, sessions, attempts, reviews, results.

Each collection is written by versioned upserts or guarded by version, so that handling a fact again changes nothing.
Content and submissions are kept as JSON text: some of their keys are ids with dots, and the text is what was sent.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from chassis import outbox
from chassis.mongo import ASCENDING, Collection, Database, Document, DuplicateKey, translate_errors
from contracts.attempt import Actor, AttemptCompleted, SavedResponse
from contracts.envelope import Event
from contracts.items import AssessmentContent, Essay
from contracts.scoring import CriterionScore, Result
from contracts.statuses import ReleaseMode, ReviewState
from scoring_svc.domain.result import Standing
from scoring_svc.domain.review import Judgement, Review
from scoring_svc.domain.submission import NAME_UNKNOWN, SessionTerms, Submission

CONTENTS_KEPT: Final = 32  # parsed assessments in memory, each up to about a megabyte; few are sat at the same time


class ScoringStore:
    def __init__(self, database: Database) -> None:
        self.assessments: Collection = database["assessments"]
        self.sessions: Collection = database["sessions"]
        self.attempts: Collection = database["attempts"]
        self.reviews: Collection = database["reviews"]
        self.results: Collection = database["results"]
        self._contents: dict[str, AssessmentContent] = {}

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self.sessions.create_index([("assessment_id", ASCENDING), ("assessment_version", ASCENDING)])
            await self.attempts.create_index(
                [("due_at", ASCENDING)], partialFilterExpression={"due_at": {"$exists": True}}, name="due"
            )
            await self.attempts.create_index([("session_id", ASCENDING)])
            await self.reviews.create_index([("org_id", ASCENDING), ("session_id", ASCENDING), ("_id", ASCENDING)])
            await self.reviews.create_index([("participant_id", ASCENDING)])
            await self.reviews.create_index(
                [("unapplied", ASCENDING)], partialFilterExpression={"unapplied": True}, name="unapplied"
            )
            await self.results.create_index([("session_id", ASCENDING)])

    # What other services said

    async def keep_assessment(self, org_id: str, assessment_id: str, version: int, content: AssessmentContent) -> None:
        """A published version never changes: the first copy stays."""
        document = {"org_id": org_id, "content": content.model_dump_json()}
        with translate_errors():
            await self.assessments.update_one(
                {"_id": _content_id(assessment_id, version)}, {"$setOnInsert": document}, upsert=True
            )

    async def content(self, assessment_id: str, version: int) -> AssessmentContent | None:
        key = _content_id(assessment_id, version)
        known = self._contents.get(key)
        if known is not None:
            return known
        with translate_errors():
            document = await self.assessments.find_one({"_id": key})
        if document is None:
            return None
        content = AssessmentContent.model_validate_json(document["content"])
        while len(self._contents) >= CONTENTS_KEPT:
            self._contents.pop(next(iter(self._contents)))
        self._contents[key] = content
        return content

    async def keep_session(self, terms: SessionTerms, version: int) -> None:
        changes = {
            "org_id": terms.org_id,
            "assessment_id": terms.assessment_id,
            "assessment_version": terms.assessment_version,
            "release_mode": terms.release_mode.value,
            "pass_mark_percent": str(terms.pass_mark_percent),
            "proctor_ids": list(terms.proctor_ids),
        }
        await _newest(self.sessions, terms.session_id, "version", version, changes)

    async def session(self, session_id: str) -> SessionTerms | None:
        with translate_errors():
            document = await self.sessions.find_one({"_id": session_id})
        if document is None:
            return None
        return SessionTerms(
            session_id=document["_id"],
            org_id=document["org_id"],
            assessment_id=document["assessment_id"],
            assessment_version=document["assessment_version"],
            release_mode=ReleaseMode(document["release_mode"]),
            pass_mark_percent=Decimal(document["pass_mark_percent"]),
            proctor_ids=tuple(document.get("proctor_ids", ())),
        )

    async def sessions_of(self, assessment_id: str, version: int) -> list[str]:
        query = {"assessment_id": assessment_id, "assessment_version": version}
        with translate_errors():
            return [document["_id"] async for document in self.sessions.find(query, {"_id": 1})]

    async def keep_name(self, participant_id: str, name: str, version: int) -> None:
        await _newest(self.attempts, participant_id, "terms_version", version, {"name": name})

    async def keep_completion(self, event: Event[AttemptCompleted], session_id: str) -> Submission:
        """The newest submission, which is this one unless a later one is known already."""
        changes = {
            "org_id": event.org_id,
            "session_id": session_id,
            "completed": event.data.model_dump_json(),
            "due_at": event.time,
        }
        participant_id = event.data.participant_id
        await _newest(self.attempts, participant_id, "completed_version", event.version, changes)
        submission = await self.submission(participant_id)
        assert submission is not None
        return submission

    async def keep_reset(self, participant_id: str, version: int) -> None:
        await _newest(self.attempts, participant_id, "reopened_version", version, {})

    # Submissions

    async def submission(self, participant_id: str) -> Submission | None:
        with translate_errors():
            document = await self.attempts.find_one({"_id": participant_id})
        return _submission(document) if document and "completed" in document else None

    async def submissions(self, session_id: str) -> list[Submission]:
        query = {"session_id": session_id, "completed": {"$exists": True}}
        with translate_errors():
            return [_submission(document) async for document in self.attempts.find(query)]

    async def due(self, limit: int, session_ids: Sequence[str] | None = None) -> list[str]:
        """Participants whose submission is not scored to the end, those longest untried first."""
        query: Document = {"due_at": {"$exists": True}}
        if session_ids is not None:
            query["session_id"] = {"$in": list(session_ids)}
        cursor = self.attempts.find(query, {"_id": 1}, sort=[("due_at", ASCENDING)], limit=limit)
        with translate_errors():
            return [document["_id"] async for document in cursor]

    async def postpone(self, submission: Submission, now: datetime) -> None:
        """Something it needs is not known yet: others go first at the next sweep."""
        query = {"_id": submission.participant_id, "completed_version": submission.version, "due_at": {"$exists": True}}
        with translate_errors():
            await self.attempts.update_one(query, {"$set": {"due_at": now}})

    async def settled(self, submission: Submission, reviews: Sequence[Review]) -> None:
        """Everything known at these versions is in the result."""
        query = {"_id": submission.participant_id, "completed_version": submission.version}
        with translate_errors():
            await self.attempts.update_one(query, {"$unset": {"due_at": ""}})
            for review in reviews:
                if review.judgements:
                    await self.reviews.update_one(
                        {"_id": review.review_id, "judged": len(review.judgements), "unapplied": True},
                        {"$unset": {"unapplied": ""}},
                    )

    # Reviews

    async def reviews_of(self, participant_id: str) -> list[Review]:
        """Superseded ones too."""
        with translate_errors():
            return [_review(document) async for document in self.reviews.find({"participant_id": participant_id})]

    async def add_review(self, review: Review) -> None:
        document = _review_document(review)
        del document["_id"]
        with translate_errors():
            await self.reviews.update_one({"_id": review.review_id}, {"$setOnInsert": document}, upsert=True)

    async def supersede(self, review_id: str, *, superseded: bool) -> None:
        with translate_errors():
            await self.reviews.update_one(
                {"_id": review_id}, {"$set": {"superseded": superseded}, "$inc": {"version": 1}}
            )

    async def review(self, org_id: str, review_id: str) -> Review | None:
        with translate_errors():
            document = await self.reviews.find_one({"_id": review_id, "org_id": org_id, "superseded": False})
        return _review(document) if document else None

    async def save_review(self, review: Review, expected_version: int, *, unapplied: bool = False) -> bool:
        """False when somebody else changed it meanwhile."""
        document = _review_document(review)
        del document["_id"]
        if unapplied:
            document["unapplied"] = True
        with translate_errors():
            found = await self.reviews.update_one(
                {"_id": review.review_id, "version": expected_version, "superseded": False}, {"$set": document}
            )
        return bool(found.matched_count)

    async def queue(
        self,
        org_id: str,
        session_id: str | None,
        state: ReviewState | None,
        *,
        after: str | None,
        limit: int,
        now: datetime,
    ) -> list[Review]:
        """Ordered by id, which is as good as drawn by lot: neighbours tell nothing about who wrote them."""
        query: Document = {"org_id": org_id, "superseded": False}
        if session_id is not None:
            query["session_id"] = session_id
        if after is not None:
            query["_id"] = {"$gt": after}
        match state:
            case ReviewState.CLAIMED:
                query["claimed_until"] = {"$gt": now}
            case ReviewState.WAITING:
                query |= {"judged": 0, "claimed_until": {"$not": {"$gt": now}}}
            case ReviewState.DONE:
                query |= {"judged": {"$gt": 0}, "claimed_until": {"$not": {"$gt": now}}}
            case None:
                pass
        with translate_errors():
            cursor = self.reviews.find(query, sort=[("_id", ASCENDING)], limit=limit)
            return [_review(document) async for document in cursor]

    async def unapplied(self, limit: int) -> list[str]:
        """Participants with a judgement that is not in their result yet."""
        with translate_errors():
            cursor = self.reviews.find({"unapplied": True, "superseded": False}, {"participant_id": 1}, limit=limit)
            return list(dict.fromkeys([document["participant_id"] async for document in cursor]))

    # Results

    async def result(self, participant_id: str) -> Standing | None:
        with translate_errors():
            document = await self.results.find_one({"_id": participant_id})
        return _standing(document) if document else None

    async def results_of(self, org_id: str, session_id: str) -> list[Standing]:
        with translate_errors():
            cursor = self.results.find({"org_id": org_id, "session_id": session_id}, sort=[("_id", ASCENDING)])
            return [_standing(document) async for document in cursor]

    async def save_result(self, standing: Standing, event: Event[Any]) -> bool:
        """State and fact in one write. False when somebody else made this version first."""
        document = _result_document(standing)
        try:
            if standing.version == 1:
                await outbox.insert(self.results, document, [event])
            else:
                await outbox.save(self.results, document["_id"], standing.version - 1, document, [event])
        except (DuplicateKey, outbox.VersionConflict):
            return False
        return True


def _content_id(assessment_id: str, version: int) -> str:
    return f"{assessment_id}:{version}"


async def _newest(collection: Collection, document_id: str, name: str, version: int, changes: Document) -> None:
    """Set `changes` unless the document has heard of this version or a later one (`name` is the version's field)."""
    query = {"_id": document_id, name: {"$not": {"$gte": version}}}
    try:
        with translate_errors():
            await collection.update_one(query, {"$set": {**changes, name: version}}, upsert=True)
    except DuplicateKey:
        return  # it is there and not older: what came is stale


def _submission(document: Document) -> Submission:
    return Submission(
        participant_id=document["_id"],
        session_id=document["session_id"],
        org_id=document["org_id"],
        name=document.get("name", NAME_UNKNOWN),
        version=document["completed_version"],
        reopened=document.get("reopened_version", 0) > document["completed_version"],
        completed=AttemptCompleted.model_validate_json(document["completed"]),
    )


def _review_document(review: Review) -> Document:
    return {
        "_id": review.review_id,
        "org_id": review.org_id,
        "session_id": review.session_id,
        "participant_id": review.participant_id,
        "version": review.version,
        "item": review.item.model_dump(mode="json"),
        "response": review.response.model_dump(mode="json"),
        "claimed_by": review.claimed_by,
        "claimed_until": review.claimed_until,
        "judged": len(review.judgements),
        "judgements": [
            {
                "scores": [score.model_dump(mode="json") for score in each.scores],
                "comment": each.comment,
                "by": each.by.model_dump(mode="json"),
                "at": each.at,
            }
            for each in review.judgements
        ],
        "superseded": review.superseded,
    }


def _review(document: Document) -> Review:
    return Review(
        review_id=document["_id"],
        org_id=document["org_id"],
        session_id=document["session_id"],
        participant_id=document["participant_id"],
        version=document["version"],
        item=Essay.model_validate(document["item"]),
        response=SavedResponse.model_validate(document["response"]),
        claimed_by=document["claimed_by"],
        claimed_until=document["claimed_until"],
        judgements=tuple(
            Judgement(
                scores=tuple(CriterionScore.model_validate(score) for score in each["scores"]),
                comment=each["comment"],
                by=Actor.model_validate(each["by"]),
                at=each["at"],
            )
            for each in document["judgements"]
        ),
        superseded=document["superseded"],
    )


def _result_document(standing: Standing) -> Document:
    return {
        "_id": standing.result.participant_id,
        "org_id": standing.org_id,
        "session_id": standing.result.session_id,
        "version": standing.version,
        "submission_version": standing.submission_version,
        "pass_mark_percent": str(standing.pass_mark_percent),
        "judged": [[item_id, count] for item_id, count in sorted(standing.judged.items())],
        "result": standing.result.model_dump(mode="json"),
    }


def _standing(document: Document) -> Standing:
    return Standing(
        result=Result.model_validate(document["result"]),
        org_id=document["org_id"],
        version=document["version"],
        submission_version=document["submission_version"],
        pass_mark_percent=Decimal(document["pass_mark_percent"]),
        judged=dict(document["judged"]),
    )
