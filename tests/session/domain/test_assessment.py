"""Drafts and publications."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.outcomes import Rejected
from contracts import problems
from contracts.items import AssessmentContent
from contracts.statuses import AssessmentState
from session_svc.domain.assessment import draft, publish, rewrite

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def test_publishing_makes_the_next_version_and_tells_it_with_its_keys(sample: AssessmentContent) -> None:
    publication = publish(draft("a1", "acme", sample, by="s1", now=NOW), by="s2", now=NOW)
    assert publication.assessment.state is AssessmentState.PUBLISHED
    assert (publication.assessment.version, publication.assessment.published_version) == (2, 1)
    assert (publication.fact.assessment_version, publication.fact.published_by) == (1, "s2")
    assert publication.fact.content == sample


def test_writing_after_a_publication_begins_the_next_draft(sample: AssessmentContent) -> None:
    published = publish(draft("a1", "acme", sample, by="s1", now=NOW), by="s1", now=NOW).assessment
    changed = sample.model_copy(update={"title": "Second edition"})
    written = rewrite(published, changed, now=NOW)
    assert written.state is AssessmentState.DRAFT
    assert written.published_version == 1
    again = publish(written, by="s1", now=NOW)
    assert again.fact.assessment_version == 2
    assert again.fact.content.title == "Second edition"


def test_nothing_new_is_not_published_twice(sample: AssessmentContent) -> None:
    published = publish(draft("a1", "acme", sample, by="s1", now=NOW), by="s1", now=NOW).assessment
    with pytest.raises(Rejected) as refusal:
        publish(published, by="s1", now=NOW)
    assert refusal.value.problem is problems.ASSESSMENT_PUBLISHED


def test_an_assessments_time_never_runs_back(sample: AssessmentContent) -> None:
    made = draft("a1", "acme", sample, by="s1", now=NOW)
    assert rewrite(made, sample, now=NOW - timedelta(seconds=1)).changed_at == NOW
