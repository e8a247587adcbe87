"""What a candidate's newest row says about them, as far as their socket needs to know it."""

from datetime import datetime, timedelta
from typing import Final

from contracts import problems
from contracts.items import Response
from contracts.problems import ProblemType
from contracts.statuses import Phase
from gateway.live import Paper, Row

_NOT_ACTIVE: Final[dict[str, ProblemType]] = {
    Phase.INVITED.value: problems.ATTEMPT_NOT_STARTED,
    Phase.WAITING.value: problems.ATTEMPT_NOT_STARTED,
    Phase.PAUSED.value: problems.ATTEMPT_PAUSED,
    Phase.COMPLETE.value: problems.ATTEMPT_COMPLETE,
}
_ACTIVE: Final = Phase.ACTIVE.value
_FIELDS: Final = (
    "phase",
    "connected",
    "connection_id",
    "completion_reason",
    "deadline_at",
    "remaining_ms",
    "limit_ms",
    "extended_ms",
    "elapsed_ms",
    "completes_at",
    "attempt_number",
    "pause_reason",
    "name",
    "total",
)
"""All that answering, flagging, moving about and alerts leave as it is."""


class Standing:
    __slots__ = ("_completes_at", "_deadline_at", "_phase", "_said", "version")

    def __init__(self) -> None:
        self.version = 0
        self._phase = Phase.INVITED.value
        self._deadline_at: datetime | None = None
        self._completes_at: datetime | None = None
        self._said: tuple[object, ...] = ()

    def adopt(self, row: Row) -> bool:
        """Whether the candidate should hear of it. Their own progress they know already: each answer would be told back
        to the one who gave it, at twice the cost of its acknowledgement. And of alerts not even a silent row tells.
        """
        said = tuple(map(row.get, _FIELDS))
        self.version = row["version"]
        if said == self._said:
            return False
        self._said = said
        self._phase = row["phase"]
        self._deadline_at = _instant(row.get("deadline_at"))
        self._completes_at = _instant(row.get("completes_at"))
        return True

    def refusal(
        self, now: datetime, paper: Paper | None, item_id: str, response: Response | None, *, current: bool
    ) -> ProblemType | None:
        """Why an answer given now cannot count. `current`: whether rows arrive; else this one may be old."""
        if paper is not None:
            wanted = paper.item_types.get(item_id)
            if wanted is None:
                return problems.ITEM_UNKNOWN
            if response is not None and response.type != wanted:
                return problems.RESPONSE_INVALID
        if not current:
            return None
        if self._phase != _ACTIVE:
            return _NOT_ACTIVE.get(self._phase)
        if self._completes_at is not None:
            return problems.TIME_IS_UP if now > self._completes_at else None
        if self._deadline_at is not None and paper is not None and now > self._deadline_at:
            return problems.TIME_IS_UP if now > self._deadline_at + timedelta(seconds=paper.grace_seconds) else None
        return None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
