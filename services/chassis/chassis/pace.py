"""How eagerly a consumer looks when nothing comes, which is most of what an idle service costs."""

from typing import Final, NamedTuple


class Pace(NamedTuple):
    """Milliseconds.

    poll: how long one look waits; FastStream sleeps as long again after an empty one, so it is also the added delay.
    fetch_wait: how long the broker holds a fetch that finds nothing. What comes meanwhile for a partition that was not
    part of the fetch waits as long.
    """

    poll: int
    fetch_wait: int


AT_ONCE: Final = Pace(20, 50)  # people watch it happen; the default of 500 for a fetch shows up as lag
SOON: Final = Pace(50, 200)  # facts of other services, a few a second: nobody sees a fifth of a second
