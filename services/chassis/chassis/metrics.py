"""The figures every service shows to Prometheus. One registry per service, so that several can live in one process."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

# From a cached read to the point where a person has given up.
SECONDS_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Names are stable: dashboards and alerts use them. `outcome` is handled, skipped, rejected or parked."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        Gauge("examhall_service", "Which service this is", ["service"], registry=self.registry).labels(service).set(1)
        self.request_seconds = Histogram(
            "examhall_http_request_seconds",
            "Time to answer an HTTP request",
            ["method", "route", "status"],
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self.messages = Counter(
            "examhall_messages_total",
            "Messages consumed, by outcome",
            ["topic", "outcome"],
            registry=self.registry,
        )
        self.transient = Counter(
            "examhall_messages_transient_total",
            "Times handling had to wait because something was away",
            ["consumer"],
            registry=self.registry,
        )
        self.restarts = Counter(
            "examhall_consumer_restarts_total",
            "Times a consume loop ended and was started again",
            ["consumer"],
            registry=self.registry,
        )
        self.batch_seconds = Histogram(
            "examhall_batch_seconds",
            "Time to handle one batch of messages, its commit included",
            ["consumer"],
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self.lag = Gauge(
            "examhall_consumer_lag",
            "Messages written but not yet handled by this replica",
            ["topic", "partition"],
            registry=self.registry,
        )
        self.published = Counter(
            "examhall_messages_published_total", "Messages acknowledged by Kafka", ["topic"], registry=self.registry
        )
        self.publish_failures = Counter(
            "examhall_publish_failures_total", "Messages Kafka did not acknowledge", ["topic"], registry=self.registry
        )
        self.outbox_age = Gauge(
            "examhall_outbox_oldest_seconds", "Age of the oldest fact waiting to be published", registry=self.registry
        )
        self.clock_offset = Gauge(
            "examhall_clock_offset_milliseconds", "Shared clock minus this machine's clock", registry=self.registry
        )
        self.garbage_seconds = Histogram(
            "examhall_garbage_collection_seconds",
            "Time the process stood still for Python's garbage collector",
            ["generation"],
            buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )
        self.job_last_success = Gauge(
            "examhall_job_last_success_timestamp_seconds",
            "When a periodic job last succeeded",
            ["job"],
            registry=self.registry,
        )
        self.job_failures = Counter(
            "examhall_job_failures_total", "Runs of a periodic job that failed", ["job"], registry=self.registry
        )

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)

        @router.get("/metrics")
        async def metrics() -> Response:
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return router
