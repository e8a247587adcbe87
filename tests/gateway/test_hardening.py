"""What every answer carries, whatever it is, and which routes stand outside the table of access."""

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from gateway_world import World

from contracts.statuses import Role
from gateway.security import HEADERS

pytestmark = pytest.mark.stack

# Pages, documents and probes: they tell everybody the same.
OPEN = {
    "/",
    "/join",
    "/safe-exam-browser.seb",  # no secret is in it, and who reads it has not joined yet
    "/staff",
    "/sign-in/{org_id}",  # the same page for every organisation, and for none
    "/staff/{path:path}",
    "/developers",
    "/docs",
    "/docs/start.js",
    "/docs/openapi.json",
    "/docs/events",
    "/docs/sockets.json",
    "/asyncapi.json",
    "/problems",
    "/problems/{name}",
    "/health/live",
    "/health/ready",
    "/metrics",
}


async def test_every_answer_carries_the_headers_that_protect_a_browser(world: World):
    staff = {"authorization": f"Bearer {world.staff_token(Role.ADMIN)}"}
    asked = {
        200: ("GET", "/api/v1/auth/me", {"headers": staff}),
        401: ("GET", "/api/v1/sessions", {}),
        403: ("GET", "/api/v1/candidate/session", {"headers": staff}),
        404: ("GET", "/api/v1/nothing/here", {}),
        405: ("PUT", "/api/v1/auth/me", {}),
        413: ("POST", "/api/v1/auth/sign-in", {"content": b"x" * (1024 * 1024 + 1)}),
        422: ("POST", "/api/v1/auth/sign-in", {"json": {"email": "nobody"}}),
        503: ("GET", "/api/v1/sessions/s1/summary", {"headers": staff}),  # its service does not run here
    }
    for status, (method, path, options) in asked.items():
        answer = await world.http.request(method, path, **options)
        assert answer.status_code == status, answer.text
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (status, name)
        assert answer.headers["cache-control"] == "no-store", status
        assert "set-cookie" not in answer.headers
    for path in ("/docs", "/problems", "/staff", "/join", "/health/live"):
        assert (await world.http.get(path)).headers["x-frame-options"] == "DENY", path


async def test_browsers_are_held_to_https_where_it_is_used(world: World):
    transport = httpx.ASGITransport(world.service.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://exams.example") as http:
        assert "max-age" in (await http.get("/problems")).headers["strict-transport-security"]
    assert "strict-transport-security" not in (await world.http.get("/problems")).headers


async def test_another_site_can_neither_read_answers_nor_send_a_token(world: World):
    preflight = await world.http.options(
        "/api/v1/sessions",
        headers={"origin": "https://evil.example", "access-control-request-method": "POST"},
    )
    assert "access-control-allow-origin" not in preflight.headers
    answer = await world.http.get("/api/v1/auth/me", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_no_answer_sends_a_browser_to_another_site(world: World):
    for path in (
        "//evil.example",
        "/staff//evil.example",
        "/staff?next=https://evil.example",
        "/join?next=//evil.example",
    ):
        answer = await world.http.get(f"http://127.0.0.1:{world.settings.http_port}{path}")
        assert "location" not in answer.headers, path


async def test_an_id_stays_one_segment_whatever_is_in_it(world: World):
    """Else a request could reach another route of its owner than the one it was judged for."""
    staff = {"authorization": f"Bearer {world.staff_token(Role.ADMIN)}"}
    for segment in ("x%3Fy", "x%23y", "%C3%BB", "a%25b"):
        answer = await world.http.post(f"/api/v1/reviews/{segment}/claim", headers=staff)
        assert answer.status_code == 404, segment
        assert world.services.paths[-1] == f"/v1/reviews/{segment}/claim"
    assert (await world.http.post("/api/v1/reviews/%0Ax/claim", headers=staff)).status_code == 404
    asked = len(world.services.paths)
    for segment in ("%2E%2E", "%2E", "..%2F.."):
        answer = await world.http.get(f"/api/v1/participants/{segment}", headers=staff)
        assert answer.status_code == 404, segment
    assert len(world.services.paths) == asked, "dots go no further"


async def test_what_is_not_in_the_table_is_known_and_tells_everybody_the_same(world: World):
    hidden = {
        str(route.path)
        for route in iter_route_contexts(world.service.app.routes)
        if isinstance(route.original_route, APIRoute) and not route.include_in_schema
    }
    assert hidden == OPEN, "give a new route an action in contracts/access.py, or name it here with a reason"
