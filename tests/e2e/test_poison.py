"""Messages that cannot be handled, on every topic that every service reads: parked whole, and the next one is handled.

One session lives through all of it. Before each of its steps the poison goes onto the topic of the facts to come, under
the same key, so that the step's fact stands behind it in the same partition.
"""

import asyncio
import contextlib
import json
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from hall import CHOICE, WRONG, Hall, Json, Seat, a_paper, until
from pydantic import BaseModel

from chassis import dead_letters
from chassis.dead_letters import DeadLetter
from chassis.identifiers import derived_id
from chassis.publisher import Publisher
from chassis.settings import Settings
from contracts.attempt import ATTEMPT_COMMANDS, ATTEMPT_EVENTS, Actor, AttemptCompleted, FlagItem, RecordResponse
from contracts.enrollment import ENROLLMENT_EVENTS, INVITATION_EVENTS, ParticipantInvited, ParticipantRemoved
from contracts.envelope import Event
from contracts.messaging import MESSAGING_EVENTS, MessageSent
from contracts.registry import registration_of
from contracts.scoring import SCORING_EVENTS, ResultReleased
from contracts.session import ASSESSMENT_EVENTS, SESSION_EVENTS, AssessmentPublished, SessionChanged
from contracts.statuses import ActorKind
from contracts.topics import SERVICES, topics_read_by
from examhall.operations import settings_of
from examhall.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

READ: Final = {service: {topic.name for topic in topics_read_by(service)} for service in SERVICES}
PAIRS: Final = [(service, topic) for service, topics in READ.items() for topic in sorted(topics)]
TYPES: Final[dict[str, type[BaseModel]]] = {
    ASSESSMENT_EVENTS: AssessmentPublished,
    SESSION_EVENTS: SessionChanged,
    ENROLLMENT_EVENTS: ParticipantRemoved,
    INVITATION_EVENTS: ParticipantInvited,
    ATTEMPT_COMMANDS: RecordResponse,
    ATTEMPT_EVENTS: AttemptCompleted,
    MESSAGING_EVENTS: MessageSent,
    SCORING_EVENTS: ResultReleased,
}
INVITED: Final = "invited-behind-the-poison"
IDA: Final = "ida@example.org"
NO_HEADERS: Final = "no headers"
BODIES: Final[dict[str, bytes | None]] = {
    "broken body": b'{"participant_id": "p1", "act',
    NO_HEADERS: b"{}",
    "wrong shape": b'{"colour": ["blue"], "participant_id": {"not": "text"}}',
    "no body": None,
}
# Of no concern to this service, whatever the type: such facts are skipped unread, and their bodies with them.
SKIPPED: Final = {("scoring-svc", ENROLLMENT_EVENTS)}


@dataclass(frozen=True, slots=True)
class Poison:
    """One message as it was sent, and where it landed."""

    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass(slots=True)
class Story:
    """What happened, for the tests to look at."""

    hall: Hall
    settings: Settings
    producer: AIOKafkaProducer
    session: Json = field(default_factory=dict)
    seat: Seat | None = None
    gone: Seat | None = None
    poison: dict[str, dict[str, Poison]] = field(default_factory=dict)

    async def poisoned(self, topic: str, key: str) -> None:
        """All kinds of poison under this key."""
        sent = self.poison[topic] = {}
        for kind, body in BODIES.items():
            headers = [] if kind == NO_HEADERS else self._headers(topic, key)
            where = await self.producer.send_and_wait(
                self.settings.topic(topic), body, key=key.encode(), headers=headers
            )
            sent[kind] = Poison(where.partition, where.offset, key.encode(), body, headers)

    def _headers(self, topic: str, key: str) -> list[tuple[str, bytes]]:
        """A CloudEvent that is good in every respect but its body."""
        attributes = {
            "specversion": "1.0",
            "id": uuid.uuid4().hex,
            "type": registration_of(TYPES[topic]).type_name,
            "source": "test",
            "time": datetime.now(UTC).isoformat(),
            "subject": key,
            "orgid": self.hall.org_id,
            "sessionid": self.session.get("session_id", "none"),
            "aggregateversion": "1000",
        }
        return [(f"ce_{name}", value.encode()) for name, value in attributes.items()]

    async def get(self, path: str) -> Any:
        return await self.hall.admin.get(f"/api/v1/sessions/{self.session['session_id']}/{path}")

    @property
    def participant_id(self) -> str:
        assert self.seat is not None
        return self.seat.participant_id


