"""Templates of sessions over HTTP, on the real database."""

import asyncio
from typing import Any

import pytest

from chassis.identifiers import new_id
from contracts import limits
from contracts.statuses import Role

pytestmark = pytest.mark.stack

ADDRESS = "/v1/session-templates"


@pytest.fixture
def organisation(caller: Any) -> Any:
    """A scheduler of an organisation without templates yet."""
    name = new_id()
    return lambda role=Role.SCHEDULER: caller(role, org=name)


async def test_a_template_is_kept_replaced_and_deleted(organisation: Any, settings_body: Any) -> None:
    scheduler = organisation()
    settings = settings_body("a1", in_seconds=-400 * 86_400, name="Spring", warning_minutes=[15, 5])
    made = await scheduler.post(ADDRESS, json={"name": " Spring exam ", "settings": settings})
    assert made.status_code == 201, made.text
    template = made.json()
    assert (template["name"], template["version"]) == ("Spring exam", 1)
    assert template["settings"]["warning_minutes"] == [15, 5], "a date that is past is no mistake in a template"
    address = made.headers["Location"]
    assert (await scheduler.get(address)).json() == template

    changed = {"name": "Spring exam", "settings": settings | {"grace_seconds": 60}, "version": 1}
    replaced = await scheduler.put(address, json=changed)
    assert (replaced.status_code, replaced.json()["version"]) == (200, 2)
    stale = await scheduler.put(address, json=changed)
    assert (stale.status_code, stale.json()["type"].rsplit("/", 1)[-1]) == (409, "stale-version")
    assert (await scheduler.put(address, json={**changed, "version": None})).status_code == 422
    assert (await scheduler.get(address)).json()["settings"]["grace_seconds"] == 60

    for _ in range(2):
        assert (await scheduler.delete(address)).status_code == 204
    assert (await scheduler.get(address)).status_code == 404


async def test_a_name_is_one_templates_whatever_its_case(organisation: Any, settings_body: Any) -> None:
    scheduler, settings = organisation(), settings_body("a1")
    names = ["Zoology", "algebra", "Mechanics"]
    for name in names:
        assert (await scheduler.post(ADDRESS, json={"name": name, "settings": settings})).status_code == 201
    both = await asyncio.gather(
        *(
            scheduler.post(ADDRESS, json={"name": name, "settings": settings})
            for name in ("ZOOLOGY", "Optics", "optics")
        )
    )
    assert sorted(each.status_code for each in both) == [201, 409, 409]
    refused = next(each for each in both if each.status_code == 409)
    assert refused.json()["type"].endswith("template-exists")
    listed = (await scheduler.get(ADDRESS)).json()["templates"]
    assert [each["name"].lower() for each in listed] == ["algebra", "mechanics", "optics", "zoology"]
    assert "settings" not in listed[0]


async def test_templates_are_their_organisations(organisation: Any, caller: Any, settings_body: Any) -> None:
    scheduler = organisation()
    made = await scheduler.post(ADDRESS, json={"name": "Ours", "settings": settings_body("a1")})
    stranger = caller(Role.SCHEDULER, org="elsewhere")
    address = made.headers["Location"]
    assert (await stranger.get(address)).status_code == 404
    assert (await stranger.delete(address)).status_code == 204, "to them it is not there, and stays"
    theirs = {"name": "Theirs", "settings": settings_body("a1"), "version": 1}
    assert (await stranger.put(address, json=theirs)).status_code == 404
    assert (await stranger.post(ADDRESS, json={"name": "Ours", "settings": settings_body("a1")})).status_code == 201
    assert (await organisation(Role.PROCTOR).get(ADDRESS)).status_code == 403
    assert (await scheduler.get(address)).json()["name"] == "Ours"


async def test_what_is_wrong_with_settings_is_said_of_templates_too(organisation: Any, settings_body: Any) -> None:
    settings = settings_body("a1", time_zone="Mars/Olympus", warning_minutes=[5, 5])
    refused = await organisation().post(ADDRESS, json={"name": "Wrong", "settings": settings})
    assert refused.status_code == 422
    fields = [each["field"] for each in refused.json()["errors"]]
    assert fields == ["settings.time_zone", "settings.warning_minutes"]
    misspelt = {"name": "Wrong", "settings": settings_body("a1") | {"grace": 5}}
    assert (await organisation().post(ADDRESS, json=misspelt)).status_code == 422


async def test_there_are_at_most_so_many(organisation: Any, settings_body: Any) -> None:
    scheduler, settings = organisation(), settings_body("a1")
    for number in range(limits.TEMPLATES_MAX):
        made = await scheduler.post(ADDRESS, json={"name": f"Number {number}", "settings": settings})
        assert made.status_code == 201
    refused = await scheduler.post(ADDRESS, json={"name": "One more", "settings": settings})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "name")
