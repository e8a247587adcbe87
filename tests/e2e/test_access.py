"""The table of access against the running stack: every route of the gateway and of every service, and every message of
the WebSockets, as every role, in every relation. A new route needs no test here: one line in `contracts/access.py`, and
for a body or a new path parameter an entry in `tests/support/access_walk.py`.
"""

import asyncio
import json
from typing import Any

import httpx
import pytest
from access_walk import BODIES, LAST, Relation, Route, Visitor, Walk, expected, verdict, walk_on
from hall import CHOICE, RIGHT, Hall, until
from websockets.asyncio.client import connect

from contracts.access import Reach
from contracts.topics import SERVICES
from gateway import protocol

pytestmark = pytest.mark.stack

AT_ONCE = 8  # shared machine: enough to hide the latency of a request


@pytest.fixture(scope="module")
async def walk(hall: Hall) -> Walk:
    return await walk_on(hall)


def test_the_walk_knows_what_to_send_to_every_route(walk: Walk) -> None:
    assert {route.owner for route in walk.routes} == {"gateway", *SERVICES}
    unknown = {route.key for route in walk.routes if route.takes_body} - BODIES.keys()
    assert not unknown, "add a good body for each of these to BODIES in tests/support/access_walk.py"
    assert not BODIES.keys() - {route.key for route in walk.routes}, "these routes are gone"


async def test_every_route_admits_exactly_whom_the_table_says(walk: Walk) -> None:
    """Refusals first: they change nothing. Then whatever is admitted, reading before writing."""
    cases = [
        (route, visitor, place)
        for route in walk.routes
        for visitor in walk.visitors
        for place in walk.places.values()
        if route.names_something or place.relation is Relation.ASSIGNED
    ]
    gate = asyncio.Semaphore(AT_ONCE)
    wrong: list[str] = []

    async def visit(route: Route, visitor: Visitor, place: Any) -> None:
        async with gate:
            answer = await walk.send(visitor, route, place)
        want, got = expected(visitor, route, place), verdict(answer)
        if got not in want:
            wrong.append(
                f"{route.owner} {route.method} {route.path} ({route.action.name}) as {visitor.name}, "
                f"{place.relation}: {got} instead of {' or '.join(sorted(want))}: {answer.text[:300]}"
            )

    def turn(case: tuple[Route, Visitor, Any]) -> int:
        route, visitor, place = case
        admitted = "admitted" in expected(visitor, route, place)
        return 3 if route.key in LAST and admitted else 2 if route.method != "GET" and admitted else int(admitted)

    for each in range(4):
        await asyncio.gather(*(visit(*case) for case in cases if turn(case) == each))
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(sorted(wrong))
    assert len(cases) > 1_000, "the walk met hardly anything"
    theirs = walk.places[Relation.ELSEWHERE].ids
    await walk.hall.stranger.get(f"/api/v1/people/{theirs['person_id']}")
    await walk.hall.stranger.get(f"/api/v1/session-templates/{theirs['template_id']}")
    groups = await walk.hall.stranger.get("/api/v1/groups")
    assert theirs["group_id"] in {each["group_id"] for each in groups["items"]}

    async def rebuilt() -> bool:
        """Other tests read reports on this stack."""
        service = next(each for each in walk.visitors if each.name == "service")
        url = f"{walk.hall.addresses.services['reporting-svc'][0]}/v1/rebuild"
        answer = await walk.hall.http.get(url, headers={"authorization": f"Bearer {service.token}"})
        return bool(answer.json()["behind"] == 0)

    await until(rebuilt, "the reports are there again", seconds=120)


# The sockets


def test_every_message_of_the_sockets_is_in_the_table() -> None:
    silent = {"hello", "beat"}
    for name, actions in (("from-candidate", protocol.CANDIDATE_ACTIONS), ("from-staff", protocol.STAFF_ACTIONS)):
        kinds = set(protocol.schemas()[name]["discriminator"]["mapping"])
        assert kinds - silent == set(actions), f"{name}: give each message its action in gateway/protocol.py"


UNANSWERED = frozenset({"signal", "typing"})


