"""Entry point of reporting-svc: settings, chassis, wiring."""

from functools import partial
from typing import Final

from chassis.lag import lag
from chassis.pace import GATHERED
from chassis.service import Service
from contracts.topics import topics_read_by
from reporting_svc import api, handlers, jobs
from reporting_svc.service import Rebuild, Reports
from reporting_svc.settings import Settings
from reporting_svc.store import ReportingStore

NAME: Final = "reporting-svc"


def build(settings: Settings) -> Service:
    service = Service(NAME, settings)
    store = ReportingStore(service.mongo)
    topics = topics_read_by(NAME)
    topics_by_broker_name = {settings.topic(topic.name): topic for topic in topics}
    reports = Reports(store, service.clock)
    rebuild = Rebuild(store, service.clock, topics_by_broker_name, service.rewind, partial(lag, settings, NAME, topics))
    service.on_start(store.ensure_indexes)
    service.consume_batches(topics, handlers.batches(reports), on_assigned=rebuild.assigned, pace=GATHERED)
    service.api(api.router(reports, rebuild))
    jobs.register(service, rebuild)
    return service


def main() -> None:
    build(Settings()).run()


if __name__ == "__main__":
    main()
