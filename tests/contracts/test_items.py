"""Items: authoring mistakes are named at once, and what candidates get cannot hold a key."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.attempt import SavedResponse
from contracts.digest import responses_digest
from contracts.items import AssessmentContent, Item, form_of, outline_of, response_adapter

item_adapter: TypeAdapter[Item] = TypeAdapter(Item)

CHOICES = [{"choice_id": "a", "text": "A"}, {"choice_id": "b", "text": "B"}, {"choice_id": "c", "text": "C"}]
COMMON = {"item_id": "i1", "title": "T", "prompt": "Q {{x}}", "points": "2"}
VALID: dict[str, dict[str, Any]] = {
    "single_choice": {"choices": CHOICES, "key": {"correct": "a"}},
    "multiple_choice": {"choices": CHOICES, "key": {"correct": ["a", "b"]}},
    "true_false": {"key": {"correct": True}},
    "short_text": {"key": {"accepted": ["one"]}},
    "numeric": {"key": {"value": "1.5", "tolerance": "0.1"}},
    "ordering": {"choices": CHOICES, "key": {"order": ["b", "a", "c"]}},
    "matching": {"sources": CHOICES, "targets": CHOICES, "key": {"pairs": {"a": "c", "b": "b", "c": "a"}}},
    "fill_in": {"blanks": [{"blank_id": "x", "label": "Gap"}], "key": {"accepted": {"x": ["yes"]}}},
    "essay": {"key": {"rubric": [{"criterion_id": "r", "title": "R", "points": "2"}]}},
}


def item(kind: str, **changes: Any) -> dict[str, Any]:
    return COMMON | {"type": kind} | VALID[kind] | changes


@pytest.mark.parametrize("kind", VALID)
def test_the_candidates_form_has_everything_but_the_key(kind: str):
    form = form_of(item_adapter.validate_python(item(kind))).model_dump(mode="json")
    assert "key" not in form
    assert form["prompt"] == "Q {{x}}"
    assert form["type"] == kind


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("single_choice", {"key": {"correct": "z"}}, "unknown: z"),
        ("single_choice", {"choices": [CHOICES[0], CHOICES[0]]}, "not distinct"),
        ("multiple_choice", {"key": {"correct": ["a", "a"]}}, "twice"),
        ("ordering", {"key": {"order": ["a", "b"]}}, "must name exactly"),
        ("matching", {"key": {"pairs": {"a": "a"}}}, "must name exactly"),
        ("matching", {"key": {"pairs": {"a": "z", "b": "b", "c": "a"}}}, "unknown: z"),
        ("fill_in", {"prompt": "no gap"}, "no gap for: x"),
        ("essay", {"points": "3"}, "adds up to 2"),
        ("numeric", {"points": "0"}, "greater than 0"),
        ("numeric", {"key": {"value": "1", "tolerance": "-1"}}, "greater than or equal to 0"),
    ],
)
def test_a_key_that_does_not_fit_is_refused_in_words(kind: str, changes: dict[str, Any], said: str):
    with pytest.raises(ValidationError, match=said):
        item_adapter.validate_python(item(kind, **changes))


def test_item_ids_are_distinct_across_sections():
    section = {"title": "S", "items": [item("true_false")]}
    with pytest.raises(ValidationError, match="item ids are not distinct"):
        AssessmentContent.model_validate(
            {
                "title": "A",
                "pass_mark_percent": "50",
                "time_limit_seconds": 60,
                "sections": [section | {"section_id": "s1"}, section | {"section_id": "s2"}],
            }
        )


def test_the_outline_holds_neither_prompts_nor_keys():
    content = AssessmentContent.model_validate(
        {
            "title": "A",
            "pass_mark_percent": "50",
            "time_limit_seconds": 60,
            "sections": [{"section_id": "s1", "title": "S", "items": [item("single_choice")]}],
        }
    )
    (outlined,) = outline_of(content)[0].items
    assert set(outlined.model_dump()) == {"item_id", "type", "title", "points"}


def saved(item_id: str, seq: int, text: str) -> SavedResponse:
    return SavedResponse.model_validate(
        {"item_id": item_id, "seq": seq, "at": "2026-11-23T09:00:00Z", "response": {"type": "essay", "text": text}}
    )


@given(st.dictionaries(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), st.text(max_size=40), max_size=6), st.randoms())
def test_the_digest_does_not_depend_on_the_order_of_responses(texts: dict[str, str], random: Any):
    responses = [saved(item_id, index + 1, text) for index, (item_id, text) in enumerate(texts.items())]
    shuffled = list(responses)
    random.shuffle(shuffled)
    assert responses_digest(shuffled) == responses_digest(responses)


def test_the_digest_changes_with_any_answer():
    assert responses_digest([saved("a", 1, "x")]) != responses_digest([saved("a", 1, "y")])
    assert responses_digest([saved("a", 1, "x")]) != responses_digest([saved("a", 2, "x")])


def test_the_digest_of_no_responses_is_that_of_an_empty_list():
    assert responses_digest([]) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_value_is_a_response_or_refused(value: Any):
    try:
        parsed: object = response_adapter.validate_python(value)
    except ValidationError as refusal:
        parsed = refusal
    assert parsed is not None