def turned() -> Json:
    """The assessment's second version: what was wrong is right now."""
    content: Json = json.loads(json.dumps(a_paper(title="Turned")))
    content["sections"][0]["items"][0]["key"] = {"correct": "b"}
    return content


@pytest.fixture(scope="module")
async def story(hall: Hall) -> AsyncIterator[Story]:
    settings = settings_of(hall.addresses)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    try:
        story = Story(hall, settings, producer)
        await live_through(story)
        yield story
    finally:
        await producer.stop()


async def live_through(story: Story) -> None:
    """A session from its assessment to a released result. Every wait is for what a service made of a fact."""
    hall = story.hall
    first = await hall.publish()
    await story.poisoned(ASSESSMENT_EVENTS, first[0])
    draft = await hall.scheduler.get(f"/api/v1/assessments/{first[0]}")
    changed = {"content": turned(), "version": draft["version"]}
    answer = await hall.scheduler.call("PUT", f"/api/v1/assessments/{first[0]}", changed)
    second = await hall.publish_again(answer.json())

    story.session = await hall.schedule(first)
    path = f"/api/v1/sessions/{story.session['session_id']}"
    await story.poisoned(SESSION_EVENTS, story.session["session_id"])
    proctors = [hall.proctor.subject, hall.other_proctor.subject]
    edit = {"settings": hall.settings(second, name="Renamed", proctor_ids=proctors), "version": 1}
    answer = await hall.scheduler.call("PUT", path, edit)
    assert answer.is_success, answer.text
    await hall.take(story.session, "open")

    # With an Idempotency-Key the id is known beforehand, and with it the partition.
    invited = derived_id("added", story.session["session_id"], INVITED, "0")
    await story.poisoned(INVITATION_EVENTS, invited)
    asked = {"participants": [{"name": "Ida Invited", "email": IDA, "invite": True}]}

    async def added() -> Json | None:
        answer = await hall.scheduler.call("POST", f"{path}/participants", asked, key=INVITED)
        return answer.json() if answer.is_success else None

    known = await until(added, "enrollment-svc has heard of the session")
    assert [each["participant_id"] for each in known["added"]] == [invited]

    story.gone = await hall.seat(code=story.session["code"], name="Eve Gone")
    await story.poisoned(ENROLLMENT_EVENTS, story.gone.participant_id)
    await hall.proctor.post(f"/api/v1/participants/{story.gone.participant_id}/remove", {"reason": "Wrong room"})

    story.seat = await hall.seat(code=story.session["code"], name="Ada Lovelace")
    async with story.seat.online() as seat:
        await seat.phase("waiting")
        story.session = await hall.take(story.session, "start")
        await seat.phase("active")
        await story.poisoned(ATTEMPT_COMMANDS, seat.participant_id)
        assert (await seat.answer(CHOICE, WRONG))["type"] == "ack"
        await story.poisoned(ATTEMPT_EVENTS, seat.participant_id)
        assert (await seat.submit())["type"] == "ack"
        await seat.phase("complete")

    await story.poisoned(MESSAGING_EVENTS, story.session["session_id"])
    await hall.proctor.post(f"{path}/broadcasts", {"text": "Thank you"})

    async def scored() -> bool:
        return any(each["result"]["participant_id"] == seat.participant_id for each in await _results(story))

    await until(scored, "the submission is scored")
    await story.poisoned(SCORING_EVENTS, seat.participant_id)
    await hall.scheduler.post(f"{path}/results/release", {"participant_ids": [seat.participant_id]})


async def _results(story: Story) -> list[Json]:
    results: list[Json] = (await story.get("results"))["results"]
    return results


async def _letters(story: Story, service: str, topic: str) -> dict[str, DeadLetter]:
    """Those of this story's poison that the service has parked, by kind."""
    letters = await dead_letters.list_letters(story.settings, service)
    first = [each for each in letters if not _replayed(each)]
    where = {(each.topic, each.partition, each.offset): each for each in first}
    assert len(where) == len(first), "something was parked twice"
    places = {kind: (topic, each.partition, each.offset) for kind, each in story.poison[topic].items()}
    return {kind: where[place] for kind, place in places.items() if place in where}


