"""What one candidate was told is saved: for each item the `seq` of the newest acknowledged answer. The judge's book."""

from array import array
from collections.abc import Iterable

from contracts.digest import digest_of
from examhall.rehearsal.window.paper import item_id, response


class Ledger:
    """`waiting`: seq -> (item, monotonic second it was sent first; 0.0 without a network), in the order of sending."""

    __slots__ = ("_saved", "waiting")

    def __init__(self, items: int) -> None:
        self._saved = array("I", bytes(4 * items))
        self.waiting: dict[int, tuple[int, float]] = {}

    def sent(self, seq: int, item: int, at: float) -> None:
        self.waiting[seq] = (item, at)

    def acknowledged(self, seq: int) -> float | None:
        """When it was sent; None when that is known already."""
        found = self.waiting.pop(seq, None)
        if found is None:
            return None
        item, at = found
        self._saved[item] = max(self._saved[item], seq)
        return at

    def without_network(self) -> None:
        """How long the acknowledgement of what is on its way takes says nothing about the deployment."""
        self.waiting = {seq: (item, 0.0) for seq, (item, _) in self.waiting.items()}

    def refused(self, seq: int) -> bool:
        """Whether it was waited for. It counts for nothing."""
        return self.waiting.pop(seq, None) is not None

    @property
    def answers(self) -> int:
        """Items with an acknowledged answer."""
        return sum(seq > 0 for seq in self._saved)

    def digest(self) -> str:
        """The receipt that this candidate is owed."""
        return _digest(self._saved)

    def allows(self, digest: str) -> bool:
        """Whether a submission of this digest holds every acknowledged answer.

        What was sent last and never acknowledged may have arrived: any first part of it may be in the submission.
        """
        saved = array("I", self._saved)
        if _digest(saved) == digest:
            return True
        for seq, (item, _) in self.waiting.items():
            saved[item] = max(saved[item], seq)
            if _digest(saved) == digest:
                return True
        return False


def _digest(saved: Iterable[int]) -> str:
    return digest_of((item_id(item), seq, response(item, seq)) for item, seq in enumerate(saved) if seq)
