"""Judging by the table in `contracts.access`. Each route declares one action, or its service does not start."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any, Final, Protocol, cast

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from chassis.auth import Principal, signed_in
from chassis.outcomes import Rejected
from contracts import problems
from contracts.access import Action

IN_DOCUMENT: Final = "x-action"


class _Declaring(Protocol):
    """A dependency that carries the action it stands for."""

    action: Action


def allowed(action: Action) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency giving the Principal with their `reach` of this action. Raises Rejected `not-allowed`."""

    async def dependency(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
        return judged(principal, action)

    cast("_Declaring", dependency).action = action
    return dependency


def public(action: Action) -> Callable[[], Awaitable[None]]:
    """A dependency that declares a route to be for everybody, as the table says."""
    if not action.public:
        raise ValueError(f"{action.name} is not public")

    async def dependency() -> None:
        """Declares; there is nothing to judge."""

    cast("_Declaring", dependency).action = action
    return dependency


def judged(principal: Principal, action: Action) -> Principal:
    """Raises Rejected `not-allowed`, naming who may."""
    reach = principal.reach_of(action)
    if reach is None:
        allowed_roles = ", ".join(sorted(role.value for role in action.grants))
        scope = f" or the API scope {action.scope.value}" if action.scope is not None else ""
        raise Rejected(problems.NOT_ALLOWED, f"This needs one of the roles: {allowed_roles}{scope}.")
    return replace(principal, reach=reach)


def declared(app: FastAPI) -> dict[tuple[str, str], Action]:
    """The action of each documented route, by path and method.

    Raises:
        RuntimeError: a route declares none, or several.

    """
    found: dict[tuple[str, str], Action] = {}
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute) or not route.include_in_schema:
            continue
        actions = set(actions_of(route.dependant))
        if len(actions) != 1:
            raise RuntimeError(
                f"{sorted(route.methods or ())} {route.path} declares {sorted(each.name for each in actions)}: give it "
                "one action of contracts/access.py, with Depends(allowed(...)) or Depends(public(...))"
            )
        found |= {(str(route.path_format), method): each for each in actions for method in route.methods or ()}
    return found


def install(app: FastAPI) -> None:
    """Name the actions in the OpenAPI document."""

    def openapi() -> dict[str, Any]:
        return named(app, FastAPI.openapi(app))

    app.openapi = openapi  # type: ignore[method-assign]


def named(app: FastAPI, document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with the action of each operation in it."""
    for (path, method), action in declared(app).items():
        document["paths"][path][method.lower()][IN_DOCUMENT] = action.name
    return document


def actions_of(dependant: Dependant) -> Iterator[Action]:
    """What a route's dependencies declare."""
    action = getattr(dependant.call, "action", None)
    if isinstance(action, Action):
        yield action
    for each in dependant.dependencies:
        yield from actions_of(each)
