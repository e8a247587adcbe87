"""The sample assessment: valid to the letter, every type of item, nothing given away."""

import json
from decimal import Decimal
from typing import get_args

import pytest
from pydantic import ValidationError

from contracts.items import AssessmentContent, Item, Ordering
from session_svc.domain.form import project


def test_it_has_every_type_of_item_in_three_sections(sample: AssessmentContent) -> None:
    types = {each.model_fields["type"].default for each in get_args(get_args(Item)[0])}
    items = [item for section in sample.sections for item in section.items]
    assert {item.type for item in items} == types
    assert len(sample.sections) == 3
    assert len(items) == 25
    assert sum((item.points for item in items), Decimal(0)) == 80
    assert sum(item.type == "essay" for item in items) == 2


def test_a_misspelt_field_in_it_would_be_noticed(sample_text: str) -> None:
    content = json.loads(sample_text)
    content["sections"][1]["items"][0]["shufle"] = True
    with pytest.raises(ValidationError, match="shufle"):
        AssessmentContent.model_validate_json(json.dumps(content), extra="forbid")


def test_what_is_to_be_ordered_is_not_written_in_the_right_order(sample: AssessmentContent) -> None:
    ordering = [item for section in sample.sections for item in section.items if isinstance(item, Ordering)]
    assert ordering
    assert all([choice.choice_id for choice in item.choices] != item.key.order for item in ordering)


def test_its_form_is_small_enough_for_a_slow_line(sample: AssessmentContent) -> None:
    assert len(project("sample", 1, sample).model_dump_json()) < 64 * 1024
