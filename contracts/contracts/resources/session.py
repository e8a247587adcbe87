"""Resources of session-svc."""

from decimal import Decimal

from pydantic import Field

from contracts.items import AssessmentContent
from contracts.model import Id, Instant, Name, Reason, Request, View
from contracts.session import Code, SessionSettings
from contracts.statuses import AssessmentState, SessionState


class WriteAssessment(Request):
    """Create or replace a draft. `version` is the one last read; leave it out when creating."""

    content: AssessmentContent
    version: int | None = None


class PublishAssessment(Request):
    version: int = Field(description="The draft's version as last read")


class AssessmentView(View):
    """`content` holds answer keys: only for those who may author."""

    assessment_id: Id
    version: int
    state: AssessmentState
    published_version: int | None
    content: AssessmentContent
    changed_at: Instant


class AssessmentSummary(View):
    assessment_id: Id
    title: Name
    version: int
    published_version: int | None
    items: int
    points: Decimal
    changed_at: Instant


class CreateSession(Request):
    """`code` None with mode auto or hybrid: one is generated."""

    settings: SessionSettings
    code: Code | None = None
    draft: bool = False


class EditSession(Request):
    settings: SessionSettings
    version: int


class WriteSessionTemplate(Request):
    """Create or replace a template. `version` is the one last read; leave it out when creating.

    Of the settings' `scheduled_at` a session made from it takes the time of day, on a day of its own.
    """

    name: Name
    settings: SessionSettings
    version: int | None = None


class SessionTemplateSummary(View):
    template_id: Id
    version: int
    name: Name
    changed_at: Instant


class SessionTemplate(SessionTemplateSummary):
    settings: SessionSettings


class SessionTemplates(View):
    """All of the organisation's, by name."""

    templates: list[SessionTemplateSummary]


class ChangeSession(Request):
    """Body of open, start, resume and end."""

    version: int | None = Field(default=None, description="When given, must be the current one")


class ChangeSessionWithReason(ChangeSession):
    """Body of pause and cancel."""

    reason: Reason


class SessionView(View):
    session_id: Id
    version: int
    state: SessionState
    settings: SessionSettings
    code: Code | None
    assessment_title: Name
    time_limit_seconds: int
    items: int
    opened_at: Instant | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    changed_at: Instant