def _replayed(letter: DeadLetter) -> bool:
    return any(name == dead_letters.REPLAYED for name, _ in letter.headers)


async def test_these_are_the_topics_that_services_read(story: Story):
    """A topic that is read and not listed above would go untested."""
    admin = AIOKafkaAdminClient(bootstrap_servers=story.settings.kafka)
    await admin.start()
    try:
        for service in SERVICES:

            async def read(service: str = service) -> set[str]:
                offsets = await admin.list_consumer_group_offsets(story.settings.topic(service))
                return {partition.topic.removeprefix(story.settings.topic("")) for partition in offsets}

            async def everything(service: str = service) -> bool:
                return await read(service) >= READ.get(service, set())

            await until(everything, f"{service} has read of each of its topics")
            assert await read() == READ.get(service, set()), service
    finally:
        await admin.close()


@pytest.mark.parametrize(("service", "topic"), PAIRS)
async def test_poison_is_parked_whole_with_its_error(story: Story, service: str, topic: str):
    wanted = {NO_HEADERS} if (service, topic) in SKIPPED else set(BODIES)

    async def parked() -> dict[str, DeadLetter] | None:
        found = await _letters(story, service, topic)
        return found if found.keys() >= wanted else None

    letters = await until(parked, f"{service} has parked the poison of {topic}")
    assert letters.keys() == wanted
    for kind, letter in letters.items():
        sent = story.poison[topic][kind]
        assert (letter.key, letter.value or None) == (sent.key, sent.value)
        marks = dict(letter.headers)
        assert [pair for pair in letter.headers if not pair[0].startswith(dead_letters.PREFIX)] == sent.headers
        assert marks["dead-letter-topic"].decode() == story.settings.topic(topic)
        assert marks["dead-letter-group"].decode() == service
        assert letter.error.startswith("Malformed: ")
        assert datetime.fromisoformat(letter.at).tzinfo is not None
    assert letters[NO_HEADERS].error == "Malformed: no ce_type header: not a CloudEvent in binary mode"


# What stood behind the poison, as each service shows it


async def test_enrollment_follows_the_session(story: Story):
    """Both joined after it was opened."""
    people = await story.hall.participants(story.session)
    states = {"Ada Lovelace": "admitted", "Eve Gone": "removed", "Ida Invited": "invited"}
    assert {each["name"]: each["state"] for each in people} == states


async def test_messaging_follows_the_invitations(story: Story):
    async def written() -> list[tuple[str, str]]:
        return [(each["kind"], each["email"]) for each in (await story.get("mails"))["items"]]

    assert ("invitation", IDA) in await until(written, "the invitation")


async def test_monitoring_follows_the_session_and_its_people(story: Story):
    async def shown() -> bool:
        live = await story.hall.live(story.session)
        reasons = {row["name"]: row["completion_reason"] for row in live["rows"]}
        return (
            live["session"]["settings"]["name"] == "Renamed"
            and live["session"]["state"] == "running"
            and reasons == {"Ada Lovelace": "submitted", "Eve Gone": "removed", "Ida Invited": None}
        )

    await until(shown, "the live view")


async def test_the_attempt_has_the_answer_that_came_after_the_poison(story: Story):
    attempt = await story.hall.attempt(story.participant_id)
    assert [(each["item_id"], each["response"]) for each in attempt["responses"]] == [(CHOICE, WRONG)]


async def test_messaging_follows_the_session_and_its_people(story: Story):
    """The proctor who was assigned later may write; whoever was removed may not."""
    hall, gone = story.hall, story.gone
    assert gone is not None
    path = f"/api/v1/sessions/{story.session['session_id']}"

    async def taken() -> bool:
        return (await hall.other_proctor.call("POST", f"{path}/broadcasts", {"text": "Me too"})).is_success

    async def refused() -> bool:
        answer = await gone.person.call("POST", f"{path}/threads/{gone.participant_id}/messages", {"text": "Hello?"})
        return bool(answer.is_error and answer.json()["type"] == "/problems/participant-removed")

    await until(taken, "the other proctor is known")
    await until(refused, "the removal is known")


async def test_scoring_follows_assessment_session_and_attempt(story: Story):
    """By the second version's key, to which the session was changed, the answer is right."""
    result = next(each["result"] for each in await _results(story) if each["result"]["name"] == "Ada Lovelace")
    assert {each["item_id"]: each["points"] for each in result["items"]}[CHOICE] in {"2", "2.0000"}


