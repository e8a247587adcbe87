"""Traces and logs. HTTP requests and Kafka messages share one trace (W3C trace context); each log line names it.

Spans are exported over OTLP only when the standard OTEL_EXPORTER_OTLP_ENDPOINT variables say where to; without that,
trace ids are still made and passed on, so that logs of several services can be put together.
"""

import logging
import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

import structlog
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation import set_span_in_context
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.settings import LogFormat, Settings

TRACEPARENT: Final = "traceparent"
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_NOISY: Final = ("aiokafka", "kafka", "httpx", "httpcore", "urllib3", "pymongo", "uvicorn")


def parse_traceparent(text: str | None) -> SpanContext | None:
    """The remote span named by a W3C `traceparent`, None when it is missing or invalid."""
    parts = text.split("-") if text else []
    if len(parts) < 4 or len(parts[1]) != 32 or len(parts[2]) != 16:  # noqa: PLR2004 - lengths of the standard
        return None
    try:
        found = SpanContext(
            int(parts[1], 16), int(parts[2], 16), is_remote=True, trace_flags=TraceFlags(int(parts[3], 16))
        )
    except ValueError:
        return None
    return found if found.is_valid else None


def format_traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def current_traceparent() -> str | None:
    context = trace.get_current_span().get_span_context()
    return format_traceparent(context) if context.is_valid else None


def trace_id() -> str | None:
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def trace_headers() -> dict[str, str]:
    """Headers that carry the current trace to another service; for HTTP clients."""
    traceparent = current_traceparent()
    return {TRACEPARENT: traceparent} if traceparent else {}


class Telemetry:
    """The tracer of one service."""

    def __init__(self, service: str, settings: Settings) -> None:
        self.exporting = any(os.environ.get(name) for name in _ENDPOINTS)
        resource = Resource.create({SERVICE_NAME: service, SERVICE_INSTANCE_ID: settings.instance})
        self._provider = TracerProvider(resource=resource, sampler=DEFAULT_ON, shutdown_on_exit=False)
        if self.exporting:
            self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("examhall.chassis")

    @contextmanager
    def _span(
        self,
        name: str,
        kind: SpanKind,
        remote: SpanContext | None,
        links: Sequence[Link] = (),
        attributes: Mapping[str, str | int] | None = None,
    ) -> Iterator[Span]:
        """A span under `remote`, or the start of a trace. One that nobody collects is cheap: it is ids only."""
        if self.exporting:
            parent = set_span_in_context(NonRecordingSpan(remote)) if remote else otel_context.Context()
            with self._tracer.start_as_current_span(name, parent, kind, attributes, links) as recorded:
                yield recorded
            return
        trace_number = remote.trace_id if remote else random.getrandbits(128) or 1
        flags = remote.trace_flags if remote else TraceFlags(0)
        span_number = random.getrandbits(64) or 1
        span = NonRecordingSpan(SpanContext(trace_number, span_number, is_remote=False, trace_flags=flags))
        token = otel_context.attach(set_span_in_context(span))
        try:
            yield span
        finally:
            otel_context.detach(token)

    def message_span(self, topic: str, type_name: str, traceparent: str | None) -> AbstractContextManager[Span]:
        """Handling one message: continues the trace of whoever published it."""
        remote = parse_traceparent(traceparent)
        links = [Link(remote)] if remote and self.exporting else ()
        return self._span(f"process {type_name}", SpanKind.CONSUMER, remote, links, _messaging(topic, 1))

    def batch_span(self, topic: str, traceparents: Sequence[str | None]) -> AbstractContextManager[Span]:
        """Handling a batch: one span with a link to each message's own trace. Links cost, so only when exporting."""
        links: list[Link] = []
        if self.exporting:
            links = [Link(remote) for text in traceparents if (remote := parse_traceparent(text)) is not None]
        return self._span(
            f"process batch {topic}", SpanKind.CONSUMER, None, links, _messaging(topic, len(traceparents))
        )

    def job_span(self, name: str) -> AbstractContextManager[Span]:
        return self._span(f"job {name}", SpanKind.INTERNAL, None)

    def server_span(self, scope: Scope) -> AbstractContextManager[Span]:
        given = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
        remote = parse_traceparent(given.decode("latin-1"))
        name = f"{scope.get('method', 'WS')} {scope['path']}"
        return self._span(name, SpanKind.SERVER, remote, (), {"url.path": scope["path"]})

    def close(self) -> None:
        self._provider.shutdown()


def _messaging(topic: str, count: int) -> dict[str, str | int]:
    """Attributes by OpenTelemetry's semantic conventions for messaging."""
    return {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.operation.type": "process",
        "messaging.batch.message_count": count,
    }


class TracingMiddleware:
    """A server span per request, continuing the caller's trace. Sockets have none: a span of hours helps nobody."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self.app = app
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health/"):
            await self.app(scope, receive, send)
            return
        with self.telemetry.server_span(scope) as span:

            async def note(message: Message) -> None:
                if message["type"] == "http.response.start" and span.is_recording():
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:  # noqa: PLR2004 - server errors
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self.app(scope, receive, note)
            route = scope.get("route")
            if route is not None and span.is_recording():
                span.update_name(f"{scope['method']} {route.path}")
                span.set_attribute("http.route", route.path)


class _StandardOutput(logging.Handler):
    """Whatever standard output is at the moment: it may be replaced while the process lives."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stdout, flush=True)  # noqa: T201 - this is where lines are written
        except Exception:  # noqa: BLE001 - logging never breaks what it reports on
            self.handleError(record)


def _add_trace(_logger: Any, _method: str, event: dict[str, Any]) -> Mapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


def configure_logging(service: str, settings: Settings) -> None:
    """Use structlog for ours and the libraries' log lines alike, to standard output."""

    def add_service(_logger: Any, _method: str, event: dict[str, Any]) -> Mapping[str, Any]:
        event["service"] = service
        event["instance"] = settings.instance
        return event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        _add_trace,
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # no values of variables
        )
        if settings.log_format is LogFormat.CONSOLE
        else structlog.processors.JSONRenderer(default=str)
    )
    errors = [] if settings.log_format is LogFormat.CONSOLE else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _StandardOutput()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *errors, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [*(each for each in root.handlers if not isinstance(each, _StandardOutput)), handler]
    root.setLevel(settings.log_level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    faststream = logging.getLogger("faststream")
    faststream.handlers[:] = []
    faststream.setLevel(logging.ERROR)  # it warns at each start that it will not create topics, as it was told
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers[:] = []
        library.propagate = True
