"""The HTTP interface: accounts, joining, forwarding, documents."""

import json
from datetime import timedelta

import httpx
import pytest
from fastapi.responses import JSONResponse, Response
from gateway_world import ORG, World, a_row

from chassis.identifiers import new_id
from chassis.outcomes import Rejected
from contracts.limits import REQUEST_BODY_BYTES
from contracts.statuses import ParticipantStatus, Phase, Role
from gateway.accounts import create_account
from gateway.store import Account

pytestmark = pytest.mark.stack

PASSWORD = "correct horse battery"


async def an_account(world: World, *roles: Role) -> Account:
    return await create_account(
        world.settings,
        org_id=ORG,
        email=f"{new_id()}@Example.org",
        name="Pat",
        roles=frozenset(roles or {Role.PROCTOR}),
        password=PASSWORD,
    )


async def sign_in(world: World, email: str, password: str = PASSWORD):
    return await world.http.post("/api/v1/auth/sign-in", json={"email": email, "password": password})


def problem(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


# Accounts


async def test_signing_in_gives_tokens_that_tell_who_it_is(world: World):
    account = await an_account(world, Role.PROCTOR, Role.REVIEWER)
    answer = await sign_in(world, account.email.upper())
    assert answer.status_code == 200
    body = answer.json()
    assert body["principal"]["subject"] == account.account_id
    assert body["principal"]["roles"] == ["proctor", "reviewer"]
    me = await world.http.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert me.json() == body["principal"]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_wrong_password_and_an_unknown_address_look_alike(world: World):
    account = await an_account(world)
    wrong = await sign_in(world, account.email, "not the password")
    unknown = await sign_in(world, f"{new_id()}@example.org")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert problem(wrong) == "sign-in-failed"


async def test_guessing_one_persons_password_is_slowed_down(world: World):
    account = await an_account(world)
    answers = [await sign_in(world, account.email, "guess guess") for _ in range(4)]
    assert [each.status_code for each in answers] == [401, 401, 401, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await sign_in(world, account.email)).status_code == 429


async def test_a_refresh_token_works_once_and_a_stolen_one_ends_the_sign_in(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    account = await an_account(world)
    first = (await sign_in(world, account.email)).json()["refresh_token"]

    async def refresh(token: str) -> httpx.Response:
        return await world.http.post("/api/v1/auth/refresh", json={"refresh_token": token})

    second = (await refresh(first)).json()["refresh_token"]
    assert second != first
    assert (await refresh(first)).status_code == 200, "the same page asking twice at once"
    monkeypatch.setattr("gateway.accounts.REUSE_GRACE", timedelta(seconds=-1))

    reused = await refresh(first)

    assert problem(reused) == "sign-in-expired"
    assert problem(await refresh(second)) == "sign-in-expired"


async def test_after_signing_out_nothing_can_be_refreshed(world: World):
    account = await an_account(world)
    token = (await sign_in(world, account.email)).json()["refresh_token"]
    assert (await world.http.post("/api/v1/auth/sign-out", json={"refresh_token": token})).status_code == 204
    assert problem(await world.http.post("/api/v1/auth/refresh", json={"refresh_token": token})) == "sign-in-expired"


async def test_an_admin_creates_accounts_of_their_own_organisation(world: World):
    headers = {"Authorization": f"Bearer {world.staff_token(Role.ADMIN)}"}
    body = {"email": f"{new_id()}@example.org", "name": "Robin", "roles": ["proctor"], "password": PASSWORD}
    created = await world.http.post("/api/v1/accounts", json=body, headers=headers)
    assert created.status_code == 201
    assert created.json()["org_id"] == ORG
    assert problem(await world.http.post("/api/v1/accounts", json=body, headers=headers)) == "account-exists"
    listed = await world.http.get("/api/v1/accounts?role=proctor", headers=headers)
    assert created.json()["account_id"] in {each["account_id"] for each in listed.json()["accounts"]}
    plain = {"Authorization": f"Bearer {world.staff_token(Role.PROCTOR)}"}
    assert problem(await world.http.post("/api/v1/accounts", json=body, headers=plain)) == "not-allowed"


@pytest.mark.parametrize(
    ("roles", "password"), [({Role.CANDIDATE}, PASSWORD), ({Role.ADMIN}, "short"), (set(), PASSWORD)]
)
async def test_an_account_that_could_not_be_right_is_not_created(world: World, roles: set[Role], password: str):
    with pytest.raises(Rejected):
        await create_account(
            world.settings,
            org_id=ORG,
            email="x@example.org",
            name="X",
            roles=frozenset(roles),
            password=password,
        )


# Candidates


async def test_joining_gives_a_candidate_tokens_that_are_refreshed_until_removal(world: World):
    session_id, participant_id = world.seat()
    world.services.codes["ABCD-1234"] = {
        "participant_id": participant_id,
        "session_id": session_id,
        "org_id": ORG,
        "name": "Ada",
        "state": "joined",
        "admission_mode": "automatic",
        "personal_code": "PPPP-0001",
        "session_name": "Spring exam",
        "session_state": "open",
    }
    standing = {
        "participant_id": participant_id,
        "session_id": session_id,
        "version": 1,
        "name": "Ada",
        "email": None,
        "external_id": None,
        "accommodation": {},
        "state": "joined",
        "personal_code": None,
        "joined_at": None,
    }
    world.services.participants[participant_id] = standing

    joined = (await world.http.post("/api/v1/joins", json={"code": "ABCD-1234", "name": "Ada"})).json()
    assert joined["joined"]["participant_id"] == participant_id
    form = await world.http.get("/api/v1/candidate/form", headers={"Authorization": f"Bearer {joined['access_token']}"})
    assert form.json()["sections"][0]["items"][0]["item_id"] == "q1"

    async def refresh() -> httpx.Response:
        return await world.http.post("/api/v1/candidate/refresh", json={"refresh_token": joined["refresh_token"]})

    assert (await refresh()).status_code == 200
    world.services.participants[participant_id] = standing | {"state": "removed"}
    assert problem(await refresh()) == "participant-removed"


async def test_a_refresh_token_is_no_access_token_and_the_other_way_round(world: World):
    session_id, participant_id = world.seat()
    access = world.candidate_token(session_id, participant_id)
    assert (
        problem(await world.http.post("/api/v1/candidate/refresh", json={"refresh_token": access})) == "not-signed-in"
    )
    principal = world.issuer.verify(access)
    refresh = world.issuer.candidate_tokens(principal).refresh_token
    answer = await world.http.get("/api/v1/candidate/attempt", headers={"Authorization": f"Bearer {refresh}"})
    assert problem(answer) == "not-signed-in"


async def test_a_wrong_code_is_the_owners_refusal(world: World):
    answer = await world.http.post("/api/v1/joins", json={"code": "NOPE-0000", "name": "Ada"})
    assert (answer.status_code, problem(answer)) == (404, "code-unknown")


async def test_a_candidate_does_not_learn_of_alerts_about_them(world: World):
    session_id, participant_id = world.seat(alerts=3)
    headers = {"Authorization": f"Bearer {world.candidate_token(session_id, participant_id)}"}
    attempt = await world.http.get("/api/v1/candidate/attempt", headers=headers)
    assert attempt.json()["row"]["alerts"] == 0


# Forwarding


async def test_requests_and_refusals_pass_byte_for_byte(world: World):
    session_id = new_id()
    document = b'{"type": "/problems/stale-version",  "title":"x","status":409, "current_version": 7}'
    path = f"/v1/sessions/{session_id}/pause"
    world.services.raw[path] = Response(document, status_code=409, media_type="application/problem+json")
    body = b'{ "reason" :"Fire alarm", "version": 6 }'
    token = world.staff_token()

    answer = await world.http.post(
        f"/api{path}",
        content=body,
        headers={
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": "key-1",
            "Content-Type": "application/json",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
    )

    assert (answer.status_code, answer.content) == (409, document)
    assert answer.headers["content-type"] == "application/problem+json"
    _, _, headers, received = next(each for each in world.services.requests if each[1] == path)
    assert received == body
    assert headers["authorization"] == f"Bearer {token}"
    assert headers["idempotency-key"] == "key-1"
    assert headers["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"


async def test_a_query_is_passed_on(world: World):
    world.services.raw["/v1/sessions"] = JSONResponse({"items": [], "next_cursor": None})
    headers = {"Authorization": f"Bearer {world.staff_token()}"}
    answer = await world.http.get("/api/v1/sessions?search=a%20b&limit=3", headers=headers)
    assert answer.json() == {"items": [], "next_cursor": None}


async def test_files_pass_both_ways_and_only_an_upload_may_be_large(world: World):
    headers = {"Authorization": f"Bearer {world.staff_token(Role.SCHEDULER)}"}
    world.services.raw["/v1/imports"] = JSONResponse({}, status_code=202)
    file = b"\xff\xfe" + bytes(REQUEST_BODY_BYTES)
    uploaded = await world.http.post("/api/v1/imports?file_name=a.csv", content=file, headers=headers)
    assert (uploaded.status_code, world.services.requests[-1][3]) == (202, file)
    elsewhere = await world.http.post("/api/v1/people", content=file, headers=headers)
    assert problem(elsewhere) == "body-too-large"
    table = Response(b"\xef\xbb\xbfName", media_type="text/csv", headers={"Content-Disposition": "attachment"})
    world.services.raw["/v1/imports/i1/rejected"] = table
    answer = await world.http.get("/api/v1/imports/i1/rejected?kind=csv", headers=headers)
    assert (answer.content, answer.headers["content-disposition"]) == (b"\xef\xbb\xbfName", "attachment")
    world.services.raw["/v1/people/p1"] = Response(status_code=204)
    assert (await world.http.delete("/api/v1/people/p1", headers=headers)).status_code == 204


async def test_nobody_unknown_reaches_a_service(world: World):
    before = len(world.services.requests)
    assert problem(await world.http.get("/api/v1/sessions")) == "not-signed-in"
    headers = {"Authorization": "Bearer nonsense"}
    assert problem(await world.http.post("/api/v1/assessments", json={}, headers=headers)) == "not-signed-in"
    assert len(world.services.requests) == before


async def test_a_service_that_is_away_is_said_to_be_temporarily_away(world: World):
    headers = {"Authorization": f"Bearer {world.staff_token()}"}
    answer = await world.http.get(f"/api/v1/sessions/{new_id()}/summary", headers=headers)
    assert (answer.status_code, problem(answer)) == (503, "temporarily-unavailable")
    assert "retry-after" in answer.headers


async def test_a_body_over_the_limit_is_refused(world: World):
    headers = {"Authorization": f"Bearer {world.staff_token(Role.SCHEDULER)}"}
    answer = await world.http.post("/api/v1/assessments", content=b"x" * (1024 * 1024 + 1), headers=headers)
    assert (answer.status_code, problem(answer)) == (413, "body-too-large")


async def test_a_broadcast_to_a_status_names_its_recipients(world: World):
    session_id, active = world.seat()
    waiting = new_id()
    world.services.row(session_id, a_row(waiting, phase=Phase.WAITING, status=ParticipantStatus.WAITING))
    headers = {"Authorization": f"Bearer {world.staff_token()}"}

    answer = await world.http.post(
        f"/api/v1/sessions/{session_id}/broadcasts", json={"text": "Soon.", "filter": ["Waiting"]}, headers=headers
    )

    assert answer.status_code == 201
    sent = next(each for each in world.services.requests if each[1] == f"/v1/sessions/{session_id}/broadcasts")
    assert json.loads(sent[3])["recipients"] == [waiting]
    assert active != waiting


# Documents


@pytest.mark.parametrize(
    "path",
    [
        "/developers",
        "/docs",
        "/docs/start.js",
        "/docs/assets/swagger-ui.css",
        "/docs/events",
        "/problems",
        "/asyncapi.json",
    ],
)
async def test_documents_are_served_from_here_alone(world: World, path: str):
    answer = await world.http.get(path)
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.headers["content-type"].startswith("text/html"):
        assert "https://" not in answer.text


async def test_the_interface_is_documented_in_openapi_3_1_and_shown_in_3_0(world: World):
    document = (await world.http.get("/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    write = document["paths"]["/api/v1/assessments"]["post"]
    assert write["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/WriteAssessment")
    assert write["responses"]["201"]["content"]["application/json"]["schema"]["$ref"].endswith("/AssessmentView")
    assert write["security"]
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                assert status.startswith("2") or "application/problem+json" in response["content"]
    shown = (await world.http.get("/docs/openapi.json")).json()
    assert shown["openapi"] == "3.0.3"
    assert '"type": "null"' not in json.dumps(shown)


async def test_each_problem_type_has_a_page_and_a_document(world: World):
    document = await world.http.get("/problems/session-full")
    assert document.json() == {"type": "/problems/session-full", "title": "All seats are taken", "status": 409}
    page = await world.http.get("/problems/session-full", headers={"Accept": "text/html"})
    assert "All seats are taken" in page.text
    assert (await world.http.get("/problems/nonsense")).status_code == 404


async def test_the_gateway_keeps_its_lease(world: World):
    gateway_id = world.service.app.state.edge.gateway_id
    assert 0 < await world.service.redis.ttl(world.settings.key(f"gateway-lease:{gateway_id}")) <= 15
    assert gateway_id.encode() in await world.service.redis.smembers(world.settings.key("gateways"))
