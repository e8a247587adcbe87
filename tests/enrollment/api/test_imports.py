"""Imports on the stack: uploaded, reviewed, confirmed, carried out; and what never happens."""

import asyncio
import csv
import io
from typing import Any

import httpx
import pytest
import roster_files as files
from hall import until

from chassis.identifiers import new_id
from chassis.service import Service
from contracts import limits
from contracts.statuses import EnrollmentMode, Role
from enrollment_svc.domain.files import roster
from enrollment_svc.service.importing import READINGS_MAX

pytestmark = pytest.mark.stack

Json = dict[str, Any]
ROWS = [
    ("Ada", "ada@example.org", "1", "Nursing; Ward 4", "x1.5"),
    ("Ben", "ben@example.org", "2", "Nursing", ""),
    ("Eve", "eve@example", "3", "", ""),
    ("Ada again", "ADA@example.org", "", "", ""),
]


@pytest.fixture
def org() -> str:
    return f"org-{new_id()}"


@pytest.fixture
def keeper(caller: Any, org: str) -> httpx.AsyncClient:
    return caller(Role.SCHEDULER, subject="s1", org=org)


def problem_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    return str(response.json()["type"]).removeprefix("/problems/")


async def uploaded(client: httpx.AsyncClient, data: bytes, key: str = "", **query: str) -> Json:
    """Once it was read."""
    headers = {"Content-Type": "application/octet-stream"} | ({"Idempotency-Key": key} if key else {})
    response = await client.post("/v1/imports", content=data, params={"file_name": "p.csv"} | query, headers=headers)
    assert response.status_code == 202, response.text
    return await settled(client, response.json()["import_id"])


async def settled(client: httpx.AsyncClient, import_id: str) -> Json:
    async def at_rest() -> Json | None:
        found: Json = (await client.get(f"/v1/imports/{import_id}")).json()
        return None if found["state"] in {"reading", "running"} else found

    return await until(at_rest, f"import {import_id} comes to rest", seconds=90)


async def confirmed(client: httpx.AsyncClient, import_: Json, mode: str = "valid") -> Json:
    response = await client.post(f"/v1/imports/{import_['import_id']}/confirm", json={"mode": mode})
    assert response.status_code == 200, response.text
    return await settled(client, import_["import_id"])


async def rows(client: httpx.AsyncClient, import_: Json, **query: Any) -> list[Json]:
    answer = await client.get(f"/v1/imports/{import_['import_id']}/rows", params={"limit": 200} | query)
    return list(answer.json()["items"])


async def people(client: httpx.AsyncClient) -> list[Json]:
    return list((await client.get("/v1/people", params={"limit": 200})).json()["items"])


async def test_a_file_is_reviewed_before_anything_changes(keeper: httpx.AsyncClient) -> None:
    import_ = await uploaded(keeper, files.text_file(ROWS, separator=";"))
    assert import_["state"] == "review"
    assert import_["review"] == {"new": 2, "changed": 0, "known": 0, "duplicate": 1, "error": 1}
    assert import_["ignored_columns"] == ["Time"]
    (wrong,) = await rows(keeper, import_, status="error")
    assert [(each["cell"], each["value"]) for each in wrong["errors"]] == [("B4", "eve@example")]
    (twice,) = await rows(keeper, import_, status="duplicate")
    assert twice["errors"][0]["detail"] == "Row 2 is the same person."
    assert await people(keeper) == []


async def test_all_or_the_valid_ones(keeper: httpx.AsyncClient) -> None:
    import_ = await uploaded(keeper, files.text_file(ROWS))
    address = f"/v1/imports/{import_['import_id']}/confirm"
    assert problem_of(await keeper.post(address, json={"mode": "all"}), 409) == "import-has-errors"
    assert await people(keeper) == []
    done = await confirmed(keeper, import_)
    assert (done["state"], done["outcome"]["added"], done["done"]) == ("done", 2, 2)
    stored = await people(keeper)
    assert [(each["name"], [group["name"] for group in each["groups"]]) for each in stored] == [
        ("Ada", ["Nursing", "Ward 4"]),
        ("Ben", ["Nursing"]),
    ]
    added = {each["person_id"] for each in await rows(keeper, import_) if each["outcome"] == "added"}
    assert added == {each["person_id"] for each in stored}


