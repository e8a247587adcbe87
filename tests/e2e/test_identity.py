"""Verifying identities through the gateway, from the candidate's upload to the attempt that may begin."""

import io
import random
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
from hall import Hall, Json, Seat, is_refused, until
from pictures import GPS_PLACE, a_picture, with_whereabouts
from PIL import Image

from contracts import limits, problems

pytestmark = pytest.mark.stack

VERIFIED: Final = {"identity_verification": "required"}
UPLOAD: Final = "/api/v1/candidate/identity/images"


@pytest.fixture(scope="module")
async def paper(hall: Hall) -> tuple[str, int]:
    return await hall.publish()


async def upload(seat: Seat, image: str, content: bytes | AsyncIterator[bytes]) -> httpx.Response:
    headers = {"authorization": f"Bearer {seat.person.token}", "content-type": "application/octet-stream"}
    return await seat.person.http.put(f"{UPLOAD}/{image}", content=content, headers=headers)


async def sent(seat: Seat) -> None:
    ids = {}
    for image in ("face", "document"):
        answer = await upload(seat, image, with_whereabouts())
        ids[image] = answer.raise_for_status().json()["image_id"]
    await seat.person.post("/api/v1/candidate/identity/submissions", ids)


async def phase_of(hall: Hall, seat: Seat) -> str:
    answer = await hall.proctor.call("GET", f"/api/v1/attempts/{seat.participant_id}")
    return str(answer.json()["row"]["phase"]) if answer.is_success else ""


async def verifying(hall: Hall, paper: tuple[str, int], **changes: Any) -> tuple[Json, Seat]:
    session = await hall.take(await hall.schedule(paper, **VERIFIED | changes), "open")
    return session, await hall.seat(code=session["code"], name="Ada Lovelace")


async def in_pieces(content: bytes, size: int = 60_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_nobody_begins_before_they_are_confirmed(hall: Hall, paper: tuple[str, int]) -> None:
    session, seat = await verifying(hall, paper)
    mine = await seat.person.get("/api/v1/candidate/session")
    assert (mine["identity_verification"], mine["identity_images_days"]) == ("required", limits.IDENTITY_DAYS_DEFAULT)
    await sent(seat)
    await hall.take(session, "start")

    async def invited() -> bool:
        return await phase_of(hall, seat) == "invited"

    await until(invited, "the attempt is known")
    [waiting] = (await hall.proctor.get(f"/api/v1/sessions/{session['session_id']}/identities"))["items"]
    assert (waiting["name"], waiting["state"]) == ("Ada Lovelace", "submitted")
    assert await invited()
    path = f"/api/v1/participants/{seat.participant_id}/identity"
    await hall.proctor.post(f"{path}/confirm", {"submission": 1})

    async def active() -> bool:
        return await phase_of(hall, seat) == "active"

    await until(active, "late entry lets the confirmed begin")


async def test_each_look_is_recorded_and_nothing_keeps_the_picture(hall: Hall, paper: tuple[str, int]) -> None:
    session, seat = await verifying(hall, paper)
    await sent(seat)
    path = f"/api/v1/participants/{seat.participant_id}/identity"
    look = await hall.proctor.call("GET", f"{path}/images/face")
    assert look.headers["content-type"] == "image/jpeg"
    assert look.headers["cache-control"] == "private, no-store"
    assert look.headers["x-content-type-options"] == "nosniff"
    assert GPS_PLACE not in look.content
    for who in (hall.scheduler, hall.reviewer, hall.auditor, seat.person):
        is_refused(await who.call("GET", f"{path}/images/face"), problems.NOT_ALLOWED)
    is_refused(await hall.stranger.call("GET", f"{path}/images/face"), problems.NOT_FOUND)
    await hall.proctor.post(f"{path}/reject", {"submission": 1, "reason": "Blurred"})
    entries = (await hall.admin.get("/api/v1/audit", limit=50))["entries"]
    about = [(each["action"], each["target"]) for each in entries if seat.participant_id in each["target"]]
    here = f"participants/{seat.participant_id}/identity"
    assert about == [("identity.review", f"{here}/reject"), ("identity.image", f"{here}/images/face")]

    async def told() -> list[str] | None:
        entries = await hall.scheduler.get(f"/api/v1/sessions/{session['session_id']}/activity")
        lines = [each["summary"] for each in entries]
        return lines if "Ada Lovelace's pictures were rejected: Blurred" in lines else None

    lines = await until(told, "the report tells it")
    assert "Ada Lovelace sent pictures of face and document." in lines


async def test_a_picture_larger_than_other_bodies_passes_in_pieces_with_or_without_its_length(
    hall: Hall, paper: tuple[str, int]
) -> None:
    _, seat = await verifying(hall, paper)
    noise = random.Random(4).randbytes(900 * 900 * 3)
    target = io.BytesIO()
    Image.frombytes("RGB", (900, 900), noise).save(target, "PNG")
    picture = target.getvalue()
    assert limits.REQUEST_BODY_BYTES < len(picture) < limits.IDENTITY_IMAGE_BYTES
    for content in (picture, in_pieces(picture)):
        answer = await upload(seat, "face", content)
        assert answer.status_code == 200, answer.text
        assert answer.json()["width"] == 900


async def test_too_much_is_refused_announced_or_not(hall: Hall, paper: tuple[str, int]) -> None:
    _, seat = await verifying(hall, paper)
    for content in (bytes(limits.IDENTITY_IMAGE_BYTES + 1), in_pieces(bytes(limits.IDENTITY_IMAGE_BYTES + 1))):
        is_refused(await upload(seat, "face", content), problems.BODY_TOO_LARGE)
    is_refused(await upload(seat, "passport", a_picture()), problems.VALIDATION_FAILED)
    nobody = await hall.nobody.http.put(f"{UPLOAD}/face", content=a_picture())
    is_refused(nobody, problems.NOT_SIGNED_IN)


async def test_setting_and_days_may_change_until_the_start(hall: Hall, paper: tuple[str, int]) -> None:
    session = await hall.take(await hall.schedule(paper), "open")
    path = f"/api/v1/sessions/{session['session_id']}"

    async def change(**settings: Any) -> httpx.Response:
        now = await hall.scheduler.get(path)
        body = {"settings": now["settings"] | settings, "version": now["version"]}
        return await hall.scheduler.call("PUT", path, body)

    assert (await change(**VERIFIED, identity_images_days=3)).is_success
    is_refused(await change(identity_images_days=0), problems.VALIDATION_FAILED)
    is_refused(await change(identity_images_days=limits.IDENTITY_DAYS_MAX + 1), problems.VALIDATION_FAILED)
    await hall.take(session, "start")
    is_refused(await change(identity_verification="off"), problems.SESSION_WRONG_STATE)
