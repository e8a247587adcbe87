"""Identifiers and codes."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from chassis.identifiers import CODE_ALPHABET, code_hash, derived_id, new_code, new_id, normalise_code


def test_ids_are_uuids_of_version_7_in_increasing_order():
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {uuid.UUID(each).version for each in made} == {7}
    assert {uuid.UUID(each).variant for each in made} == {uuid.RFC_4122}


@given(st.lists(st.text()), st.lists(st.text()))
def test_derived_ids_are_equal_exactly_when_all_parts_are(left: list[str], right: list[str]):
    assert (derived_id(*left) == derived_id(*right)) == (left == right)


@given(st.integers(1, 6))
def test_codes_have_groups_of_four_without_look_alikes(groups: int):
    parts = new_code(groups).split("-")
    assert [len(part) for part in parts] == [4] * groups
    assert set("".join(parts)) <= set(CODE_ALPHABET)
    assert not set("ILOU") & set(CODE_ALPHABET)


@given(st.text(CODE_ALPHABET, min_size=4, max_size=16), st.data())
def test_a_code_is_the_same_however_it_is_typed(code: str, data: st.DataObject):
    typed = "".join(
        data.draw(st.sampled_from({"0": "0oO", "1": "1iIlL"}.get(character, character + character.lower())))
        + data.draw(st.sampled_from(["", "", "-", " "]))
        for character in code
    )
    assert normalise_code(typed) == code
    assert code_hash(typed) == code_hash(code)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str):
    assert normalise_code(normalise_code(text)) == normalise_code(text)


def test_different_codes_have_different_hashes_that_do_not_show_them():
    assert code_hash("7KXD-02QM") != code_hash("7KXD-02QN")
    assert "7KXD" not in code_hash("7KXD-02QM").upper()
