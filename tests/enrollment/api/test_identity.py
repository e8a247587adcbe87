"""Verifying identities over HTTP: what candidates send, what staff see and decide, and that nobody gets in without."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from hall import until
from identity_desk import Applicant
from pictures import GPS_PLACE, a_bomb, a_picture, with_whereabouts
from PIL import Image

from chassis.service import Service
from contracts import limits
from contracts.statuses import AdmissionMode, IdentityVerification, Role

pytestmark = pytest.mark.stack

REQUIRED = {"identity_verification": IdentityVerification.REQUIRED}


def problem_of(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).removeprefix("/problems/")


async def decide(
    staff: httpx.AsyncClient, who: Applicant, what: str, submission: int = 1, **words: Any
) -> httpx.Response:
    body = {"submission": submission, **words}
    return await staff.post(f"/v1/participants/{who.participant_id}/identity/{what}", json=body)


async def state_of(staff: httpx.AsyncClient, who: Applicant) -> str:
    return str((await staff.get(f"/v1/participants/{who.participant_id}")).json()["state"])


async def is_in(staff: httpx.AsyncClient, who: Applicant, state: str) -> bool:
    return await state_of(staff, who) == state


async def test_where_admission_is_automatic_people_are_admitted_once_they_are_confirmed(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await open_session(**REQUIRED, identity_images_days=7)
    who = await arrive(session)
    assert who.joined["state"] == "joined"
    nothing_yet = {"state": "missing", "submission": 0, "tries_left": 5, "reason": None, "images_days": 7}
    assert await who.own() == nothing_yet
    sent = await who.submit()
    assert sent.json()["state"] == "submitted"
    assert await state_of(proctor, who) == "joined"
    decided = await decide(proctor, who, "confirm")
    assert decided.json()["state"] == "confirmed"
    assert decided.json()["decided_by_name"] == "The proctor"
    assert await state_of(proctor, who) == "admitted"
    facts = await read_facts(who.participant_id, 5)
    assert [(fact.type.split(".")[2], fact.version) for fact in facts] == [
        ("enrolled", 1),
        ("joined", 2),
        ("identity-submitted", 3),
        ("identity-confirmed", 4),
        ("admitted", 5),
    ]
    assert not any(b"jpeg" in fact.body().lower() or b"path" in fact.body() for fact in facts)
    assert (await decide(proctor, who, "confirm")).status_code == 409  # admitted: nothing is left to decide


async def test_where_a_proctor_approves_both_are_needed_in_either_way_of_asking(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(**REQUIRED, admission_mode=AdmissionMode.APPROVAL)
    ready, sent, silent = [await arrive(session, name) for name in ("Ready", "Sent", "Silent")]
    for who in (ready, sent):
        await who.submit()
    assert (await decide(proctor, ready, "confirm")).json()["state"] == "confirmed"
    assert await state_of(proctor, ready) == "joined"
    everybody = {"participant_ids": [each.participant_id for each in (ready, sent, silent)]}
    outcome = (await proctor.post(f"/v1/sessions/{session.session_id}/admissions/approve", json=everybody)).json()
    assert outcome["decided"] == [ready.participant_id]
    assert {(each["name"], each["problem"]) for each in outcome["refused"]} == {
        ("Sent", "identity-not-confirmed"),
        ("Silent", "identity-not-confirmed"),
    }
    assert [await state_of(proctor, each) for each in (ready, sent, silent)] == ["admitted", "joined", "joined"]


async def test_admission_that_becomes_automatic_lets_only_the_confirmed_in(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(**REQUIRED, admission_mode=AdmissionMode.APPROVAL)
    ready, silent = await arrive(session, "Ready"), await arrive(session, "Silent")
    await ready.submit()
    await decide(proctor, ready, "confirm")
    await session.change(admission_mode=AdmissionMode.AUTOMATIC)
    await until(partial(is_in, proctor, ready, "admitted"), "the confirmed are admitted")
    assert await state_of(proctor, silent) == "joined"
    await session.change(identity_verification=IdentityVerification.OFF)
    await until(partial(is_in, proctor, silent, "admitted"), "nobody needs to be confirmed any more")


async def test_coming_back_and_coming_twice_does_not_get_around_it(
    open_session: Any,
    arrive: Any,
    gateway: httpx.AsyncClient,
    scheduler: httpx.AsyncClient,
    proctor: httpx.AsyncClient,
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    for _ in range(2):
        back = await gateway.post("/v1/joins", json={"code": who.joined["personal_code"]})
        assert back.json()["state"] == "joined"
    added = await scheduler.post(
        f"/v1/sessions/{session.session_id}/participants", json={"participants": [{"name": "Grace"}]}
    )
    invited = await gateway.post("/v1/joins", json={"code": added.json()["added"][0]["personal_code"]})
    assert invited.json()["state"] == "joined"


async def test_somebody_confirmed_in_time_comes_in_after_late_entry_closed(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(**REQUIRED, late_entry_seconds=0)
    who = await arrive(session)
    await who.submit()
    await session.start(seconds_ago=600)
    assert (await decide(proctor, who, "confirm")).status_code == 200
    assert await state_of(proctor, who) == "admitted"


async def test_whoever_is_rejected_learns_why_and_tries_again_until_the_tries_are_spent(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    for number in range(1, limits.IDENTITY_TRIES_MAX + 1):
        assert (await who.submit()).status_code == 200
        rejected = await decide(proctor, who, "reject", number, reason="The face cannot be seen")
        assert rejected.json()["state"] == "rejected"
        told = await who.own()
        assert told["reason"] == "The face cannot be seen"
        assert told["tries_left"] == limits.IDENTITY_TRIES_MAX - number
    assert problem_of(await who.put("face", a_picture())) == "identity-tries-spent"
    assert (await decide(proctor, who, "confirm", limits.IDENTITY_TRIES_MAX)).json()["state"] == "confirmed"


async def test_a_decision_about_older_pictures_is_refused(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    await who.submit()
    await decide(proctor, who, "reject", reason="Blurred")
    await who.submit()
    assert problem_of(await decide(proctor, who, "confirm", 1)) == "stale-version"
    assert (await decide(proctor, who, "confirm", 2)).status_code == 200


async def test_two_proctors_at_once_come_to_one_decision(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    await who.submit()
    answers = await asyncio.gather(
        *(decide(proctor, who, "confirm") for _ in range(3)),
        *(decide(proctor, who, "reject", reason="No") for _ in range(3)),
    )
    assert {each.status_code for each in answers} <= {200, 409}
    state = (await proctor.get(f"/v1/participants/{who.participant_id}/identity")).json()["state"]
    assert (state == "confirmed") == (await state_of(proctor, who) == "admitted")


async def test_pictures_are_seen_by_assigned_staff_as_plain_jpegs_that_nothing_keeps(
    open_session: Any, arrive: Any, caller: Any, proctor: httpx.AsyncClient, service: Service
) -> None:
    session = await open_session(**REQUIRED, proctor_ids=["p1"])
    who = await arrive(session)
    face = await who.stored("face", with_whereabouts())
    await who.submit(face=face)
    path = f"/v1/participants/{who.participant_id}/identity/images/face"
    seen = await proctor.get(path)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    assert seen.headers["cache-control"] == "private, no-store"
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert Image.open(io.BytesIO(seen.content)).size == (640, 480)
    assert GPS_PLACE not in seen.content
    assert (await caller(Role.ADMIN, subject="a1").get(path)).status_code == 200
    refusals = {
        "not-allowed": [
            who.http,
            caller(Role.PROCTOR, subject="p2"),
            *(caller(role, subject="x") for role in (Role.SCHEDULER, Role.REVIEWER, Role.AUDITOR)),
        ],
        "not-found": [caller(Role.ADMIN, subject="a2", org="globex")],
    }
    for problem, people in refusals.items():
        for each in people:
            assert problem_of(await each.get(path)) == problem
    assert problem_of(await proctor.get(path.replace(who.participant_id, "nobody"))) == "not-found"


async def test_what_lies_in_the_store_is_sealed_under_the_persons_own_path(
    open_session: Any, arrive: Any, service: Service
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    face = await who.stored("face")
    file = service.settings.images_directory / "acme" / session.session_id / who.participant_id / face  # type: ignore[attr-defined]
    assert b"JFIF" not in file.read_bytes()


async def test_nobody_submits_what_is_not_their_own(open_session: Any, arrive: Any) -> None:
    session = await open_session(**REQUIRED)
    mine, other = await arrive(session, "Ada"), await arrive(session, "Eve")
    face, document, stolen = await mine.stored("face"), await mine.stored("document"), await other.stored("face")
    for body in (
        {"face": stolen, "document": document},
        {"face": document, "document": face},
        {"face": face, "document": "0193580e-unknown"},
    ):
        answer = await mine.http.post("/v1/candidate/identity/submissions", json=body)
        assert problem_of(answer) == "image-not-kept"
    assert (await mine.own())["state"] == "missing"


async def test_a_picture_that_lay_about_for_too_long_is_not_named_any_more(
    open_session: Any, arrive: Any, service: Service
) -> None:
    who = await arrive(await open_session(**REQUIRED))
    face, document = await who.stored("face"), await who.stored("document")
    long_ago = datetime.now(UTC) - timedelta(minutes=51)  # the sweep may be deleting it at this moment
    await service.mongo["identity_pictures"].update_one({"_id": face}, {"$set": {"added_at": long_ago}})
    assert problem_of(await who.submit(face, document)) == "image-not-kept"
    assert (await who.submit(None, document)).status_code == 200


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", ("image-unreadable", 422)),
        (b"%PDF-1.7 not a picture", ("image-type-unknown", 415)),
        (a_picture("GIF"), ("image-type-unknown", 415)),
        (a_picture()[:-2000], ("image-unreadable", 422)),
        (a_bomb(), ("image-too-large", 422)),
        (a_picture(size=(100, 100)), ("image-too-small", 422)),
        (bytes(limits.IDENTITY_IMAGE_BYTES + 1), ("body-too-large", 413)),
    ],
    ids=["nothing", "a PDF", "a GIF", "cut off", "a bomb", "a stamp", "too many bytes"],
)
async def test_bad_pictures_are_refused_by_name_and_leave_nothing_behind(
    open_session: Any, arrive: Any, service: Service, content: bytes, refusal: tuple[str, int]
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    answer = await who.put("face", content)
    assert (problem_of(answer), answer.status_code) == refusal
    assert await service.mongo["identity_pictures"].count_documents({"participant_id": who.participant_id}) == 0


async def test_uploads_without_end_are_stopped(open_session: Any, arrive: Any, service: Service) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    await who.stored("face")
    noted = await service.mongo["identity_pictures"].find_one({"participant_id": who.participant_id})
    await service.mongo["identity_pictures"].insert_many(
        [{**noted, "_id": f"{noted['_id']}-{number}"} for number in range(limits.IDENTITY_UPLOADS_MAX - 1)]
    )
    assert problem_of(await who.put("face", a_picture())) == "identity-tries-spent"


async def test_sessions_that_do_not_ask_take_no_pictures(open_session: Any, arrive: Any) -> None:
    who = await arrive(await open_session())
    assert who.joined["state"] == "admitted"
    assert problem_of(await who.put("face", a_picture())) == "identity-not-asked"
    assert (await who.own())["state"] == "missing"


async def test_after_the_end_nothing_is_taken_in_or_decided(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(**REQUIRED)
    who = await arrive(session)
    await who.submit()
    await session.end()
    assert problem_of(await who.put("face", a_picture())) == "session-wrong-state"
    assert problem_of(await decide(proctor, who, "confirm")) == "session-wrong-state"


async def test_the_queue_shows_who_waits_the_longest_first_and_counts_all(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient, caller: Any
) -> None:
    session = await open_session(**REQUIRED, proctor_ids=["p1"])
    first, second, third = [await arrive(session, name, external_id=f"id-{name}") for name in ("Zoe", "Ada", "Kim")]
    for who in (first, second):
        await who.submit()
    path = f"/v1/sessions/{session.session_id}/identities"
    queue = (await proctor.get(path, params={"state": "submitted"})).json()
    assert [(each["name"], each["external_id"], each["images"]) for each in queue["items"]] == [
        ("Zoe", "id-Zoe", ["face", "document"]),
        ("Ada", "id-Ada", ["face", "document"]),
    ]
    assert queue["waiting"] == {"missing": 1, "submitted": 2, "confirmed": 0, "rejected": 0}
    missing = (await proctor.get(path, params={"state": "missing"})).json()["items"]
    assert [each["name"] for each in missing] == ["Kim"]
    assert len((await proctor.get(path, params={"limit": 1})).json()["items"]) == 1
    await decide(proctor, first, "confirm")
    left = (await proctor.get(path)).json()
    assert {each["name"] for each in left["items"]} == {"Ada", "Kim"}
    assert problem_of(await caller(Role.PROCTOR, subject="p2").get(path)) == "not-allowed"
    assert problem_of(await caller(Role.ADMIN, subject="a", org="globex").get(path)) == "not-found"
    assert problem_of(await third.http.get(path)) == "not-allowed"


async def test_somebody_without_a_camera_is_confirmed_in_person(
    open_session: Any, arrive: Any, proctor: httpx.AsyncClient
) -> None:
    who = await arrive(await open_session(**REQUIRED))
    assert (await decide(proctor, who, "confirm", 0)).json()["submission"] == 0
    assert await state_of(proctor, who) == "admitted"
    refused = await proctor.get(f"/v1/participants/{who.participant_id}/identity/images/face")
    assert (refused.status_code, problem_of(refused)) == (404, "image-not-kept")
