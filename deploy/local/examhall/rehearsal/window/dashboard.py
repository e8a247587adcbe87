"""One simulated proctor's live dashboard: a light socket that watches their sessions and measures how late it shows."""

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import orjson

from contracts.statuses import ParticipantStatus
from examhall.rehearsal.client import Refused, Unreachable, pause_seconds
from examhall.rehearsal.window import measures
from examhall.rehearsal.window.crowd import Crowd
from examhall.rehearsal.window.present import Present

if TYPE_CHECKING:
    from examhall.rehearsal.window.room import Room

DASHBOARD_DROPPED: Final = "dashboards dropped by the system"
OPEN_SECONDS: Final = 30.0


class Dashboard(Present):
    """`number` counts through the proctors of the whole window."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        super().__init__(crowd, number)
        self._rooms: dict[str, Room] = {}
        self._statuses: dict[str, dict[str, str]] = {}
        self._opening = asyncio.Lock()
        self._fetching: set[str] = set()

    async def watch(self, room: "Room") -> None:
        """From when this returns its rows arrive; opens the socket for the first room."""
        self._rooms[room.session_id] = room
        self._statuses[room.session_id] = {}
        is_open = self._socket is not None
        await self._come()
        if is_open:  # else it was asked for with the socket
            self._watch(room.session_id)

    def shows(self, session_id: str, status: ParticipantStatus) -> int:
        return Counter(self._statuses[session_id].values())[status.value]

    async def _come(self) -> None:
        """Returns when the socket is open; several rooms may ask for it at once."""
        failures = 0
        async with self._opening:
            while self._socket is None and not self._leaving:
                try:
                    await self._open()
                except (OSError, TimeoutError) as error:
                    self._crowd.count(f"a dashboard could not connect: {type(error).__name__}")
                    await asyncio.sleep(pause_seconds(failures, self._crowd.chance))
                    failures += 1

    async def _open(self) -> None:
        turn = self.number + self._crowd.chance.randrange(len(self._crowd.ground.targets))
        await self._connect("/ws/staff", turn, self._crowd.ground.token, OPEN_SECONDS)
        for session_id in self._rooms:
            self._watch(session_id)

    def _dropped(self, code: int) -> None:  # noqa: ARG002 - candidates' counts say how sockets are closed
        self._crowd.count(DASHBOARD_DROPPED)
        for room in self._rooms.values():
            room.forget_unseen()
        self._crowd.own(self._come_back())

    async def _come_back(self) -> None:
        await asyncio.sleep(pause_seconds(1, self._crowd.chance))
        await self._come()

    def _watch(self, session_id: str) -> None:
        self._send(orjson.dumps({"type": "watch", "session_id": session_id}))

    def _receive(self, text: bytes) -> None:
        self.heard_at = time.monotonic()
        if text.startswith(b'{"type":"beat"'):
            return
        message = orjson.loads(text)
        match message["type"]:
            case "frame":
                if message["frame"]["kind"] == "rows":
                    self._take(message["session_id"], message["frame"]["rows"])
            case "welcome":
                self._is_welcome()
            case "watching" | "resync":
                self._fetch(message["session_id"])
            case "refused":
                self._crowd.count(f"dashboard: {message['problem']}")
                loop = asyncio.get_running_loop()
                loop.call_later(message.get("retry_after_s") or 2.0, self._watch, message["session_id"])
            case "bye":
                self._crowd.count(f"dashboard bye: {message['problem']}")
            case _:
                return

    def _fetch(self, session_id: str) -> None:
        """The snapshot; one request at a time for each session."""
        if session_id not in self._fetching:
            self._fetching.add(session_id)
            self._crowd.own(self._snapshot(session_id))

    async def _snapshot(self, session_id: str) -> None:
        try:
            snapshot = await self._crowd.api.get(f"/api/v1/sessions/{session_id}/live")
        except (Refused, Unreachable) as error:
            self._crowd.count(f"no snapshot: {type(error).__name__}")
        else:
            self._take(session_id, snapshot["rows"])
        finally:
            self._fetching.discard(session_id)

    def _take(self, session_id: str, rows: list[dict[str, Any]]) -> None:
        now = time.monotonic()
        statuses, seats = self._statuses[session_id], self._rooms[session_id].seats
        for row in rows:
            statuses[row["participant_id"]] = row["status"]
            seat = seats.get(row["participant_id"])
            if seat is None:
                continue
            while seat.unseen and seat.unseen[0][0] <= row["last_seq"]:
                self._crowd.delay(measures.LAG, (now - seat.unseen.pop(0)[1]) * 1000)
