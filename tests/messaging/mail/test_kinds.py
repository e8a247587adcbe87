"""Each kind of mail, as a real SMTP server receives it, from the fact that causes it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mail_world import MailServer, Sitting, code_of, eventually, in_days

from chassis.identifiers import new_id
from chassis.service import Service
from contracts.enrollment import ParticipantEnrolled
from contracts.statuses import EnrollmentState, Role

pytestmark = pytest.mark.stack


def address() -> str:
    return f"{new_id()[-12:]}@example.org"


async def settled(service: Service, participant_id: str) -> dict[str, str]:
    """Kind and status of each mail to somebody, once none of them waits."""
    waits = {"participant_id": participant_id, "due_at": {"$ne": None}}

    async def none_waits() -> bool:
        return await service.mongo["mails"].find_one(waits) is None

    await eventually(none_waits)
    return {
        each["kind"]: each["status"] async for each in service.mongo["mails"].find({"participant_id": participant_id})
    }


async def test_an_invitation_has_a_link_a_code_and_a_calendar_entry(make_sitting: Any, mail_server: MailServer) -> None:
    starts_at = datetime(2027, 3, 28, 8, 30, tzinfo=UTC)  # the day Lisbon changes its clocks
    sitting = await make_sitting(starts_at=starts_at, name="Frühjahr <1>")
    ada = await sitting.invite("ada@example.org", name="Ada Łovelace")
    caught = await mail_server.one("ada@example.org")
    link = f"https://exams.acme.example/join#code={code_of(ada)}"
    assert caught.subject == "Invitation: Frühjahr <1>"
    assert link in caught.text
    assert code_of(ada) in caught.text
    assert "2027-03-28 09:30 (Europe/Lisbon, UTC+01:00)" in caught.text
    assert f'<a href="{link}">' in caught.html
    assert "Frühjahr &lt;1&gt;" in caught.html
    assert str(caught.message["To"]) == "Ada Łovelace <ada@example.org>"
    assert str(caught.message["From"]) == "Examhall <exams@acme.example>"
    assert caught.calendar["METHOD"] == "REQUEST"
    entry = caught.entry
    assert (entry.decoded("DTSTART"), entry.decoded("DTEND")) == (starts_at, starts_at + timedelta(seconds=5400))
    assert entry["UID"] == f"{ada}@acme.example"
    assert str(entry["LOCATION"]) == link
    assert str(entry["SUMMARY"]) == "Frühjahr <1>"
    assert entry["ATTENDEE"] == "mailto:ada@example.org"


async def test_nobody_gets_mail_unasked(make_sitting: Any, mail_server: MailServer, service: Service) -> None:
    sitting = await make_sitting()
    ben, email = new_id(), address()
    quiet = sitting.participant(ben, email, "Ben", EnrollmentState.INVITED)
    await sitting.publish(ParticipantEnrolled(participant=quiet), ben, 1)
    await sitting.release(ben)
    await sitting.cancel()
    other = address()
    await (await make_sitting()).invite(other)
    await mail_server.one(other)
    assert mail_server.to(email) == []


async def test_a_new_time_replaces_the_calendar_entry(make_sitting: Any, mail_server: MailServer) -> None:
    sitting, email = await make_sitting(), address()
    await sitting.invite(email)
    first = await mail_server.one(email)
    await sitting.change(name="A new name is no new time")
    await sitting.change(starts_at=in_days(9))
    second = await mail_server.one(email, "New time")
    assert second.entry["UID"] == first.entry["UID"]
    assert second.entry["SEQUENCE"] > first.entry["SEQUENCE"]
    assert second.entry.decoded("DTSTART") == sitting.starts_at
    assert second.calendar["METHOD"] == "REQUEST"
    assert "Before: " in second.text
    assert len(mail_server.to(email)) == 2


async def test_a_cancelled_session_is_taken_out_of_the_calendar(make_sitting: Any, mail_server: MailServer) -> None:
    sitting, email = await make_sitting(), address()
    await sitting.invite(email)
    first = await mail_server.one(email)
    await sitting.cancel("The room is closed")
    last = await mail_server.one(email, "Cancelled")
    assert (last.calendar["METHOD"], last.entry["STATUS"]) == ("CANCEL", "CANCELLED")
    assert last.entry["UID"] == first.entry["UID"]
    assert last.entry["SEQUENCE"] > first.entry["SEQUENCE"]
    assert "Reason: The room is closed" in last.text


async def test_whoever_is_removed_is_told_and_whoever_was_never_told_is_not(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting, email, unlucky = await make_sitting(), address(), address()
    ada = await sitting.invite(email)
    await mail_server.one(email)
    await sitting.remove(ada)
    assert "Wrong list" in (await mail_server.one(email, "Cancelled")).text
    await mail_server.stop()
    ben = await sitting.invite(unlucky)
    await eventually(lambda: service.mongo["mails"].find_one({"participant_id": ben, "reason": {"$ne": None}}))
    await sitting.remove(ben)
    await eventually(lambda: service.mongo["mails"].find_one({"participant_id": ben, "kind": "cancellation"}))
    await mail_server.start()
    assert await settled(service, ben) == {"invitation": "withdrawn", "cancellation": "withdrawn"}
    assert mail_server.to(unlucky) == []


async def test_a_reminder_comes_at_the_time_set_and_only_to_those_invited_before(
    make_sitting: Any, mail_server: MailServer, service: Service, sign_in: Any
) -> None:
    scheduler = sign_in(Role.SCHEDULER)
    saved = await scheduler.put("/v1/mail/settings", json={"reminder_minutes": [60, 10, 60], "sender_name": "Acme"})
    assert saved.json()["reminder_minutes"] == [60, 10]
    sitting = await make_sitting(starts_at=datetime.now(UTC) + timedelta(minutes=60, seconds=4))
    early, late = address(), address()
    await sitting.invite(early)
    reminder = await mail_server.one(early, "Reminder")
    await sitting.invite(late)
    await mail_server.one(late, "Invitation")
    await asyncio.sleep(6)  # longer than the job's interval: a second one would have come by now
    assert len(mail_server.to(early, "Reminder")) == 1
    assert mail_server.to(late, "Reminder") == []
    assert reminder.calendar is None
    assert str(reminder.message["From"]) == "Acme <exams@acme.example>"


async def test_a_reminder_for_an_old_time_is_withdrawn(
    make_sitting: Any, mail_server: MailServer, service: Service, sign_in: Any
) -> None:
    await sign_in(Role.SCHEDULER).put("/v1/mail/settings", json={"reminder_minutes": [60]})
    sitting, email = await make_sitting(starts_at=datetime.now(UTC) + timedelta(minutes=60, seconds=4)), address()
    ada = await sitting.invite(email)
    await mail_server.one(email, "Invitation")
    mail_server.answers[email] = ["450 Later"]
    await eventually(
        lambda: service.mongo["mails"].find_one({"participant_id": ada, "kind": "reminder", "attempts": 1})
    )
    await sitting.change(starts_at=in_days(5))
    await eventually(lambda: service.mongo["mails"].find_one({"participant_id": ada, "kind": "reschedule"}))
    await service.mongo["mails"].update_one(
        {"participant_id": ada, "kind": "reminder"}, {"$set": {"due_at": datetime.now(UTC)}}
    )
    assert await settled(service, ada) == {"invitation": "sent", "reschedule": "sent", "reminder": "withdrawn"}


async def test_a_result_is_told_when_released_and_again_when_released_anew(
    make_sitting: Any, mail_server: MailServer
) -> None:
    sitting, email = await make_sitting(), address()
    ada = await sitting.invite(email)
    await mail_server.one(email)
    await sitting.end()
    await sitting.release(ada, version=5)
    await sitting.release(ada, version=5)
    told = await mail_server.one(email, "result")
    assert "Points: 42 of 50 (84.00 %)" in told.text
    await sitting.release(ada, version=6)
    await mail_server.until(lambda: len(mail_server.to(email, "result")) == 2)


async def test_a_result_that_overtakes_the_invitation_is_told_all_the_same(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting, email, ada = await make_sitting(), address(), new_id()
    await sitting.release(ada)
    await eventually(lambda: service.mongo["mails"].find_one({"participant_id": ada, "unasked": True}))
    await sitting.invite(email, participant_id=ada)
    await mail_server.one(email, "result")


async def test_an_invitation_that_overtakes_its_session_waits_for_it(service: Service, mail_server: MailServer) -> None:
    sitting, email = Sitting(service, starts_at=in_days(7)), address()
    ada = await sitting.invite(email)
    await eventually(
        lambda: service.mongo["mails"].find_one({"participant_id": ada, "reason": {"$regex": "not known"}})
    )
    await sitting.schedule()
    await mail_server.one(email)


async def test_the_gateways_mail_is_sent_and_its_link_forgotten(
    mail_server: MailServer, service: Service, sign_in: Any
) -> None:
    gateway, email, link = sign_in(Role.SERVICE), address(), "https://exams.acme.example/staff#reset=SECRET"
    request = {
        "kind": "password_reset",
        "cause": new_id(),
        "to": {"email": email, "name": "Grace"},
        "fields": {"link": link},
        "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }
    late = {**request, "cause": new_id(), "expires_at": datetime.now(UTC).isoformat()}
    withdrawn = (await gateway.post("/v1/mails", json=late)).json()["mail_id"]
    mail_id = (await gateway.post("/v1/mails", json=request)).json()["mail_id"]
    caught = await mail_server.one(email)
    assert link in caught.text
    assert caught.calendar is None
    for each, status in ((mail_id, "sent"), (withdrawn, "withdrawn")):
        done = {"_id": each, "status": status, "fields": {"$exists": False}}
        await eventually(lambda done=done: service.mongo["mails"].find_one(done))
    assert (await gateway.post("/v1/mails", json=request)).json() == {"mail_id": mail_id, "status": "sent"}


async def test_facts_heard_again_cause_nothing_again(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting, email = await make_sitting(), address()
    ada = await sitting.invite(email)
    first = await mail_server.one(email)
    for _ in range(3):
        await sitting.invite(email, participant_id=ada)
    other = address()
    await sitting.invite(other)
    await mail_server.one(other)
    assert await service.mongo["mails"].count_documents({"participant_id": ada}) == 1
    assert [each.message_id for each in mail_server.to(email)] == [first.message_id]


async def test_line_breaks_in_names_inject_no_header_and_no_calendar_line(
    make_sitting: Any, mail_server: MailServer
) -> None:
    evil = "Eve\r\nBcc: all@example.org\r\nATTENDEE:mailto:x@example.org"
    sitting, email = await make_sitting(name=evil), address()
    await sitting.invite(email, name=evil)
    caught = await mail_server.one(email)
    assert caught.message["Bcc"] is None
    assert caught.entry["ATTENDEE"] == f"mailto:{email}"
    assert str(caught.entry["SUMMARY"]) == " ".join(evil.split())


@pytest.mark.parametrize(
    ("email", "arrives_at", "utf8"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example", False),
        ("ädä@bücher.example", "ädä@xn--bcher-kva.example", True),
    ],
)
async def test_addresses_beyond_ascii(
    make_sitting: Any, mail_server: MailServer, email: str, arrives_at: str, utf8: bool
) -> None:
    sitting = await make_sitting()
    await sitting.invite(email)
    caught = await mail_server.one(arrives_at)
    assert ("SMTPUTF8" in caught.options) is utf8
