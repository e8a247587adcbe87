"""Is this replica alive, and should it be sent work: checks by name, each able to say why."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

CHECK_SECONDS: Final = 2.0  # probes give up after 3 to 5 s; one slow part must not hide the others


class Level(StrEnum):
    """A warning is shown and alerted on, but the replica still takes work."""

    GOOD = "good"
    WARNING = "warning"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class CheckResult:
    level: Level
    detail: str = ""

    @staticmethod
    def good(detail: str = "") -> "CheckResult":
        return CheckResult(Level.GOOD, detail)

    @staticmethod
    def warning(detail: str) -> "CheckResult":
        return CheckResult(Level.WARNING, detail)

    @staticmethod
    def failing(detail: str) -> "CheckResult":
        return CheckResult(Level.FAILING, detail)


Check = Callable[[], Awaitable[CheckResult]]


class Health:
    """The named checks of one service."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def register(self, name: str, check: Check) -> None:
        if name in self._checks:
            raise ValueError(f"a check named {name!r} exists")
        self._checks[name] = check

    async def results(self) -> dict[str, CheckResult]:
        names = list(self._checks)
        answers = await asyncio.gather(*(self._ask(self._checks[name]) for name in names))
        return dict(zip(names, answers, strict=True))

    async def _ask(self, check: Check) -> CheckResult:
        try:
            return await asyncio.wait_for(check(), CHECK_SECONDS)
        except TimeoutError:
            return CheckResult.failing(f"no answer within {CHECK_SECONDS:.0f} s")
        except Exception as error:  # noqa: BLE001 - a check that fails is a failing check, whatever it raises
            return CheckResult.failing(f"{type(error).__name__}: {error}")

    async def ready(self) -> bool:
        return all(each.level is not Level.FAILING for each in (await self.results()).values())

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)

        @router.get("/health/live")
        async def live() -> JSONResponse:
            """Answering proves that the event loop turns, which is all a restart could mend."""
            return JSONResponse({"alive": True})

        @router.get("/health/ready")
        async def ready() -> JSONResponse:
            results = await self.results()
            is_ready = all(each.level is not Level.FAILING for each in results.values())
            body = {
                "ready": is_ready,
                "checks": {name: {"level": each.level, "detail": each.detail} for name, each in results.items()},
            }
            return JSONResponse(body, status_code=200 if is_ready else 503)

        return router
