"""Seeing to alerts: a command for each, and what became of it."""

import pytest
from gateway_world import World, a_session

from chassis.identifiers import derived_id, new_id
from contracts.attempt import AcknowledgeAlert, DismissAlert
from contracts.live import Outcome
from contracts.statuses import Role

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.commanding.OUTCOMES_WITHIN_SECONDS", 1.0)


async def settle(world: World, session_id: str, token: str | None = None, **body: object):
    headers = {"Authorization": f"Bearer {token or world.staff_token()}"}
    return await world.http.post(f"/api/v1/sessions/{session_id}/alerts/settle", json=body, headers=headers)


def named(participant_id: str, alert_id: str = "a1") -> dict[str, str]:
    return {"participant_id": participant_id, "alert_id": alert_id}


async def test_acknowledging_twice_is_one_command(world: World):
    session_id, participant_id = world.seat()
    alert_id = new_id()
    command_id = derived_id("settle", "p1", alert_id, "acknowledged", "")
    world.services.outcomes[command_id] = Outcome(command_id=command_id, participant_id=participant_id)
    for _ in range(2):
        answer = await settle(world, session_id, outcome="acknowledged", alerts=[named(participant_id, alert_id)])
        assert [each["problem"] for each in answer.json()["outcomes"]] == [None]
    first, second = await world.commands(participant_id, AcknowledgeAlert, 2)
    assert first.id == second.id == command_id
    assert (first.session_id, first.data.actor.id) == (session_id, "p1")


async def test_dismissing_takes_a_note_which_goes_with_it(world: World):
    session_id, participant_id = world.seat()
    answer = await settle(world, session_id, outcome="dismissed", alerts=[named(participant_id)], note="A cough")
    assert [each["problem"] for each in answer.json()["outcomes"]] == ["outcome-unknown"]
    assert (await world.commands(participant_id, DismissAlert))[0].data.note == "A cough"


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "dismissed", "alerts": [named("p")]},
        {"outcome": "acknowledged", "alerts": [named("p")], "note": "Why?"},
        {"outcome": "acknowledged", "alerts": []},
        {"outcome": "forgotten", "alerts": [named("p")]},
        {"outcome": "acknowledged", "alerts": [named("p")] * 1001},
    ],
)
async def test_an_incomplete_request_is_refused(world: World, body: dict[str, object]):
    session_id, _ = world.seat()
    answer = await settle(world, session_id, **body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation-failed")


async def test_only_whoever_conducts_the_session_sees_to_its_alerts(world: World):
    session_id, participant_id = world.seat()
    body = {"outcome": "acknowledged", "alerts": [named(participant_id)]}
    auditor = await settle(world, session_id, world.staff_token(Role.AUDITOR), **body)
    assert (auditor.status_code, auditor.json()["type"]) == (403, "/problems/not-allowed")
    world.services.sessions[session_id] = a_session(session_id, proctor_ids=["somebody-else"])
    other = await settle(world, session_id, **body)
    assert (other.status_code, other.json()["type"]) == (403, "/problems/not-allowed")
