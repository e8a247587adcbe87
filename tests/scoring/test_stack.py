"""scoring-svc on real Kafka, MongoDB and Redis: facts in, facts and HTTP out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from scoring_world import World

from chassis import dead_letters
from chassis.auth import Principal, PrincipalKind, TokenSigner
from chassis.service import Service
from chassis.settings import Settings
from contracts.envelope import decode, header_map
from contracts.scoring import SCORING_EVENTS, ResponseReviewed, ResultReleased, ResultScored
from contracts.statuses import ReleaseMode, Role
from scoring_svc.app import build
from scoring_svc.store import ScoringStore

pytestmark = pytest.mark.stack

WAIT_SECONDS = 30


@dataclass
class Running:
    service: Service
    store: ScoringStore
    signer: TokenSigner
    http: httpx.AsyncClient

    async def publish(self, *events: Any) -> None:
        for event in events:
            await self.service.publisher.publish(event)

    def headers(self, *roles: Role, subject: str = "ann", participant_id: str | None = None) -> dict[str, str]:
        kind = PrincipalKind.CANDIDATE if participant_id else PrincipalKind.STAFF
        principal = Principal(subject, kind, frozenset(roles), "org1", subject.title(), None, participant_id)
        return {"Authorization": f"Bearer {self.signer.sign(principal, 600, datetime.now(UTC))}"}

    async def ask(self, method: str, path: str, *roles: Role, body: Any = None, **who: Any) -> tuple[int, Any]:
        answer = await self.http.request(method, f"/v1{path}", json=body, headers=self.headers(*roles, **who))
        return answer.status_code, answer.json()

    async def until(self, look: Callable[[], Awaitable[Any]]) -> Any:
        async with asyncio.timeout(WAIT_SECONDS):
            while not (found := await look()):  # noqa: ASYNC110 - the service under test gives no event
                await asyncio.sleep(0.05)
        return found

    async def result(self, participant_id: str, state: str) -> Any:
        async def look() -> Any:
            found = await self.store.result(participant_id)
            return found if found and found.result.state == state else None

        return await self.until(look)

    async def review(self, session_id: str) -> Any:
        async def look() -> Any:
            _, page = await self.ask("GET", f"/reviews?session_id={session_id}&state=waiting", Role.REVIEWER)
            return page["items"]

        return (await self.until(look))[0]

    async def facts(self, participant_id: str, count: int) -> list[Any]:
        """All facts about one result once `count` of them, or more, are there."""
        consumer = AIOKafkaConsumer(
            self.service.settings.topic(SCORING_EVENTS),
            bootstrap_servers=self.service.settings.kafka,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        found: list[Any] = []
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                quiet = 0
                while len(found) < count or quiet < 2:
                    batches = await consumer.getmany(timeout_ms=300)
                    quiet = 0 if batches else quiet + 1
                    events = [
                        decode(header_map(each.headers), each.value) for some in batches.values() for each in some
                    ]
                    found += [each for each in events if each.subject == participant_id]
        finally:
            await consumer.stop()
        return found


@pytest.fixture(scope="module")
async def running(settings_for: Any, topics: Any, token_keys: Any) -> AsyncIterator[Running]:
    service = build(settings_for(Settings, instance="scoring-a"))
    async with service.running(60):
        transport = httpx.ASGITransport(app=service.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://scoring") as http:
            signer = TokenSigner(token_keys.private_file.read_bytes())
            yield Running(service, ScoringStore(service.mongo), signer, http)


SCORES = {
    "scores": [{"criterion_id": "depth", "points": "3"}, {"criterion_id": "style", "points": "2"}],
    "comment": "Clear.",
}


async def test_a_submission_that_comes_before_everything_else_is_scored_once_the_rest_is_known(
    running: Running, world: World
) -> None:
    await running.publish(world.admitted(), world.completed(essay=None))
    await running.until(lambda: running.store.submission(world.person()))
    assert await running.store.result(world.person()) is None
    await running.publish(world.scheduled())
    await running.until(lambda: running.store.session(world.session_id))
    assert await running.store.result(world.person()) is None
    await running.publish(world.published())
    standing = await running.result(world.person(), "final")
    assert standing.result.name == "Person 1"
    assert str(standing.result.percent) == "40.00"
    await running.until(lambda: _nothing_due(running, world))


async def _nothing_due(running: Running, world: World) -> Any:
    return world.person() not in await running.store.due(1_000)


async def test_a_repeated_completion_gives_one_result_and_one_fact(running: Running, world: World) -> None:
    completed = world.completed(essay=None)
    await running.publish(world.published(), world.scheduled(), world.admitted(), completed, completed)
    await running.result(world.person(), "final")
    await running.publish(completed, world.completed(2, essay=None))
    await running.result(world.person(2), "final")
    standing = await running.store.result(world.person())
    assert standing.version == 1
    facts = await running.facts(world.person(), 1)
    assert [type(each.data) for each in facts] == [ResultScored]


async def test_an_essay_is_claimed_by_one_of_two_scored_and_released(running: Running, world: World) -> None:
    await running.publish(world.published(), world.scheduled(), world.admitted(), world.completed())
    provisional = await running.result(world.person(), "provisional")
    assert provisional.result.reviews_outstanding == 1
    review = await running.review(world.session_id)
    assert "Person" not in str(review)
    assert world.person() not in str(review)
    path = f"/reviews/{review['review_id']}"

    status, problem = await running.ask("POST", f"/sessions/{world.session_id}/results/release", Role.PROCTOR, body={})
    assert (status, problem["type"]) == (409, "/problems/results-not-final")
    assert problem["not_final"] == 1

    status, problem = await running.ask("POST", f"{path}/score", Role.REVIEWER, body=SCORES)
    assert (status, problem["type"]) == (409, "/problems/review-not-claimed")
    race = await asyncio.gather(
        *(running.ask("POST", f"{path}/claim", Role.REVIEWER, subject=who) for who in ("ann", "ben", "cat"))
    )
    assert sorted(status for status, _ in race) == [200, 409, 409]
    assert {each["type"] for status, each in race if status == 409} == {"/problems/review-claimed"}
    holder = next(each["claimed_by"] for status, each in race if status == 200)

    too_much = {"scores": [{"criterion_id": "depth", "points": "5"}, {"criterion_id": "style", "points": "1"}]}
    status, problem = await running.ask("POST", f"{path}/score", Role.REVIEWER, subject=holder, body=too_much)
    assert (status, problem["type"]) == (422, "/problems/score-invalid")
    status, done = await running.ask("POST", f"{path}/score", Role.REVIEWER, subject=holder, body=SCORES)
    assert (status, done["state"], done["comment"]) == (200, "done", "Clear.")
    final = await running.result(world.person(), "final")
    assert (str(final.result.percent), final.result.passed) == ("90.00", True)

    own = {"subject": "c", "participant_id": world.person()}
    status, problem = await running.ask("GET", f"/results/{world.person()}/candidate", Role.CANDIDATE, **own)
    assert (status, problem["type"]) == (404, "/problems/result-not-released")
    status, released = await running.ask("POST", f"/sessions/{world.session_id}/results/release", Role.PROCTOR, body={})
    assert (status, released) == (200, {"released": [world.person()]})
    status, again = await running.ask("POST", f"/sessions/{world.session_id}/results/release", Role.PROCTOR, body={})
    assert (status, again) == (200, released)
    status, shown = await running.ask("GET", f"/results/{world.person()}/candidate", Role.CANDIDATE, **own)
    assert (status, shown["percent"], shown["points"], shown["passed"]) == (200, "90.00", "9", True)
    assert "explanation" not in str(shown)

    facts = await running.facts(world.person(), 3)
    assert [type(each.data) for each in facts] == [ResultScored, ResponseReviewed, ResultReleased]
    assert [each.version for each in facts] == [1, 2, 3]


async def test_immediate_release_needs_nobody(running: Running, world: World) -> None:
    await running.publish(world.published(), world.scheduled(ReleaseMode.IMMEDIATE), world.admitted())
    await running.publish(world.completed(essay=None))
    standing = await running.result(world.person(), "released")
    assert standing.version == 2


async def test_a_reset_attempt_is_scored_anew_and_its_untouched_essay_keeps_its_review(
    running: Running, world: World
) -> None:
    await running.publish(world.published(), world.scheduled(), world.admitted(), world.completed(choice="b"))
    review = await running.review(world.session_id)
    await running.ask("POST", f"/reviews/{review['review_id']}/claim", Role.REVIEWER)
    await running.ask("POST", f"/reviews/{review['review_id']}/score", Role.REVIEWER, body=SCORES)
    assert str((await running.result(world.person(), "final")).result.percent) == "50.00"

    await running.publish(world.reset(version=10))

    async def reopened() -> Any:
        return (await running.store.submission(world.person())).reopened

    await running.until(reopened)
    status, problem = await running.ask("POST", f"/sessions/{world.session_id}/results/release", Role.PROCTOR, body={})
    assert (status, problem["type"]) == (409, "/problems/results-not-final")

    await running.publish(world.completed(choice="a", version=20, attempt_number=2))

    async def scored_again() -> Any:
        standing = await running.store.result(world.person())
        return standing.result.attempt_number == 2 and standing.result.state == "final" and standing

    standing = await running.until(scored_again)
    assert str(standing.result.percent) == "90.00"

    await running.publish(world.reset(version=30), world.completed(essay="Now else.", essay_seq=7, version=40))
    waiting = await running.review(world.session_id)
    assert waiting["review_id"] != review["review_id"]
    assert (await running.ask("GET", f"/reviews/{review['review_id']}", Role.REVIEWER))[0] == 404
    assert await running.service.mongo["results"].count_documents({"_id": world.person()}) == 1


async def test_who_never_began_gets_no_result(running: Running, world: World) -> None:
    await running.publish(world.published(), world.scheduled(), world.completed(began=False, essay=None, choice=None))
    await running.publish(world.completed(2, essay=None))
    await running.result(world.person(2), "final")
    await running.until(lambda: running.store.submission(world.person()))
    await running.until(lambda: _nothing_due(running, world))
    assert await running.store.result(world.person()) is None


async def test_a_tampered_submission_is_parked_and_the_next_one_scored(running: Running, world: World) -> None:
    await running.publish(world.published(), world.scheduled(), world.completed(essay=None, digest="0" * 64))
    await running.publish(world.completed(2, essay=None))
    await running.result(world.person(2), "final")

    async def parked() -> Any:
        letters = await dead_letters.list_letters(running.service.settings, "scoring-svc")
        return [each for each in letters if world.person() in each.error]

    assert "receipt" in (await running.until(parked))[0].error
    assert await running.store.result(world.person()) is None


async def test_a_judgement_whose_result_was_lost_to_a_crash_is_swept_up(running: Running, world: World) -> None:
    await running.publish(world.published(), world.scheduled(), world.admitted(), world.completed())
    await running.result(world.person(), "provisional")
    view = await running.review(world.session_id)
    await running.ask("POST", f"/reviews/{view['review_id']}/claim", Role.REVIEWER)
    judged = {
        "scores": [{"criterion_id": "depth", "points": "1"}, {"criterion_id": "style", "points": "1"}],
        "comment": "",
        "by": {"kind": "staff", "id": "ann", "name": "Ann"},
        "at": datetime.now(UTC),
    }
    await running.store.reviews.update_one(
        {"_id": view["review_id"]},
        {"$set": {"judgements": [judged], "judged": 1, "claimed_until": None, "unapplied": True}},
    )
    assert str((await running.result(world.person(), "final")).result.percent) == "60.00"
    await running.until(lambda: _applied(running, view["review_id"]))


async def _applied(running: Running, review_id: Any) -> Any:
    return not await running.store.reviews.count_documents({"_id": review_id, "unapplied": True})


async def test_other_roles_other_people_and_other_organisations_are_refused(running: Running, world: World) -> None:
    await running.publish(world.published(), world.scheduled(), world.admitted(), world.completed())
    review = await running.review(world.session_id)
    assert (await running.ask("GET", "/reviews", Role.PROCTOR))[0] == 403
    path = f"/sessions/{world.session_id}/results"
    assert (await running.ask("POST", f"{path}/release", Role.REVIEWER, body={}))[0] == 403
    assert (await running.ask("GET", path, Role.CANDIDATE))[0] == 403
    status, problem = await running.ask(
        "GET", f"/results/{world.person()}/candidate", Role.CANDIDATE, subject="c", participant_id="somebody-else"
    )
    assert (status, problem["type"]) == (403, "/problems/not-allowed")
    stranger = Principal("eve", PrincipalKind.STAFF, frozenset({Role.ADMIN}), "org2", "Eve")
    headers = {"Authorization": f"Bearer {running.signer.sign(stranger, 600, datetime.now(UTC))}"}
    for there in (path, f"/results/{world.person()}", f"/reviews/{review['review_id']}"):
        assert (await running.http.get(f"/v1{there}", headers=headers)).status_code == 404
    assert (await running.http.get(f"/v1{path}")).status_code == 401
    unknown = {"participant_ids": ["nobody"]}
    assert (await running.ask("POST", f"{path}/release", Role.ADMIN, body=unknown))[0] == 404
