"""How eagerly a consumer looks when nothing comes, which is most of what an idle service costs."""

from typing import Final, NamedTuple


class Pace(NamedTuple):
    """Milliseconds.

    poll: how long one look waits; FastStream sleeps as long again after an empty one, so it is also the added delay.
    fetch_wait: how long the broker holds a fetch that finds nothing. What comes meanwhile for a partition that was not
    part of the fetch waits as long.
    fetch_bytes: the broker holds a fetch that finds less than this, too. More than one byte gathers messages: fewer,
    larger batches, each of which costs about the same, for a delay of up to `fetch_wait`.
    """

    poll: int
    fetch_wait: int
    fetch_bytes: int = 1


AT_ONCE: Final = Pace(20, 50, 16 * 1024)  # people watch it happen; the default of 500 for a fetch shows up as lag
SOON: Final = Pace(50, 200, 64 * 1024)  # facts of other services: nobody sees a fifth of a second
GATHERED: Final = Pace(100, 300, 256 * 1024)  # batches that nobody waits for: reports, scores, mail
