"""enrollment-svc: who has a place in which session."""

from chassis.service import Service
from contracts.session import SESSION_EVENTS
from contracts.topics import topic_named
from enrollment_svc import api, handlers
from enrollment_svc.service.admission import Admission
from enrollment_svc.service.desk import Desk
from enrollment_svc.service.enrolling import Enrolling
from enrollment_svc.service.joining import Joining
from enrollment_svc.settings import Settings
from enrollment_svc.store import EnrollmentStore


def build(settings: Settings) -> Service:
    service = Service("enrollment-svc", settings)
    store = EnrollmentStore(service.mongo)
    desk = Desk(store, service.clock, service.relay(store.participants))
    joining = Joining(desk)
    service.on_start(store.ensure_indexes)
    service.consume(handlers.facts(joining), [topic_named(SESSION_EVENTS)])
    service.api(api.router(Enrolling(desk), joining, Admission(desk)))
    return service


def main() -> None:
    build(Settings()).run()


if __name__ == "__main__":
    main()
