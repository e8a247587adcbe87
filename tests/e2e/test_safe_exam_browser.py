"""A session that is sat in Safe Exam Browser: joined, read and kept up from nowhere else."""

import hashlib
import plistlib
from typing import Any

import httpx
import pytest
from hall import Hall, is_refused, until

from contracts import problems
from gateway.safe_exam_browser import HASH_HEADER, config_key

pytestmark = pytest.mark.stack


class SafeExamBrowserHere:
    """Configured by the file, as SEB is, and adding the header it adds."""

    def __init__(self, hall: Hall, configuration: bytes) -> None:
        self._http = hall.http
        self._key = config_key(plistlib.loads(configuration))

    async def call(
        self, method: str, path: str, body: object = None, token: str | None = None, *, proof: bool = True
    ) -> httpx.Response:
        request = self._http.build_request(method, path, json=body)
        if proof:
            said = hashlib.sha256(f"{request.url}{self._key}".encode()).hexdigest()
            request.headers[HASH_HEADER] = said
        if token is not None:
            request.headers["authorization"] = f"Bearer {token}"
        return await self._http.send(request)


async def test_a_locked_session_is_sat_in_safe_exam_browser_alone(hall: Hall, assessment: tuple[str, int]) -> None:
    seb = SafeExamBrowserHere(hall, (await hall.http.get("/safe-exam-browser.seb")).content)
    locked = await hall.schedule(assessment, security={"lockdown": "safe_exam_browser"})
    session = await hall.take(locked, "open")
    invited = await hall.add(session)

    async def known() -> bool:
        answer = await hall.join(code=session["code"])
        return bool(answer.json()["type"] == problems.SAFE_EXAM_BROWSER_NEEDED.uri)

    await until(known, "the door knows that the session is locked")
    for words in ({"code": session["code"], "name": "Ada"}, {"code": invited["personal_code"]}):
        is_refused(await hall.join(**words), problems.SAFE_EXAM_BROWSER_NEEDED)
        is_refused(await hall.join(**words, in_safe_exam_browser=True), problems.VALIDATION_FAILED)
    assert await hall.participants(session) == [invited], "a refused join takes no seat"

    async def admitted() -> dict[str, Any] | None:
        answer = await seb.call("POST", "/api/v1/joins", {"code": session["code"], "name": "Ada"})
        return answer.json() if answer.is_success else None

    tokens = await until(admitted, "the door has heard that the session is open")
    await hall.take(session, "start")

    async def sitting() -> bool:
        """Form and attempt come from two services, each of which hears of the start in its own time."""
        form, attempt = [
            await seb.call("GET", path, token=tokens["access_token"])
            for path in ("/api/v1/candidate/form", "/api/v1/candidate/attempt")
        ]
        return form.is_success and attempt.is_success

    await until(sitting, "the form and the attempt can be read")
    thread = f"/api/v1/sessions/{session['session_id']}/threads/{tokens['joined']['participant_id']}/messages"
    for method, path, body in (
        ("GET", "/api/v1/candidate/form", None),
        ("GET", "/api/v1/candidate/messages", None),
        ("GET", "/api/v1/candidate/attempt", None),
        ("POST", thread, {"text": "Hello"}),
    ):
        outside = await seb.call(method, path, body, token=tokens["access_token"], proof=False)
        is_refused(outside, problems.SAFE_EXAM_BROWSER_NEEDED)
        inside = await seb.call(method, path, body, token=tokens["access_token"])
        assert inside.is_success, inside.text
    refresh = {"refresh_token": tokens["refresh_token"]}
    refused = await seb.call("POST", "/api/v1/candidate/refresh", refresh, proof=False)
    is_refused(refused, problems.SAFE_EXAM_BROWSER_NEEDED)
    renewed = (await seb.call("POST", "/api/v1/candidate/refresh", refresh)).json()
    again = await seb.call("GET", "/api/v1/candidate/form", token=renewed["access_token"], proof=False)
    is_refused(again, problems.SAFE_EXAM_BROWSER_NEEDED)


async def test_once_it_is_over_people_come_back_from_anywhere(hall: Hall, assessment: tuple[str, int]) -> None:
    seb = SafeExamBrowserHere(hall, (await hall.http.get("/safe-exam-browser.seb")).content)
    locked = await hall.schedule(assessment, security={"lockdown": "safe_exam_browser"})
    session = await hall.take(locked, "open")

    async def joined() -> str | None:
        answer = await seb.call("POST", "/api/v1/joins", {"code": session["code"], "name": "Ada"})
        return str(answer.json()["joined"]["personal_code"]) if answer.is_success else None

    personal_code = await until(joined, "Ada joins")
    await hall.take(session, "start", "end")

    async def back() -> bool:
        return (await hall.join(code=personal_code)).is_success

    await until(back, "Ada comes back to look at her result")
