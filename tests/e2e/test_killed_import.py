"""enrollment-svc is killed while a confirmed import runs: it goes on by itself, and everybody is there exactly once."""

import asyncio
from collections import Counter
from typing import Any

import pytest
import roster_files as files
from aiokafka import AIOKafkaConsumer
from hall import Hall, hall_on, until

from chassis import mongo
from contracts.enrollment import ENROLLMENT_EVENTS
from contracts.envelope import decode, header_map
from examhall.services import GATEWAY, Program
from examhall.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(480)]

PEOPLE = 3_000
KILLS = 3
SECONDS = 120.0  # each kill costs the rest of a claim, 20 s, and a start on a loaded machine
ENROLLMENT = "enrollment-svc"
Json = dict[str, Any]


async def upload(hall: Hall, session: Json) -> str:
    """The import's id, once it was reviewed."""
    data = files.text_file(files.people(PEOPLE))
    headers = {"Authorization": f"Bearer {hall.scheduler.token}", "Content-Type": "application/octet-stream"}
    query = {"file_name": "people.csv", "session_id": session["session_id"]}

    async def known() -> str | None:
        answer = await hall.http.post("/api/v1/imports", content=data, params=query, headers=headers)
        return str(answer.json()["import_id"]) if answer.is_success else None

    import_id = await until(known, "enrolment knows the session")

    async def reviewed() -> bool:
        return bool((await hall.scheduler.get(f"/api/v1/imports/{import_id}"))["state"] == "review")

    await until(reviewed, "the file is read", seconds=SECONDS)
    return import_id


async def facts_by_participant(stack: Stack) -> dict[str, set[str]]:
    """Ids of the distinct facts about each participant, from the beginning of the topic."""
    settings = stack.settings()
    found: dict[str, set[str]] = {}
    consumer = AIOKafkaConsumer(
        settings.topic(ENROLLMENT_EVENTS), bootstrap_servers=settings.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(SECONDS):
            while len(found) < PEOPLE:
                for messages in (await consumer.getmany(timeout_ms=500)).values():
                    for each in messages:
                        event = decode(header_map(each.headers), each.value or b"")
                        found.setdefault((each.key or b"").decode(), set()).add(event.id)
    finally:
        await consumer.stop()
    return found


async def test_an_import_survives_the_death_of_its_service(start_services: Any) -> None:
    run = [Program.of(each) for each in ("session-svc", ENROLLMENT, GATEWAY)]
    stack: Stack = await start_services(run=run)
    async with hall_on(stack.addresses) as hall:
        session = await hall.schedule(await hall.publish(), maximum_participants=PEOPLE)
        import_id = await upload(hall, session)
        confirmed = await hall.scheduler.post(f"/api/v1/imports/{import_id}/confirm", {"mode": "all"})
        assert confirmed["to_do"] == PEOPLE
        client = mongo.connect(stack.settings())
        database = mongo.database(client, stack.settings().database(ENROLLMENT))
        for kill in range(1, KILLS + 1):

            async def further(enough: int = kill * PEOPLE // (KILLS + 1)) -> bool:
                return await database["participants"].count_documents({}) >= enough

            await until(further, "the import goes on", seconds=SECONDS)
            await stack.kill(ENROLLMENT)
            half_done = await database["participants"].count_documents({})
            assert half_done < PEOPLE, "the import was over before the service died"
            await stack.start_part(ENROLLMENT)

        async def done() -> Json | None:
            answer = await hall.scheduler.call("GET", f"/api/v1/imports/{import_id}")
            return answer.json() if answer.is_success and answer.json()["state"] == "done" else None

        import_: Json = await until(done, "the import is done", seconds=SECONDS)

        assert import_["outcome"] == {
            "added": PEOPLE,
            "updated": 0,
            "unchanged": 0,
            "refused": 0,
            "enrolled": PEOPLE,
            "already": 0,
            "unseated": 0,
            "invited": 0,
        }
        assert await database["people"].count_documents({}) == PEOPLE
        emails = [each["email_key"] async for each in database["participants"].find({}, {"email_key": 1})]
        assert Counter(emails) == Counter(email for _, email, _, _ in files.people(PEOPLE))
        seats = sorted([each["seat"] async for each in database["participants"].find({}, {"seat": 1})])
        assert seats == list(range(1, PEOPLE + 1))
        facts = await facts_by_participant(stack)
        assert len(facts) == PEOPLE
        assert {len(each) for each in facts.values()} == {1}
        client.close()
