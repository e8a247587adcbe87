"""The table of access, and how it is judged."""

from contextlib import nullcontext
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI

from chassis.access import allowed, declared, install, judged, public
from chassis.auth import Principal, PrincipalKind
from chassis.outcomes import Rejected
from contracts import access, problems
from contracts.access import Action, Reach, Scope
from contracts.statuses import STAFF, Role


def principal(*roles: Role, scopes: frozenset[Scope] = frozenset()) -> Principal:
    return Principal("p1", PrincipalKind.STAFF, frozenset(roles), "acme", "Pat", scopes=scopes)


@pytest.mark.parametrize(
    ("assigned", "person", "roles", "may"),
    [
        ([], "p1", {Role.PROCTOR}, True),
        (["p1"], "p1", {Role.PROCTOR}, True),
        (["p2"], "p1", {Role.PROCTOR}, False),
        (["p2"], "p1", {Role.PROCTOR, Role.SCHEDULER}, True),
        (["p2"], "p1", {Role.ADMIN}, True),
        ([], "p1", {Role.AUDITOR, Role.REVIEWER}, False),
        (["p1"], "p1", {Role.CANDIDATE}, False),
    ],
)
def test_who_may_conduct_a_session(assigned: list[str], person: str, roles: set[Role], *, may: bool) -> None:
    who = Principal(person, PrincipalKind.STAFF, frozenset(roles), "acme", "Pat")
    with (
        nullcontext() if may else pytest.raises(Rejected, check=lambda refused: refused.problem is problems.NOT_ALLOWED)
    ):
        judged(who, access.SESSION_CONDUCT).check_assigned(assigned)


@pytest.mark.parametrize("action", [access.BROADCAST_SEND, access.MESSAGE_SEND, access.INCIDENT_RECORD])
def test_assigned_proctors_and_admins_may_act_in_a_session_and_other_proctors_may_not(action: Action) -> None:
    proctor, admin = principal(Role.PROCTOR), principal(Role.ADMIN)
    judged(proctor, action).check_assigned(["p1"])
    judged(proctor, action).check_assigned([])
    judged(admin, action).check_assigned(["p2"])
    with pytest.raises(Rejected, match="not assigned"):
        judged(proctor, action).check_assigned(["p2"])


def test_the_widest_reach_of_several_roles_counts() -> None:
    assert principal(Role.PROCTOR, Role.ADMIN).reach_of(access.ADMISSION_DECIDE) is Reach.ORGANISATION
    assert principal(Role.PROCTOR, Role.SCHEDULER).reach_of(access.ADMISSION_DECIDE) is Reach.ASSIGNED


@pytest.mark.parametrize("action", access.actions(), ids=lambda action: action.name)
def test_an_api_token_may_only_what_its_scopes_say(action: Action) -> None:
    for scope in Scope:
        reach = principal(Role.PROGRAM, scopes=frozenset({scope})).reach_of(action)
        assert (reach is Reach.ORGANISATION) == (action.scope is scope)
    assert principal(Role.PROGRAM).reach_of(action) is None
    assert principal(Role.CANDIDATE, scopes=frozenset(Scope)).reach_of(action) in {None, Reach.OWN}, (
        "scopes without being an API token count for nothing"
    )


@pytest.mark.parametrize("action", access.actions(), ids=lambda action: action.name)
def test_only_the_gateway_itself_reaches_beyond_an_organisation(action: Action) -> None:
    for role, reach in action.grants.items():
        if reach is Reach.EVERYWHERE:
            assert role is Role.SERVICE
        if role is Role.SERVICE:
            # A mail is asked for in the name of one organisation; everything else speaks for nobody in particular.
            assert reach is (Reach.ORGANISATION if action is access.MAIL_REQUEST else Reach.EVERYWHERE)
        if role is Role.CANDIDATE:
            assert reach is Reach.OWN
        if role in STAFF - {Role.PROCTOR}:
            assert reach is not Reach.ASSIGNED, "only proctors are assigned"


@pytest.mark.parametrize("action", access.actions(), ids=lambda action: action.name)
def test_an_administrator_may_whatever_any_other_staff_may(action: Action) -> None:
    widest = action.reach(STAFF)
    assert action.grants.get(Role.ADMIN) == widest


def test_nothing_is_judged_without_an_action() -> None:
    with pytest.raises(RuntimeError):
        principal(Role.ADMIN).check_assigned([])
    with pytest.raises(RuntimeError):
        principal(Role.ADMIN).sees("acme")


def test_another_organisation_is_out_of_sight_unless_it_is_the_gateway_itself() -> None:
    assert not judged(principal(Role.ADMIN), access.SESSION_READ).sees("other")
    assert judged(principal(Role.ADMIN), access.SESSION_READ).sees("acme")
    assert judged(principal(Role.SERVICE), access.SESSION_READ).sees("other")


def test_a_route_that_declares_no_action_is_named_before_anything_is_served() -> None:
    app = FastAPI()
    router = APIRouter(prefix="/v1")
    install(app)

    @app.get("/open", dependencies=[Depends(public(access.SIGN_IN))])
    async def open_to_all() -> None: ...

    @router.get("/kept")
    async def kept(who: Annotated[Principal, Depends(allowed(access.SESSION_READ))]) -> None: ...

    app.include_router(router)
    assert len(declared(app)) == 2
    paths = app.openapi()["paths"]
    assert paths["/v1/kept"]["get"]["x-action"] == "session.read"
    assert paths["/open"]["get"]["x-action"] == "sign-in"

    @router.get("/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(RuntimeError, match="/forgotten declares"):
        declared(app)


def test_only_what_the_table_calls_public_is_declared_so() -> None:
    with pytest.raises(ValueError, match="not public"):
        public(access.SESSION_READ)


def test_the_printed_table_names_every_action_and_role() -> None:
    printed = access.table()
    for action in access.actions():
        assert f"\n{action.name} " in printed
    for role in access.COLUMNS:
        assert role in printed.splitlines()[0]
