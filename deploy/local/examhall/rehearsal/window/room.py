"""One session of the window: made, opened, begun, ended and compared, all through the public API."""

import asyncio
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from contracts.limits import BULK_MAX, TIME_LIMIT_SECONDS_MAX, TIME_LIMIT_SECONDS_MIN
from contracts.resources.enrollment import AddParticipants, NewParticipant
from contracts.resources.session import CreateSession
from contracts.session import SessionSettings
from contracts.statuses import AdmissionMode, EnrollmentMode, ParticipantStatus, Phase, StartMode
from examhall.rehearsal.client import Refused, Unreachable, eventually
from examhall.rehearsal.window.crowd import Crowd
from examhall.rehearsal.window.dashboard import Dashboard
from examhall.rehearsal.window.profile import Begins
from examhall.rehearsal.window.seat import Seat

LOOK_EVERY_SECONDS: Final = 0.5
# Between the last arrival and the beginning, for those who are late.
LATE_SECONDS: Final = 60.0
# After the last of them should have handed in.
OVERTIME_SECONDS: Final = 240.0
GRACE_SECONDS: Final = 5
CHECK_EVERY_SECONDS: Final = 2.0
CHECKED_WITHIN_SECONDS: Final = 120.0
COMPLAINTS_MAX: Final = 5  # of one room; the rest are counted


@dataclass(slots=True)
class RoomVerdict:
    """What was promised in one session, and what was found of it."""

    people: int = 0
    joined: int = 0
    answers_acknowledged: int = 0
    answers_recorded: int = 0
    answers_in_submissions: int = 0
    duplicate_results: int = 0
    ledger_mismatches: int = 0
    incomplete: int = 0
    complaints: list[str] = field(default_factory=list)

    def add(self, other: "RoomVerdict") -> None:
        for name, value in asdict(other).items():
            if name != "complaints":
                setattr(self, name, getattr(self, name) + value)
        self.complaints.extend(other.complaints)

    def complain(self, text: str) -> None:
        if len(self.complaints) < COMPLAINTS_MAX:
            self.complaints.append(text)


