"""The simulator's own book: what was acknowledged must be in the submission, what was not may be."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from contracts.attempt import SavedResponse
from contracts.digest import responses_digest
from examhall.rehearsal.window.ledger import Ledger
from examhall.rehearsal.window.paper import item_id, paper, response

ITEMS = 7
NOW = datetime(2026, 5, 4, tzinfo=UTC)


def recorded(answers: list[int], number: int) -> str:
    """The digest that monitoring-svc makes of the first `number` answers; answer n (from 0) has the seq n + 1."""
    newest = {item: seq for seq, item in enumerate(answers[:number], 1)}
    return responses_digest(
        SavedResponse.model_validate({"item_id": item_id(item), "seq": seq, "response": response(item, seq), "at": NOW})
        for item, seq in newest.items()
    )


@given(
    st.lists(st.integers(0, ITEMS - 1), min_size=1, max_size=20).flatmap(
        lambda a: st.tuples(st.just(a), st.integers(0, len(a)), st.integers(0, len(a)))
    )
)
def test_a_submission_holds_all_that_was_acknowledged_and_perhaps_more(drawn: tuple[list[int], int, int]):
    answers, acknowledged, arrived = drawn
    ledger = Ledger(ITEMS)
    for seq, item in enumerate(answers, 1):
        ledger.sent(seq, item, 0.0)
    for seq in range(1, acknowledged + 1):
        assert ledger.acknowledged(seq) == 0.0
        assert ledger.acknowledged(seq) is None
    assert ledger.answers == len(set(answers[:acknowledged]))
    assert ledger.digest() == recorded(answers, acknowledged)
    allowed = {recorded(answers, number) for number in range(acknowledged, len(answers) + 1)}
    assert ledger.allows(recorded(answers, arrived)) == (recorded(answers, arrived) in allowed)


def test_a_refused_answer_counts_for_nothing():
    ledger = Ledger(ITEMS)
    ledger.sent(1, 0, 0.0)
    assert ledger.refused(1)
    assert not ledger.refused(1)
    assert ledger.answers == 0
    assert not ledger.allows(recorded([0], 1))


def test_the_paper_has_an_item_for_every_answer():
    content = paper("7KXD02QMAB", ITEMS, 3600)
    items = [item for section in content.sections for item in section.items]
    assert [item.item_id for item in items] == [item_id(number) for number in range(ITEMS)]
    assert {item.type for item in items} == {"single_choice", "short_text"}
    assert all(response(number, 3)["type"] == item.type for number, item in enumerate(items))
