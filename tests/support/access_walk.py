"""What the walk through all routes needs: somebody in each role, things in each relation to them, and a request that is
good but for who sends it.
"""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final

import httpx
from hall import CHOICE, ESSAY, PASSWORD, RIGHT, Hall, Json, Person, Seat, a_paper, an_essay, until

from chassis.auth import Principal, PrincipalKind, TokenSigner
from contracts.access import Action, Reach, Scope, action_named
from contracts.statuses import Role

REFUSED: Final = frozenset({"not-signed-in", "sign-in-expired", "not-allowed", "not-found", "attempt-unknown"})
HIDDEN: Final = frozenset({"not-found", "attempt-unknown"})
MISTAKEN: Final = frozenset({"validation-failed", "malformed-body", "internal-error", "method-not-allowed"})
_PARAMETER: Final = re.compile(r"{(\w+)}")


class Relation(StrEnum):
    """How a place stands to the people of the hall."""

    ASSIGNED = "the session of the proctor, and the candidate's own attempt"
    NEIGHBOUR = "the same session, another candidate's attempt"
    UNASSIGNED = "a session of the organisation with another proctor"
    ELSEWHERE = "another organisation's"


@dataclass(frozen=True, slots=True)
class Place:
    """The ids that a path can name, all of things in one relation."""

    relation: Relation
    settings: Json
    ids: Mapping[str, str]

    def fill(self, path: str) -> str:
        """Raises AssertionError for a parameter that no place has."""
        for name in _PARAMETER.findall(path):
            assert name in self.ids, f"{path}: add an id for {{{name}}} to every Place in {__file__}"
        return path.format_map(self.ids)


@dataclass(frozen=True, slots=True)
class Visitor:
    name: str
    token: str | None
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    only_at_the_edge: bool = False
    """Their token means something to the gateway alone."""

    def reach_of(self, action: Action) -> Reach | None:
        return action.reach(self.roles, self.scopes)


@dataclass(frozen=True, slots=True)
class Route:
    owner: str
    base_url: str
    method: str
    path: str
    action: Action
    takes_body: bool

    @property
    def key(self) -> str:
        """The same for the gateway's route and the service's that it leads to."""
        return f"{self.method} {_PARAMETER.sub('*', self.path.removeprefix('/api'))}"

    @property
    def names_something(self) -> bool:
        return bool(set(_PARAMETER.findall(self.path)) - NAMES_NOBODYS)


Body = Callable[[Place], Any]


def _reason(_: Place) -> Json:
    return {"reason": "Because"}


def _nothing(_: Place) -> Json:
    return {}


def _content(_: Place) -> Json:
    return {"content": a_paper()}


def _those(place: Place) -> Json:
    return {"participant_ids": [place.ids["participant_id"]]}


def _somebody() -> Json:
    return {"name": "Eve", "email": f"{uuid.uuid4().hex}@example.org"}


