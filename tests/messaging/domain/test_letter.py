"""Templates, addresses, headers and calendar files: what goes over the wire."""

import email
import email.policy
import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from chassis.outcomes import Rejected
from contracts.statuses import MailKind
from messaging_svc.domain.calendar import Entry, Method, calendar_file, shown
from messaging_svc.domain.letter import BadAddress, Letter, address, compose, one_line
from messaging_svc.domain.people import Schedule
from messaging_svc.domain.templates import DEFAULTS, EXAMPLES, PLACEHOLDERS, check, fill_html, fill_subject, fill_text

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def mistakes(kind: MailKind, subject: str, text: str) -> list[dict[str, str]]:
    with pytest.raises(Rejected) as refused:
        check(kind, subject, text)
    assert refused.value.problem.name == "validation-failed"
    return list(refused.value.extensions["errors"])


@pytest.mark.parametrize("kind", list(MailKind))
def test_every_kind_has_a_default_that_can_be_filled_in(kind: MailKind) -> None:
    template = DEFAULTS[kind]
    check(kind, template.subject, template.text)
    values = {name: EXAMPLES[name] for name in PLACEHOLDERS[kind]}
    assert "{{" not in fill_subject(template.subject, values) + fill_text(template.text, values)
    assert "{{" not in fill_html(template.text, values)


def test_an_unknown_placeholder_is_refused_by_name() -> None:
    (wrong,) = mistakes(MailKind.INVITATION, "Hello {{nmae}}", "{{join_link}}")
    assert wrong["field"] == "subject"
    assert "{{nmae}} is not known" in wrong["message"]
    assert "name, organisation" in wrong["message"]


@pytest.mark.parametrize("text", ["{{ name.__class__ }}", "{{name", "{{ name | upper }}", "{{}}", "{{{{name}}"])
def test_what_looks_like_code_is_no_placeholder(text: str) -> None:
    (wrong,) = mistakes(MailKind.CANCELLATION, "S", text)
    assert (wrong["field"], "is no placeholder" in wrong["message"]) == ("text", True)


@pytest.mark.parametrize("text", ["{% for x in y %}", "${name}", "$name", "{name}", "%(name)s", "<script>"])
def test_other_languages_signs_are_plain_text(text: str) -> None:
    check(MailKind.CANCELLATION, "S", text)
    assert fill_text(text, EXAMPLES) == f"{text}\n"


def test_an_invitation_needs_a_way_in() -> None:
    (wrong,) = mistakes(MailKind.INVITATION, "S", "Come, {{name}}")
    assert "{{join_link}} or {{personal_code}}" in wrong["message"]
    assert "“{{{name…” is no placeholder" in mistakes(MailKind.RESULT, "S", "{{{name}}")[0]["message"]
    assert mistakes(MailKind.CANCELLATION, "One\nTwo", "x")[0]["message"] == "A subject is one line."


def test_lines_whose_placeholders_are_all_empty_are_left_out() -> None:
    values = {**EXAMPLES, "support": "", "reason": ""}
    text = "A\n\nReason: {{reason}}\n\nQuestions: {{support}}\n{{name}}: {{support}}\nB"
    assert fill_text(text, values) == "A\n\nMira Solberg: \nB\n"


@given(st.text(max_size=200), st.text(max_size=100))
def test_no_value_becomes_markup_or_a_placeholder(value: str, words: str) -> None:
    values = {**EXAMPLES, "name": value}
    page = fill_html(words.replace("{{", "") + " {{name}}", values)  # a brace before it is a mistake, told above
    inside = re.sub(r"</?p[^>]*>|<br>", "", page.partition("<body")[2].partition(">")[2].rpartition("</body>")[0])
    assert "<" not in inside
    assert fill_subject("{{name}}", values) == " ".join(value.split())


def test_only_links_of_the_web_can_be_clicked() -> None:
    assert "<a " not in fill_html("{{link}}", {"link": "javascript:alert(1)"})
    link = 'https://x/?a=1&b="'
    assert f'<a href="{html.escape(link)}">' in fill_html("{{link}}", {"link": link})


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_can_add_a_header(name: str, subject: str) -> None:
    try:
        recipient = address(name, "ada@example.org")
    except BadAddress:
        return
    letter = Letter(
        message_id="<m@x.org>",
        sender=address("Acme", "no@x.org"),
        recipient=recipient,
        reply_to=None,
        subject=subject + "\r\nBcc: all@example.org",
        text="Hello\n",
        html="<p>Hello</p>",
        calendar=None,
        at=NOON,
    )
    message = email.message_from_bytes(compose(letter).as_bytes(), policy=email.policy.default)
    assert message["Bcc"] is None
    assert [each.addr_spec for each in message["To"].addresses] == ["ada@example.org"]
    assert set(message.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }


def test_domains_are_written_in_ascii_and_impossible_ones_refused() -> None:
    assert address("", "ada@Bücher.example").addr_spec == "ada@xn--bcher-kva.example"
    for impossible in ("ada@-ü.example", f"ada@{'ü' * 70}.example"):
        with pytest.raises(BadAddress):
            address("", impossible)
    assert one_line("A\u2028B\x00C\r\nD") == "A B C D"


def test_times_are_told_as_people_at_the_place_read_them() -> None:
    assert (
        shown(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Europe/Berlin")
        == "2026-03-29 01:59 (Europe/Berlin, UTC+01:00)"
    )
    assert (
        shown(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Europe/Berlin") == "2026-03-29 03:00 (Europe/Berlin, UTC+02:00)"
    )
    assert shown(NOON, "Asia/Kathmandu") == "2026-05-04 17:45 (Asia/Kathmandu, UTC+05:45)"
    assert shown(NOON, "Nowhere/Atlantis") == "2026-05-04 12:00 UTC"


@given(
    st.text(max_size=100),
    st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.timezones()),  # noqa: DTZ001 - the strategy adds zones
    st.integers(30, 86_400),
)
def test_a_calendar_file_keeps_instants_and_adds_no_line(words: str, starts_at: datetime, seconds: int) -> None:
    starts_at = starts_at.replace(microsecond=0)
    entry = Entry(
        method=Method.REQUEST,
        uid="p@x.org",
        sequence=7,
        summary=one_line(words),
        description=words,
        location="https://x.org/join#code=A",
        schedule=Schedule(starts_at.astimezone(UTC), seconds, "Europe/Lisbon"),
        organiser=("Acme", "no@x.org"),
        attendee=(one_line(words), "ada@example.org"),
    )
    (read,) = Calendar.from_ical(calendar_file(entry, NOON)).walk("VEVENT")
    assert (read.decoded("DTSTART"), read.decoded("DTEND") - read.decoded("DTSTART")) == (
        starts_at.astimezone(UTC),
        timedelta(seconds=seconds),
    )
    assert (read["UID"], read["SEQUENCE"], read["ATTENDEE"]) == ("p@x.org", 7, "mailto:ada@example.org")
    assert set(read.keys()) == {
        *("UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "URL", "STATUS", "TRANSP"),
        *("ORGANIZER", "ATTENDEE"),
        *(("DESCRIPTION",) if words else ()),
    }
