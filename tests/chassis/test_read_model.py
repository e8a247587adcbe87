"""Read models move on to newer versions only, many documents at a time."""

from collections.abc import AsyncIterator

import pytest

from chassis import mongo
from chassis.mongo import Collection
from chassis.read_model import Told, take_over
from chassis.settings import Settings

pytestmark = pytest.mark.stack


@pytest.fixture
async def people(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Collection]:
    client = mongo.connect(settings)
    yield mongo.database(client, settings.database("chassis-test"))[request.node.name[:40]]
    client.close()


async def kept(people: Collection) -> dict[str, tuple[int, str]]:
    return {each["_id"]: (each["version"], each["name"]) async for each in people.find({})}


def told(document_id: str, version: int, name: str = "") -> Told:
    return Told(document_id, version, {"name": name or f"{document_id}{version}"})


async def test_newer_states_are_taken_over_and_older_ones_change_nothing(people: Collection):
    assert await take_over(people, [told("a", 2), told("b", 1)]) == {"a", "b"}
    assert await take_over(people, [told("a", 1), told("b", 2), told("c", 1)]) == {"b", "c"}
    assert await kept(people) == {"a": (2, "a2"), "b": (2, "b2"), "c": (1, "c1")}


async def test_what_is_told_again_is_still_the_newest(people: Collection):
    await take_over(people, [told("a", 2)])
    assert await take_over(people, [told("a", 2, "again")]) == {"a"}
    assert await kept(people) == {"a": (2, "a2")}


async def test_of_several_states_of_one_document_the_newest_counts(people: Collection):
    assert await take_over(people, [told("a", 1), told("a", 3), told("a", 2)]) == {"a"}
    assert await kept(people) == {"a": (3, "a3")}


async def test_nothing_told_is_nothing_done(people: Collection):
    assert await take_over(people, []) == set()
