"""Signing in with an organisation's own provider, at the login pages of a real one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from chromium import WITHIN_MS, Chromium
from hall import PASSWORD, Hall
from playwright.async_api import Page, expect
from real_provider import CLIENT, RealProvider, real_provider
from staff_pages import StaffPages, end_sign_in

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]


def somebody(name: str, *groups: str, **claims: Any) -> dict[str, Any]:
    email = f"{name.split(maxsplit=1)[0].lower()}@university.example"
    return {"name": name, "email": email, "email_verified": True, "groups": list(groups)} | claims


PEOPLE = {
    "grace": somebody("Grace Hopper", "exam-planners", "library"),
    "alan": somebody("Alan Turing", "library"),
    "unverified": somebody("Mallory Malone", "exam-planners", email_verified=False),
}


@pytest.fixture(scope="module")
async def provider(hall: Hall) -> AsyncIterator[RealProvider]:
    async with real_provider(str(hall.http.base_url).rstrip("/"), PEOPLE) as running:
        yield running


@pytest.fixture(scope="module")
async def settings(hall: Hall, provider: RealProvider) -> dict[str, Any]:
    """Of the provider; set for the hall's organisation."""
    before = await hall.admin.get("/api/v1/provider")
    body = CLIENT | {
        "version": 0 if before["provider"] is None else before["provider"]["version"],
        "name": "the University",
        "issuer": provider.issuer,
        "scopes": ["groups"],
        "role_claim": "groups",
        "rules": [{"value": "exam-planners", "role": "scheduler"}],
        "domains": ["university.example"],
        "creates_accounts": True,
        "passwords_off": False,
    }
    answer = await hall.admin.call("PUT", "/api/v1/provider", body)
    assert answer.is_success, answer.text
    return body


async def leave_for(page: Page, email: str) -> None:
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_role("button", name="Sign in with the University").click()


