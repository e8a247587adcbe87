"""The simulated proctor: a live dashboard, a watch on its lag, and the hands on the controls."""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from contracts.limits import BEAT_SECONDS
from contracts.messaging import MessageKind
from contracts.statuses import ParticipantStatus
from examhall.rehearsal.client import Caller, Json, Refused, Unreachable, eventually
from examhall.rehearsal.line import Line

# A dashboard refreshes its snapshot after a gap; this often at most, so that a flapping line does not flood.
SNAPSHOT_PAUSE_SECONDS: Final = 0.5
LOOK_EVERY_SECONDS: Final = 0.1


class Dashboard:
    """Rows of one session as the proctor's page has them, and what the page measured.

    `lags` are milliseconds from a candidate's sending to the row that shows it, `saves` to the acknowledgement;
    `detections` are seconds from a torn cable to the row that says so. It implements the candidates' `Watcher`.
    """

    def __init__(self, staff: Caller, session_id: str, chance: random.Random) -> None:
        self._staff = staff
        self.session_id = session_id
        self.line = Line(staff, "/ws/staff", self._receive, turn=0, chance=chance, beat_seconds=BEAT_SECONDS)
        self.rows: dict[str, Json] = {}
        self.session: Json = {}
        self.lags: list[float] = []
        self.saves: list[float] = []
        self.detections: list[float] = []
        self.acknowledged_answers = 0
        self.frames = 0
        self.snapshots = 0
        self.messages: list[Json] = []
        self.outcomes: list[Json] = []
        self.trouble: list[str] = []
        self._unsaved: dict[tuple[str, int], float] = {}
        self._waiting: dict[str, deque[tuple[int, float]]] = {}
        self._torn: dict[str, float] = {}
        self._snapshot_due = asyncio.Event()
        self._watching = asyncio.Event()

    async def live(self) -> None:
        """Keep the dashboard's socket and snapshot current until `leave`."""
        async with asyncio.TaskGroup() as tasks:
            tending = tasks.create_task(self._take_snapshots())
            await self.line.keep()
            tending.cancel()

    async def leave(self) -> None:
        await self.line.stop()

    async def _take_snapshots(self) -> None:
        while True:
            await self._snapshot_due.wait()
            self._snapshot_due.clear()
            if not await self.line.send({"type": "watch", "session_id": self.session_id}):
                continue
            try:
                async with asyncio.timeout(10):
                    await self._watching.wait()
                snapshot = await self._staff.get(f"/api/v1/sessions/{self.session_id}/live")
            except (Refused, Unreachable, TimeoutError) as error:
                self.trouble.append(f"snapshot: {type(error).__name__} {error}")
                await asyncio.sleep(SNAPSHOT_PAUSE_SECONDS)
                self._snapshot_due.set()
                continue
            self.snapshots += 1
            self._take_rows(snapshot["rows"])
            await asyncio.sleep(SNAPSHOT_PAUSE_SECONDS)

    def _receive(self, message: Json) -> None:
        match message.get("type"):
            case "welcome":
                self._watching.clear()
                self._snapshot_due.set()
            case "watching":
                self._watching.set()
            case "resync":
                self._snapshot_due.set()
            case "frame":
                self.frames += 1
                self._take_frame(message["frame"])
            case "bye" | "refused":
                self.trouble.append(f"{message['type']}: {message.get('problem')} {message.get('detail') or ''}")
            case _:
                pass

    def _take_frame(self, frame: Json) -> None:
        match frame["kind"]:
            case "rows":
                self._take_rows(frame["rows"])
            case "session":
                self.session = frame
            case "message":
                self.messages.append(frame["message"])
            case "outcomes":
                self.outcomes.extend(frame["outcomes"])
            case _:
                pass

    def _take_rows(self, rows: list[Json]) -> None:
        now = time.monotonic()
        for row in rows:
            participant_id = row["participant_id"]
            known = self.rows.get(participant_id)
            if known is not None and known["version"] >= row["version"]:
                continue
            self.rows[participant_id] = row
            waiting = self._waiting.get(participant_id)
            while waiting and waiting[0][0] <= row["last_seq"]:
                self.lags.append((now - waiting.popleft()[1]) * 1000)
            if not row["connected"] and participant_id in self._torn:
                self.detections.append(now - self._torn.pop(participant_id))

    # The candidates' watcher

    def sent(self, participant_id: str, seq: int) -> None:
        now = time.monotonic()
        self._waiting.setdefault(participant_id, deque()).append((seq, now))
        self._unsaved[participant_id, seq] = now

    def acknowledged(self, participant_id: str, seq: int) -> None:
        self.acknowledged_answers += 1
        sent_at = self._unsaved.pop((participant_id, seq), None)
        if sent_at is not None:
            self.saves.append((time.monotonic() - sent_at) * 1000)

    def withdrawn(self, participant_id: str) -> None:
        """Answers of this person need not appear soon: the network is gone or one was refused."""
        self._waiting.pop(participant_id, None)

    def torn(self, participant_id: str) -> None:
        """The cable of one person is pulled now."""
        self._torn[participant_id] = time.monotonic()

    @property
    def unseen_disconnections(self) -> list[str]:
        """Whose torn cable no row has shown."""
        return list(self._torn)

    @property
    def unseen_answers(self) -> int:
        """Answers that no row has shown."""
        return sum(len(waiting) for waiting in self._waiting.values())

    def counts(self) -> Counter[str]:
        return Counter(str(row["status"]) for row in self.rows.values())

    def chats(self) -> list[Json]:
        return [each for each in self.messages if each["kind"] in {MessageKind.CHAT, MessageKind.HAND_RAISED}]

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """True when the dashboard came to show it in time. A page left without news reloads, and so do we."""
        deadline = time.monotonic() + seconds
        reload_at = time.monotonic() + seconds / 2
        while not condition():
            if time.monotonic() > deadline:
                return False
            if time.monotonic() > reload_at:
                reload_at = deadline + 1
                self._snapshot_due.set()
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return True

    async def until_all(self, status: ParticipantStatus, number: int, seconds: float) -> bool:
        return await self.until(lambda: self.counts()[status] >= number, seconds)