class Room:
    """`prepare`, then `hold`. `seats` by participant, as they join. `started_at` in monotonic seconds."""

    def __init__(self, crowd: Crowd, dashboard: Dashboard, number: int, size: int, *, first: int) -> None:
        """Its people are number `first` and following of the whole window."""
        self._crowd = crowd
        self._dashboard = dashboard
        self._number = number
        self._size = size
        self._first = first
        self._people: list[Seat] = []
        self._welcomed = 0
        self.seats: dict[str, Seat] = {}
        self.session_id = ""
        self.started_at: float | None = None
        self.ended = False

    @property
    def name(self) -> str:
        return session_name(self._crowd.ground.run, self._number)

    # Before

    async def prepare(self) -> None:
        """Raises Refused or Unreachable."""
        api, ground = self._crowd.api, self._crowd.ground
        body = CreateSession(settings=self._settings()).model_dump(mode="json")
        session = await api.post("/api/v1/sessions", body)
        self.session_id = session["session_id"]
        path = f"/api/v1/sessions/{self.session_id}"
        for first in range(0, self._size, BULK_MAX):
            numbers = range(first, min(first + BULK_MAX, self._size))
            people = [NewParticipant(name=f"Simulated {self._first + each:06}") for each in numbers]
            wanted = AddParticipants(participants=people).model_dump(mode="json")
            answer = await eventually(partial(api.post, f"{path}/participants", wanted), {"not-found"})
            if answer["refused"]:
                refusal = answer["refused"][0]
                raise Refused(409, refusal["problem"], refusal["detail"], f"enrol {refusal['name']}")
            codes = [each["personal_code"] for each in answer["added"]]
            self._people += [
                Seat(self._crowd, self, self._first + each, code) for each, code in zip(numbers, codes, strict=True)
            ]
        await api.post(f"{path}/open")
        await self._dashboard.watch(self)
        if ground.profile.begins is Begins.ON_ARRIVAL:
            await self.start()

    def _settings(self) -> SessionSettings:
        ground = self._crowd.ground
        profile = ground.profile
        limit = profile.working_seconds * 1.5 + OVERTIME_SECONDS
        limit_seconds = int(min(TIME_LIMIT_SECONDS_MAX, max(TIME_LIMIT_SECONDS_MIN, limit)))
        return SessionSettings(
            name=self.name,
            assessment_id=ground.assessment_id,
            assessment_version=ground.assessment_version,
            scheduled_at=datetime.now(UTC) + timedelta(hours=1),
            time_zone="UTC",
            duration_seconds=limit_seconds,
            enrollment_mode=EnrollmentMode.MANUAL,
            admission_mode=AdmissionMode.AUTOMATIC,
            maximum_participants=self._size,
            late_entry_seconds=TIME_LIMIT_SECONDS_MAX,
            start_mode=StartMode.FLEXIBLE,
            time_limit_seconds=limit_seconds,
            grace_seconds=GRACE_SECONDS,
            warning_minutes=[],
            instructions_before="This is a rehearsal. Everybody you meet here is simulated.",
        )

    # During

    def one_more(self) -> None:
        """Somebody was welcomed for the first time."""
        self._welcomed += 1

    @property
    def gathered(self) -> bool:
        return self._welcomed >= self._size

    async def hold(self, opens_at: float, place: float) -> RoomVerdict:
        """`opens_at` in monotonic seconds; `place` 0..1 is where in the window's ramp this room lies."""
        profile, chance = self._crowd.ground.profile, self._crowd.chance
        since, spread = 0.0, profile.ramp_seconds
        if profile.begins is Begins.TOGETHER:
            # Rooms fill one after the other, each within a fifth of the ramp.
            spread = profile.ramp_seconds / 5
            since = place * (profile.ramp_seconds - spread)
        arrivals = [opens_at + since + chance.uniform(0, spread) for _ in self._people]
        sitting = [
            self._crowd.own(seat.sit(arrives_at)) for seat, arrives_at in zip(self._people, arrivals, strict=True)
        ]
        await self._begin(max(arrivals))
        _, late = await asyncio.wait(sitting, timeout=self._latest_end(max(arrivals)) - time.monotonic())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await self.end()
        return await self._compare()

    async def _begin(self, last_arrival: float) -> None:
        if self._crowd.ground.profile.begins is Begins.ON_ARRIVAL:
            return
        give_up_at = last_arrival + LATE_SECONDS
        while not self._waits(self._size) and time.monotonic() < give_up_at:  # noqa: ASYNC110 - two sources
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        if self._crowd.ground.profile.begins is Begins.AT_ONCE:
            await self._crowd.may_begin.wait()
        await self.start()

    def _waits(self, number: int) -> bool:
        return self.gathered and self._dashboard.shows(self.session_id, ParticipantStatus.WAITING) >= number

    async def start(self) -> None:
        await self._crowd.api.turn()
        self.started_at = time.monotonic()
        await self._crowd.api.post_now(f"/api/v1/sessions/{self.session_id}/start")

    def hands_in_at(self) -> float:
        """When a person should hand in, in monotonic seconds: now, unless everybody does at the same moment."""
        profile = self._crowd.ground.profile
        if profile.hand_in_seconds is None or self.started_at is None:
            return time.monotonic()
        common = self.started_at + profile.answers * profile.think_seconds[1]
        return common + self._crowd.chance.uniform(0, profile.hand_in_seconds)

    async def until_begun(self, begun: "asyncio.Future[None]") -> None:
        """Raises TimeoutError when the session never begins for that person."""
        profile = self._crowd.ground.profile
        seconds = profile.ramp_seconds + LATE_SECONDS + OVERTIME_SECONDS
        done, _ = await asyncio.wait([begun], timeout=seconds)
        if not done:
            raise TimeoutError("the session did not begin")

    def _latest_end(self, last_arrival: float) -> float:
        started_at = self.started_at or time.monotonic()
        return max(started_at, last_arrival) + self._crowd.ground.profile.working_seconds + OVERTIME_SECONDS

    def forget_unseen(self) -> None:
        """The dashboard was away: what it did not show meanwhile is no lag."""
        for seat in self.seats.values():
            seat.unseen.clear()

    # After

    async def end(self) -> None:
        """End or cancel it, whatever state it is in; safe to repeat."""
        if self.session_id and not self.ended:
            self.ended = await put_away(self._crowd.api, self.session_id)

    async def _compare(self) -> RoomVerdict:
        verdict = RoomVerdict(people=self._size, joined=len(self.seats))
        number = len(self.seats)
        rows = await self._until(
            "live", "rows", lambda rows: sum(each["phase"] == Phase.COMPLETE for each in rows) >= number
        )
        results = await self._until("results", "results", lambda found: len(found) >= number)
        summary = await self._until(
            "summary", "participants", lambda found: sum(each["elapsed_ms"] > 0 for each in found) >= number
        )
        self._judge(verdict, rows, results)
        for each in summary:
            if not each["ledger_adds_up"]:
                verdict.ledger_mismatches += 1
                verdict.complain(f"{self.name}: the ledger of {each['participant_id']} does not add up")
        return verdict

    def _judge(self, verdict: RoomVerdict, rows: list[Any], results: list[Any]) -> None:
        shown = {each["participant_id"]: each for each in rows}
        scored: dict[str, list[str]] = {}
        for each in results:
            result = each["result"]
            scored.setdefault(result["participant_id"], []).append(result["responses_digest"])
        for seat in self._people:
            owed = seat.ledger.answers
            verdict.answers_acknowledged += owed
            row = shown.get(seat.participant_id)
            complete = row is not None and row["phase"] == Phase.COMPLETE
            recorded = row["responses_digest"] if row is not None and complete else None
            digests = scored.get(seat.participant_id, [])
            who = f"{self.name}, person {seat.number}"
            verdict.incomplete += not complete
            verdict.duplicate_results += max(0, len(digests) - 1)
            if not complete and seat.participant_id:
                verdict.complain(f"{who}: not complete ({seat.phase}) {seat.trouble}")
            elif not seat.participant_id:
                verdict.complain(f"{who}: never joined: {seat.trouble}")
            if recorded is not None and seat.ledger.allows(recorded):
                verdict.answers_recorded += owed
                if digests[:1] == [recorded] and seat.receipt in {recorded, None}:
                    verdict.answers_in_submissions += owed
                elif owed:
                    verdict.complain(f"{who}: receipt {seat.receipt}, record {recorded}, scored {digests[:1]}")
            elif owed and complete:
                verdict.complain(f"{who}: {owed} answers were acknowledged; the record is of others")

    async def _until(self, what: str, member: str, enough: Any) -> list[Any]:
        """The list `member` of one of the session's resources, once it is enough or the time is over."""
        give_up_at = time.monotonic() + CHECKED_WITHIN_SECONDS
        found: list[Any] = []
        while True:
            try:
                found = (await self._crowd.api.get(f"/api/v1/sessions/{self.session_id}/{what}"))[member]
            except (Refused, Unreachable) as error:
                self._crowd.count(f"{what} not read: {type(error).__name__}")
            if enough(found) or time.monotonic() > give_up_at:
                return found
            await asyncio.sleep(CHECK_EVERY_SECONDS)


def session_name(run: str, number: int) -> str:
    """By this name, and by nothing else, a clean-up knows what a rehearsal made."""
    return f"Rehearsal {run} session {number + 1}"


async def put_away(api: Any, session_id: str) -> bool:
    """End what runs, cancel what has not begun. False when the deployment does not let us."""
    path = f"/api/v1/sessions/{session_id}"
    for step, body in (("end", {}), ("cancel", {"reason": "The rehearsal is over"})):
        try:
            await api.post(f"{path}/{step}", body)
        except Refused as refused:
            if refused.problem != "session-wrong-state":
                raise
        else:
            return True
    state = (await api.get(path))["state"]
    return state in {"ended", "cancelled"}
