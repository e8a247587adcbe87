"""Errors as problem documents, and the limits around requests."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from chassis import http, problems
from chassis.http import AccessLog, BodyLimit
from chassis.metrics import Metrics
from chassis.outcomes import Rejected, Transient
from contracts import problems as types

LIMIT = 1000


class Seat(BaseModel):
    model_config = ConfigDict(extra="forbid")
    row: int = Field(ge=1)


class Booking(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seats: list[Seat]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("test")


@pytest.fixture
def client(metrics: Metrics) -> httpx.AsyncClient:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(BodyLimit, limit=LIMIT, larger={"/files": 3 * LIMIT})
    app.add_middleware(AccessLog, metrics=metrics)

    @app.post("/bookings")
    async def book(booking: Booking) -> int:
        return len(booking.seats)

    @app.get("/fail/{how}")
    async def fail(how: str) -> None:
        match how:
            case "rejected":
                raise Rejected(types.SESSION_FULL, "All 20 seats are taken.", seats=20)
            case "transient":
                raise Transient("mongo")
            case "network":
                raise ConnectionResetError
            case "teapot":
                raise HTTPException(418, "I am a teapot")
            case "gone":
                raise HTTPException(404)
            case _:
                raise KeyError("defect")

    @app.post("/files")
    @app.post("/raw")
    async def raw(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    ("how", "status", "name"),
    [
        ("rejected", 409, "session-full"),
        ("transient", 503, "temporarily-unavailable"),
        ("network", 503, "temporarily-unavailable"),
        ("teapot", 418, "http-error"),
        ("gone", 404, "not-found"),
        ("defect", 500, "internal-error"),
    ],
)
async def test_each_error_is_a_problem_of_its_own_type(client: httpx.AsyncClient, how: str, status: int, name: str):
    answer = await client.get(f"/fail/{how}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{name}"
    assert answer.json()["status"] == status
    assert answer.json()["title"]


async def test_a_refusal_carries_its_details(client: httpx.AsyncClient):
    answer = (await client.get("/fail/rejected")).json()
    assert answer["detail"] == "All 20 seats are taken."
    assert answer["seats"] == 20


async def test_trying_again_is_announced_when_it_helps(client: httpx.AsyncClient):
    assert int((await client.get("/fail/transient")).headers["Retry-After"]) > 0


async def test_a_defect_shows_nothing_of_itself(client: httpx.AsyncClient):
    assert "defect" not in (await client.get("/fail/defect")).text


async def test_unknown_addresses_and_methods_are_problems_too(client: httpx.AsyncClient):
    assert (await client.get("/nowhere")).json()["type"] == "/problems/not-found"
    assert (await client.delete("/bookings")).json()["type"] == "/problems/method-not-allowed"


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ('{"seats": [{"row": 1}, {"row": 0}]}', "seats[1].row", "greater than or equal to 1"),
        ('{"seats": [{}]}', "seats[0].row", "required"),
        ('{"seats": [], "colour": 1}', "colour", "remove it"),
        ("[]", "body", "valid"),
    ],
)
async def test_a_bad_field_is_named_with_its_remedy(client: httpx.AsyncClient, body: str, field: str, words: str):
    answer = await client.post("/bookings", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/validation-failed"
    (error,) = answer.json()["errors"]
    assert error["field"].startswith(field) or field == "body"
    assert words in error["message"]


@pytest.mark.parametrize("body", [b'{"seats": ', b"seats=1", b'"\xff"', b"[" * (LIMIT - 1)])
async def test_a_body_that_is_no_json_is_malformed(client: httpx.AsyncClient, body: bytes):
    answer = await client.post("/bookings", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/malformed-body"
    assert answer.json()["detail"]


async def test_an_endless_list_of_mistakes_is_cut_short(client: httpx.AsyncClient):
    answer = await client.post("/bookings", json={"seats": [1] * 400})
    assert len(answer.json()["errors"]) == problems.ERRORS_MAX


async def streamed(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100):
        yield b"x" * 100


@pytest.mark.parametrize("size", [LIMIT, LIMIT + 100])
@pytest.mark.parametrize("announced", [True, False])
async def test_bodies_pass_up_to_the_limit_and_not_beyond(client: httpx.AsyncClient, size: int, announced: bool):
    answer = await client.post("/raw", content=b"x" * size if announced else streamed(size))
    if size <= LIMIT:
        assert answer.text == str(size)
        return
    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/body-too-large"
    assert str(LIMIT) in answer.json()["detail"]


async def test_a_json_body_that_grows_too_large_is_not_called_malformed(client: httpx.AsyncClient):
    answer = await client.post("/bookings", content=streamed(2 * LIMIT), headers={"Content-Type": "application/json"})
    assert answer.json()["type"] == "/problems/body-too-large"


@pytest.mark.parametrize("length", ["-1", "abc", "1e9"])
async def test_a_nonsensical_length_is_refused(client: httpx.AsyncClient, length: str):
    answer = await client.post("/raw", content=b"x", headers={"Content-Length": length})
    assert answer.status_code == 413


async def test_a_body_that_trickles_in_is_given_up(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "BODY_SECONDS", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(5)
        yield b"x"

    assert (await client.post("/raw", content=slow())).status_code == 408


async def test_requests_are_measured_by_route_and_never_by_path(client: httpx.AsyncClient, metrics: Metrics):
    for how in ("rejected", "transient", "x1", "x2"):
        await client.get(f"/fail/{how}")
    await client.get("/secret/address")
    routes = {
        sample.labels["route"]
        for family in metrics.registry.collect()
        if family.name == "examhall_http_request_seconds"
        for sample in family.samples
    }
    assert routes == {"/fail/{how}", "unmatched"}


@pytest.mark.parametrize(("path", "limit"), [("/raw", LIMIT), ("/files", 3 * LIMIT), ("/files/", LIMIT)])
async def test_only_the_paths_that_take_files_take_larger_bodies(
    client: httpx.AsyncClient, path: str, limit: int
) -> None:
    fits = await client.post(path, content=bytes(limit))
    assert fits.status_code in {200, 307}
    refused = await client.post(path, content=bytes(limit + 1))
    assert (refused.status_code, refused.json()["detail"]) == (413, f"A body may have {limit} bytes.")
    streaming = await client.post("/files", content=streamed(4 * LIMIT))
    assert streaming.status_code == 413
