"""How eagerly a consumer looks when nothing comes, which is most of what an idle service costs, and how it makes what
comes often come together, which is most of what a busy one costs.
"""

from typing import Final, NamedTuple

RESTS: Final = 4  # as many times as long as the work took
REST_MAX_SECONDS: Final = 0.2  # a fifth of what a dashboard may be behind


def rest_after(took: float) -> float:
    """Seconds to leave what comes next alone, so that it comes together, after work that `took` as many.

    Where there is room a batch takes milliseconds and nobody notices; on a full machine each takes ten times as long,
    and fewer, larger ones are what makes room.
    """
    return min(RESTS * took, REST_MAX_SECONDS)


class Pace(NamedTuple):
    """Milliseconds, where a number is meant.

    poll: how long one look waits; FastStream sleeps as long again after an empty one, so it is also the added delay.
    fetch_wait: how long the broker holds a fetch that finds nothing. What comes meanwhile for a partition that was not
    part of the fetch waits as long.
    fetch_bytes: the broker holds a fetch that finds less than this, too. More than one byte gathers messages: fewer
    fetches and fewer, larger batches, each of which costs about the same, for a delay of up to `fetch_wait`.
    gap: from the beginning of one batch to that of the next. What comes alone is handled at once, and of many the rest
    comes together.
    rests: whether a batch is followed by a rest. After a full one there is none: there is more than that to do.
    """

    poll: int
    fetch_wait: int
    fetch_bytes: int = 1
    gap: int = 0
    rests: bool = False

    def pause(self, took: float, *, full: bool) -> float:
        """Seconds from the end of a batch, which `took` as many, to the next one. `full`: it was as large as may be."""
        rest = rest_after(took) if self.rests and not full else 0.0
        return max(self.gap / 1000 - took, rest, 0.0)


# People watch: the broker's default of 500 ms for a fetch shows up as lag.
AT_ONCE: Final = Pace(20, 50, fetch_bytes=16 * 1024, rests=True)
# Facts of other services: the next request may depend on the one that comes alone.
SOON: Final = Pace(50, 200, gap=100, rests=True)
# Batches that nobody waits for: reports, scores, mail.
GATHERED: Final = Pace(100, 300, fetch_bytes=256 * 1024)
