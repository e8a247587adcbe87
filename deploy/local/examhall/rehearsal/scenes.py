"""What happens between the start and the end of the session, besides the work itself.

Times are shares of the session's time limit. A scene that fails is noted and does not stop the others.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from contracts.attempt import IncidentCategory
from contracts.messaging import MessageKind
from contracts.statuses import AlertKind, Phase
from examhall.rehearsal.candidate import Candidate
from examhall.rehearsal.client import Json, Refused, Unreachable, eventually, new_key
from examhall.rehearsal.proctor import Dashboard, Proctor
from examhall.rehearsal.progress import Progress

FIRST_BROADCAST_AT: Final = 0.1
INCIDENT_AT: Final = 0.6
SECOND_BROADCAST_AT: Final = 0.75
PAUSE_LASTS: Final = 0.15
AWAY_LASTS: Final = 0.12
EXTENSION_SHARE: Final = 0.6
# What a proctor's click must have shown on the dashboard by then, restarts included.
EFFECT_SECONDS: Final = 30.0
# An unknown outcome takes the gateway five seconds to tell; a broker restarts within a minute.
TRIES_MAX: Final = 10
# A signal on its way when its line breaks is lost: people who look away do so again.
LOOKS_MAX: Final = 5
BROADCASTS: Final = (
    "Welcome, and good luck. You can go back to any question until you submit.",
    "Please look over your flagged questions; the time is nearly over.",
)


class Scenes:
    def __init__(
        self,
        candidates: Sequence[Candidate],
        dashboard: Dashboard,
        proctor: Proctor,
        progress: Progress,
        *,
        seconds: int,
        started_at: float,
    ) -> None:
        self._candidates = candidates
        self._dashboard = dashboard
        self._proctor = proctor
        self._progress = progress
        self._seconds = seconds
        self._started_at = started_at
        self.failures: list[str] = []
        self.torn = 0
        self.helped = 0
        self.alerted = 0
        self.broadcasts = 0
        self.began_after: float | None = None

    @property
    def away_seconds(self) -> float:
        return AWAY_LASTS * self._seconds

    async def play(self) -> None:
        """All scenes, each at its time; returns after the last."""
        scenes = [
            self._watch_the_start(),
            self._at(FIRST_BROADCAST_AT, "the proctor greets everybody", self._broadcast),
            self._at(SECOND_BROADCAST_AT, "the proctor reminds everybody of the time", self._broadcast),
            self._at(INCIDENT_AT, "the proctor records an incident", self._record_incident),
        ]
        for candidate in self._candidates:
            role = candidate.role
            for share, text, scene in (
                (role.loses_network_at, "loses the network", self._lose_network),
                (role.paused_at, "is paused", self._pause),
                (role.extended_at, "gets more time", self._extend),
                (role.asks_for_help_at, "asks for help", self._help),
                (role.looks_away_at, "looks away", self._look_away),
            ):
                if share is not None:
                    scenes.append(self._at(share, f"{role.name} {text}", scene, candidate))
        await asyncio.gather(*scenes)

    async def _at(self, share: float, text: str, scene: Callable[..., Awaitable[None]], *who: Candidate) -> None:
        await asyncio.sleep(max(0.0, self._started_at + share * self._seconds - time.monotonic()))
        self._progress.step(text)
        try:
            await scene(*who)
        except (Refused, Unreachable) as error:
            self.failures.append(f"{text}: {error}")

    async def _watch_the_start(self) -> None:
        """Everybody who waited is at work."""
        number = len(self._candidates)
        shown = await self._dashboard.until(
            lambda: sum(row["began_at"] is not None for row in self._dashboard.rows.values()) >= number,
            EFFECT_SECONDS,
        )
        if not shown:
            self.failures.append(f"not everybody began: {dict(self._dashboard.counts())}")
            return
        self.began_after = time.monotonic() - self._started_at
        self._progress.step(f"all {number} are in session")

    async def _broadcast(self) -> None:
        text = BROADCASTS[self.broadcasts % len(BROADCASTS)]
        self.broadcasts += 1
        await self._proctor.broadcast(text)

    async def _record_incident(self) -> None:
        about = [each.participant_id for each in self._candidates if each.role.loses_network_at is not None]
        await self._proctor.record_incident(
            IncidentCategory.TECHNICAL, "The wireless network dropped out in one corner of the room.", about
        )

    async def _lose_network(self, candidate: Candidate) -> None:
        self.torn += 1
        self._dashboard.torn(candidate.participant_id)
        candidate.page.tear()
        await asyncio.sleep(self.away_seconds)
        self._progress.step(f"{candidate.role.name} is back")
        candidate.page.line.mend()

    async def _pause(self, candidate: Candidate) -> None:
        who = candidate.participant_id
        await self._apply("pause", candidate, "Needs a moment outside", lambda: self._row(who)["phase"] == Phase.PAUSED)
        await asyncio.sleep(PAUSE_LASTS * self._seconds)
        self._progress.step(f"{candidate.role.name} is resumed")
        await self._apply("resume", candidate, "Is back", lambda: self._row(who)["phase"] != Phase.PAUSED)

    async def _extend(self, candidate: Candidate) -> None:
        who = candidate.participant_id
        seconds = max(10, round(EXTENSION_SHARE * self._seconds))
        await self._apply(
            "extend",
            candidate,
            "The screen reader had to be restarted",
            lambda: self._row(who)["extended_ms"] >= seconds * 1000,
            seconds=seconds,
        )
        candidate.witness.extended_ms += seconds * 1000

    def _row(self, participant_id: str) -> Json:
        return self._dashboard.rows[participant_id]

    async def _apply(
        self, kind: str, candidate: Candidate, reason: str, shown: Callable[[], bool], seconds: int | None = None
    ) -> None:
        """One intervention; while its outcome is unknown it is sent again, which is the same intervention."""
        key = new_key()
        for attempt in range(1, TRIES_MAX + 1):
            try:
                await self._proctor.intervene(kind, candidate.participant_id, reason, seconds=seconds, key=key)
            except Refused as refused:
                if refused.problem != "outcome-unknown" or attempt == TRIES_MAX:
                    raise
            else:
                break
        if not await self._dashboard.until(shown, EFFECT_SECONDS):
            self.failures.append(f"the dashboard does not show: {kind} {candidate.role.name}")

    async def _help(self, candidate: Candidate) -> None:
        who = candidate.participant_id
        candidate.page.ask_for_help("The map will not load. What should I do?")
        asked = await self._dashboard.until(
            lambda: any(each["participant_id"] == who and each["kind"] == MessageKind.CHAT for each in self._chats()),
            EFFECT_SECONDS,
        )
        if not asked:
            self.failures.append(f"the dashboard shows no message from {candidate.role.name}")
            return
        self._progress.step("the proctor answers in the chat")
        await self._proctor.answer(who, "Please reload the page: your answers are saved and will be there.")
        if await self._dashboard.until(lambda: candidate.page.heard(MessageKind.CHAT) > 0, EFFECT_SECONDS):
            self.helped += 1

    async def _look_away(self, candidate: Candidate) -> None:
        """The alert shows on the dashboard, and goes once the proctor dismissed it."""
        who = candidate.participant_id

        def alert_ids() -> list[str]:
            return [each["alert_id"] for each in self._row(who)["open_alerts"] if each["kind"] == AlertKind.FOCUS_LOST]

        for _ in range(LOOKS_MAX):
            await candidate.page.look_away()
            if await self._dashboard.until(lambda: bool(alert_ids()), EFFECT_SECONDS / LOOKS_MAX):
                break
        else:
            self.failures.append(f"the dashboard shows no alert about {candidate.role.name}")
            return
        note = "Was looking at the clock on the wall"
        await eventually(partial(self._proctor.dismiss, who, alert_ids()[0], note), {"outcome-unknown"})
        if await self._dashboard.until(lambda: not alert_ids(), EFFECT_SECONDS):
            self.alerted += 1

    def _chats(self) -> list[Json]:
        return self._dashboard.chats()
