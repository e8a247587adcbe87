"""Coming in with a code: every way in, and every refusal, which changes nothing."""

import asyncio
from typing import Any

import httpx
import pytest

from chassis.service import Service
from contracts.statuses import AdmissionMode, EnrollmentMode, Role

pytestmark = pytest.mark.stack


UNPUBLISHED = {"outbox": 0, "outbox_since": 0}  # empties by itself in the background


async def join(gateway: httpx.AsyncClient, code: str, *, key: str | None = None, **person: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await gateway.post("/v1/joins", json={"code": code, **person}, headers=headers)


async def invite(scheduler: httpx.AsyncClient, session_id: str, **person: Any) -> dict[str, Any]:
    response = await scheduler.post(
        f"/v1/sessions/{session_id}/participants", json={"participants": [{"name": "Grace", **person}]}
    )
    (added,) = response.json()["added"]
    return added


async def people(service: Service, session_id: str) -> list[dict[str, Any]]:
    return [each async for each in service.mongo["participants"].find({"session_id": session_id}, UNPUBLISHED)]


async def assert_refused(
    service: Service, session: Any, answer: Any, problem: str, status: int = 409
) -> dict[str, Any]:
    """`answer` is awaited between two looks at the database, which must be alike."""
    before = await people(service, session.session_id)
    response = await answer
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"/problems/{problem}"
    assert await people(service, session.session_id) == before
    return response.json()


async def test_the_sessions_code_lets_a_newcomer_in_and_gives_a_code_to_come_back_with(
    open_session: Any, gateway: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await open_session()
    typed = f" {session.code.lower().replace('0', 'o').replace('1', 'l')} "
    joined = (await join(gateway, typed, name="Ada", email="ada@example.org")).json()
    assert joined["state"] == "admitted"
    assert joined["session_id"] == session.session_id
    assert joined["org_id"] == "acme"
    assert joined["session_state"] == "open"
    again = (await join(gateway, joined["personal_code"])).json()
    assert again["participant_id"] == joined["participant_id"]
    facts = await read_facts(joined["participant_id"], 3)
    assert [(fact.type, fact.version) for fact in facts] == [
        ("examhall.participant.enrolled.v1", 1),
        ("examhall.participant.joined.v1", 2),
        ("examhall.participant.admitted.v1", 3),
    ]
    assert joined["personal_code"].encode() not in b"".join(fact.body() for fact in facts)
    assert facts[0].org_id == "acme"
    assert facts[0].session_id == session.session_id


async def test_a_personal_code_takes_up_the_invitation_once_however_often_it_is_typed(
    open_session: Any, gateway: httpx.AsyncClient, scheduler: httpx.AsyncClient, read_facts: Any
) -> None:
    session = await open_session()
    invited = await invite(scheduler, session.session_id)
    answers = await asyncio.gather(*(join(gateway, invited["personal_code"]) for _ in range(5)))
    assert {each.json()["participant_id"] for each in answers} == {invited["participant_id"]}
    facts = await read_facts(invited["participant_id"], 3)
    assert [fact.version for fact in facts] == [1, 2, 3]


async def test_the_same_request_again_gives_the_same_participant(open_session: Any, gateway: httpx.AsyncClient) -> None:
    session = await open_session(admission_mode=AdmissionMode.APPROVAL)
    answers = await asyncio.gather(
        *(join(gateway, session.code, key="k1", name="Ada", email="a@example.org") for _ in range(5))
    )
    assert len({each.json()["participant_id"] for each in answers}) == 1
    assert len({each.json()["personal_code"] for each in answers}) == 1
    assert answers[0].json()["state"] == "joined"


async def test_a_key_used_for_another_request_is_refused(
    service: Service, open_session: Any, gateway: httpx.AsyncClient
) -> None:
    session = await open_session()
    await join(gateway, session.code, key="k1", name="Ada")
    await assert_refused(
        service, session, join(gateway, session.code, key="k1", name="Eve"), "idempotency-mismatch", 422
    )


async def test_a_code_nobody_gave_out_is_unknown(gateway: httpx.AsyncClient) -> None:
    for code in ("ZZZZ-ZZZZ-ZZZZ", "---", "Ω"):
        response = await join(gateway, code, name="Ada")
        assert response.status_code == 404
        assert response.json()["type"] == "/problems/code-unknown"


async def test_before_the_opening_people_are_told_when(
    service: Service, scheduled_session: Any, gateway: httpx.AsyncClient, scheduler: httpx.AsyncClient
) -> None:
    session = await scheduled_session()
    invited = await invite(scheduler, session.session_id)
    problem = await assert_refused(service, session, join(gateway, session.code, name="Ada"), "session-not-open")
    assert problem["scheduled_at"].endswith("Z")
    await assert_refused(service, session, join(gateway, invited["personal_code"]), "session-not-open")


async def test_after_the_end_only_those_who_were_in_may_come_back(
    service: Service, open_session: Any, gateway: httpx.AsyncClient, scheduler: httpx.AsyncClient
) -> None:
    session = await open_session()
    absent = await invite(scheduler, session.session_id)
    joined = (await join(gateway, session.code, name="Ada")).json()
    await session.end()
    await assert_refused(service, session, join(gateway, session.code, name="Eve"), "code-expired", 410)
    await assert_refused(service, session, join(gateway, absent["personal_code"]), "code-expired", 410)
    back = await join(gateway, joined["personal_code"])
    assert back.json()["session_state"] == "ended"


async def test_a_cancelled_session_lets_nobody_in(
    service: Service, open_session: Any, gateway: httpx.AsyncClient
) -> None:
    session = await open_session()
    joined = (await join(gateway, session.code, name="Ada")).json()
    await session.cancel()
    await assert_refused(service, session, join(gateway, session.code, name="Eve"), "session-cancelled", 410)
    await assert_refused(service, session, join(gateway, joined["personal_code"]), "session-cancelled", 410)


async def test_a_full_session_lets_nobody_in_until_somebody_leaves(
    service: Service, open_session: Any, gateway: httpx.AsyncClient, proctor: httpx.AsyncClient
) -> None:
    session = await open_session(maximum_participants=2)
    first = (await join(gateway, session.code, name="Ada")).json()
    await join(gateway, session.code, name="Ben")
    await assert_refused(service, session, join(gateway, session.code, name="Eve"), "session-full")
    assert (await join(gateway, first["personal_code"])).status_code == 200
    await proctor.post(f"/v1/participants/{first['participant_id']}/remove", json={"reason": "Wrong room"})
    assert (await join(gateway, session.code, name="Eve")).status_code == 200
    await assert_refused(service, session, join(gateway, session.code, name="Max"), "session-full")


async def test_after_the_start_only_those_who_joined_before_may_come_in(
    service: Service, open_session: Any, gateway: httpx.AsyncClient, scheduler: httpx.AsyncClient
) -> None:
    session = await open_session()
    late = await invite(scheduler, session.session_id)
    joined = (await join(gateway, session.code, name="Ada")).json()
    await session.start()
    await assert_refused(service, session, join(gateway, session.code, name="Eve"), "too-late-to-join")
    await assert_refused(service, session, join(gateway, late["personal_code"]), "too-late-to-join")
    assert (await join(gateway, joined["personal_code"])).json()["session_state"] == "running"


async def test_late_entry_is_open_as_long_as_the_session_says(
    service: Service, open_session: Any, gateway: httpx.AsyncClient
) -> None:
    session = await open_session(late_entry_seconds=300)
    await session.start(seconds_ago=200)
    assert (await join(gateway, session.code, name="Ada")).status_code == 200
    await session.start(seconds_ago=400)
    await assert_refused(service, session, join(gateway, session.code, name="Eve"), "too-late-to-join")


async def test_a_manual_session_asks_for_the_personal_code(
    service: Service, open_session: Any, gateway: httpx.AsyncClient
) -> None:
    session = await open_session(enrollment_mode=EnrollmentMode.MANUAL)
    await assert_refused(service, session, join(gateway, session.code, name="Ada"), "personal-code-needed", status=403)


async def test_the_same_person_is_not_let_in_twice_by_the_sessions_code(
    service: Service, open_session: Any, gateway: httpx.AsyncClient, scheduler: httpx.AsyncClient
) -> None:
    session = await open_session()
    await join(gateway, session.code, name="Ada", email="Ada@Example.org", external_id="7")
    again = join(gateway, session.code, name="Ada", email="ada@example.ORG")
    await assert_refused(service, session, again, "already-joined")
    await assert_refused(service, session, join(gateway, session.code, name="A.", external_id="7"), "already-joined")
    await invite(scheduler, session.session_id, email="grace@example.org")
    as_invited = join(gateway, session.code, name="Mallory", email="GRACE@example.org")
    await assert_refused(service, session, as_invited, "already-enrolled")


async def test_of_many_with_the_same_address_at_once_one_gets_in(
    service: Service, open_session: Any, gateway: httpx.AsyncClient
) -> None:
    session = await open_session()
    answers = await asyncio.gather(
        *(join(gateway, session.code, name=f"Ada {n}", email="ada@example.org") for n in range(20))
    )
    assert sorted(each.status_code for each in answers) == [200] + [409] * 19
    assert len(await people(service, session.session_id)) == 1


async def test_the_same_person_may_sit_in_two_sessions(open_session: Any, gateway: httpx.AsyncClient) -> None:
    for session in (await open_session(), await open_session()):
        assert (await join(gateway, session.code, name="Ada", email="ada@example.org")).status_code == 200


async def test_a_sessions_code_needs_a_name(service: Service, open_session: Any, gateway: httpx.AsyncClient) -> None:
    session = await open_session()
    problem = await assert_refused(service, session, join(gateway, session.code), "validation-failed", 422)
    assert problem["errors"][0]["field"] == "name"


async def test_removed_people_are_told_so_whichever_code_they_type(
    service: Service, open_session: Any, gateway: httpx.AsyncClient, proctor: httpx.AsyncClient
) -> None:
    session = await open_session()
    joined = (await join(gateway, session.code, name="Ada", email="ada@example.org")).json()
    await proctor.post(f"/v1/participants/{joined['participant_id']}/remove", json={"reason": "Cheating"})
    await assert_refused(service, session, join(gateway, joined["personal_code"]), "participant-removed", 403)
    again = join(gateway, session.code, name="Ada", email="ada@example.org")
    await assert_refused(service, session, again, "participant-removed", 403)


async def test_only_the_gateway_lets_people_in(
    service: Service, open_session: Any, caller: Any, proctor: httpx.AsyncClient
) -> None:
    session = await open_session()
    candidate = caller(Role.CANDIDATE, participant_id="somebody")
    for client in (proctor, candidate):
        await assert_refused(service, session, join(client, session.code, name="Ada"), "not-allowed", 403)


async def test_a_code_used_again_after_its_session_ended_means_the_new_one(
    open_session: Any, gateway: httpx.AsyncClient
) -> None:
    old, new = await open_session(), await open_session()
    await old.end()
    new.code = old.code
    await new.change()
    assert (await join(gateway, old.code, name="Ada")).json()["session_id"] == new.session_id


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Ada"},
        {"code": "", "name": "Ada"},
        {"code": "ABCD", "name": "x" * 201},
        {"code": "ABCD", "email": "nowhere"},
        {"code": "ABCD", "colour": "red"},
    ],
)
async def test_malformed_joins_name_the_field(gateway: httpx.AsyncClient, body: dict[str, Any]) -> None:
    response = await gateway.post("/v1/joins", json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] in {"code", "name", "email", "colour"}
