"""The OpenAPI document against the running gateway, as every role: whatever is sent, no answer is a failure of the
server, and none has a status that the document does not name.

A small, fixed budget here; `EXAMHALL_EXAMPLES=50` looks harder.
"""

import asyncio
import contextlib
import os
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from access_walk import Visitor, made_by, visitors_of
from hall import Hall, Json
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from contracts.access import Scope

pytestmark = pytest.mark.stack

EXAMPLES = int(os.environ.get("EXAMHALL_EXAMPLES", "3"))
SENDING_SECONDS = 30.0
BUDGET = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# They would end what the rest of the visit needs: whom the tokens of the organisation belong to.
NOT_FOR_REAL = ("/api/v1/accounts/{account_id}/",)


@pytest.fixture(scope="module")
async def visited(hall: Hall, assessment: tuple[str, int]) -> tuple[Json, list[Visitor], Json]:
    """The document, everybody who visits, and ids of things that exist."""
    session = await hall.take(await hall.schedule(assessment), "open")
    seat = await hall.seat(code=session["code"], name="Ada Lovelace")
    token = await hall.admin.post("/api/v1/api-tokens", {"name": "Visit", "scopes": list(Scope), "days": 1})
    ids = await made_by(hall.admin) | {
        "session_id": session["session_id"],
        "participant_id": seat.participant_id,
        "assessment_id": assessment[0],
        "version": assessment[1],
    }
    document = (await hall.http.get("/openapi.json")).json()
    visitors = visitors_of(hall, seat, token["token"])
    return document, [each for each in visitors if each.name not in {"every scope", "no scope"}], ids


def operations(document: Json) -> Iterator[Any]:
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        yield found.ok()


def strategies_of(operation: Any, ids: Json) -> list[Any]:
    """Good requests, requests with a mistake, and good ones about something that exists."""
    named = {each.name: ids[each.name] for each in operation.path_parameters if each.name in ids}
    made = [operation.as_strategy()]
    if named and not operation.path.startswith(NOT_FOR_REAL):
        made.append(operation.as_strategy(path_parameters=named))
    if operation.path_parameters or operation.query or operation.body:
        made.append(operation.as_strategy(GenerationMode.NEGATIVE))
    return made


def complaint(case: Any, operation: Any, answer: httpx.Response) -> str | None:
    documented = operation.definition.raw["responses"]
    what = f"{operation.label} answered {answer.status_code} {answer.text[:300]!r} to {case.as_curl_command()[:600]}"
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return f"FAILED: {what}"
    if str(answer.status_code) not in documented:
        return f"undocumented: {what}"
    if answer.is_error and answer.headers["content-type"] != "application/problem+json":
        return f"no problem document: {what}"
    return None


def cases_of(document: Json, ids: Json) -> list[tuple[Any, Any]]:
    """(operation, case), made once: everybody sends the same."""
    made: list[tuple[Any, Any]] = []
    for operation in operations(document):

        @BUDGET
        @given(st.one_of(strategies_of(operation, ids)))
        def draw(case: Any) -> None:
            made.append((operation, case))  # noqa: B023 - it is drawn at once

        with contextlib.suppress(Unsatisfiable):  # no mistake can be made in this request
            draw()
    return made


def visit(base_url: str, cases: list[tuple[Any, Any]], visitor: Visitor) -> list[str]:
    """Send all of them as one visitor. Returns what went wrong."""
    wrong: list[str] = []
    headers = {"x-forwarded-for": f"10.9.{random.randrange(250)}.{random.randrange(250)}"}
    if visitor.token is not None:
        headers["authorization"] = f"Bearer {visitor.token}"
    with httpx.Client(base_url=base_url, timeout=SENDING_SECONDS, trust_env=False) as http:
        for operation, case in cases:
            try:
                answer = http.request(**request_of(case, base_url, headers))
            except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError, TypeError, ValueError):
                continue  # what cannot be sent arrives nowhere
            said = complaint(case, operation, answer)
            if said is not None:
                wrong.append(f"{visitor.name}: {said}")
    return wrong


def request_of(case: Any, base_url: str, headers: dict[str, str]) -> dict[str, Any]:
    made = case.as_transport_kwargs(base_url=base_url, headers=headers)
    request = {name: made[name] for name in ("method", "url", "params", "json") if made.get(name) is not None}
    if isinstance(made.get("data"), str | bytes):
        request["content"] = made["data"]
    return {**request, "headers": {**made["headers"], **headers}}


@pytest.mark.timeout(600)  # the largest bodies take a while to make up on a busy machine
async def test_no_request_as_anybody_fails_the_server_or_surprises_the_document(
    hall: Hall, visited: tuple[Json, list[Visitor], Json]
) -> None:
    document, visitors, ids = visited
    cases = await asyncio.to_thread(cases_of, document, ids)
    assert len(cases) > len(document["paths"]), "hardly anything was made up"
    wrong: list[str] = []
    for visitor in visitors:
        wrong += await asyncio.to_thread(visit, hall.addresses.gateway, cases, visitor)
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:60])
