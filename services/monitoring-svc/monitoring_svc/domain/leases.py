"""Which gateways are gone, judged by the leases they keep in Redis."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from contracts.limits import GATEWAY_LEASE_SECONDS

MISSING_SECONDS: Final = 15.0
"""How long a lease must be missing after it ran out, seen without a break: a gateway renews each 4 seconds, so one
that lives has had three chances to come back."""
assert MISSING_SECONDS >= GATEWAY_LEASE_SECONDS


@dataclass(slots=True)
class LeaseWatch:
    """Remembers since when each lease has been seen missing, in seconds of a monotonic clock."""

    missing_since: dict[str, float] = field(default_factory=dict)

    def observe(self, gateways: AbstractSet[str], present: AbstractSet[str], others: int, now: float) -> set[str]:
        """The gateways to be given up.

        gateways: those through which somebody counts as connected.
        present: those of them whose lease is there.
        others: how many further leases there are.

        When no lease is there at all, that is Redis and not the candidates: judgement is suspended.
        """
        if not present and not others:
            self.reset()
            return set()
        missing = gateways - present
        self.missing_since = {each: self.missing_since.get(each, now) for each in missing}
        return {each for each, since in self.missing_since.items() if now - since >= MISSING_SECONDS}

    def reset(self) -> None:
        """Nothing is known: Redis did not answer."""
        self.missing_since = {}
