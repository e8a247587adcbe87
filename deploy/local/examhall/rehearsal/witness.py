"""What a candidate can swear to: what was sent, what was acknowledged, what the clock showed. Pure values."""

from dataclasses import dataclass, field
from datetime import datetime

from contracts.items import Response


@dataclass(slots=True)
class Said:
    """One answer as sent. `acknowledged` means the page showed *Saved*; `refused` names the problem, if any."""

    seq: int
    item_id: str
    response: Response | None
    sent_at: datetime
    acknowledged: bool = False
    refused: str | None = None


@dataclass(slots=True)
class Running:
    """A stretch during which the candidate's page showed a running clock; `until` None while it still runs.

    `sure` is False when the page was offline at either end and only learned of it afterwards.
    """

    since: datetime
    until: datetime | None = None
    sure: bool = True


@dataclass(slots=True)
class Witness:
    """One candidate's own account of the session, `limit_ms` being the time promised at the beginning."""

    participant_id: str
    name: str
    limit_ms: int
    said: dict[int, Said] = field(default_factory=dict)
    clock: list[Running] = field(default_factory=list)
    receipt: str | None = None
    extended_ms: int = 0

    def last_words(self) -> dict[str, Said]:
        """Item -> the newest answer that was acknowledged and not refused afterwards."""
        newest: dict[str, Said] = {}
        for said in self.said.values():
            if not said.acknowledged or said.refused is not None:
                continue
            if said.item_id not in newest or newest[said.item_id].seq < said.seq:
                newest[said.item_id] = said
        return newest
