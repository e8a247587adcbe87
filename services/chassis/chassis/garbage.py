"""Python's garbage collector: left little to do, and watched, for a process stands still while it works."""

import gc
import time
from typing import Any, Final, Literal, NamedTuple

from chassis.metrics import Metrics

LOOK_EVERY_SECONDS: Final = 0.25  # what a gateway makes in that while people rush in takes a millisecond or two
NEVER: Final = 2**31 - 1  # what the interpreter counts with


class Rhythm(NamedTuple):
    """When a generation is looked at: `young` more objects than were freed, so many looks at the one before it.

    A look takes 1 to 2.5 us an object where all of them live, so `young` decides how long a process stands still.
    """

    young: int
    middle: int
    old: int


BY_BATCHES: Final = Rhythm(50_000, 50, 100)
"""A batch makes tens of thousands of objects and frees them all by itself; looking in between finds nothing."""

BY_TIME: Final = Rhythm(200_000, NEVER, NEVER)
"""For a process with `Looks`; reached only if they do not come to it."""


def settle(rhythm: Rhythm) -> None:
    """Once all parts of a process live: what lives now lives to the end, so no collection has to look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*rhythm)


def watch(metrics: Metrics) -> None:
    """From now on `metrics` tell how long the process stands still."""
    gc.callbacks.append(_Watch(metrics))


class Looks:
    """For a process that keeps many connections and is asked all the time: a connection's 180 objects stay, and 50,000
    looked at in one go held the answers of 10,000 people up for as much as half a second. So it looks often, at what
    came since the last time and once only; counting by objects instead would look most often when answers come fastest.
    """

    def at_young(self) -> None:
        """Every `LOOK_EVERY_SECONDS`. What is busy just then counts as old from here on."""
        gc.collect(0)

    def at_old(self) -> None:
        """For moments when the process may stand still; nothing happens if nothing has grown old since the last."""
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
