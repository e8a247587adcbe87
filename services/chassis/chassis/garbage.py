"""Python's garbage collector: left little to do, and watched, for a process stands still while it works."""

import gc
import time
from typing import Any, Final, Literal, NamedTuple

from chassis.metrics import Metrics


class Rhythm(NamedTuple):
    """When a generation is looked at: `young` more objects than were freed, so many looks at the one before it.

    A look takes 1 to 2.5 us an object where all of them live, so `young` decides how long a process stands still.
    """

    young: int
    middle: int
    old: int


BY_BATCHES: Final = Rhythm(50_000, 50, 100)
"""A batch makes tens of thousands of objects and frees them all by itself; looking in between finds nothing."""

BY_CONNECTIONS: Final = Rhythm(5_000, 1, 10_000)
"""A connection's 180 objects stay, and 50,000 looked at in one go held the answers of 10,000 people up for as much as
half a second. The old ones, of which a full gateway has two millions, are for `look_at_old`.
"""


def settle(metrics: Metrics, rhythm: Rhythm) -> None:
    """Once all parts of a process live: what lives now lives to the end, so no collection has to look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*rhythm)
    gc.callbacks.append(_Watch(metrics))


def look_at_old() -> None:
    """For a moment when a process may stand still: look at everything, unless nothing has grown old since the last."""
    if any(gc.get_count()[1:]):
        gc.collect()


class _Watch:
    def __init__(self, metrics: Metrics) -> None:
        self._seconds = [metrics.garbage_seconds.labels(str(each)) for each in range(3)]
        self._began = 0.0

    def __call__(self, phase: Literal["start", "stop"], info: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self._seconds[info["generation"]].observe(time.perf_counter() - self._began)