async def test_the_same_file_again_changes_nothing(keeper: httpx.AsyncClient) -> None:
    data = files.text_file(ROWS[:2])
    await confirmed(keeper, await uploaded(keeper, data))
    before = await people(keeper)
    again = await uploaded(keeper, data)
    assert again["review"] == {"new": 0, "changed": 0, "known": 2, "duplicate": 0, "error": 0}
    done = await confirmed(keeper, again)
    assert done["outcome"] | {"unchanged": 0} == dict.fromkeys(done["outcome"], 0)
    assert done["outcome"]["unchanged"] == 2
    assert await people(keeper) == before


async def test_a_newer_file_brings_people_up_to_date(keeper: httpx.AsyncClient) -> None:
    await confirmed(keeper, await uploaded(keeper, files.text_file(ROWS[:2])))
    newer = files.text_file([("Ada King", "ada@new.example.org", "1", "Biology", ""), ("Ben", "ben@example.org", "2")])
    import_ = await uploaded(keeper, newer)
    (changed,) = await rows(keeper, import_, status="changed")
    assert changed["changes"] == ["name", "email", "groups"]
    done = await confirmed(keeper, import_, "all")
    assert (done["outcome"]["updated"], done["outcome"]["unchanged"]) == (1, 1)
    ada = (await people(keeper))[0]
    assert (ada["name"], ada["email"], ada["version"]) == ("Ada King", "ada@new.example.org", 2)
    assert [each["name"] for each in ada["groups"]] == ["Nursing", "Ward 4", "Biology"]


async def test_rejected_rows_come_back_with_their_reasons_and_can_be_mended(keeper: httpx.AsyncClient) -> None:
    bad = [("=1+1", "nowhere", "9", "", ""), *ROWS]
    import_ = await confirmed(keeper, await uploaded(keeper, files.text_file(bad, separator=";")))
    answer = await keeper.get(f"/v1/imports/{import_['import_id']}/rejected")
    assert answer.headers["content-disposition"] == 'attachment; filename="rejected.csv"'
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert table[0] == ["Name", "E-mail", "ID", "Groups", "Time", "Reason"]
    assert [row[0] for row in table[1:]] == ["'=1+1", "Eve", "Ada again"]
    assert table[1][-1].startswith("B2: This is no e-mail address")
    workbook = await keeper.get(f"/v1/imports/{import_['import_id']}/rejected", params={"kind": "xlsx"})
    assert [each.name for each in roster.read(workbook.content).lines] == ["=1+1", "Eve", "Ada again"]
    mended = answer.content.replace(b"nowhere", b"one@example.org").replace(b"eve@example;", b"eve@example.org;")
    review = (await uploaded(keeper, mended))["review"]
    assert (review["new"], review["changed"], review["error"]) == (2, 1, 0)  # "Ada again" would be Ada's new name


async def test_a_file_that_cannot_be_read_says_why_and_changes_nothing(keeper: httpx.AsyncClient) -> None:
    failed = await uploaded(keeper, files.text_file(files.people(20_001)))
    assert (failed["state"], failed["problem"]["problem"]) == ("failed", "file-too-many-rows")
    assert failed["problem"]["detail"] == "At most 20,000 people are read. Split the file."
    confirm = await keeper.post(f"/v1/imports/{failed['import_id']}/confirm", json={})
    assert problem_of(confirm, 409) == "import-wrong-state"
    assert await people(keeper) == []


async def test_a_file_that_keeps_taking_its_reader_down_is_given_up(
    keeper: httpx.AsyncClient, service: Service
) -> None:
    import_ = await uploaded(keeper, files.text_file(ROWS))
    stored = await service.mongo["imports"].find_one({"_id": import_["import_id"]})
    assert stored is not None
    deadly = stored | {"_id": new_id(), "state": "reading", "claims": READINGS_MAX}
    await service.mongo["imports"].insert_one(deadly)
    failed = await settled(keeper, deadly["_id"])
    assert (failed["state"], failed["problem"]["problem"]) == ("failed", "file-unreadable")


