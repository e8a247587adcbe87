"""Personal codes and what mails said go, some days after a session is over; what became of the mails stays."""

from datetime import timedelta
from typing import Any

import pytest
from mail_world import MailServer, Sitting, code_of, eventually, in_days

from chassis.identifiers import new_id
from chassis.service import Service
from contracts.statuses import Role
from messaging_svc.service.erasing import Erasing
from messaging_svc.settings import Settings
from messaging_svc.store.mails import MailStore
from messaging_svc.store.people import PeopleStore

pytestmark = pytest.mark.stack

KEPT = timedelta(days=Settings.model_fields["mail_kept_days"].default)


class Later:
    """The service's clock, some time ahead."""

    def __init__(self, service: Service, ahead: timedelta) -> None:
        self._service, self._ahead = service, ahead

    def now(self) -> Any:
        return self._service.clock.now() + self._ahead


def erasing(service: Service, ahead: timedelta = timedelta(0)) -> Erasing:
    return Erasing(MailStore(service.mongo), PeopleStore(service.mongo), Later(service, ahead), KEPT)


async def invited(service: Service, server: MailServer, sitting: Sitting) -> tuple[str, str]:
    email = f"{new_id()[-12:]}@example.org"
    participant_id = await sitting.invite(email)
    await server.one(email)
    await eventually(lambda: service.mongo["mails"].find_one({"participant_id": participant_id, "status": "sent"}))
    return participant_id, email


async def code(service: Service, participant_id: str) -> str:
    found = await service.mongo["invitations"].find_one({"_id": participant_id})
    assert found is not None
    return str(found["personal_code"])


async def test_codes_and_texts_go_after_the_days_they_are_kept_and_records_stay(
    make_sitting: Any, mail_server: MailServer, service: Service, sign_in: Any
) -> None:
    over, going_on = await make_sitting(), await make_sitting()
    participant_id, email = await invited(service, mail_server, over)
    other_id, _ = await invited(service, mail_server, going_on)
    await over.change(starts_at=in_days(8))
    await mail_server.until(lambda: len(mail_server.to(email)) == 2)
    moved = {"participant_id": participant_id, "kind": "reschedule", "status": "sent"}
    await eventually(lambda: service.mongo["mails"].find_one(moved))
    await over.end()
    await erasing(service).run()
    await erasing(service, KEPT - timedelta(hours=1)).run()
    assert await code(service, participant_id) == code_of(participant_id), "it is kept so long"
    mail = await service.mongo["mails"].find_one(moved)
    assert mail is not None
    assert mail["fields"]["previous_starts_at"]

    await erasing(service, KEPT + timedelta(minutes=1)).run()
    assert await code(service, participant_id) == ""
    everything = [each async for each in service.mongo["mails"].find({"session_id": over.session_id})]
    assert len(everything) == 2
    assert all("fields" not in each for each in everything)
    assert await code(service, other_id) == code_of(other_id), "a session that goes on keeps its codes"
    listed = (await sign_in(Role.SCHEDULER).get(f"/v1/sessions/{over.session_id}/mails")).json()
    assert listed["counts"] == {"sent": 2}
    assert {each["email"] for each in listed["items"]} == {email}


async def test_the_fact_of_an_invitation_heard_again_brings_nothing_back(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting = await make_sitting()
    participant_id, email = await invited(service, mail_server, sitting)
    await sitting.cancel()
    await mail_server.until(lambda: len(mail_server.to(email)) == 2)
    await erasing(service).run()
    await erasing(service, KEPT + timedelta(minutes=1)).run()
    assert await code(service, participant_id) == ""
    await sitting.invite(email, participant_id=participant_id)  # the log is read again
    sign, _ = await invited(service, mail_server, await make_sitting())  # behind it on the same topic, or beside it
    assert await code(service, sign) == code_of(sign)
    assert await code(service, participant_id) == ""
    assert len(mail_server.to(email)) == 2


async def test_results_are_erased_by_their_own_age_and_not_sent_again_without_words(
    make_sitting: Any, mail_server: MailServer, service: Service, sign_in: Any
) -> None:
    sitting = await make_sitting()
    participant_id, email = await invited(service, mail_server, sitting)
    await sitting.end()
    await sitting.release(participant_id)
    await mail_server.until(lambda: len(mail_server.to(email)) == 2)
    of_result = {"participant_id": participant_id, "kind": "result", "status": "sent"}
    mail = await eventually(lambda: service.mongo["mails"].find_one(of_result))
    await erasing(service, KEPT - timedelta(hours=1)).run()
    assert (await service.mongo["mails"].find_one({"_id": mail["_id"]}))["fields"]["points"] == "42"
    await erasing(service, KEPT + timedelta(minutes=1)).run()
    assert "fields" not in await service.mongo["mails"].find_one({"_id": mail["_id"]})
    at = f"/v1/sessions/{sitting.session_id}/mails/{mail['_id']}/resend"
    refused = await sign_in(Role.SCHEDULER).post(at)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/mail-erased")


@pytest.mark.parametrize("days", [0, 3_651])
def test_how_long_they_are_kept_is_bounded(days: int) -> None:
    with pytest.raises(ValueError, match="mail_kept_days"):
        Settings(mail_kept_days=days)


async def test_the_service_erases_by_itself(service: Service) -> None:
    assert any("mail-erasing" in name for name in await service.health.results())
