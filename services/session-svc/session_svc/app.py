"""Entry point: settings, chassis, wiring."""

from datetime import timedelta

from chassis.service import Service
from session_svc.api import assessments, sessions, templates
from session_svc.jobs import DueSteps
from session_svc.service.assessments import AssessmentUseCases
from session_svc.service.sessions import SessionUseCases
from session_svc.service.templates import TemplateUseCases
from session_svc.settings import SessionSvcSettings
from session_svc.store.assessments import AssessmentStore
from session_svc.store.sessions import SessionStore
from session_svc.store.templates import TemplateStore


def build(settings: SessionSvcSettings) -> Service:
    service = Service("session-svc", settings)
    open_lead = timedelta(seconds=settings.open_lead_seconds)
    assessment_store = AssessmentStore(service.mongo)
    session_store = SessionStore(service.mongo, open_lead)
    template_store = TemplateStore(service.mongo)
    relay = service.relay(assessment_store.assessments, session_store.sessions)
    authoring = AssessmentUseCases(assessment_store, service.clock, relay)
    conducting = SessionUseCases(
        session_store, assessment_store, authoring, clock=service.clock, relay=relay, open_lead=open_lead
    )
    service.on_start(assessment_store.ensure_indexes)
    service.on_start(session_store.ensure_indexes)
    service.on_start(template_store.ensure_indexes)
    service.api(assessments.router(authoring))
    service.api(sessions.router(conducting))
    service.api(templates.router(TemplateUseCases(template_store, service.clock)))
    service.job("due-steps", every_seconds=1, run=DueSteps(conducting).run)
    return service


def main() -> None:
    build(SessionSvcSettings()).run()


if __name__ == "__main__":
    main()
