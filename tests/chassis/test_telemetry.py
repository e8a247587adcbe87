"""Traces that cross processes, and log lines that name them."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from msgspec.structs import replace

from chassis import outbox, telemetry
from chassis.settings import Settings
from chassis.telemetry import Telemetry, TracingMiddleware
from contracts.envelope import Event
from contracts.messaging import MessagesRead

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
MakeEvent = Callable[..., Event[MessagesRead]]


def application(tracing: Telemetry, make_event: MakeEvent) -> httpx.AsyncClient:
    app = FastAPI()
    app.add_middleware(TracingMiddleware, telemetry=tracing)

    @app.get("/")
    async def answer() -> dict[str, Any]:
        (entry,) = outbox.entries([make_event(1)])
        return {"headers": telemetry.trace_headers(), "outbox": dict(entry["headers"]).get("traceparent")}

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_a_request_hands_its_trace_to_calls_and_to_facts(make_event: MakeEvent):
    client = application(Telemetry("test", Settings()), make_event)
    answer = (await client.get("/", headers={"traceparent": TRACEPARENT})).json()
    assert answer["outbox"].split("-")[1] == TRACE
    assert answer["headers"]["traceparent"].split("-")[1] == TRACE


@pytest.mark.parametrize("header", [{}, {"traceparent": "nonsense"}, {"traceparent": f"00-{'0' * 32}-{'0' * 16}-00"}])
async def test_without_a_valid_trace_each_request_starts_one(make_event: MakeEvent, header: dict[str, str]):
    client = application(Telemetry("test", Settings()), make_event)
    first, second = [(await client.get("/", headers=header)).json()["outbox"] for _ in range(2)]
    assert first.split("-")[1] != second.split("-")[1]


async def test_a_fact_that_has_a_trace_keeps_it(make_event: MakeEvent):
    tracing = Telemetry("test", Settings())
    with tracing.job_span("other"):
        (entry,) = outbox.entries([replace(make_event(1), traceparent=TRACEPARENT)])
    assert dict(entry["headers"])["traceparent"] == TRACEPARENT


async def test_spans_leave_for_the_collector_that_is_named(make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch):
    received: list[str] = []

    async def collector(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        received.append(head.split()[1])
        length = int(next(line for line in head.lower().splitlines() if "content-length" in line).split(":")[1])
        await reader.readexactly(length)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(collector, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    tracing = Telemetry("test", Settings())
    await application(tracing, make_event).get("/")
    await asyncio.to_thread(tracing.close)
    server.close()
    assert received == ["/v1/traces"]


def test_log_lines_are_json_and_name_service_and_trace(capsys: pytest.CaptureFixture[str]):
    settings = Settings(instance="replica-1")
    telemetry.configure_logging("session-svc", settings)
    tracing = Telemetry("session-svc", settings)
    with tracing.message_span("topic", "type", TRACEPARENT):
        structlog.get_logger("x").warning("noticed", count=3)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["event"], line["count"], line["level"]) == ("noticed", 3, "warning")
    assert (line["service"], line["instance"], line["trace_id"]) == ("session-svc", "replica-1", TRACE)


def test_a_namespace_isolates_topics_databases_and_keys():
    alone, shared = Settings(namespace=""), Settings(namespace="blue")
    assert (alone.topic("t"), alone.database("session-svc"), alone.key("live:1")) == (
        "t",
        "examhall_session-svc",
        "live:1",
    )
    assert (shared.topic("t"), shared.database("session-svc"), shared.key("live:1")) == (
        "blue.t",
        "blue_session-svc",
        "blue:live:1",
    )


def test_only_a_replica_that_was_named_is_a_static_member(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("EXAMHALL_INSTANCE", raising=False)
    assert not Settings().instance_is_stable
    monkeypatch.setenv("EXAMHALL_INSTANCE", "replica-1")
    assert Settings().instance_is_stable
