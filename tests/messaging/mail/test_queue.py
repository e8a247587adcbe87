"""The queue under refusals, absences and many mails, against a real SMTP server."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mail_world import MailServer, eventually, in_days

from chassis.identifiers import new_id
from chassis.service import Service
from contracts.statuses import Role

pytestmark = pytest.mark.stack


def address() -> str:
    return f"{new_id()[-12:]}@example.org"


async def stored(service: Service, email: str, **wanted: Any) -> dict[str, Any]:
    """The mail to an address, once it is as wanted."""
    return dict(await eventually(lambda: service.mongo["mails"].find_one({"email": email, **wanted})))


async def hurry(service: Service, email: str) -> None:
    """As if the pause before the next try were over."""
    await service.mongo["mails"].update_one({"email": email}, {"$set": {"due_at": datetime.now(UTC)}})


async def test_a_temporary_refusal_is_tried_again_later(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting, email = await make_sitting(), address()
    mail_server.answers[email] = ["450 4.2.1 Mailbox busy", "451 Greylisted"]
    await sitting.invite(email)
    refused = await stored(service, email, status="retrying", attempts=1)
    assert refused["reason"] == "450 4.2.1 Mailbox busy"
    pause = refused["due_at"] - datetime.now(UTC)
    assert timedelta(seconds=30) < pause < timedelta(seconds=73)
    await hurry(service, email)
    again = await stored(service, email, status="retrying", attempts=2)
    assert again["due_at"] - datetime.now(UTC) > pause
    await hurry(service, email)
    await mail_server.one(email)
    sent = await stored(service, email, status="sent")
    assert (sent["attempts"], sent["reason"], "due_at" in sent) == (3, None, False)


async def test_a_mail_refused_too_often_is_given_up(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting, email = await make_sitting(), address()
    mail_server.at_data[email] = ["451 Not now"] * 20
    await sitting.invite(email)
    await stored(service, email, status="retrying")
    await service.mongo["mails"].update_one({"email": email}, {"$set": {"attempts": 9}})
    await hurry(service, email)
    failed = await stored(service, email, status="failed")
    assert failed["reason"] == "Given up after 10 tries: 451 Not now"


@pytest.mark.parametrize(("where", "status"), [("answers", "bounced"), ("at_data", "failed")])
async def test_a_permanent_refusal_is_final(
    make_sitting: Any, mail_server: MailServer, service: Service, where: str, status: str
) -> None:
    sitting, email = await make_sitting(), address()
    getattr(mail_server, where)[email] = ["550 5.1.1 No"]
    await sitting.invite(email)
    refused = await stored(service, email, status=status)
    assert refused["reason"] == "550 5.1.1 No"
    assert "due_at" not in refused
    assert mail_server.asked[email] == 1


async def test_an_address_whose_domain_cannot_exist_bounces_here(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting, email = await make_sitting(), f"ada@{'ü' * 70}.example"
    await sitting.invite(email)
    assert "cannot exist" in (await stored(service, email, status="bounced"))["reason"]
    assert mail_server.asked[email] == 0


async def test_mail_waits_for_a_server_that_is_away_and_uses_up_no_tries(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting, email = await make_sitting(), address()
    await mail_server.stop()
    await sitting.invite(email)
    waiting = await stored(service, email, reason={"$ne": None})
    results = await service.health.results()
    assert results["mail"].level == "warning"
    assert await service.health.ready()
    await asyncio.sleep(3)
    await mail_server.start()
    await mail_server.one(email)
    sent = await stored(service, email, status="sent")
    assert (waiting["status"], sent["attempts"]) == ("queued", 1)
    assert (await service.health.results())["mail"].level == "good"


async def test_a_server_that_hangs_up_in_the_middle_costs_only_that_mail_a_pause(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting, unlucky, lucky = await make_sitting(), address(), address()
    mail_server.slow_seconds = 1.0
    await sitting.invite(unlucky)
    await mail_server.until(lambda: mail_server.asked[unlucky])
    await mail_server.stop()
    mail_server.slow_seconds = 0.0
    await mail_server.start()
    await stored(service, unlucky, status="retrying", attempts=1)
    await sitting.invite(lucky)
    await mail_server.one(lucky)


async def test_connections_are_kept_for_many_mails(make_sitting: Any, mail_server: MailServer) -> None:
    sitting, before = await make_sitting(), mail_server.connections
    emails = await sitting.invite_many(60)
    await mail_server.until(lambda: len(mail_server.among(emails)) == len(emails))
    assert mail_server.connections - before <= 8


async def test_a_mail_left_by_a_dead_replica_is_sent_when_its_lease_ends(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    sitting, email = await make_sitting(), address()
    mail_server.answers[email] = ["450 Later"]
    await sitting.invite(email)
    await stored(service, email, status="retrying")
    ends = datetime.now(UTC) + timedelta(seconds=3)
    leased = {"status": "sending", "lease_token": "somebody's", "due_at": ends}
    await service.mongo["mails"].update_one({"email": email}, {"$set": leased})
    await mail_server.one(email)
    assert datetime.now(UTC) >= ends


async def test_two_thousand_invitations_arrive_once_each(
    make_sitting: Any, mail_server: MailServer, service: Service
) -> None:
    """What it costs is measured by `make bench ARGS="--only mails"`."""
    sitting = await make_sitting(starts_at=in_days(3))
    emails = await sitting.invite_many(2000)
    await mail_server.until(lambda: len(mail_server.among(emails)) >= len(emails), seconds=240)
    assert sorted(each.recipient for each in mail_server.among(emails)) == sorted(emails)
    sent = {"session_id": sitting.session_id, "status": "sent"}

    async def all_recorded() -> bool:
        return await service.mongo["mails"].count_documents(sent) == len(emails)

    await eventually(all_recorded)


async def test_the_scheduler_sees_each_recipient_and_sends_again(
    make_sitting: Any, mail_server: MailServer, service: Service, sign_in: Any
) -> None:
    sitting = await make_sitting()
    good, gone, busy = address(), address(), address()
    mail_server.answers |= {gone: ["550 No such user"], busy: ["450 Busy"]}
    for email in (good, gone, busy):
        await sitting.invite(email)
    await stored(service, good, status="sent")
    await stored(service, gone, status="bounced")
    await stored(service, busy, status="retrying")
    scheduler, at = sign_in(Role.SCHEDULER), f"/v1/sessions/{sitting.session_id}/mails"
    answer = (await scheduler.get(at)).json()
    assert answer["counts"] == {"sent": 1, "bounced": 1, "retrying": 1}
    assert answer["configured"] is True
    by_email = {each["email"]: each for each in answer["items"]}
    assert by_email[gone]["reason"] == "550 No such user"
    assert by_email[busy]["due_at"] is not None
    assert (await scheduler.get(at, params={"status": "bounced"})).json()["items"] == [by_email[gone]]
    first = (await scheduler.get(at, params={"limit": 2})).json()
    rest = (await scheduler.get(at, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [*first["items"], *rest["items"]] == answer["items"]
    assert rest["next_cursor"] is None

    async def resend(email: str, key: str) -> Any:
        return await scheduler.post(f"{at}/{by_email[email]['mail_id']}/resend", headers={"Idempotency-Key": key})

    assert (await resend(busy, "k")).json()["type"] == "/problems/mail-unfinished"
    again = [await resend(gone, "k1") for _ in range(3)]
    assert {each.status_code for each in again} == {202}
    assert len({each.json()["mail_id"] for each in again}) == 1
    assert again[0].json()["resend_of"] == by_email[gone]["mail_id"]
    await mail_server.one(gone)
    await resend(good, "k2")
    await mail_server.until(lambda: len(mail_server.to(good)) == 2)
    assert len({each.message_id for each in mail_server.to(good)}) == 2


async def test_mails_are_for_their_organisation_and_roles_only(make_sitting: Any, sign_in: Any) -> None:
    sitting = await make_sitting()
    at = f"/v1/sessions/{sitting.session_id}/mails"
    assert (await sign_in(Role.ADMIN, org="other").get(at)).status_code == 404
    assert (await sign_in(Role.REVIEWER).get(at)).status_code == 403
    assert (await sign_in(Role.PROCTOR).post(f"{at}/x/resend")).status_code == 403
    assert (await sign_in(Role.SCHEDULER).post(f"{at}/x/resend")).status_code == 404
    assert (await sign_in(Role.SCHEDULER).get(at, params={"cursor": "%%%"})).status_code == 422
