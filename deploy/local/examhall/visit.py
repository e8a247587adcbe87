"""After the rehearsal, a session to walk into: a link that signs its proctor in, and one that leads to a seat."""

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from contracts.resources.enrollment import AddedParticipants, AddParticipants, NewParticipant
from contracts.resources.session import CreateSession, SessionView
from contracts.session import SessionSettings
from examhall.addresses import Addresses
from examhall.operations import OperationFailed, settings_of
from examhall.rehearsal import Target
from examhall.rehearsal.client import Caller, Gateway, Refused, Unreachable, staff
from gateway.accounts import create_sign_in_link

HEARD_WITHIN_SECONDS: Final = 30.0  # enrollment-svc hears of a session a moment after it is made
LOOK_EVERY_SECONDS: Final = 0.5
OPEN_SECONDS: Final = 24 * 3600  # the links are good for a day, and so is the session


@dataclass(frozen=True, slots=True)
class Visit:
    """Addresses to open in a browser; each works once, the seat until it is handed in."""

    proctor: str
    candidate: str


async def invite(target: Target, addresses: Addresses) -> Visit:
    """Begin a session of the newest published assessment with one free seat.

    Raises OperationFailed when the stack refuses.
    """
    gateway = Gateway(target.gateways, random.Random())  # noqa: S311 - jitter, not a secret
    try:
        scheduler = staff(gateway, target.scheduler.email, target.scheduler.password)
        proctor = staff(gateway, target.proctor.email, target.proctor.password)
        session = await _begun(scheduler, await proctor.subject())
        seat = await _seat(scheduler, session)
        link = await proctor_link(target, addresses, session.session_id)
    except (Refused, Unreachable) as error:
        raise OperationFailed(str(error)) from error
    finally:
        await gateway.close()
    return Visit(
        proctor=link,
        candidate=f"{addresses.gateway}/join?code={seat}",
    )


async def proctor_link(target: Target, addresses: Addresses, session_id: str) -> str:
    """An address that signs the proctor in, once, and opens the session's live page."""
    code = await create_sign_in_link(settings_of(addresses), target.proctor.email)
    return f"{addresses.gateway}/staff/sessions/{session_id}/live?signin={code}"


async def _begun(scheduler: Caller, proctor_id: str) -> SessionView:
    assessments = (await scheduler.get("/api/v1/assessments"))["items"]
    newest = next((each for each in assessments if each["published_version"] is not None), None)
    if newest is None:
        raise OperationFailed("no assessment is published")
    settings = SessionSettings(
        name="Walk in",
        assessment_id=newest["assessment_id"],
        assessment_version=newest["published_version"],
        proctor_ids=[proctor_id],
        scheduled_at=datetime.now(UTC),
        time_zone="UTC",
        duration_seconds=OPEN_SECONDS,
        late_entry_seconds=OPEN_SECONDS,
        instructions_before="Look around: answer, flag, write to the proctor, raise your hand.",
        support_contact="The proctor in the chat",
    )
    body = CreateSession(settings=settings).model_dump(mode="json")
    session = SessionView.model_validate(await scheduler.post("/api/v1/sessions", body))
    for step in ("open", "start"):
        await scheduler.post(f"/api/v1/sessions/{session.session_id}/{step}", {})
    return session


async def _seat(scheduler: Caller, session: SessionView) -> str:
    body = AddParticipants(participants=[NewParticipant(name="Vera Visitor")]).model_dump(mode="json")
    deadline = time.monotonic() + HEARD_WITHIN_SECONDS
    while True:
        try:
            answer = await scheduler.post(f"/api/v1/sessions/{session.session_id}/participants", body)
        except Refused as refused:
            if refused.problem != "not-found" or time.monotonic() > deadline:
                raise
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            continue
        added = AddedParticipants.model_validate(answer).added
        if not added or added[0].personal_code is None:
            raise OperationFailed("there is no seat for a visitor")
        return added[0].personal_code
