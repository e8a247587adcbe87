"""What is known of somebody's conduct, as far as rules need it: what lasts, what was counted, which alerts are open.

It stands beside the work in the document, so that recording an answer neither reads nor writes it.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from contracts.model import Id
from contracts.statuses import AlertKind, Severity


class Lasting(Struct, frozen=True, gc=False):
    """Something that began and has not ended. `told`: its alert was raised. `seconds`: as many of it were told."""

    since: datetime
    told: bool = False
    seconds: int = 0


class Open(Struct, frozen=True, gc=False):
    """An alert nobody has seen to."""

    alert_id: Id
    kind: AlertKind
    severity: Severity
    count: int
    seconds: int
    raised_at: datetime
    last_at: datetime


class Conduct(Struct, frozen=True, kw_only=True, gc=False):
    """`heard_of`, `heard`: the connection whose signals count, and the newest number it used.

    address: of the newest connection that had one.
    shared: whether the screen was shared over this connection at any time.
    active_from: since when the attempt is active without a break.
    counted_from: since when somebody is active and connected without a break; what came before is no idleness.
    paced_from: what was answered until then is no longer counted for speed.
    counts: occurrences that have not become an alert yet.
    open: at most one of each kind.
    """

    heard_of: Id | None = None
    heard: int = 0
    address: str | None = None
    shared: bool = False
    active_from: datetime | None = None
    counted_from: datetime | None = None
    paced_from: datetime | None = None
    lasting: Mapping[AlertKind, Lasting] = {}
    counts: Mapping[AlertKind, int] = {}
    open: tuple[Open, ...] = ()

    def open_of(self, kind: AlertKind) -> Open | None:
        return next((each for each in self.open if each.kind is kind), None)

    def open_named(self, alert_id: Id) -> Open | None:
        return next((each for each in self.open if each.alert_id == alert_id), None)

    def begun(self, kind: AlertKind, at: datetime) -> "Conduct":
        """What lasts already goes on."""
        return self if kind in self.lasting else replace(self, lasting={**self.lasting, kind: Lasting(at)})

    def over(self, *kinds: AlertKind) -> "Conduct":
        return replace(self, lasting={each: lasting for each, lasting in self.lasting.items() if each not in kinds})

    def counted(self, kind: AlertKind, count: int) -> "Conduct":
        return replace(self, counts={**self.counts, kind: count})

    # What facts make of it

    def connected(self, connection_id: Id, at: datetime) -> "Conduct":
        """Another page: it has the focus until it says otherwise, and shares nothing until it says so."""
        if connection_id == self.heard_of:
            return replace(self, counted_from=at)
        return replace(
            self,
            heard_of=connection_id,
            heard=0,
            shared=False,
            counted_from=at,
            lasting={AlertKind.SCREEN_SHARE_STOPPED: Lasting(at)},
        )

    def activated(self, at: datetime) -> "Conduct":
        """Work begins or goes on: what lasts counts from here."""
        lasting = {kind: Lasting(each.since) for kind, each in self.lasting.items()}
        return replace(self, active_from=at, counted_from=at, lasting=lasting)

    def raised(self, alert: Open) -> "Conduct":
        return replace(self, open=(*self.open, alert))

    def repeated(self, alert_id: Id, count: int, seconds: int, at: datetime) -> "Conduct":
        return replace(
            self,
            open=tuple(
                replace(each, count=count, seconds=seconds, last_at=at) if each.alert_id == alert_id else each
                for each in self.open
            ),
        )

    def settled(self, alert_id: Id) -> "Conduct":
        return replace(self, open=tuple(each for each in self.open if each.alert_id != alert_id))