# For each route with a body, by method and path: one that is good, so that only the caller can be wrong.
BODIES: Final[dict[str, Body]] = {
    "POST /v1/assessments": _content,
    "PUT /v1/assessments/*": lambda _: {"content": a_paper(), "version": 1},
    "POST /v1/assessments/*/publish": lambda _: {"version": 1},
    "POST /v1/sessions": lambda place: {"settings": place.settings, "draft": True},
    "PUT /v1/sessions/*": lambda place: {"settings": place.settings, "version": 1},
    "POST /v1/session-templates": lambda place: {"name": uuid.uuid4().hex, "settings": place.settings},
    "PUT /v1/session-templates/*": lambda place: {
        "name": uuid.uuid4().hex,
        "settings": place.settings,
        "version": 1,
    },
    "POST /v1/sessions/*/schedule": _nothing,
    "POST /v1/sessions/*/open": _nothing,
    "POST /v1/sessions/*/start": _nothing,
    "POST /v1/sessions/*/pause": _reason,
    "POST /v1/sessions/*/resume": _nothing,
    "POST /v1/sessions/*/end": _nothing,
    "POST /v1/sessions/*/cancel": _reason,
    "POST /v1/sessions/*/participants": lambda _: {"participants": [{"name": "Eve"}]},
    "POST /v1/sessions/*/invitations": lambda _: {},
    "PATCH /v1/participants/*": lambda _: {"version": 1, "name": "Eve"},
    "POST /v1/participants/*/remove": _reason,
    "POST /v1/sessions/*/admissions/approve": _those,
    "POST /v1/sessions/*/admissions/deny": lambda place: _those(place) | _reason(place),
    "POST /v1/sessions/*/participants/from-directory": lambda place: {"person_ids": [place.ids["person_id"]]},
    "PUT /v1/candidate/identity/images/*": lambda _: ["no picture"],
    "POST /v1/candidate/identity/submissions": lambda _: {"face": "unknown", "document": "unknown"},
    "POST /v1/participants/*/identity/confirm": lambda _: {"submission": 1},
    "POST /v1/participants/*/identity/reject": lambda _: {"submission": 1} | _reason(_),
    "POST /v1/people": lambda _: _somebody(),
    "PUT /v1/people/*": lambda _: _somebody() | {"version": 1},
    "POST /v1/groups": lambda _: {"name": uuid.uuid4().hex},
    "PUT /v1/groups/*": lambda _: {"name": uuid.uuid4().hex, "version": 1},
    "POST /v1/groups/*/members": lambda place: {"add": [place.ids["person_id"]]},
    "POST /v1/imports": lambda _: ["a file that is no table"],
    "POST /v1/imports/*/confirm": lambda _: {"mode": "valid"},
    "POST /v1/mails": lambda _: {
        "kind": "password_reset",
        "cause": uuid.uuid4().hex,
        "to": {"email": "eve@example.org", "name": "Eve"},
        "fields": {"link": "https://exams.example.org/reset"},
        "expires_at": "2099-01-01T00:00:00Z",
    },
    "PUT /v1/mail/templates/*": lambda _: {"subject": "Hello", "text": "Come in: {{join_link}}"},
    "POST /v1/mail/templates/*/preview": lambda _: {"subject": "Hello", "text": "Come in: {{join_link}}"},
    "PUT /v1/mail/settings": lambda _: {"reminder_minutes": [60]},
    "POST /v1/joins": lambda _: {"code": "ZZZZ-ZZZZ", "name": "Eve"},
    "POST /v1/candidate/refresh": lambda _: {"refresh_token": "nonsense"},
    "POST /v1/sessions/*/incidents": lambda _: {"category": "technical", "note": "Rain"},
    "POST /v1/sessions/*/interventions": lambda place: {"kind": "pause"} | _those(place) | _reason(place),
    "POST /v1/sessions/*/alerts/settle": lambda place: {
        "outcome": "acknowledged",
        "alerts": [{"participant_id": place.ids["participant_id"], "alert_id": "a1"}],
    },
    "POST /v1/commands/outcomes": lambda place: {
        "commands": [{"command_id": "c1", "participant_id": place.ids["participant_id"]}]
    },
    "POST /v1/sessions/*/broadcasts": lambda _: {"text": "Ten minutes more"},
    "POST /v1/sessions/*/threads/*/messages": lambda _: {"text": "Psst"},
    "POST /v1/sessions/*/threads/*/read": lambda _: {"up_to": 1},
    "POST /v1/sessions/*/threads/*/delivered": lambda _: {"up_to": 1},
    "POST /v1/reviews/*/score": lambda _: {"scores": [{"criterion_id": "c1", "points": "1"}], "comment": ""},
    "POST /v1/sessions/*/results/release": _nothing,
    "POST /v1/accounts": lambda _: {
        "email": f"{uuid.uuid4().hex}@example.org",
        "name": "Eve",
        "roles": ["auditor"],
        "password": "correct horse battery",
    },
    "PUT /v1/accounts/*/roles": lambda _: {"roles": ["auditor"]},
    "POST /v1/invitations": lambda _: {"email": f"{uuid.uuid4().hex}@example.org", "name": "Eve", "roles": ["auditor"]},
    "POST /v1/invitations/look": lambda _: {"code": "nonsense"},
    "POST /v1/invitations/accept": lambda _: {"code": "nonsense", "password": "correct horse battery"},
    "POST /v1/api-tokens": lambda _: {"name": "Eve's", "scopes": ["sessions:read"], "days": 1},
    "POST /v1/auth/password-reset": lambda _: {"email": "nobody@example.org"},
    "POST /v1/auth/password": lambda _: {"code": "nonsense", "password": "correct horse battery"},
    "POST /v1/auth/me/password": lambda _: {"current": "not this one", "new": "correct horse battery"},
    "POST /v1/auth/sign-in": lambda _: {"email": "nobody@example.org", "password": "no such person"},
    "POST /v1/auth/sign-in-link": lambda _: {"code": "nonsense"},
    "PUT /v1/provider": lambda _: {
        "version": 0,
        "name": "Eve's",
        "issuer": "http://not-by-https.example",
        "client_id": "examhall",
        "client_secret": "secret",
        "role_claim": "groups",
        "rules": [{"value": "everybody", "role": "auditor"}],
        "domains": ["eve.example"],
        "creates_accounts": False,
        "passwords_off": False,
    },
    "PUT /v1/accounts/*/provider-link": lambda _: {"allowed": False},
    "POST /v1/auth/ways": lambda _: {"email": "nobody@example.org"},
    "POST /v1/auth/provider/begin": lambda _: {"org_id": "nobody"},
    "POST /v1/auth/provider/finish": lambda _: {"code": "c", "state": "nonsense", "browser_code": "nonsense"},
    "POST /v1/auth/provider/sign-out": lambda _: {"refresh_token": "nonsense"},
    "POST /v1/auth/refresh": lambda _: {"refresh_token": "nonsense"},
    "POST /v1/auth/sign-out": lambda _: {"refresh_token": "nonsense"},
}
QUERIES: Final[dict[str, Callable[[Place], dict[str, str]]]] = {
    "GET /v1/commands": lambda place: {"participant_id": place.ids["participant_id"], "ids": "c1"},
}
# They change what every other request looks at, so they come after all of them.
LAST: Final = (
    "POST /v1/rebuild",
    "POST /v1/auth/me/sign-out-everywhere",
    "DELETE /v1/people/*",
    "DELETE /v1/groups/*",
    "DELETE /v1/session-templates/*",
)
# Deleting what is not there succeeds; what is another organisation's is not there, and stays, which the walk checks.
UNNOTICED: Final = frozenset({"DELETE /v1/people/*", "DELETE /v1/groups/*", "DELETE /v1/session-templates/*"})
NAMES_NOBODYS: Final = frozenset({"kind", "image"})
"""Parameters that name no thing of anybody's."""