async def test_what_is_no_file_is_refused_at_once(keeper: httpx.AsyncClient) -> None:
    assert problem_of(await keeper.post("/v1/imports", content=b""), 422) == "file-empty"
    large = bytes(limits.IMPORT_FILE_BYTES + 1)
    assert problem_of(await keeper.post("/v1/imports", content=large), 413) == "body-too-large"
    other = await keeper.post("/v1/people", content=bytes(limits.REQUEST_BODY_BYTES + 1))
    assert problem_of(other, 413) == "body-too-large"


async def test_the_same_upload_again_is_the_same_import(keeper: httpx.AsyncClient) -> None:
    first = await uploaded(keeper, files.text_file(ROWS), key="up-1")
    again = await uploaded(keeper, files.text_file(ROWS), key="up-1")
    assert first == again
    other = await keeper.post("/v1/imports", content=b"Name,ID\nX,1\n", headers={"Idempotency-Key": "up-1"})
    assert problem_of(other, 422) == "idempotency-mismatch"


async def test_an_import_given_up_changes_nothing(keeper: httpx.AsyncClient, service: Service) -> None:
    import_ = await uploaded(keeper, files.text_file(ROWS))
    address = f"/v1/imports/{import_['import_id']}"
    assert (await keeper.post(f"{address}/cancel")).json()["state"] == "cancelled"
    assert problem_of(await keeper.post(f"{address}/confirm", json={"mode": "valid"}), 409) == "import-wrong-state"
    assert await people(keeper) == []
    assert await service.mongo["import_files"].count_documents({"_id": import_["import_id"]}) == 0


async def test_imports_are_the_organisations_own(keeper: httpx.AsyncClient, caller: Any) -> None:
    import_ = await uploaded(keeper, files.text_file(ROWS))
    stranger = caller(Role.ADMIN, org=f"org-{new_id()}")
    address = f"/v1/imports/{import_['import_id']}"
    for path in ("", "/rows", "/rejected"):
        assert problem_of(await stranger.get(address + path), 404) == "not-found"
    assert problem_of(await stranger.post(f"{address}/confirm", json={}), 404) == "not-found"
    assert problem_of(await stranger.post(f"{address}/cancel"), 404) == "not-found"
    assert (await stranger.get("/v1/imports")).json()["items"] == []
    assert [each["import_id"] for each in (await keeper.get("/v1/imports")).json()["items"]] == [import_["import_id"]]


async def test_a_onerosters_classes_become_groups_and_are_found_again(keeper: httpx.AsyncClient) -> None:
    import_ = await uploaded(keeper, files.bundle())
    assert import_["source"] == "oneroster"
    await confirmed(keeper, import_, "all")
    found = (await keeper.get("/v1/groups")).json()["items"]
    assert [(each["name"], each["external_id"], each["people"]) for each in found] == [
        ("Biology", "c3", 1),
        ("Nursing (North School)", "c1", 1),
        ("Nursing (South)", "c2", 1),
    ]
    await keeper.put(f"/v1/groups/{found[0]['group_id']}", json={"name": "Life science", "version": 1})
    again = await uploaded(keeper, files.bundle())
    assert again["review"]["known"] == 3
    await confirmed(keeper, again, "all")
    assert len((await keeper.get("/v1/groups")).json()["items"]) == 3


async def test_two_imports_of_the_same_people_at_once_add_each_once(keeper: httpx.AsyncClient) -> None:
    data = files.text_file(files.people(300))
    imports = await asyncio.gather(*(uploaded(keeper, data) for _ in range(3)))
    done = await asyncio.gather(*(confirmed(keeper, each) for each in imports))
    assert sum(each["outcome"]["added"] for each in done) == 300
    assert sum(each["outcome"]["refused"] for each in done) == 0
    assert len((await keeper.get("/v1/groups")).json()["items"]) == 7


# Into a session


