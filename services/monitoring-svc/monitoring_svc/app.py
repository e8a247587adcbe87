"""monitoring-svc: live attempts."""

from chassis.redis import LivePublisher
from chassis.service import Service
from monitoring_svc import api, handlers, jobs
from monitoring_svc.live import LiveView
from monitoring_svc.service.attempts import Attempts
from monitoring_svc.service.commands import Commands
from monitoring_svc.service.incidents import Incidents
from monitoring_svc.service.queries import Queries
from monitoring_svc.service.sessions import Sessions
from monitoring_svc.settings import MonitoringSettings
from monitoring_svc.store import Store


def build(settings: MonitoringSettings) -> Service:
    service = Service("monitoring-svc", settings)
    store = Store(service.mongo)
    live = LiveView(LivePublisher(service.redis, settings))
    commands = Commands(service.publisher)
    attempts = Attempts(store, service.publisher, live, cached_max=settings.attempts_cached)
    sessions = Sessions(store, commands, live, service.clock)
    queries = Queries(store, service.clock)
    incidents = Incidents(store, queries, live, service.clock, service.relay(store.incidents.incidents))
    service.on_start(store.ensure_indexes)
    service.consume_batches(handlers.COMMANDS, attempts.handle, on_assigned=attempts.forget)
    service.consume(handlers.facts(sessions), handlers.FACTS)
    service.api(api.router(queries, incidents))
    jobs.declare(service, store, commands, sessions, live)
    return service


def main() -> None:
    build(MonitoringSettings()).run()


if __name__ == "__main__":
    main()
