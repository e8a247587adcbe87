"""A code means the same however it is typed."""

from hypothesis import given
from hypothesis import strategies as st

from chassis.identifiers import CODE_ALPHABET, new_code, normalise_code
from enrollment_svc.service.desk import PERSONAL_CODE_GROUPS

codes = st.text(CODE_ALPHABET, min_size=6, max_size=24)
READ_AS = {"0": "0oO", "1": "1iIlL"}


@st.composite
def typed(draw: st.DrawFn) -> tuple[str, str]:
    """A code, and what somebody may type for it: any case, look-alikes, dashes and spaces anywhere."""
    code = draw(codes)
    text = ""
    for character in code:
        text += draw(st.sampled_from(["", "", "-", " ", "\u2013"]))
        text += draw(st.sampled_from(READ_AS.get(character, character + character.lower())))
    return code, text


@given(typed())
def test_every_way_of_typing_a_code_finds_it(pair: tuple[str, str]) -> None:
    code, text = pair
    assert normalise_code(text) == code


@given(st.text(max_size=40))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise_code(text)
    assert normalise_code(once) == once


def test_a_new_personal_code_is_in_normal_form_apart_from_its_dashes() -> None:
    for _ in range(200):
        code = new_code(PERSONAL_CODE_GROUPS)
        assert normalise_code(code) == code.replace("-", "")
        assert len(normalise_code(code)) == 12
