"""Forms: no key anywhere, and an order of each participant's own that never changes."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.items import AssessmentContent, AssessmentForm, Item
from session_svc.domain.form import project, shuffle_for, shuffled

ids = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name and value in a JSON document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def fields_of_keys(content: AssessmentContent) -> set[str]:
    items: list[Item] = [item for section in content.sections for item in section.items]
    return {"key"} | {name for item in items for name in type(item.key).model_fields}


def items_of(form: AssessmentForm) -> dict[str, Any]:
    return {item.item_id: item for section in form.sections for item in section.items}


def test_a_form_holds_no_key_anywhere(sample: AssessmentContent) -> None:
    form = shuffle_for("p1", project("a1", 1, sample)).model_dump(mode="json")
    forbidden = fields_of_keys(sample)
    assert {"correct", "accepted", "rubric", "tolerance", "pairs", "order"} <= forbidden
    assert not forbidden & {name for name, _ in walk(form)}


def test_what_only_keys_say_is_nowhere_in_the_text_of_a_form(sample: AssessmentContent) -> None:
    text = project("a1", 1, sample).model_dump_json()
    for secret in ("66.672", "4.08", "Beaufort", "isohypse", "nuclei", "aiming off to one side"):
        assert secret not in text


@given(participant_id=ids)
def test_a_participants_form_is_the_same_each_time_and_holds_everything(
    sample: AssessmentContent, participant_id: str
) -> None:
    plain = project("a1", 1, sample)
    form = shuffle_for(participant_id, plain)
    assert form == shuffle_for(participant_id, project("a1", 1, sample))
    assert [section.section_id for section in form.sections] == [section.section_id for section in plain.sections]
    before, after = items_of(plain), items_of(form)
    assert before.keys() == after.keys()
    for item_id, item in after.items():
        for field in ("choices", "sources", "targets", "blanks"):
            assert sorted(map(repr, getattr(item, field, []))) == sorted(map(repr, getattr(before[item_id], field, [])))
    for section, original in zip(form.sections, plain.sections, strict=True):
        if not original.shuffle:
            assert [item.item_id for item in section.items] == [item.item_id for item in original.items]


@given(participant_id=ids, elements=st.lists(ids, unique=True))
def test_shuffling_is_a_permutation_that_ignores_the_given_order(participant_id: str, elements: list[str]) -> None:
    order = shuffled(participant_id, "section:s", elements, str)
    assert sorted(order) == sorted(elements)
    assert order == shuffled(participant_id, "section:s", list(reversed(elements)), str)


def test_participants_and_scopes_differ_in_order() -> None:
    elements = [f"item-{number}" for number in range(12)]
    orders = {tuple(shuffled(f"p{number}", "section:s", elements, str)) for number in range(50)}
    assert len(orders) == 50
    assert shuffled("p1", "section:s", elements, str) != shuffled("p1", "section:t", elements, str)


def test_every_place_is_as_likely_as_any_other() -> None:
    elements = ["a", "b", "c", "d"]
    firsts = [shuffled(f"participant-{number}", "item:i", elements, str)[0] for number in range(4_000)]
    assert all(880 < firsts.count(element) < 1120 for element in elements)  # 1000 +- 4.4 standard deviations


def test_an_order_once_given_is_kept_by_every_release() -> None:
    """A changed rank would reorder the questions under people who sit right now."""
    assert shuffled("p1", "item:i", ["a", "b", "c", "d", "e"], str) == ["d", "e", "b", "a", "c"]
