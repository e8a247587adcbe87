"""The dashboard's socket."""

import pytest
from gateway_world import World, a_row, a_session, eventually

from chassis.identifiers import new_id
from contracts.statuses import Role
from gateway import protocol

pytestmark = pytest.mark.stack


async def test_a_dashboard_gets_every_frame_of_the_sessions_it_watches_as_it_was_published(world: World):
    watched, participant_id = world.seat()
    unwatched, other = world.seat()
    client = await world.staff()
    await client.send(type="watch", session_id=watched)
    assert (await client.until("watching"))["session_id"] == watched

    await world.publish_row(unwatched, a_row(other, version=2))
    await world.publish_row(watched, a_row(participant_id, version=2, alerts=4))

    frame = await client.until("frame")
    assert frame["session_id"] == watched
    assert frame["frame"]["rows"][0]["alerts"] == 4
    for message in client.seen:
        protocol.to_staff.validate_python(message, extra="forbid")


async def test_after_unwatching_nothing_more_arrives(world: World):
    session_id, participant_id = world.seat()
    client = await world.staff()
    await client.send(type="watch", session_id=session_id)
    await client.until("watching")
    await client.send(type="unwatch", session_id=session_id)
    await client.send(type="beat", id="1")
    await client.until("beat")

    await world.publish_row(session_id, a_row(participant_id, version=2))
    await client.send(type="beat", id="2")

    assert (await client.receive())["type"] == "beat"


async def test_a_session_the_owner_does_not_show_is_refused(world: World):
    client = await world.staff()
    nowhere = new_id()
    await client.send(type="watch", session_id=nowhere)

    refused = await client.until("refused")
    assert (refused["session_id"], refused["problem"]) == (nowhere, "not-found")


async def test_a_reviewer_does_not_watch(world: World):
    client = await world.connect("/ws/staff")
    await client.send(type="hello", token=world.staff_token(Role.REVIEWER))
    assert await client.closed() == 4403
    assert client.seen[-1]["problem"] == "not-allowed"


async def test_a_candidate_is_no_staff(world: World):
    session_id, participant_id = world.seat()
    client = await world.connect("/ws/staff")
    await client.send(type="hello", token=world.candidate_token(session_id, participant_id))
    assert await client.closed() == 4403


async def test_a_dashboard_renews_its_token_and_is_shown_out_without(world: World):
    client = await world.staff()
    mine = max(world.service.app.state.edge._sockets, key=lambda each: each.heard_at)
    mine._renew_by = 0.0
    await client.send(type="hello", token=world.staff_token())
    await client.send(type="beat")
    await client.until("beat")

    mine._renew_by = 0.0
    await client.send(type="beat")

    assert await client.closed() == 4401
    assert client.seen[-1]["problem"] == "sign-in-expired"


async def test_a_gap_is_told_to_dashboards_and_heals_candidates(world: World):
    session_id, participant_id = world.seat()
    dashboard = await world.staff()
    await dashboard.send(type="watch", session_id=session_id)
    await dashboard.until("watching")
    candidate, _ = await world.candidate(session_id, participant_id)
    world.services.row(session_id, a_row(participant_id, version=8, extended_ms=1_000))

    cache = world.service.redis
    await cache.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    assert (await dashboard.until("resync"))["session_id"] == session_id
    assert (await candidate.until("row"))["row"]["version"] == 8
    await world.publish_row(session_id, a_row(participant_id, version=9, extended_ms=2_000))
    assert (await candidate.until("row"))["row"]["version"] == 9


async def test_sessions_nobody_looks_at_are_let_go(world: World, monkeypatch: pytest.MonkeyPatch):
    session_id = new_id()
    world.services.sessions[session_id] = a_session(session_id)
    monkeypatch.setattr("gateway.live.UNUSED_SECONDS", 0.0)
    hub = world.service.app.state.hub
    client = await world.staff()
    await client.send(type="watch", session_id=session_id)
    await client.until("watching")
    assert session_id in hub._sessions

    await client.connection.close()

    await eventually(lambda: session_id not in hub._sessions)