async def _say(walk: Walk, path: str, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What comes back: one answer for each message, or fewer and a goodbye.

    What is never answered is followed by a beat, whose answer says that nothing was refused before it.
    """
    url = "ws" + walk.hall.addresses.gateway.removeprefix("http") + path
    heard: list[dict[str, Any]] = []
    async with connect(url, compression=None, proxy=None, max_size=None) as socket, asyncio.timeout(30):
        for message in messages:
            await socket.send(json.dumps(message))
            if message["type"] in UNANSWERED:
                await socket.send(json.dumps({"type": "beat", "id": "after"}))
            while True:
                answer = json.loads(await socket.recv())
                if answer["type"] in {"welcome", "watching", "refused", "ack", "bye", "beat"}:
                    break
            heard.append(answer)
            if answer["type"] == "bye":
                break
    return heard


async def test_the_staff_socket_shows_what_the_table_says(walk: Walk) -> None:
    for visitor in walk.visitors:
        if visitor.token is None:
            continue
        reach = visitor.reach_of(protocol.STAFF_ACTIONS["watch"])
        for relation, place in walk.places.items():
            session_id = place.ids["session_id"]
            heard = await _say(
                walk,
                "/ws/staff",
                {"type": "hello", "token": visitor.token},
                {"type": "watch", "session_id": session_id},
            )
            words = f"{visitor.name}, {relation}: {heard}"
            if reach is not Reach.ORGANISATION:  # the gateway itself has no use for a socket
                assert (heard[0]["type"], heard[0]["problem"]) == ("bye", "not-allowed"), words
            elif relation is Relation.ELSEWHERE:
                assert (heard[1]["type"], heard[1]["problem"]) == ("refused", "not-found"), words
            else:
                assert heard[1]["type"] == "watching", words


async def test_only_those_who_may_write_in_a_session_are_shown_typing(walk: Walk) -> None:
    for visitor in walk.visitors:
        if visitor.token is None or visitor.reach_of(protocol.STAFF_ACTIONS["watch"]) is not Reach.ORGANISATION:
            continue
        reach = visitor.reach_of(protocol.STAFF_ACTIONS["typing"])
        for relation, place in walk.places.items():
            if relation is Relation.ELSEWHERE:
                continue
            watch = {"type": "watch", "session_id": place.ids["session_id"]}
            typing = {"type": "typing", "session_id": place.ids["session_id"], "participant_id": "p1"}
            heard = await _say(walk, "/ws/staff", {"type": "hello", "token": visitor.token}, watch, typing)
            may = reach is Reach.ORGANISATION or (reach is Reach.ASSIGNED and relation is not Relation.UNASSIGNED)
            expected = "beat" if may else "refused"
            assert heard[2]["type"] == expected, f"{visitor.name}, {relation}: {heard}"


CANDIDATE_MESSAGES: dict[str, dict[str, Any]] = {
    "answer": {"type": "answer", "seq": 900, "item_id": CHOICE, "response": RIGHT},
    "flag": {"type": "flag", "seq": 901, "item_id": CHOICE, "flagged": True},
    "visit": {"type": "visit", "seq": 902, "item_id": CHOICE},
    "submit": {"type": "submit", "id": "s1"},
    "chat": {"type": "chat", "id": "c1", "text": "Hello"},
    "hand": {"type": "hand", "id": "h1"},
    "typing": {"type": "typing"},
    "signal": {"type": "signal", "signal": "focus_lost"},
}


async def test_the_candidates_socket_is_for_candidates_alone(walk: Walk) -> None:
    assert set(CANDIDATE_MESSAGES) == set(protocol.CANDIDATE_ACTIONS), "say one of each kind"
    for visitor in walk.visitors:
        if visitor.token is None:
            continue
        for kind, action in protocol.CANDIDATE_ACTIONS.items():
            hello = {"type": "hello", "token": visitor.token}
            heard = await _say(walk, "/ws/candidate", hello, CANDIDATE_MESSAGES[kind])
            if visitor.name == "candidate":
                assert visitor.reach_of(action) is Reach.OWN
                expected = {"beat"} if kind in UNANSWERED else {"ack", "refused"}
                assert heard[1]["type"] in expected, f"{kind}: {heard}"
                assert heard[1].get("problem") != "not-allowed", f"{kind}: {heard}"
            else:
                words = f"{visitor.name}: {heard}"
                assert (heard[0]["type"], heard[0]["problem"]) == ("bye", "not-allowed"), words


# What blind review does not tell


async def test_whoever_only_reviews_meets_nobody_by_name(walk: Walk) -> None:
    """Whatever they may read, over the edge and inside: no name, no address and no id of anybody who sits."""
    place = walk.places[Relation.ASSIGNED]
    admin, reviewer = (next(each for each in walk.visitors if each.name == name) for name in ("admin", "reviewer"))

    async def read(visitor: Visitor, path: str) -> Any:
        headers = {"authorization": f"Bearer {visitor.token}"}
        answer = await walk.hall.http.get(f"/api/v1{path}", headers=headers)
        return answer.raise_for_status().json()

    people = await read(admin, f"/sessions/{place.ids['session_id']}/participants?limit=200")
    telling = {
        word for each in people["items"] for word in (each["name"], each["email"], each["participant_id"]) if word
    }
    assert len(telling) > 2
    looked = 0
    for route in walk.routes:
        if route.method != "GET" or reviewer.reach_of(route.action) is None or route.path.endswith("/rebuild"):
            continue
        answer = await walk.send(reviewer, route, place)
        told = {word for word in telling if word in answer.text}
        assert not told, f"{route.owner} {route.path}: {told}"
        looked += answer.is_success
    assert looked > 5
    review = await read(reviewer, f"/reviews/{place.ids['review_id']}")
    assert review["response"]["response"]["text"] == "Because.", "and yet there is something to score"


# What one's own attempt does not tell


async def test_a_candidate_learns_of_no_alert_about_them_from_any_door(walk: Walk) -> None:
    """monitoring-svc hides them itself, so that no route at the edge can forget to."""
    seat = walk.seats[0]
    headers = {"authorization": f"Bearer {seat.person.token}"}
    owner = walk.hall.addresses.services["monitoring-svc"][0]
    for url in (
        f"{owner}/v1/attempts/{seat.participant_id}",
        f"/api/v1/attempts/{seat.participant_id}",
        "/api/v1/candidate/attempt",
    ):
        answer = await walk.hall.http.get(url, headers=headers)
        assert answer.status_code == httpx.codes.OK, url
        assert answer.json()["row"]["alerts"] == 0
