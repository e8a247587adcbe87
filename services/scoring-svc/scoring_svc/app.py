"""Entry point of scoring-svc: settings, chassis, wiring."""

from chassis.pace import GATHERED
from chassis.service import Service
from contracts.attempt import ATTEMPT_EVENTS
from contracts.topics import topic_named, topics_read_by
from scoring_svc import api, handlers, jobs
from scoring_svc.service.results import Results
from scoring_svc.service.reviews import Reviews
from scoring_svc.service.scoring import SOURCE, Scoring
from scoring_svc.settings import Settings
from scoring_svc.store import ScoringStore


def build(settings: Settings) -> Service:
    service = Service(SOURCE, settings)
    store = ScoringStore(service.mongo)
    scoring = Scoring(store, service.clock, service.relay(store.results))
    reviews = Reviews(store, service.clock, scoring)
    results = Results(store, service.clock, scoring)
    service.on_start(store.ensure_indexes)
    attempts = topic_named(ATTEMPT_EVENTS)
    service.consume(handlers.facts(scoring), [topic for topic in topics_read_by(SOURCE) if topic != attempts])
    service.consume_batches(attempts, handlers.attempts(scoring), pace=GATHERED)
    service.api(api.router(reviews, results, service.clock))
    jobs.register(service, scoring)
    return service


def main() -> None:
    build(Settings()).run()


if __name__ == "__main__":
    main()