async def test_reports_follow_everything(story: Story):
    async def told() -> bool:
        summary = await story.get("summary")
        people = {each["name"]: each for each in summary["participants"]}
        return (
            summary["session"]["settings"]["name"] == "Renamed"
            and summary["attendance"]["removed"] == 1
            and any(each["text"] == "Thank you" for each in summary["messages"])
            and people["Ada Lovelace"]["completion_reason"] == "submitted"
            and people["Ada Lovelace"]["result_state"] == "released"
        )

    await until(told, "the summary")


async def test_no_service_is_held_up(story: Story, stack: Stack):
    for name in READ:
        await stack.until_ready(name, 30)


# The operator's command


async def examhall(stack: Stack, *arguments: str) -> str:
    """What the command prints; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "examhall", "--directory", str(stack.directory), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def test_the_command_lists_and_shows_them(story: Story, stack: Stack):
    letter = (await _letters(story, "reporting-svc", SESSION_EVENTS))["wrong shape"]
    listed = await examhall(stack, "dead-letters", "list", "reporting-svc")
    (line,) = [each for each in listed.splitlines() if each.split()[:1] == [str(letter.number)]]
    assert "examhall.session.changed.v1" in line
    assert SESSION_EVENTS in line
    assert "Malformed" in line
    shown = await examhall(stack, "dead-letters", "show", "reporting-svc", str(letter.number))
    assert f"from   {SESSION_EVENTS} partition {letter.partition} offset {letter.offset}" in shown
    assert f"key    {story.session['session_id']}" in shown
    assert "ce_type: examhall.session.changed.v1" in shown
    assert '"colour": [' in shown


async def test_a_letter_that_is_replayed_unmended_is_parked_again(story: Story, stack: Stack):
    letter = (await _letters(story, "monitoring-svc", ATTEMPT_COMMANDS))["broken body"]
    before = await story.hall.attempt(story.participant_id)
    printed = await examhall(stack, "dead-letters", "replay", "monitoring-svc", str(letter.number))
    assert ATTEMPT_COMMANDS in printed
    mark = f"monitoring-svc.dead-letters.v1/{letter.number}".encode()

    async def again() -> Sequence[DeadLetter]:
        letters = await dead_letters.list_letters(story.settings, "monitoring-svc")
        return [each for each in letters if dict(each.headers).get(dead_letters.REPLAYED) == mark]

    (parked,) = await until(again, "it is parked again")
    assert parked.offset > letter.offset
    assert (parked.topic, parked.partition, parked.key, parked.value) == (
        *(letter.topic, letter.partition, letter.key, letter.value),
    )
    assert await story.hall.attempt(story.participant_id) == before


async def test_a_letter_that_is_replayed_after_mending_is_handled(
    story: Story, stack: Stack, assessment: tuple[str, int]
):
    """Here the message was good all along: it stands for one that a mended service can handle."""
    session, seat = await story.hall.sitting(assessment)
    command = Event(
        id=uuid.uuid4().hex,
        source="test",
        time=datetime.now(UTC),
        subject=seat.participant_id,
        org_id=story.hall.org_id,
        session_id=session["session_id"],
        data=FlagItem(
            actor=Actor(kind=ActorKind.CANDIDATE, id=seat.participant_id, name="Ada"),
            seq=1,
            item_id=CHOICE,
            flagged=True,
        ),
    )
    record: Any = SimpleNamespace(
        topic=story.settings.topic(ATTEMPT_COMMANDS),
        partition=0,
        offset=10**9,
        key=command.key,
        value=command.body(),
        headers=tuple(command.headers()),
    )
    publisher = Publisher(story.settings, "test")
    await publisher.start()
    try:
        await dead_letters.park(publisher, story.settings, "monitoring-svc", record, RuntimeError("a defect"))
    finally:
        await publisher.stop()
    letters = await dead_letters.list_letters(story.settings, "monitoring-svc")
    number = next(each.number for each in letters if each.key == command.key)
    await examhall(stack, "dead-letters", "replay", "monitoring-svc", str(number))

    async def flagged() -> bool:
        return (await story.hall.attempt(seat.participant_id))["flagged_items"] == [CHOICE]

    await until(flagged, "the replayed command is applied")
