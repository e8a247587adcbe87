"""Mail where no server is configured: kept and shown; templates, settings and the gateway's requests."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from mail_world import Sitting, code_of, eventually, in_days

from chassis.identifiers import new_id
from chassis.service import Service
from contracts.statuses import MailKind, Role
from messaging_svc.settings import Settings

pytestmark = pytest.mark.stack

LINK = "https://exams.example/staff#invitation=SECRET-LINK"


def problem_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    return str(response.json()["type"]).removeprefix("/problems/")


def fields_of(response: httpx.Response) -> set[str]:
    assert problem_of(response, 422) == "validation-failed"
    return {each["field"] for each in response.json()["errors"]}


def request_for(cause: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "staff_invitation",
        "cause": cause,
        "to": {"email": "grace@example.org", "name": "Grace"},
        "fields": {"link": LINK, "invited_by": "Ada"},
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
        **more,
    }


async def test_without_a_server_mails_are_kept_and_shown_as_such(
    service: Service, sign_in: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    sitting = Sitting(service, starts_at=in_days(7))
    await sitting.schedule()
    ada = await sitting.invite("ada@example.org")
    scheduler, at = sign_in(Role.SCHEDULER), f"/v1/sessions/{sitting.session_id}/mails"

    async def listed() -> Any:
        answer = (await scheduler.get(at)).json()
        return answer if answer["items"] else None

    answer = await eventually(listed)
    assert answer["configured"] is False
    assert answer["counts"] == {"not_configured": 1}
    (mail,) = answer["items"]
    assert (mail["status"], mail["email"], mail["participant_id"]) == ("not_configured", "ada@example.org", ada)
    assert (await scheduler.get(at, params={"status": "not_configured"})).json()["items"] == [mail]
    assert (await scheduler.get(at, params={"status": "queued"})).json()["items"] == []
    assert problem_of(await scheduler.post(f"{at}/{mail['mail_id']}/resend"), 409) == "mail-unfinished"
    health = (await service.health.results())["mail"]
    assert (health.level, "no mail server" in health.detail) == ("good", True)
    written = caplog.text + "".join(capfd.readouterr())
    assert code_of(ada) not in written
    assert code_of(ada) not in str(answer)


async def test_templates_are_the_organisations_own(sign_in: Any) -> None:
    acme, other = sign_in(Role.ADMIN), sign_in(Role.ADMIN, org="other")
    at = "/v1/mail/templates/invitation"
    body = {"subject": "Come to {{session}}", "text": "Hello {{ name }}, here: {{join_link}}"}
    saved = (await acme.put(at, json=body)).json()
    assert (saved["is_default"], saved["text"]) == (False, body["text"])

    async def invitation_of(client: httpx.AsyncClient) -> dict[str, Any]:
        listed = {each["kind"]: each for each in (await client.get("/v1/mail/templates")).json()}
        assert listed.keys() == set(MailKind)
        return dict(listed["invitation"])

    assert await invitation_of(acme) == saved
    assert (await invitation_of(other))["is_default"] is True
    shown = (await acme.post(f"{at}/preview", json=body)).json()
    assert shown["subject"] == "Come to Botany, spring sitting"
    assert '<a href="https://' in shown["html"]
    wrong = {"subject": "{{result}}", "text": "{{nobody}} {{join_link}}"}
    assert fields_of(await acme.put(at, json=wrong)) == {"subject", "text"}
    assert "{{nobody}}" in (await acme.put(at, json=wrong)).text
    assert fields_of(await acme.post(f"{at}/preview", json=wrong)) == {"subject", "text"}
    assert fields_of(await acme.put(at, json={**body, "text": "x" * 10_001})) == {"text"}
    assert (await acme.delete(at)).status_code == 204
    assert (await invitation_of(acme))["is_default"] is True


async def test_settings_are_checked_and_the_organisations_own(sign_in: Any) -> None:
    acme, at = sign_in(Role.SCHEDULER), "/v1/mail/settings"
    assert (await sign_in(Role.SCHEDULER, org="fresh").get(at)).json()["reminder_minutes"] == [1440]
    body = {"sender_name": "Acme", "reply_to": "help@acme.example", "reminder_minutes": []}
    assert (await acme.put(at, json=body)).json()["reminder_minutes"] == []
    assert (await acme.get(at)).json()["reply_to"] == "help@acme.example"
    assert fields_of(await acme.put(at, json={**body, "reply_to": "a@-ü.example"})) == {"reply_to"}
    assert fields_of(await acme.put(at, json={**body, "reminder_minutes": [0]})) == {"reminder_minutes[0]"}
    assert fields_of(await acme.put(at, json={**body, "reminder_minutes": [1, 2, 3, 4, 5, 6]})) == {"reminder_minutes"}


async def test_the_gateway_asks_for_one_mail_however_often(service: Service, sign_in: Any) -> None:
    gateway, cause = sign_in(Role.SERVICE), new_id()
    answers = [await gateway.post("/v1/mails", json=request_for(cause)) for _ in range(3)]
    assert {each.status_code for each in answers} == {202}
    (mail_id,) = {each.json()["mail_id"] for each in answers}
    assert answers[0].json()["status"] == "not_configured"
    upper = request_for(cause, to={"email": "GRACE@example.org", "name": "Grace"})
    assert (await gateway.post("/v1/mails", json=upper)).json()["mail_id"] == mail_id
    others = [request_for(new_id()), request_for(cause, to={"email": "eve@example.org", "name": "Eve"})]
    assert mail_id not in {(await gateway.post("/v1/mails", json=each)).json()["mail_id"] for each in others}
    elsewhere = await sign_in(Role.SERVICE, org="other").post("/v1/mails", json=request_for(cause))
    assert elsewhere.json()["mail_id"] != mail_id
    shown = await gateway.get(f"/v1/mails/{mail_id}")
    assert shown.json()["email"] == "grace@example.org"
    assert "SECRET-LINK" not in shown.text
    assert problem_of(await sign_in(Role.SERVICE, org="other").get(f"/v1/mails/{mail_id}"), 404) == "not-found"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fields": {"link": LINK}}, "fields.invited_by"),
        ({"fields": {"link": LINK, "invited_by": "A", "colour": "red"}}, "fields.colour"),
        ({"fields": {"link": "javascript:alert(1)", "invited_by": "A"}}, "fields.link"),
        ({"fields": {"link": LINK, "invited_by": "A", "name": "Other"}}, "fields.name"),
        ({"kind": "invitation"}, "kind"),
        ({"to": {"email": "nobody", "name": "N"}}, "to.email"),
        ({"to": {"email": "a@-ü.example", "name": "N"}}, "to.email"),
        ({"cause": ""}, "cause"),
    ],
)
async def test_a_request_that_makes_no_mail_names_the_field(sign_in: Any, change: dict[str, Any], field: str) -> None:
    response = await sign_in(Role.SERVICE).post("/v1/mails", json=request_for(new_id()) | change)
    assert fields_of(response) == {field}


async def test_only_those_who_may_reach_mail(sign_in: Any) -> None:
    for role in (Role.ADMIN, Role.SCHEDULER, Role.PROCTOR):
        assert (await sign_in(role).post("/v1/mails", json=request_for(new_id()))).status_code == 403
    for role in (Role.PROCTOR, Role.REVIEWER, Role.AUDITOR, Role.SERVICE):
        assert (await sign_in(role).get("/v1/mail/templates")).status_code == 403
        assert (await sign_in(role).put("/v1/mail/settings", json={})).status_code == 403
    candidate = sign_in(Role.CANDIDATE, subject="p", session_id="s", participant_id="p")
    assert (await candidate.get("/v1/sessions/s/mails")).status_code == 403


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"mail_sender": "nobody"}, "MAIL_SENDER"),
        ({"mail_sender": "a@b.example\r\nBcc: c@d.example"}, "MAIL_SENDER"),
        ({}, "MAIL_SENDER"),
        ({"mail_sender": "a@b.example", "smtp_security": "none", "smtp_username": "u"}, "SMTP_SECURITY"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(changes: dict[str, Any], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        Settings(smtp_host="mail.example", **changes)


def test_the_password_is_not_shown() -> None:
    shown = Settings(smtp_host="mail.example", mail_sender="a@b.example", smtp_password="PASSWORD")
    assert "PASSWORD" not in repr(shown)