async def test_an_import_into_a_session_gives_everybody_a_place(
    keeper: httpx.AsyncClient, org: str, scheduled_session: Any, read_facts: Any
) -> None:
    session = await scheduled_session(org=org, maximum_participants=50)
    import_ = await uploaded(keeper, files.text_file(ROWS[:2]), session_id=session.session_id)
    assert (import_["free_seats"], import_["to_do"]) == (50, 2)
    done = await confirmed(keeper, import_, "all")
    assert (done["outcome"]["added"], done["outcome"]["enrolled"]) == (2, 2)
    listed = (await keeper.get(f"/v1/sessions/{session.session_id}/participants")).json()["items"]
    assert [(each["name"], each["accommodation"]["time_multiplier"]) for each in listed] == [
        ("Ada", "1.50"),
        ("Ben", None),
    ]
    assert all(len(each["personal_code"]) == 14 for each in listed)
    (fact,) = await read_facts(listed[0]["participant_id"], 1)
    assert fact.type == "examhall.participant.enrolled.v1"
    again = await confirmed(
        keeper, await uploaded(keeper, files.text_file(ROWS[:2]), session_id=session.session_id), "all"
    )
    assert (again["outcome"]["enrolled"], again["outcome"]["already"]) == (0, 2)
    assert len((await keeper.get(f"/v1/sessions/{session.session_id}/participants")).json()["items"]) == 2


async def test_whoever_finds_no_seat_is_named_and_not_called_enrolled(
    keeper: httpx.AsyncClient, org: str, scheduled_session: Any
) -> None:
    session = await scheduled_session(org=org, maximum_participants=10)
    import_ = await uploaded(keeper, files.text_file(files.people(12)), session_id=session.session_id)
    address = f"/v1/imports/{import_['import_id']}/confirm"
    assert problem_of(await keeper.post(address, json={"mode": "all"}), 409) == "session-full"
    done = await confirmed(keeper, import_, "valid")
    assert (done["outcome"]["added"], done["outcome"]["enrolled"], done["outcome"]["unseated"]) == (12, 10, 2)
    rejected = await rows(keeper, import_, rejected=True)
    assert [each["seat"] for each in rejected] == ["refused", "refused"]
    assert rejected[0]["reason"] == "All 10 seats are taken."


async def test_a_session_that_takes_no_names_takes_no_import(
    keeper: httpx.AsyncClient, org: str, scheduled_session: Any
) -> None:
    session = await scheduled_session(org=org, enrollment_mode=EnrollmentMode.AUTO)
    answer = await keeper.post("/v1/imports", content=b"x", params={"session_id": session.session_id})
    assert problem_of(answer, 409) == "enrollment-by-code-only"


async def test_people_and_groups_are_picked_from_the_directory(
    keeper: httpx.AsyncClient, caller: Any, org: str, scheduled_session: Any
) -> None:
    await confirmed(keeper, await uploaded(keeper, files.text_file(files.people(21))))
    groups = (await keeper.get("/v1/groups")).json()["items"]
    stored = await people(keeper)
    session = await scheduled_session(org=org, proctor_ids=["p1"])
    address = f"/v1/sessions/{session.session_id}/participants/from-directory"
    proctor = caller(Role.PROCTOR, subject="p1", org=org)
    body = {
        "group_ids": [groups[0]["group_id"]],
        "person_ids": [stored[0]["person_id"], stored[1]["person_id"]],
        "accommodation": {"time_multiplier": "1.25"},
    }
    answer = await proctor.post(address, json=body)
    assert answer.status_code == 202, answer.text
    done = await settled(proctor, answer.json()["import_id"])
    assert (done["state"], done["source"], done["outcome"]["enrolled"]) == ("done", "directory", 4)
    listed = (await keeper.get(f"/v1/sessions/{session.session_id}/participants")).json()["items"]
    assert sorted(each["name"] for each in listed) == ["Person 00000", "Person 00001", "Person 00007", "Person 00014"]
    assert {each["accommodation"]["time_multiplier"] for each in listed} == {"1.25"}
    again = await settled(proctor, (await proctor.post(address, json=body)).json()["import_id"])
    assert (again["outcome"]["enrolled"], again["outcome"]["already"]) == (0, 4)
    other = caller(Role.PROCTOR, subject="p2", org=org)
    assert problem_of(await other.post(address, json=body), 403) == "not-allowed"
    assert problem_of(await keeper.post(address, json={}), 422) == "nobody-meant"
    gone = await settled(keeper, (await keeper.post(address, json={"person_ids": ["nobody"]})).json()["import_id"])
    assert (gone["outcome"]["refused"], gone["outcome"]["enrolled"]) == (1, 0)
