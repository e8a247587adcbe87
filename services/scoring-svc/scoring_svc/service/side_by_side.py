"""The same for many people at once: durable writes are waited for together instead of one after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

AT_ONCE: Final = 16  # a third of the connections one replica has to MongoDB

SubjectT = TypeVar("SubjectT")


async def side_by_side(subjects: Iterable[SubjectT], act: Callable[[SubjectT], Awaitable[object]]) -> None:
    """Act on each of them. When some fail the others are finished first; then the first failure is raised."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(subject: SubjectT) -> None:
        async with limit:
            await act(subject)

    outcomes = await asyncio.gather(*(one(subject) for subject in subjects), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