class Proctor:
    """What a proctor does to a session, each through the public API. Refusals are raised."""

    def __init__(self, staff: Caller, session_id: str) -> None:
        self._staff = staff
        self._session = f"/api/v1/sessions/{session_id}"

    async def start(self) -> None:
        await self._staff.post(f"{self._session}/start", {})

    async def end(self) -> None:
        await self._staff.post(f"{self._session}/end", {})

    async def intervene(
        self, kind: str, participant_id: str, reason: str, *, seconds: int | None = None, key: str
    ) -> None:
        """The same `key` again is the same intervention. Raises `Refused` with the problem when it was not applied."""
        body: Json = {"kind": kind, "participant_ids": [participant_id], "reason": reason}
        if seconds is not None:
            body["seconds"] = seconds
        answer = await self._staff.post(f"{self._session}/interventions", body, key)
        for outcome in answer["outcomes"]:
            if outcome.get("problem"):
                raise Refused(
                    409, outcome["problem"], outcome.get("detail") or "", f"{kind} {outcome['participant_id']}"
                )

    async def dismiss(self, participant_id: str, alert_id: str, note: str) -> None:
        """Raises `Refused` with the problem when the alert is not settled by it."""
        alerts = [{"participant_id": participant_id, "alert_id": alert_id}]
        body = {"outcome": "dismissed", "note": note, "alerts": alerts}
        answer = await self._staff.post(f"{self._session}/alerts/settle", body)
        for outcome in answer["outcomes"]:
            if outcome.get("problem"):
                raise Refused(409, outcome["problem"], outcome.get("detail") or "", f"dismiss {alert_id}")

    async def broadcast(self, text: str) -> None:
        path = f"{self._session}/broadcasts"
        await eventually(partial(self._staff.post, path, {"text": text}), {"not-found"})

    async def answer(self, participant_id: str, text: str) -> None:
        await self._staff.post(f"{self._session}/threads/{participant_id}/messages", {"text": text})
        thread = await self._staff.get(f"{self._session}/threads")
        numbers = [each["last_message"]["number"] for each in thread if each["participant_id"] == participant_id]
        if numbers:
            await self._staff.post(f"{self._session}/threads/{participant_id}/read", {"up_to": numbers[0]})

    async def record_incident(self, category: str, note: str, participant_ids: Sequence[str]) -> None:
        body = {"category": category, "note": note, "participant_ids": list(participant_ids)}
        await self._staff.post(f"{self._session}/incidents", body)
