"""The audit trail: what it holds, that it holds together, and that tampering shows."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gateway_world import World
from hypothesis import given
from hypothesis import strategies as st

from chassis.auth import Principal, PrincipalKind
from chassis.identifiers import new_id
from chassis.mongo import connect, database
from contracts import access
from contracts.statuses import Role
from gateway.__main__ import main
from gateway.audit import Audit
from gateway.domain import trail
from gateway.domain.trail import Broken, Entry
from gateway.store.audit import AuditStore

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def entry(newest: Entry | None, at: datetime = NOW, **what: Any) -> Entry:
    values: dict[str, Any] = {
        "actor_id": "a1",
        "actor_name": "Grace",
        "actor_kind": "staff",
        "address": "127.0.0.1",
        "action": "account.manage",
        "target": "accounts/x",
        "details": {"email": "ada@example.org"},
    }
    return trail.following(newest, org_id="acme", at=at, **(values | what))


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(length):
        entries.append(entry(entries[-1] if entries else None, NOW + timedelta(seconds=number), target=f"t{number}"))
    return entries


def test_an_untouched_chain_holds() -> None:
    entries = chain(5)
    assert trail.verify(entries) == entries[-1]
    assert trail.verify(entries[3:], after=entries[2]) == entries[-1]
    assert trail.verify([]) is None


def test_time_never_runs_backwards_in_a_trail() -> None:
    first = entry(None)
    assert entry(first, NOW - timedelta(hours=1)).at == first.at


FIELDS = ["org_id", "actor_id", "actor_name", "actor_kind", "address", "action", "target"]


@given(st.integers(0, 5), st.sampled_from(FIELDS), st.text(max_size=20))
def test_no_word_of_an_entry_can_be_changed(number: int, name: str, word: str) -> None:
    entries = chain(6)
    changed = entries[number].model_copy(update={name: word})
    if changed == entries[number]:
        return
    with pytest.raises(Broken):
        trail.verify([*entries[:number], changed, *entries[number + 1 :]])
    resealed = changed.model_copy(update={"digest": trail.digest_of(changed)})
    if number < 5:
        with pytest.raises(Broken):
            trail.verify([*entries[:number], resealed, *entries[number + 1 :]])


@given(st.permutations(range(6)), st.integers(0, 6))
def test_no_entry_can_be_dropped_or_moved(order: list[int], kept: int) -> None:
    entries = chain(6)
    shown = [entries[each] for each in order[:kept]]
    if shown == entries[:kept]:
        assert trail.verify(shown) == (shown[-1] if shown else None)
        return
    with pytest.raises(Broken):
        trail.verify(shown)


# Written by the gateway


@pytest.fixture
def org_id() -> str:
    return f"org-{new_id()[-8:]}"


def bearer(world: World, role: Role, org_id: str) -> dict[str, str]:
    principal = Principal("boss", PrincipalKind.STAFF, frozenset({role}), org_id, "Boss")
    return {"authorization": f"Bearer {world.issuer.staff_access(principal)}"}


@pytest.mark.stack
async def test_what_was_done_by_a_privilege_is_in_the_trail_and_what_was_refused_is_not(world: World, org_id: str):
    admin = bearer(world, Role.ADMIN, org_id)
    email = f"{new_id()}@example.org"
    made = await world.http.post(
        "/api/v1/invitations", json={"email": email, "name": "Ada", "roles": ["proctor"]}, headers=admin
    )
    invitation_id = made.json()["invitation"]["invitation_id"]
    await world.http.post(f"/api/v1/invitations/{invitation_id}/withdraw", headers=admin)
    await world.http.post(f"/api/v1/invitations/{invitation_id}/withdraw", headers=admin)  # not found any more
    session_id, participant_id = world.seat()
    path = f"/api/v1/sessions/{session_id}/threads/{participant_id}/hand"
    assert (await world.http.post(path, headers=admin)).status_code == 403
    assert (
        await world.http.post(f"/api/v1/sessions/{session_id}/broadcasts", json={"text": "Hello"}, headers=admin)
    ).status_code == 201

    page = (await world.http.get("/api/v1/audit", headers=bearer(world, Role.AUDITOR, org_id))).json()
    assert [each["target"] for each in page["entries"]] == [
        f"sessions/{session_id}/broadcasts",
        f"invitations/{invitation_id}/withdraw",
        "invitations",
    ]
    first = page["entries"][-1]
    assert first["details"] == {"email": email, "roles": "proctor"}
    assert (first["actor_id"], first["address"], first["action"]) == ("boss", "127.0.0.1", "account.manage")
    assert "#" not in json.dumps(page), "no link is in the trail"
    assert page["next_before"] is None


@pytest.mark.stack
async def test_a_forwarded_command_is_in_the_trail_once_its_owner_took_it(world: World, org_id: str):
    admin = bearer(world, Role.ADMIN, org_id)
    session_id, participant_id = world.seat()
    taken = f"sessions/{session_id}/admissions/approve"
    refused = f"sessions/{session_id}/admissions/deny"
    from fastapi.responses import JSONResponse  # noqa: PLC0415 - what the stand-in answers

    world.services.raw[f"/v1/{taken}"] = JSONResponse({"decided": [participant_id], "refused": []})
    await world.http.post(f"/api/v1/{taken}", json={"participant_ids": [participant_id]}, headers=admin)
    await world.http.post(f"/api/v1/{refused}", json={"participant_ids": [participant_id]}, headers=admin)
    page = (await world.http.get("/api/v1/audit", headers=admin)).json()
    assert [(each["action"], each["target"]) for each in page["entries"]] == [("admission.decide", taken)]


@pytest.mark.stack
async def test_the_export_verifies_and_a_changed_one_does_not(
    world: World, org_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    admin = bearer(world, Role.ADMIN, org_id)
    for number in range(3):
        body = {"name": f"Token {number}", "scopes": ["sessions:read"], "days": 1}
        await world.http.post("/api/v1/api-tokens", json=body, headers=admin)
    exported = await world.http.get("/api/v1/audit/export", headers=admin)
    assert exported.headers["content-type"].startswith("application/x-ndjson")
    file = tmp_path / "trail.ndjson"
    file.write_bytes(exported.content)
    assert main(["audit", str(file)]) == 0
    assert "3 entries" in capsys.readouterr().out
    file.write_text(exported.text.replace("Boss", "Eve", 1))
    assert main(["audit", str(file)]) == 1
    assert "entry 1 was changed" in capsys.readouterr().out
    lines = exported.text.splitlines(keepends=True)
    file.write_text(lines[0] + lines[2])
    assert main(["audit", str(file)]) == 1


@pytest.mark.stack
async def test_pages_of_the_trail_meet_without_gap_or_overlap(world: World, org_id: str):
    admin = bearer(world, Role.ADMIN, org_id)
    for number in range(5):
        body = {"name": f"Token {number}", "scopes": ["sessions:read"], "days": 1}
        await world.http.post("/api/v1/api-tokens", json=body, headers=admin)
    seen: list[int] = []
    before = None
    while True:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = (await world.http.get("/api/v1/audit", params=query, headers=admin)).json()
        seen += [each["number"] for each in page["entries"]]
        before = page["next_before"]
        if before is None:
            break
    assert seen == [5, 4, 3, 2, 1]


@pytest.fixture
async def replicas(world: World) -> AsyncIterator[list[Audit]]:
    """Several gateways that know nothing of each other but the database."""
    client = connect(world.settings)
    stores = [AuditStore(database(client, world.settings.database("gateway"))) for _ in range(3)]
    yield [Audit(store, world.service.clock) for store in stores]
    client.close()


@pytest.mark.stack
async def test_replicas_that_write_at_once_make_one_chain(world: World, replicas: list[Audit], org_id: str):
    boss = Principal("boss", PrincipalKind.STAFF, frozenset({Role.ADMIN}), org_id, "Boss")
    writes = [
        replica.record(boss, access.ACCOUNT_MANAGE, f"t{number}", "127.0.0.1")
        for number in range(10)
        for replica in replicas
    ]
    await asyncio.gather(*writes)
    entries = [each async for each in replicas[0].every(org_id)]
    assert len(entries) == 30
    assert trail.verify(entries) == entries[-1]
