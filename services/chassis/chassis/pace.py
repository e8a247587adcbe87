"""How eagerly a consumer looks when nothing comes, which is most of what an idle service costs."""

from typing import Final, NamedTuple


class Pace(NamedTuple):
    """Milliseconds.

    poll: how long one look waits; FastStream sleeps as long again after an empty one, so it is also the added delay.
    fetch_wait: how long the broker holds a fetch that finds nothing. What comes meanwhile for a partition that was not
    part of the fetch waits as long.
    fetch_bytes: the broker holds a fetch that finds less than this, too. More than one byte gathers messages: fewer
    fetches and fewer, larger batches, each of which costs about the same, for a delay of up to `fetch_wait`.
    gap: from the beginning of one batch to that of the next. What comes alone is handled at once, and of many the rest
    comes together.
    """

    poll: int
    fetch_wait: int
    fetch_bytes: int = 1
    gap: int = 0


AT_ONCE: Final = Pace(20, 50, fetch_bytes=16 * 1024)  # people watch; the default of 500 for a fetch shows up as lag
SOON: Final = Pace(50, 200, gap=100)  # facts of other services: the next request may depend on the one that comes alone
GATHERED: Final = Pace(100, 300, fetch_bytes=256 * 1024)  # batches that nobody waits for: reports, scores, mail
