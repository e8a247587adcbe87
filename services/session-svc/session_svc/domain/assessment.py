"""Life of an assessment: a draft that is replaced as a whole, and numbered versions that never change."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from chassis.outcomes import Rejected
from contracts import problems
from contracts.items import AssessmentContent
from contracts.session import AssessmentPublished
from contracts.statuses import AssessmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """`content` is the draft, or the published version itself while nothing was written since (`state`)."""

    assessment_id: str
    org_id: str
    version: int
    state: AssessmentState
    content: AssessmentContent
    published_version: int | None = None
    changed_at: datetime
    created_by: str

    @property
    def items(self) -> int:
        return sum(len(section.items) for section in self.content.sections)

    @property
    def points(self) -> Decimal:
        return sum((item.points for section in self.content.sections for item in section.items), Decimal(0))


@dataclass(frozen=True, slots=True)
class Publication:
    """The assessment after publishing, and the fact that makes its version known."""

    assessment: Assessment
    fact: AssessmentPublished


def draft(assessment_id: str, org_id: str, content: AssessmentContent, *, by: str, now: datetime) -> Assessment:
    return Assessment(
        assessment_id=assessment_id,
        org_id=org_id,
        version=1,
        state=AssessmentState.DRAFT,
        content=content,
        changed_at=now,
        created_by=by,
    )


def rewrite(assessment: Assessment, content: AssessmentContent, *, now: datetime) -> Assessment:
    """Replace the draft. After a publication this begins the next draft; the published version stays as it is."""
    return replace(
        assessment,
        version=assessment.version + 1,
        state=AssessmentState.DRAFT,
        content=content,
        changed_at=max(now, assessment.changed_at),
    )


def publish(assessment: Assessment, *, by: str, now: datetime) -> Publication:
    """Make the draft the next immutable version.

    Raises:
        Rejected: `assessment-published` when nothing was written since the last publication.

    """
    if assessment.state is AssessmentState.PUBLISHED:
        raise Rejected(
            problems.ASSESSMENT_PUBLISHED,
            f"Nothing has changed since version {assessment.published_version} was published. Write a new draft first.",
            published_version=assessment.published_version,
        )
    number = (assessment.published_version or 0) + 1
    published = replace(
        assessment,
        version=assessment.version + 1,
        state=AssessmentState.PUBLISHED,
        published_version=number,
        changed_at=max(now, assessment.changed_at),
    )
    fact = AssessmentPublished(
        assessment_id=assessment.assessment_id,
        assessment_version=number,
        content=assessment.content,
        published_by=by,
    )
    return Publication(published, fact)