def routes_of(owner: str, base_url: str, document: Json) -> Iterator[Route]:
    """The routes of an OpenAPI document. Raises AssertionError for one without a known action."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            action = action_named(operation.get("x-action", ""))
            assert action is not None, f"{owner} {method} {path} declares no action of contracts/access.py"
            yield Route(owner, base_url, method.upper(), path, action, "requestBody" in operation)


@dataclass(slots=True)
class Walk:
    """Everything on one running stack."""

    hall: Hall
    places: dict[Relation, Place]
    visitors: list[Visitor]
    routes: list[Route]
    seats: list[Seat] = field(default_factory=list)

    async def send(self, visitor: Visitor, route: Route, place: Place) -> httpx.Response:
        body = BODIES.get(route.key)
        headers = {} if visitor.token is None else {"authorization": f"Bearer {visitor.token}"}
        query = QUERIES[route.key](place) if route.key in QUERIES else None
        return await self.hall.http.request(
            route.method,
            route.base_url + place.fill(route.path),
            json=body(place) if body is not None else None,
            params=query,
            headers=headers,
        )


def verdict(answer: httpx.Response) -> str:
    """`admitted`, or the problem that access was refused with. Anything else that went wrong stands as it is."""
    if answer.is_success:
        return "admitted"
    name = str(answer.json().get("type", "")).rpartition("/")[2] if answer.content else str(answer.status_code)
    if name in REFUSED or name in MISTAKEN or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return name
    return "admitted"


def expected(visitor: Visitor, route: Route, place: Place) -> frozenset[str]:
    """The verdicts that agree with the table."""
    if (
        route.action.public
    ):  # what is asked for is a code or a token in the body, and the sample holds none that is good
        return frozenset({"admitted", "not-signed-in", "sign-in-expired"})
    if visitor.token is None or (visitor.only_at_the_edge and route.owner != "gateway"):
        return frozenset({"not-signed-in"})
    reach = visitor.reach_of(route.action)
    if reach is None:
        return frozenset({"not-allowed"})
    if not route.names_something:
        return frozenset({"admitted"})
    if "{sign_in_id}" in route.path:
        return HIDDEN  # every place has somebody else's
    match reach, place.relation:
        case Reach.EVERYWHERE, _:
            return frozenset({"admitted"})
        case Reach.OWN, Relation.ASSIGNED:
            return frozenset({"admitted"})
        case Reach.OWN, Relation.NEIGHBOUR if "participant_id" not in route.path:
            return frozenset({"admitted"})
        case Reach.OWN, _:
            return HIDDEN | {"not-allowed"}
        case _, Relation.ELSEWHERE:
            return HIDDEN | ({"admitted"} if route.key in UNNOTICED else set())
        case Reach.ASSIGNED, Relation.UNASSIGNED:
            return frozenset({"not-allowed"})
        case _:
            return frozenset({"admitted"})


async def examined(hall: Hall, assessment: tuple[str, int]) -> tuple[Json, Seat, str]:
    """A running session, somebody in it who has submitted an essay, and its review."""
    session, seat = await hall.sitting(assessment)
    async with seat.online():
        assert (await seat.answer(CHOICE, RIGHT))["type"] == "ack"
        assert (await seat.answer(ESSAY, {"type": "essay", "text": "Because."}))["type"] == "ack"
        assert (await seat.submit())["type"] == "ack"

    async def review() -> Json | None:
        found = (await hall.reviewer.get("/api/v1/reviews", session_id=session["session_id"]))["items"]
        return found[0] if found else None

    return session, seat, (await until(review, "the essay waits for a reviewer"))["review_id"]


async def made_by(admin: Person) -> dict[str, str]:
    """An account, an invitation and an API token of an organisation, and somebody's sign-in."""
    person = {"name": "Kim", "roles": ["auditor"]}
    account = person | {"email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD}
    invitation = person | {"email": f"{uuid.uuid4().hex}@example.org"}
    token = {"name": "Kim's", "scopes": list(Scope), "days": 1}
    return {
        "account_id": (await admin.post("/api/v1/accounts", account))["account_id"],
        "invitation_id": (await admin.post("/api/v1/invitations", invitation))["invitation"]["invitation_id"],
        "api_token_id": (await admin.post("/api/v1/api-tokens", token))["api_token"]["api_token_id"],
        "sign_in_id": "somebody-elses",
        "person_id": (await admin.post("/api/v1/people", _somebody()))["person_id"],
        "group_id": (await admin.post("/api/v1/groups", {"name": uuid.uuid4().hex}))["group_id"],
        "import_id": (await admin.post("/api/v1/imports", ["a file that is no table"]))["import_id"],
        "kind": "invitation",
        "image": "face",
    }


async def invited(hall: Hall, session: Json) -> str:
    """The id of a mail that somebody of the session was sent."""
    await hall.add(session, invite=True, **_somebody())

    async def mail() -> Json | None:
        found = (await hall.scheduler.get(f"/api/v1/sessions/{session['session_id']}/mails"))["items"]
        return found[0] if found else None

    return str((await until(mail, "the invitation is on its way"))["mail_id"])


async def template_of(hall: Hall, paper: tuple[str, int]) -> str:
    template = {"name": uuid.uuid4().hex, "settings": hall.settings(paper)}
    return str((await hall.admin.post("/api/v1/session-templates", template))["template_id"])


async def has_result(hall: Hall, seat: Seat) -> bool:
    return (await hall.scheduler.call("GET", f"/api/v1/results/{seat.participant_id}")).is_success


async def walk_on(hall: Hall) -> Walk:
    """Make one thing in each relation, and find every route."""
    paper = a_paper()
    paper["sections"][0]["items"].append(an_essay())
    mine = await hall.publish(paper)
    session, seat, review_id = await examined(hall, mine)
    neighbour = await hall.seat(code=session["code"], name="Grace Hopper")
    async with neighbour.online():
        await neighbour.phase("active")
        assert (await neighbour.submit())["type"] == "ack"
    await until(partial(has_result, hall, neighbour), "the neighbour has a result")
    unassigned = replace(hall, proctor=hall.other_proctor)
    other_session, other_seat, other_review = await examined(unassigned, mine)
    stranger = hall.stranger
    away = replace(hall, admin=stranger, scheduler=stranger, proctor=stranger, reviewer=stranger)
    theirs = await away.publish(paper)
    their_session, their_seat, their_review = await examined(away, theirs)

    async def place(
        relation: Relation, of: Hall, paper: tuple[str, int], session: Json, of_attempt: tuple[Seat, str]
    ) -> Place:
        seat, review_id = of_attempt
        ids = await made_by(of.admin) | {
            "assessment_id": paper[0],
            "version": str(paper[1]),
            "number": str(paper[1]),
            "session_id": session["session_id"],
            "participant_id": seat.participant_id,
            "review_id": review_id,
            "mail_id": await invited(of, session),
            "template_id": await template_of(of, paper),
        }
        return Place(relation, of.settings(paper), ids)

    places = [
        await place(Relation.ASSIGNED, hall, mine, session, (seat, review_id)),
        await place(Relation.NEIGHBOUR, hall, mine, session, (neighbour, review_id)),
        await place(Relation.UNASSIGNED, unassigned, mine, other_session, (other_seat, other_review)),
        await place(Relation.ELSEWHERE, away, theirs, their_session, (their_seat, their_review)),
    ]
    addresses = hall.addresses
    routes: list[Route] = []
    for owner, url in [("gateway", addresses.gateway), *((name, urls[0]) for name, urls in addresses.services.items())]:
        document = (await hall.http.get(f"{url}/openapi.json")).json()
        routes += routes_of(owner, url, document)
    made = await hall.admin.post("/api/v1/api-tokens", {"name": "Walk", "scopes": list(Scope), "days": 1})
    visitors = visitors_of(hall, seat, made["token"])
    return Walk(hall, {each.relation: each for each in places}, visitors, routes, [seat, neighbour])


def visitors_of(hall: Hall, seat: Seat, api_token: str) -> list[Visitor]:
    """Staff are who they are, with tokens that outlive their sign-ins: some routes end those."""
    signer = TokenSigner(hall.addresses.token_private_key_file.read_bytes())

    def signed(
        kind: PrincipalKind, role: Role, subject: str = "the-visitor", scopes: frozenset[Scope] = frozenset()
    ) -> str:
        principal = Principal(subject, kind, frozenset({role}), hall.org_id, "The visitor", scopes=scopes)
        return signer.sign(principal, 900, datetime.now(UTC))

    every, program = frozenset(Scope), frozenset({Role.PROGRAM})
    return [
        *(
            Visitor(role.value, signed(PrincipalKind.STAFF, role, getattr(hall, role.value).subject), frozenset({role}))
            for role in (Role.ADMIN, Role.SCHEDULER, Role.PROCTOR, Role.REVIEWER, Role.AUDITOR)
        ),
        Visitor("candidate", seat.person.token, frozenset({Role.CANDIDATE})),
        Visitor("service", signed(PrincipalKind.SERVICE, Role.SERVICE), frozenset({Role.SERVICE})),
        Visitor("every scope", signed(PrincipalKind.PROGRAM, Role.PROGRAM, scopes=every), program, every),
        Visitor("no scope", signed(PrincipalKind.PROGRAM, Role.PROGRAM), program),
        Visitor("API token", api_token, program, every, only_at_the_edge=True),
        Visitor("nobody", None),
    ]
