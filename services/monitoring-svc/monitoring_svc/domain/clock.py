"""The attempt's clock and its ledger, in whole milliseconds.

remaining = granted + extended - ran. The ledger holds each of these terms as an entry, so its sum, `balance_ms`, is
the time that remains whenever the clock stands. While the clock runs nothing is written: the deadline follows from
when it started and from the balance at that moment.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from contracts.attempt import Actor, LedgerEntry, LedgerKind
from contracts.model import Id

MILLISECOND: Final = timedelta(milliseconds=1)


def milliseconds_between(since: datetime, until: datetime) -> int:
    return (until - since) // MILLISECOND


def later(moment: datetime, milliseconds: int) -> datetime:
    return moment + milliseconds * MILLISECOND


def truncated(moment: datetime) -> datetime:
    """To the millisecond: what MongoDB and the wire keep, so that a stored instant equals the one decided on."""
    beyond = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - beyond) if beyond else moment


class Clock(Struct, frozen=True, gc=False):
    """`cap_at`: the session-wide limit, which cuts off whatever the balance says."""

    balance_ms: int = 0
    running_since: datetime | None = None
    cap_at: datetime | None = None

    @property
    def running(self) -> bool:
        return self.running_since is not None

    @property
    def deadline_at(self) -> datetime | None:
        """When the time is up, None while the clock stands."""
        if self.running_since is None:
            return None
        return self.deadline_if_started(self.running_since)

    def deadline_if_started(self, at: datetime) -> datetime:
        """Never before `at`, so that no interval is negative."""
        uncapped = later(at, self.balance_ms)
        return uncapped if self.cap_at is None else max(at, min(uncapped, self.cap_at))

    def stops_at(self, at: datetime) -> datetime:
        """Where a run stopped at `at` ends: nobody is charged for time past the deadline."""
        deadline = self.deadline_at
        assert deadline is not None
        return min(at, deadline)

    def remaining_at(self, at: datetime) -> int:
        """What the ledger would add up to if the clock stopped at `at`; never negative."""
        if self.running_since is None:
            return self.balance_ms
        return self.balance_ms - milliseconds_between(self.running_since, max(self.running_since, self.stops_at(at)))

    def capped(self, at: datetime) -> bool:
        """Whether the session-wide limit has passed."""
        return self.cap_at is not None and at >= self.cap_at


def stopped(clock: Clock, at: datetime, *, entry_id: Id, by: Actor, reason: str) -> list[LedgerEntry]:
    """The entry that stops the clock at `at`; none when it stands already."""
    if clock.running_since is None:
        return []
    stop = clock.stops_at(at)
    return [
        LedgerEntry(
            entry_id=entry_id,
            kind=LedgerKind.RAN,
            at=stop,
            since=clock.running_since,
            milliseconds=-milliseconds_between(clock.running_since, stop),
            by=by,
            reason=reason,
        )
    ]


def added(kind: LedgerKind, seconds: int, at: datetime, *, entry_id: Id, by: Actor, reason: str) -> LedgerEntry:
    """The entry that grants or extends."""
    return LedgerEntry(entry_id=entry_id, kind=kind, at=at, milliseconds=seconds * 1000, by=by, reason=reason)


def total(ledger: Iterable[LedgerEntry], kind: LedgerKind | None = None) -> int:
    """The sum of the entries, or of those of one kind, in milliseconds."""
    milliseconds = 0
    for entry in ledger:  # a ledger has a handful of entries, for which a generator costs more than the adding
        if kind is None or entry.kind is kind:
            milliseconds += entry.milliseconds
    return milliseconds
