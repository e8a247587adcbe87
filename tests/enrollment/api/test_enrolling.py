"""Adding, changing, removing and listing people, and deciding about those who wait."""

import asyncio
from typing import Any

import httpx
import pytest

from chassis.identifiers import new_id
from chassis.publisher import Message
from chassis.service import Service
from contracts.enrollment import INVITATION_EVENTS
from contracts.session import SESSION_EVENTS, SessionStarted
from contracts.statuses import AdmissionMode, EnrollmentMode, Role

pytestmark = pytest.mark.stack


async def add(client: httpx.AsyncClient, session_id: str, *people: dict[str, Any], key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"participants": list(people)}
    return await client.post(f"/v1/sessions/{session_id}/participants", json=body, headers=headers)


async def added(client: httpx.AsyncClient, session_id: str, *people: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await add(client, session_id, *people)).json()["added"])


async def joined(gateway: httpx.AsyncClient, code: str, name: str) -> str:
    response = await gateway.post("/v1/joins", json={"code": code, "name": name})
    return str(response.json()["participant_id"])


def problem_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    return str(response.json()["type"]).removeprefix("/problems/")


async def count(service: Service, session_id: str) -> int:
    return await service.mongo["participants"].count_documents({"session_id": session_id})


async def test_each_person_is_added_or_refused(
    scheduled_session: Any, scheduler: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await scheduled_session()
    await add(scheduler, session.session_id, {"name": "Ada", "email": "ada@example.org"})
    both = {"time_limit_seconds": 600, "time_multiplier": "1.50"}
    answer = await add(
        scheduler,
        session.session_id,
        {"name": "Ada again", "email": "ADA@example.org"},
        {"name": "Ben", "external_id": "7", "accommodation": {"time_multiplier": "1.25"}},
        {"name": "Ben again", "external_id": "7"},
        {"name": "Eve", "accommodation": both},
    )
    assert [each["name"] for each in answer.json()["added"]] == ["Ben"]
    assert [(each["index"], each["name"], each["problem"]) for each in answer.json()["refused"]] == [
        (0, "Ada again", "already-enrolled"),
        (2, "Ben again", "already-enrolled"),
        (3, "Eve", "validation-failed"),
    ]
    (ben,) = answer.json()["added"]
    (fact,) = await read_facts(ben["participant_id"], 1)
    assert fact.type == "examhall.participant.enrolled.v1"
    assert str(fact.data.participant.accommodation.time_multiplier) == "1.25"
    assert ben["state"] == "invited"
    assert len(ben["personal_code"]) == 14


async def test_an_invitation_goes_out_only_where_it_was_asked_for(
    scheduled_session: Any, scheduler: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await scheduled_session()
    asked = [
        {"name": "Ada", "email": "ada@example.org", "invite": True},
        {"name": "Ben", "email": "ben@example.org"},
        {"name": "Eve", "invite": True},
    ]
    answer = (await add(scheduler, session.session_id, *asked)).json()
    ada, ben = answer["added"]
    assert [(each["name"], each["problem"]) for each in answer["refused"]] == [("Eve", "validation-failed")]
    (invited,) = await read_facts(ada["participant_id"], 1, INVITATION_EVENTS)
    assert (invited.version, invited.data.email, invited.data.personal_code) == (
        2,
        "ada@example.org",
        ada["personal_code"],
    )
    (enrolled,) = await read_facts(ben["participant_id"], 1)
    assert enrolled.version == 1
    assert (await scheduler.get(f"/v1/participants/{ben['participant_id']}")).json()["version"] == 1


async def test_two_who_add_the_same_person_at_once_add_them_once(
    service: Service, scheduled_session: Any, scheduler: httpx.AsyncClient
) -> None:
    session = await scheduled_session()
    people = [{"name": f"P{n}", "email": f"p{n}@example.org"} for n in range(20)]
    answers = await asyncio.gather(*(add(scheduler, session.session_id, *people) for _ in range(4)))
    assert sum(len(each.json()["added"]) for each in answers) == 20
    assert sum(len(each.json()["refused"]) for each in answers) == 60
    assert await count(service, session.session_id) == 20


async def test_the_same_request_again_adds_nobody_twice(
    service: Service, scheduled_session: Any, scheduler: httpx.AsyncClient
) -> None:
    session = await scheduled_session()
    people = [{"name": "Ada", "email": "ada@example.org"}, {"name": "Ben"}]
    first = await add(scheduler, session.session_id, *people, key="import-1")
    again = await add(scheduler, session.session_id, *people, key="import-1")
    assert first.json() == again.json()
    assert await count(service, session.session_id) == 2
    other = await add(scheduler, session.session_id, {"name": "Eve"}, key="import-1")
    assert problem_of(other, 422) == "idempotency-mismatch"


async def test_nobody_is_added_by_hand_where_people_come_by_code_only(
    service: Service, scheduled_session: Any, scheduler: httpx.AsyncClient
) -> None:
    session = await scheduled_session(enrollment_mode=EnrollmentMode.AUTO)
    assert problem_of(await add(scheduler, session.session_id, {"name": "Ada"}), 409) == "enrollment-by-code-only"
    assert await count(service, session.session_id) == 0


async def test_nobody_is_added_to_a_session_that_is_over(
    service: Service, open_session: Any, scheduler: httpx.AsyncClient
) -> None:
    session = await open_session()
    await session.end()
    assert problem_of(await add(scheduler, session.session_id, {"name": "Ada"}), 409) == "session-wrong-state"
    assert await count(service, session.session_id) == 0


async def test_individual_time_and_names_change_until_the_start(
    service: Service, open_session: Any, scheduler: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await open_session()
    (ada,) = await added(scheduler, session.session_id, {"name": "Ada"})
    address = f"/v1/participants/{ada['participant_id']}"
    change = {"version": 1, "name": "Ada L.", "accommodation": {"time_limit_seconds": 5400}}
    changed = (await scheduler.patch(address, json=change)).json()
    assert (changed["name"], changed["version"]) == ("Ada L.", 2)
    assert problem_of(await scheduler.patch(address, json=change), 409) == "stale-version"
    await session.start()
    too_late = await scheduler.patch(address, json={"version": 2, "name": "Ada K."})
    assert problem_of(too_late, 409) == "session-wrong-state"
    assert (await scheduler.get(address)).json() == changed
    facts = await read_facts(ada["participant_id"], 2)
    assert [fact.type for fact in facts][1] == "examhall.participant.changed.v1"
    assert facts[1].data.participant.accommodation.time_limit_seconds == 5400


async def test_removing_twice_removes_once(
    scheduled_session: Any, scheduler: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await scheduled_session()
    (ada,) = await added(scheduler, session.session_id, {"name": "Ada", "email": "ada@example.org"})
    address = f"/v1/participants/{ada['participant_id']}/remove"
    first = await scheduler.post(address, json={"reason": "Ill"})
    again = await scheduler.post(address, json={"reason": "Ill"})
    assert first.json() == again.json()
    assert (first.json()["state"], first.json()["version"]) == ("removed", 2)
    facts = await read_facts(ada["participant_id"], 2)
    assert (facts[1].data.reason, facts[1].data.by, facts[1].data.by_name) == ("Ill", "s1", "The scheduler")
    (back,) = await added(scheduler, session.session_id, {"name": "Ada", "email": "ada@example.org"})
    assert back["participant_id"] != ada["participant_id"]


async def test_a_session_lists_its_people_by_name_page_by_page(
    scheduled_session: Any, scheduler: httpx.AsyncClient
) -> None:
    session = await scheduled_session()
    await add(scheduler, session.session_id, *({"name": f"Person {n:02}"} for n in range(23)), {"name": "person 05"})
    address, names, cursor = f"/v1/sessions/{session.session_id}/participants", [], None
    for _ in range(4):
        params = {"limit": "7"} | ({"cursor": cursor} if cursor else {})
        page = (await scheduler.get(address, params=params)).json()
        names += [each["name"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert len(names) == 24
    assert [name.casefold() for name in names] == sorted(name.casefold() for name in names)
    found = (await scheduler.get(address, params={"search": "PERSON 1"})).json()["items"]
    assert len(found) == 10
    assert (await scheduler.get(address, params={"state": "admitted"})).json()["items"] == []
    assert problem_of(await scheduler.get(address, params={"cursor": "nonsense"}), 422) == "validation-failed"


async def test_proctors_admit_and_deny_those_who_wait_many_at_a_time(
    open_session: Any, gateway: httpx.AsyncClient, proctor: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await open_session(admission_mode=AdmissionMode.APPROVAL, proctor_ids=["p1"])
    waiting = [await joined(gateway, session.code, f"P{n}") for n in range(5)]
    (invited,) = await added(proctor, session.session_id, {"name": "Grace"})
    address = f"/v1/sessions/{session.session_id}/admissions"
    asked = [*waiting[:3], waiting[0], invited["participant_id"], "nobody"]
    answer = (await proctor.post(f"{address}/approve", json={"participant_ids": asked})).json()
    assert answer["decided"] == waiting[:3]
    assert [(each["index"], each["participant_id"], each["problem"]) for each in answer["refused"]] == [
        (4, invited["participant_id"], "participant-wrong-state"),
        (5, "nobody", "not-found"),
    ]
    denial = {"participant_ids": waiting[2:], "reason": "No identity card"}
    denied = (await proctor.post(f"{address}/deny", json=denial)).json()
    assert denied["decided"] == waiting[3:]
    assert [each["problem"] for each in denied["refused"]] == ["participant-wrong-state"]
    facts = await read_facts(waiting[0], 3)
    assert (facts[2].type, facts[2].data.by) == ("examhall.participant.admitted.v1", "p1")
    facts = await read_facts(waiting[4], 3)
    assert (facts[2].type, facts[2].data.reason) == ("examhall.participant.denied.v1", "No identity card")


async def test_denied_people_are_told_why_and_may_be_admitted_after_all_if_a_seat_is_left(
    open_session: Any, gateway: httpx.AsyncClient, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(admission_mode=AdmissionMode.APPROVAL, maximum_participants=1)
    response = await gateway.post("/v1/joins", json={"code": session.code, "name": "Ada"})
    ada, code = response.json()["participant_id"], response.json()["personal_code"]
    address = f"/v1/sessions/{session.session_id}/admissions"
    await proctor.post(f"{address}/deny", json={"participant_ids": [ada], "reason": "No identity card"})
    refusal = await gateway.post("/v1/joins", json={"code": code})
    assert problem_of(refusal, 403) == "admission-denied"
    assert refusal.json()["reason"] == "No identity card"
    ben = await joined(gateway, session.code, "Ben")
    full = (await proctor.post(f"{address}/approve", json={"participant_ids": [ada]})).json()
    assert [each["problem"] for each in full["refused"]] == ["session-full"]
    await proctor.post(f"/v1/participants/{ben}/remove", json={"reason": "Left"})
    admitted = (await proctor.post(f"{address}/approve", json={"participant_ids": [ada]})).json()
    assert admitted["decided"] == [ada]
    assert (await gateway.post("/v1/joins", json={"code": code})).json()["state"] == "admitted"


async def test_turning_approval_off_admits_those_who_wait(
    open_session: Any, gateway: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await open_session(admission_mode=AdmissionMode.APPROVAL)
    waiting = await joined(gateway, session.code, "Ada")
    await session.change(admission_mode=AdmissionMode.AUTOMATIC)
    facts = await read_facts(waiting, 3)
    assert (facts[2].type, facts[2].data.by) == ("examhall.participant.admitted.v1", None)


async def test_admissions_wait_for_the_opening(scheduled_session: Any, proctor: httpx.AsyncClient) -> None:
    session = await scheduled_session()
    address = f"/v1/sessions/{session.session_id}/admissions/approve"
    assert problem_of(await proctor.post(address, json={"participant_ids": ["p"]}), 409) == "session-wrong-state"


async def test_to_another_organisation_nothing_exists(
    service: Service, open_session: Any, caller: Any, scheduler: httpx.AsyncClient
) -> None:
    session = await open_session()
    (ada,) = await added(scheduler, session.session_id, {"name": "Ada"})
    before = await service.mongo["participants"].find_one(
        {"_id": ada["participant_id"]}, {"outbox": 0, "outbox_since": 0}
    )
    spy = caller(Role.ADMIN, Role.SCHEDULER, Role.PROCTOR, org="globex")
    of_session, of_ada = f"/v1/sessions/{session.session_id}", f"/v1/participants/{ada['participant_id']}"
    ids = {"participant_ids": [ada["participant_id"]]}
    answers = [
        await spy.get(f"{of_session}/participants"),
        await add(spy, session.session_id, {"name": "Eve"}),
        await spy.get(of_ada),
        await spy.patch(of_ada, json={"version": 1, "name": "Eve"}),
        await spy.post(f"{of_ada}/remove", json={"reason": "Because"}),
        await spy.post(f"{of_session}/admissions/approve", json=ids),
        await spy.post(f"{of_session}/admissions/deny", json={**ids, "reason": "Because"}),
    ]
    assert [problem_of(each, 404) for each in answers] == ["not-found"] * 7
    after = await service.mongo["participants"].find_one(
        {"_id": ada["participant_id"]}, {"outbox": 0, "outbox_since": 0}
    )
    assert after == before
    assert await count(service, session.session_id) == 1


async def test_each_role_may_do_its_own_part_only(
    service: Service, open_session: Any, caller: Any, scheduler: httpx.AsyncClient, gateway: httpx.AsyncClient
) -> None:
    session = await open_session(proctor_ids=["p1"])
    (ada,) = await added(scheduler, session.session_id, {"name": "Ada"})
    of_session, of_ada = f"/v1/sessions/{session.session_id}", f"/v1/participants/{ada['participant_id']}"
    ids = {"participant_ids": [ada["participant_id"]]}
    auditor, stranger = caller(Role.AUDITOR), caller(Role.PROCTOR, subject="p2")
    for answer in (
        await add(auditor, session.session_id, {"name": "Eve"}),
        await auditor.patch(of_ada, json={"version": 1, "name": "Eve"}),
        await auditor.post(f"{of_ada}/remove", json={"reason": "Because"}),
        await scheduler.post(f"{of_session}/admissions/approve", json=ids),
        await add(stranger, session.session_id, {"name": "Eve"}),
        await stranger.post(f"{of_ada}/remove", json={"reason": "Because"}),
        await stranger.post(f"{of_session}/admissions/approve", json=ids),
        await gateway.patch(of_ada, json={"version": 1, "name": "Eve"}),
        await caller(Role.CANDIDATE, participant_id=ada["participant_id"]).get(of_ada),
    ):
        assert problem_of(answer, 403) == "not-allowed"
    assert (await auditor.get(of_ada)).json()["personal_code"] is None
    assert (await scheduler.get(of_ada)).json() == ada
    assert await count(service, session.session_id) == 1


async def test_a_candidate_sees_where_they_stand_and_nobody_else(
    open_session: Any, caller: Any, gateway: httpx.AsyncClient
) -> None:
    session = await open_session()
    ada, ben = await joined(gateway, session.code, "Ada"), await joined(gateway, session.code, "Ben")
    candidate = caller(Role.CANDIDATE, participant_id=ada)
    standing = (await candidate.get(f"/v1/participants/{ada}/standing")).json()
    assert (standing["state"], standing["personal_code"]) == ("admitted", None)
    assert problem_of(await candidate.get(f"/v1/participants/{ben}/standing"), 404) == "not-found"
    assert (await gateway.get(f"/v1/participants/{ben}/standing")).json()["name"] == "Ben"


async def test_a_session_told_of_twice_or_late_keeps_its_newest_state(service: Service, open_session: Any) -> None:
    session = await open_session()
    old = session.event(SessionStarted(session=session.snapshot()), 1)
    await session.end()
    await service.publisher.publish(old)
    await service.publisher.publish(old)
    await session.change(name="Renamed")
    found = await service.mongo["sessions"].find_one({"_id": session.session_id})
    assert (found["state"], found["name"], found["version"]) == ("ended", "Renamed", 4)


async def test_a_poisoned_fact_is_parked_and_the_next_one_handled(service: Service, open_session: Any) -> None:
    topic = service.settings.topic(SESSION_EVENTS)
    poison = Message(topic, b"x", b"{}", (("ce_type", b"examhall.session.opened.v1"),))
    parked = service.metrics.messages.labels(topic, "parked")
    before = parked._value.get()
    assert await service.publisher.deliver([poison]) == [None]
    await open_session()
    async with asyncio.timeout(10):
        while parked._value.get() == before:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await service.health.ready()


async def test_codes_are_found_by_an_index(service: Service) -> None:
    for collection, key in (("participants", "personal_code_key"), ("sessions", "code_key")):
        plan = await service.mongo[collection].find({key: "SPR1NG7"}).explain()
        assert plan["queryPlanner"]["winningPlan"].get("indexName") or "IXSCAN" in str(plan["queryPlanner"])
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])


async def test_nobody_is_found_under_an_id_nobody_has(scheduler: httpx.AsyncClient) -> None:
    assert problem_of(await scheduler.get(f"/v1/participants/{new_id()}"), 404) == "not-found"
    assert problem_of(await add(scheduler, new_id(), {"name": "Ada"}), 404) == "not-found"


async def test_without_a_token_nothing_is_answered(service: Service) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://svc") as nobody:
        assert problem_of(await nobody.get("/v1/participants/p/standing"), 401) == "not-signed-in"
