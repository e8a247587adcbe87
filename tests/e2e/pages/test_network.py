"""The network goes, a gateway dies, a tab is closed: nothing typed is lost, and the pages say how things are."""

from collections.abc import Awaitable, Callable

import pytest
from cable import cable
from candidate_room import CandidateRoom
from chromium import WITHIN_MS, Chromium
from hall import CHOICE, TEXT, Hall, Json, hall_on, until
from playwright.async_api import expect
from staff_pages import StaffPages

from examhall.stack import Stack

StartStack = Callable[..., Awaitable[Stack]]

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


async def responses(hall: Hall, participant_id: str) -> dict[str, Json]:
    """What monitoring-svc has on record, by item."""
    return {each["item_id"]: each["response"] for each in (await hall.attempt(participant_id))["responses"]}


async def has_chosen_this(hall: Hall, participant_id: str) -> None:
    """Saved is what Kafka has; monitoring-svc reads it a moment later."""

    async def recorded() -> bool:
        found = (await responses(hall, participant_id)).get(CHOICE)
        return found == {"type": "single_choice", "choice_id": "a"}

    await until(recorded, "the choice is on record")


async def test_what_is_answered_offline_is_in_the_submission_in_order(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
):
    _, seat = await hall.sitting(assessment)
    async with cable(str(hall.http.base_url)) as line:
        room = await CandidateRoom.opened(await browser.person(), line.url, seat.personal_code)
        await room.come_back()
        await room.at_question(1)
        await room.choose("This")
        await room.saved()

        await line.cut()
        await room.choose("That")
        await room.offline()
        await room.next()
        await room.type("first thought")
        await room.type("second thought")
        await room.button("Back").click()
        await room.choose("This")
        await expect(room.page.locator(".save")).to_contain_text("kept on this device")
        before = await responses(hall, seat.participant_id)
        assert before == {CHOICE: {"type": "single_choice", "choice_id": "a"}}

        await line.mend()
        await room.saved()
        await room.hand_in()
        digest = await room.receipt()
    attempt = await hall.attempt(seat.participant_id)
    assert attempt["row"]["responses_digest"] == digest
    after = await responses(hall, seat.participant_id)
    assert after[CHOICE] == {"type": "single_choice", "choice_id": "a"}
    assert after[TEXT] == {"type": "short_text", "text": "second thought"}


async def test_an_answer_survives_a_tab_closed_while_offline(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
):
    _, seat = await hall.sitting(assessment)
    person = await browser.person()
    async with cable(str(hall.http.base_url)) as line:
        room = await CandidateRoom.opened(person, line.url, seat.personal_code)
        await room.come_back()
        await room.at_question(1)
        await room.choose("That")
        await room.saved()
        await line.cut()
        await room.choose("This")
        await room.offline()
        await expect(room.page.locator(".save")).to_contain_text("kept on this device")
        await room.page.close()

        await line.mend()
        back = await CandidateRoom.opened(person, line.url, seat.personal_code)
        await back.come_back()
        await back.at_question(1)
        await expect(back.page.get_by_label("This", exact=True)).to_be_checked(timeout=WITHIN_MS)
        await back.saved()
    await has_chosen_this(hall, seat.participant_id)


async def test_another_device_goes_on_where_the_first_was_and_the_first_says_so(
    hall: Hall, assessment: tuple[str, int], browser: Chromium
):
    _, seat = await hall.sitting(assessment)
    gateway = str(hall.http.base_url)
    first = await CandidateRoom.opened(await browser.person(), gateway, seat.personal_code)
    await first.come_back()
    await first.at_question(1)
    await first.choose("That")
    await first.next()
    await first.type("half a word")
    await first.saved()

    second = await CandidateRoom.opened(await browser.person(), gateway, seat.personal_code)
    await second.come_back()
    await second.at_question(2)
    await expect(second.page.locator(".item").get_by_role("textbox")).to_have_value("half a word")
    await expect(first.page.get_by_role("heading", name="You continued somewhere else")).to_be_visible()
    await first.button("Continue here instead").click()
    await first.at_question(2)
    await expect(second.page.get_by_role("heading", name="You continued somewhere else")).to_be_visible()


async def test_two_tabs_of_one_browser_take_turns(hall: Hall, assessment: tuple[str, int], browser: Chromium):
    _, seat = await hall.sitting(assessment)
    person, gateway = await browser.person(), str(hall.http.base_url)
    older = await CandidateRoom.opened(person, gateway, seat.personal_code)
    await older.come_back()
    await older.at_question(1)
    newer = await CandidateRoom.opened(person, gateway, seat.personal_code)
    await newer.come_back()
    await newer.at_question(1)
    await expect(older.page.get_by_role("heading", name="You continued somewhere else")).to_be_visible()
    await newer.choose("This")
    await newer.saved()
    await has_chosen_this(hall, seat.participant_id)


async def test_a_killed_gateway_loses_nothing_that_was_typed(start_services: StartStack, browser: Chromium):
    services = await start_services(supervise=True)
    async with hall_on(services.addresses) as hall:
        session, seat = await hall.sitting(await hall.publish())
        gateway = str(hall.http.base_url)
        room = await CandidateRoom.opened(await browser.person(), gateway, seat.personal_code)
        await room.come_back()
        await room.at_question(1)
        proctor = await StaffPages.signed_in(
            await browser.person(), gateway, hall.proctor.email, f"/staff/sessions/{session['session_id']}/live"
        )
        await proctor.status("Ada Lovelace", "In session")

        await services.kill("gateway")
        await room.choose("This")
        await room.offline()
        await expect(proctor.page.get_by_text("This page has lost its connection.")).to_be_visible(timeout=WITHIN_MS)
        await room.next()
        await room.type("typed while it was dead")
        await room.saved()
        await expect(proctor.page.get_by_text("This page has lost its connection.")).to_be_hidden(timeout=WITHIN_MS)
        await expect(proctor.row("Ada Lovelace").get_by_text("2/2")).to_be_visible(timeout=WITHIN_MS)

        async def both() -> bool:
            return len(await responses(hall, seat.participant_id)) == 2

        await until(both, "both answers are on record")


async def test_the_dashboard_says_that_it_is_old_and_heals(hall: Hall, assessment: tuple[str, int], browser: Chromium):
    session, seat = await hall.sitting(assessment)
    async with cable(str(hall.http.base_url)) as line, seat.online():
        proctor = await StaffPages.signed_in(
            await browser.person(), line.url, hall.proctor.email, f"/staff/sessions/{session['session_id']}/live"
        )
        await expect(proctor.page.get_by_text("Live", exact=True).first).to_be_visible()
        await proctor.status("Ada Lovelace", "In session")
        await line.cut()
        await expect(proctor.page.get_by_text("This page has lost its connection.")).to_be_visible()
        await hall.intervene(session, "pause", seat.participant_id)
        await line.mend()
        await proctor.status("Ada Lovelace", "Paused")
        await expect(proctor.page.get_by_text("This page has lost its connection.")).to_be_hidden()
