"""messaging-svc: what is said in a session, to whom, and who has read it; and what people are told by mail."""

from datetime import timedelta

from chassis.pace import GATHERED
from chassis.redis import LivePublisher
from chassis.service import Service
from contracts.enrollment import INVITATION_EVENTS
from contracts.topics import topic_named, topics_read_by
from messaging_svc import handlers, jobs
from messaging_svc.api import mail as mail_api
from messaging_svc.api import messaging as messaging_api
from messaging_svc.live import LiveMessages
from messaging_svc.service.erasing import Erasing
from messaging_svc.service.mailing import Mailing
from messaging_svc.service.messaging import SOURCE, MessagingService
from messaging_svc.service.post_room import PostRoom
from messaging_svc.service.sending import Sending
from messaging_svc.service.writing import Writing
from messaging_svc.settings import Settings
from messaging_svc.smtp import Mailer
from messaging_svc.store.mails import MailStore
from messaging_svc.store.messages import MessagingStore
from messaging_svc.store.people import PeopleStore


def build(settings: Settings) -> Service:
    service = Service(SOURCE, settings)
    store, people, mails = MessagingStore(service.mongo), PeopleStore(service.mongo), MailStore(service.mongo)
    live = LiveMessages(LivePublisher(service.redis, settings))
    relay = service.relay(store.messages, store.marks)
    mailing = Mailing(mails, people, service.clock)
    writing = Writing(mails, service.clock, settings)
    mailer = Mailer(settings) if settings.sends_mail else None
    sending = Sending(mails, people, writing=writing, mailer=mailer, clock=service.clock, settings=settings)
    for ensure_indexes in (store.ensure_indexes, people.ensure_indexes, mails.ensure_indexes):
        service.on_start(ensure_indexes)
    invitations = topic_named(INVITATION_EVENTS)
    service.consume(handlers.facts(people, mailing), [each for each in topics_read_by(SOURCE) if each != invitations])
    service.consume_batches(invitations, handlers.invitations(mailing), pace=GATHERED)
    service.api(messaging_api.router(MessagingService(store, people, service.clock, relay, live)))
    service.api(mail_api.router(PostRoom(mails, people, service.clock, settings)))
    erasing = Erasing(mails, people, service.clock, timedelta(days=settings.mail_kept_days))
    jobs.register(service, mailing, sending, erasing)
    service.on_stop(sending.close)
    service.health.register("live-frames", live.check)
    service.health.register("mail", sending.check)
    return service


def main() -> None:
    build(Settings()).run()


if __name__ == "__main__":
    main()
