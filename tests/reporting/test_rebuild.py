"""Which partitions a rebuild sets back, whatever happens to replicas meanwhile."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import pytest
from session_story import at

from contracts.topics import Topic, topics_read_by
from reporting_svc.service import Rebuild

TOPICS = topics_read_by("reporting-svc")
FIRST, SECOND = TOPICS[:2]


class Marks:
    """The part of the store that a rebuild needs."""

    def __init__(self) -> None:
        self.number = 0
        self.marks: dict[tuple[str, int], int] = {}

    async def empty(self) -> None:
        """There are no facts here."""

    async def begin_generation(self, _now: datetime, _by: str) -> None:
        self.number += 1

    async def generation(self) -> int:
        return self.number

    async def rewound(self) -> dict[tuple[str, int], int]:
        return dict(self.marks)

    async def mark_rewound(self, partitions: Iterable[tuple[str, int]], generation: int) -> None:
        self.marks |= dict.fromkeys(partitions, generation)


class Replica:
    def __init__(self, marks: Marks) -> None:
        self.rewound: list[list[str]] = []
        self.rebuild = Rebuild(marks, self, {f"ns.{topic.name}": topic for topic in TOPICS}, self._rewind, self._lag)  # type: ignore[arg-type]
        self.moves: Any = None

    def now(self) -> datetime:
        return at(0)

    async def own(self, **numbers: Sequence[int]) -> None:
        topics = {"first": FIRST, "second": SECOND}
        await self.rebuild.assigned(
            [(f"ns.{topics[name].name}", number) for name, some in numbers.items() for number in some]
        )

    async def _rewind(self, topics: Sequence[Topic]) -> None:
        self.rewound.append([topic.name for topic in topics])
        if self.moves is not None:
            await self.moves()

    async def _lag(self, counted: frozenset[tuple[str, int]] | None) -> int:
        return -1 if counted is None else len(counted)


@pytest.fixture
def marks() -> Marks:
    return Marks()


@pytest.fixture
def replica(marks: Marks) -> Replica:
    return Replica(marks)


async def test_nothing_is_set_back_before_the_first_rebuild(replica: Replica) -> None:
    await replica.own(first=[0, 1])
    await replica.rebuild.notice()
    assert replica.rewound == []
    assert await replica.rebuild.behind() == -1


async def test_each_rebuild_sets_every_partition_back_once(replica: Replica) -> None:
    await replica.own(first=[0, 1], second=[3])
    for _ in range(2):
        await replica.rebuild.begin("ann")
        await replica.rebuild.notice()
        await replica.rebuild.notice()
    assert replica.rewound == [[FIRST.name, SECOND.name]] * 2
    assert await replica.rebuild.behind() == 3


async def test_a_replica_started_after_the_request_sets_back_what_it_then_owns(marks: Marks, replica: Replica) -> None:
    await replica.rebuild.begin("ann")
    later = Replica(marks)
    await later.own(first=[0])
    await later.rebuild.notice()
    assert later.rewound == [[FIRST.name]]


async def test_a_partition_that_comes_from_a_replica_that_never_noticed_is_set_back(replica: Replica) -> None:
    await replica.own(first=[0])
    await replica.rebuild.begin("ann")
    await replica.rebuild.notice()
    await replica.own(first=[0, 1])
    await replica.rebuild.notice()
    await replica.rebuild.notice()
    assert len(replica.rewound) == 2


async def test_partitions_that_moved_meanwhile_are_not_taken_for_set_back(marks: Marks, replica: Replica) -> None:
    await replica.own(first=[0, 1])
    await replica.rebuild.begin("ann")

    async def moves() -> None:
        await replica.own(first=[0])

    replica.moves = moves
    await replica.rebuild.notice()
    assert marks.marks == {}
    replica.moves = None
    await replica.rebuild.notice()
    assert marks.marks == {(FIRST.name, 0): 1}
