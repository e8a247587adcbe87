"""Python's garbage collector: left little to do, and watched, for a process stands still while it works."""

import gc
import time
from typing import Any, Final, Literal

from chassis.metrics import Metrics

THRESHOLDS: Final = (50_000, 50, 100)
"""New objects before the youngest generation is looked at, and how many looks make the next one's turn."""


def settle(metrics: Metrics) -> None:
    """Once all parts of a process live: what lives now lives to the end, so no collection has to look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.callbacks.append(_Watch(metrics))


class _Watch:
    def __init__(self, metrics: Metrics) -> None:
        self._seconds = [metrics.garbage_seconds.labels(str(each)) for each in range(len(THRESHOLDS))]
        self._began = 0.0

    def __call__(self, phase: Literal["start", "stop"], info: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self._seconds[info["generation"]].observe(time.perf_counter() - self._began)
