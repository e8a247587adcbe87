"""How long a process stands still for the garbage collector is told."""

import gc
import weakref

import pytest

from chassis import garbage
from chassis.metrics import Metrics


def test_collections_are_counted_by_generation_with_their_seconds(monkeypatch: pytest.MonkeyPatch):
    thresholds: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "set_threshold", lambda *given: thresholds.extend(given))
    monkeypatch.setattr(gc, "callbacks", [])
    metrics = Metrics("test")
    garbage.settle(garbage.BY_TIME)
    garbage.watch(metrics)
    watch = gc.callbacks[-1]

    watch("start", {"generation": 2})
    watch("stop", {"generation": 2, "collected": 0, "uncollectable": 0})

    def told(name: str, generation: str) -> float:
        value = metrics.registry.get_sample_value(
            f"examhall_garbage_collection_seconds_{name}", {"generation": generation}
        )
        assert value is not None
        return value

    assert thresholds == list(garbage.BY_TIME)
    assert (told("count", "2"), told("count", "0")) == (1, 0)
    assert 0 < told("sum", "2") < 1


@pytest.mark.parametrize(("counts", "looks"), [((4_000, 0, 0), 0), ((0, 1, 0), 1), ((0, 0, 3), 1)])
def test_everything_is_looked_at_only_when_something_grew_old(
    monkeypatch: pytest.MonkeyPatch, counts: tuple[int, int, int], looks: int
):
    looked: list[None] = []
    monkeypatch.setattr(gc, "get_count", lambda: counts)
    monkeypatch.setattr(gc, "collect", lambda: looked.append(None))
    garbage.Looks().at_old()
    assert len(looked) == looks


def test_what_is_young_is_looked_at_once_and_what_stays_not_again():
    class Kept:
        def __init__(self) -> None:
            self.me: object = self

    looks = garbage.Looks()
    looks.at_young()
    kept, dropped = Kept(), weakref.ref(Kept())
    looks.at_young()
    assert dropped() is None, "a cycle that nobody holds any more"
    seen = weakref.ref(kept)
    del kept
    looks.at_young()
    assert seen() is not None, "held while it was young: it waits until nobody is held up"
    looks.at_old()
    assert seen() is None
