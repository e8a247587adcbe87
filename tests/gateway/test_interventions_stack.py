"""Interventions: commands out, outcomes back."""

import asyncio

import pytest
from gateway_world import ORG, World, a_row, a_session

from chassis.identifiers import derived_id, new_id
from contracts.attempt import ExtendTime, PauseAttempt, TerminateAttempt
from contracts.live import Outcome
from contracts.statuses import CompletionReason, Phase, Role

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.commanding.OUTCOMES_WITHIN_SECONDS", 1.0)


async def intervene(world: World, session_id: str, token: str | None = None, key: str | None = None, **body: object):
    headers = {"Authorization": f"Bearer {token or world.staff_token()}"}
    if key is not None:
        headers["Idempotency-Key"] = key
    return await world.http.post(f"/api/v1/sessions/{session_id}/interventions", json=body, headers=headers)


async def test_the_outcome_is_heard_on_the_live_channel(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.commanding.OUTCOMES_WITHIN_SECONDS", 30.0)
    session_id, participant_id = world.seat()
    command_id = derived_id("intervention", f"{ORG}:p1:{session_id}:k-0", participant_id)
    outcome = Outcome(command_id=command_id, participant_id=participant_id)
    asked = asyncio.create_task(
        intervene(world, session_id, key="k-0", kind="pause", participant_ids=[participant_id], reason="Fire alarm")
    )
    while not asked.done():
        await world.publish_outcomes(session_id, outcome)
        await asyncio.sleep(0.1)

    assert asked.result().json()["outcomes"] == [outcome.model_dump()]
    command = (await world.commands(participant_id, PauseAttempt))[0]
    assert (command.id, command.data.reason, command.data.actor.id) == (command_id, "Fire alarm", "p1")


async def test_what_was_not_heard_is_asked_for_and_what_nobody_knows_is_unknown(world: World):
    session_id, known = world.seat()
    unknown = new_id()
    world.services.row(session_id, a_row(unknown))
    first = await intervene(
        world, session_id, key="k-1", kind="extend", seconds=60, participant_ids=[known, unknown], reason="Noise"
    )
    assert [each["problem"] for each in first.json()["outcomes"]] == ["outcome-unknown", "outcome-unknown"]

    command = (await world.commands(known, ExtendTime))[0]
    world.services.outcomes[command.id] = Outcome(command_id=command.id, participant_id=known)
    again = await intervene(
        world, session_id, key="k-1", kind="extend", seconds=60, participant_ids=[known, unknown], reason="Noise"
    )

    assert [each["problem"] for each in again.json()["outcomes"]] == [None, "outcome-unknown"]
    repeated = await world.commands(known, ExtendTime, 2)
    assert {each.id for each in repeated} == {command.id}


async def test_a_key_used_for_something_else_is_refused(world: World):
    session_id, participant_id = world.seat()
    await intervene(world, session_id, key="k-2", kind="pause", participant_ids=[participant_id], reason="One")
    other = await intervene(world, session_id, key="k-2", kind="pause", participant_ids=[participant_id], reason="Two")
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-mismatch"


async def test_everybody_means_those_it_can_apply_to(world: World):
    session_id, active = world.seat()
    done = new_id()
    world.services.row(session_id, a_row(done, phase=Phase.COMPLETE, completion_reason=CompletionReason.SUBMITTED))

    answer = await intervene(world, session_id, kind="end", reason="Evacuated")

    assert [each["participant_id"] for each in answer.json()["outcomes"]] == [active]
    command = (await world.commands(active, TerminateAttempt))[0]
    assert command.data.because is CompletionReason.ENDED_BY_PROCTOR


async def test_somebody_of_another_session_is_not_touched(world: World):
    session_id, _ = world.seat()
    _, stranger = world.seat()
    answer = await intervene(world, session_id, kind="pause", participant_ids=[stranger], reason="Mistake")
    assert answer.json()["outcomes"][0]["problem"] == "attempt-unknown"


async def test_a_proctor_of_other_sessions_is_refused_and_a_scheduler_is_not(world: World):
    session_id, participant_id = world.seat()
    world.services.sessions[session_id] = a_session(session_id, proctor_ids=["somebody-else"])
    body = {"kind": "pause", "participant_ids": [participant_id], "reason": "Why not"}

    refused = await intervene(world, session_id, **body)
    allowed = await intervene(world, session_id, world.staff_token(Role.SCHEDULER), **body)

    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed")
    assert allowed.status_code == 200


async def test_an_unknown_session_is_the_owners_refusal(world: World):
    answer = await intervene(world, new_id(), kind="resume")
    assert (answer.status_code, answer.json()["detail"]) == (404, "from the service")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR])
async def test_other_roles_do_not_intervene(world: World, role: Role):
    session_id, _ = world.seat()
    answer = await intervene(world, session_id, world.staff_token(role), kind="resume")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "pause"},
        {"kind": "extend", "reason": "Noise"},
        {"kind": "pause", "reason": "Noise", "seconds": 5},
        {"kind": "reset", "reason": "Crash"},
        {"kind": "dance"},
        {"kind": "resume", "participant_ids": []},
    ],
)
async def test_an_incomplete_intervention_is_refused(world: World, body: dict[str, object]):
    session_id, _ = world.seat()
    answer = await intervene(world, session_id, **body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation-failed")
