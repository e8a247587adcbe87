"""messaging-svc: what is said in a session, to whom, and who has read it."""

from chassis.redis import LivePublisher
from chassis.service import Service
from contracts.enrollment import ENROLLMENT_EVENTS
from contracts.session import SESSION_EVENTS
from contracts.topics import topic_named
from messaging_svc import api, handlers
from messaging_svc.live import LiveMessages
from messaging_svc.service import MessagingService
from messaging_svc.settings import Settings
from messaging_svc.store import MessagingStore


def build(settings: Settings) -> Service:
    service = Service("messaging-svc", settings)
    store = MessagingStore(service.mongo)
    live = LiveMessages(LivePublisher(service.redis, settings))
    relay = service.relay(store.messages, store.marks)
    service.on_start(store.ensure_indexes)
    service.consume(handlers.facts(store), [topic_named(SESSION_EVENTS), topic_named(ENROLLMENT_EVENTS)])
    service.api(api.router(MessagingService(store, service.clock, relay, live)))
    service.health.register("live-frames", live.check)
    return service


def main() -> None:
    build(Settings()).run()


if __name__ == "__main__":
    main()