async def test_an_administrator_sets_the_provider_on_a_page(hall: Hall, provider: RealProvider, browser: Chromium):
    pages = await StaffPages.signed_in(
        await browser.person(), str(hall.http.base_url), hall.admin.email, "/staff/provider"
    )
    page = pages.page
    await page.get_by_label("Name", exact=True).fill("The Academy")
    await page.get_by_label("Issuer address").fill("http://academy.example")
    await page.get_by_label("Client ID").fill(CLIENT["client_id"])
    await page.get_by_role("combobox", name="Further scopes").fill("groups")
    await page.keyboard.press("Enter")
    await page.get_by_role("combobox", name="E-mail domains").fill("academy.example")
    await page.keyboard.press("Enter")
    await page.get_by_label("Value 1", exact=True).fill("exam-planners")
    await page.get_by_label("Role for value 1").select_option("scheduler")
    await pages.button("Save").click()
    await expect(page.get_by_text("Enter the client secret.")).to_be_visible(timeout=WITHIN_MS)
    await page.get_by_label("Client secret", exact=True).fill(CLIENT["client_secret"])
    await pages.button("Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("must begin with https", timeout=WITHIN_MS)
    await page.get_by_label("Issuer address").fill(provider.issuer)
    await pages.button("Save").click()
    await expect(page.get_by_text("The sign-in provider is set")).to_be_visible(timeout=WITHIN_MS)
    await expect(page.get_by_label("Client secret", exact=True)).to_have_value("")
    await expect(page.get_by_text(f"/sign-in/{hall.org_id}")).to_be_visible()
    made = (await hall.admin.get("/api/v1/provider"))["provider"]
    assert (made["scopes"], made["domains"]) == (["groups"], ["academy.example"])


async def test_the_providers_login_leads_to_the_page_that_was_asked_for_and_out_again(
    hall: Hall, assessment: tuple[str, int], provider: RealProvider, settings: dict[str, Any], browser: Chromium
):
    session = await hall.schedule(assessment)
    gateway = str(hall.http.base_url).rstrip("/")
    page = await (await browser.person()).new_page()
    at = f"{gateway}/staff/sessions/{session['session_id']}/results"
    await page.goto(at)
    await leave_for(page, "grace@university.example")
    await provider.sign_in(page, "grace")
    await expect(page.get_by_role("heading", name="Results", exact=True)).to_be_visible(timeout=WITHIN_MS)
    assert page.url == at
    await page.get_by_role("button", name="Grace Hopper").click()
    await expect(page.get_by_text("Scheduler", exact=True)).to_be_visible(timeout=WITHIN_MS)
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.wait_for_url(f"{provider.issuer}/session/end?*")
    await page.get_by_role("button", name="Yes, sign me out").click()
    await expect(page.get_by_label("E-mail address")).to_be_visible(timeout=WITHIN_MS)
    assert page.url.startswith(f"{gateway}/staff")


@pytest.mark.parametrize(
    "turned_away", [("alan", "gives you no role here"), ("unverified", "no verified e-mail address")]
)
async def test_who_is_turned_away_reads_why(
    hall: Hall, provider: RealProvider, settings: dict[str, Any], browser: Chromium, turned_away: tuple[str, str]
):
    login, says = turned_away
    page = await (await browser.person()).new_page()
    await page.goto(f"{hall.http.base_url}/sign-in/{hall.org_id}")
    await page.get_by_role("button", name="Sign in with the University").click()
    await provider.sign_in(page, login)
    await expect(page.get_by_role("alert")).to_contain_text(says, timeout=WITHIN_MS)
    assert "code=" not in page.url
    await page.get_by_role("link", name="To the sign-in").click()
    await expect(page.get_by_role("button", name="Sign in with the University")).to_be_visible(timeout=WITHIN_MS)


async def test_whoever_changes_their_mind_at_the_provider_reads_so_in_their_language(
    hall: Hall, provider: RealProvider, settings: dict[str, Any], browser: Chromium
):
    page = await (await browser.person(locale="ar")).new_page()
    await page.goto(f"{hall.http.base_url}/sign-in/{hall.org_id}")
    await page.get_by_role("button", name="the University").click()
    await page.wait_for_url(f"{provider.issuer}/interaction/*")
    await page.get_by_role("link", name="[ Cancel ]").click()
    await expect(page.get_by_role("alert")).to_contain_text("لم يسجّل المزوّد دخولك", timeout=WITHIN_MS)


async def test_an_expired_sign_in_is_renewed_at_the_provider_and_loses_nothing_that_was_typed(
    hall: Hall, assessment: tuple[str, int], provider: RealProvider, settings: dict[str, Any], browser: Chromium
):
    person = await browser.person()
    page = await person.new_page()
    await page.goto(f"{hall.http.base_url}/staff/sessions/new")
    await leave_for(page, "grace@university.example")
    await provider.sign_in(page, "grace")
    pages = StaffPages(page, str(hall.http.base_url))
    await page.get_by_label("Name", exact=True).fill("Half written")
    await end_sign_in(hall, page)
    await page.get_by_role("combobox", name="Assessment").click()
    await page.get_by_role("option").first.click()
    for _ in range(5):
        await pages.button("Next").click()
    await pages.button("Create the session").click()
    await pages.dialog.get_by_label("E-mail address").fill("grace@university.example")
    async with person.expect_page() as opening:
        await pages.dialog.get_by_role("link", name="Sign in with the University in another tab").click()
    await opening.value  # the provider still knows them: straight back
    await expect(pages.dialog).to_be_hidden(timeout=WITHIN_MS)
    await pages.button("Create the session").click()
    await expect(page.get_by_role("heading", level=1, name="Half written")).to_be_visible(timeout=WITHIN_MS)


async def test_without_passwords_only_administrators_are_asked_for_one(
    hall: Hall, settings: dict[str, Any], browser: Chromium
):
    version = (await hall.admin.get("/api/v1/provider"))["provider"]["version"]
    without = settings | {"version": version, "passwords_off": True}
    assert (await hall.admin.call("PUT", "/api/v1/provider", without)).is_success
    page = await (await browser.person()).new_page()
    await page.goto(f"{hall.http.base_url}/staff/sessions")
    await page.get_by_label("E-mail address").fill("grace@university.example")
    await expect(page.get_by_role("button", name="Sign in with the University")).to_be_visible(timeout=WITHIN_MS)
    await expect(page.get_by_label("Password", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="I am an administrator").click()
    await page.get_by_label("E-mail address").fill(hall.proctor.email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("signs in with its own provider", timeout=WITHIN_MS)
    await page.get_by_label("E-mail address").fill(hall.admin.email)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("heading", level=1, name="Sessions")).to_be_visible(timeout=WITHIN_MS)
