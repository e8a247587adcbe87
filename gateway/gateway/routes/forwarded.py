"""Routes that pass a request on to its owner. Their models are declared for the documentation only: the owning service
validates, so a body is neither parsed nor checked twice. What the gateway checks itself is the token, and whether it
may do this at all; the owning service judges that again, and whose things it may do it with.
"""

import inspect
import re
from collections.abc import Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from chassis.access import actions_of, allowed, judged
from chassis.auth import Principal, verified
from chassis.outcomes import Rejected
from contracts import problems
from contracts.access import Action
from contracts.model import Id
from contracts.problems import ProblemType
from gateway.audit import RECORDED_READS, note
from gateway.upstream import Upstream

PROBLEM_SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}
ANY_REQUEST: Final = (
    problems.NOT_SIGNED_IN,
    problems.SIGN_IN_EXPIRED,
    problems.NOT_ALLOWED,
    problems.SAFE_EXAM_BROWSER_NEEDED,
    problems.TEMPORARILY_UNAVAILABLE,
)
FILE: Final = {"type": "string", "format": "binary"}
COMMANDS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_parameter: Final = re.compile(r"{(\w+)}")


def refusals(*types: ProblemType) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses: the problem documents an operation may answer with, by status."""
    by_status: dict[int, list[ProblemType]] = {}
    unreadable = (problems.MALFORMED_BODY,) if problems.VALIDATION_FAILED in types else ()
    for each in (*types, *unreadable):
        by_status.setdefault(each.status, []).append(each)
    return {
        status: {
            "description": "; ".join(f"`{each.name}`: {each.title}" for each in group),
            "content": {"application/problem+json": {"schema": PROBLEM_SCHEMA}},
        }
        for status, group in sorted(by_status.items())
    }


class ForwardedRoute(APIRoute):
    """Documented by its signature, served by passing the request on."""

    service: str
    upstream: Upstream
    streams: bool = False

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        [action] = actions_of(self.dependant)

        async def handle(request: Request) -> Response:
            principal = judged(bearer(request), action)
            passed = self.upstream.stream if self.streams else self.upstream.forward
            answer = await passed(request, self.service, path_of(request))
            told = request.method in COMMANDS or action in RECORDED_READS
            if told and answer.status_code < HTTPStatus.BAD_REQUEST and not principal.only_own:
                await note(request, principal, action)
            return answer

        return handle


def path_of(request: Request) -> str:
    """The owner's path, encoded anew: an id with a `?` or a line break in it stays one segment, and an unknown id.

    Raises Rejected `not-found` for dot segments, which a client would resolve to another route than the one judged.
    """
    path: str = request.scope["path"].removeprefix("/api")
    if not {".", ".."}.isdisjoint(path.split("/")):
        raise Rejected(problems.NOT_FOUND)
    return quote(path)


def bearer(request: Request) -> Principal:
    """Who is asking. Raises Rejected, as `verified` does."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Rejected(problems.NOT_SIGNED_IN, "Send an Authorization header with a bearer token.")
    return verified(request, token.strip())


class Forwarding:
    """Declares the routes that go to one service."""

    def __init__(self, router: APIRouter, upstream: Upstream, service: str, tag: str) -> None:
        self._router = router
        self._service = service
        self._tag = tag
        self._route_classes: dict[bool, type[ForwardedRoute]] = {
            streams: type(
                "ForwardedTo", (ForwardedRoute,), {"service": service, "upstream": upstream, "streams": streams}
            )
            for streams in (False, True)
        }

    def route(
        self,
        method: str,
        path: str,
        summary: str,
        *,
        action: Action,
        answer: Any,
        body: Any = None,
        query: Sequence[inspect.Parameter] = (),
        status: int = 200,
        refused: Sequence[ProblemType] = (),
        description: str = "",
        takes: str = "application/json",
        gives: Sequence[str] = (),
        streams: bool = False,
    ) -> None:
        """One operation. `refused`: the problem types beyond those any request may meet. `takes` and `gives`: media
        types where the body, or the answer, is a file. `streams`: the body passes in pieces and is never held whole.
        """
        common = [*ANY_REQUEST, *((problems.NOT_FOUND,) if "{" in path else ())]
        if body is not None:
            common += [problems.VALIDATION_FAILED, problems.BODY_TOO_LARGE]
        name = re.sub(r"\W+", "_", summary.lower()).strip("_")
        self._router.add_api_route(
            path,
            _declaration(name, method, path, body, query, answer, takes),
            methods=[method],
            summary=summary,
            description=description or None,
            operation_id=name,
            tags=[self._tag],
            status_code=status,
            response_model=answer,
            response_class=Response if gives or answer is None else JSONResponse,
            responses={
                **({status: {"content": {each: {"schema": FILE} for each in gives}}} if gives else {}),
                **refusals(*dict.fromkeys([*common, *refused])),
            },
            dependencies=[Depends(allowed(action))],
            route_class_override=self._route_classes[streams],
        )


def _declaration(  # noqa: PLR0917 - one caller
    name: str, method: str, path: str, body: Any, query: Sequence[inspect.Parameter], answer: Any, takes: str
) -> Callable[..., Any]:
    """A function with the signature that documents the operation; it is never called."""
    parameters = [
        inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[_path_type(each), Path()])
        for each in _parameter.findall(path)
    ]
    parameters += query
    if body is not None:
        parameters.append(
            inspect.Parameter(
                "body", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[body, Body(media_type=takes)]
            )
        )
    if method in COMMANDS:
        parameters.append(IDEMPOTENCY_KEY)

    async def declared(**_: Any) -> None:
        raise AssertionError("a declaration is not called")

    declared.__name__ = name
    declared.__signature__ = inspect.Signature(parameters, return_annotation=answer)  # type: ignore[attr-defined]
    return declared


def _path_type(name: str) -> Any:
    return int if name == "version" else Id


def query_parameter(name: str, annotation: Any, default: Any, description: str) -> inspect.Parameter:
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[annotation, Query(description=description)],
        default=default,
    )


IDEMPOTENCY_KEY: Final = inspect.Parameter(
    "idempotency_key",
    inspect.Parameter.KEYWORD_ONLY,
    annotation=Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="Repeat a command safely: the same key is carried out once"),
    ],
    default=None,
)
PAGING: Final = (
    query_parameter("cursor", str | None, None, "`next_cursor` of the page before"),
    query_parameter("limit", int | None, None, "How many, at most 200; 50 when left out"),
)
