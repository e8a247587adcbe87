"""What mails say: an organisation's templates, the defaults, and filling them in.

A template is text with `{{placeholders}}` and nothing else. There is no logic to run and no attribute to reach, so
nothing needs a sandbox: `string.Template` of the standard library, with the braces people know from other mailers.
"""

import html
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.outcomes import Rejected
from contracts import problems
from contracts.statuses import MailKind


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTemplate:
    """`changed_at` None: the default, not the organisation's own."""

    subject: str
    text: str
    changed_at: datetime | None = None


SNIPPET_LENGTH: Final = 20  # enough to find the place


class _Braces(string.Template):
    # `{{` that opens no placeholder is an error, not text: a misspelt one must not reach a thousand people.
    pattern = r"\{\{(?:[ ]*(?P<named>[a-z][a-z_]*)[ ]*\}\}|(?P<braced>(?!))|(?P<escaped>(?!))|(?P<invalid>))"  # type: ignore[assignment]  # typeshed knows it compiled
    flags = re.NOFLAG


_ABOUT_SESSION: Final = ("name", "organisation", "session", "assessment", "starts_at", "duration_minutes", "support")
_WAY_IN: Final = ("join_link", "personal_code")
PLACEHOLDERS: Final[Mapping[MailKind, tuple[str, ...]]] = {
    MailKind.INVITATION: (*_ABOUT_SESSION, *_WAY_IN, "instructions"),
    MailKind.REMINDER: (*_ABOUT_SESSION, *_WAY_IN, "instructions"),
    MailKind.RESCHEDULE: (*_ABOUT_SESSION, *_WAY_IN, "previous_starts_at"),
    MailKind.CANCELLATION: (*_ABOUT_SESSION, "reason"),
    MailKind.RESULT: (*_ABOUT_SESSION, *_WAY_IN, "outcome", "points", "points_available", "percent"),
    MailKind.STAFF_INVITATION: ("name", "organisation", "link", "invited_by", "valid_until"),
    MailKind.PASSWORD_RESET: ("name", "organisation", "link", "valid_until"),
}
REQUIRED: Final[Mapping[MailKind, tuple[str, ...]]] = {
    MailKind.INVITATION: _WAY_IN,
    MailKind.RESCHEDULE: ("starts_at",),
    MailKind.STAFF_INVITATION: ("link",),
    MailKind.PASSWORD_RESET: ("link",),
}
"""At least one of these must stand in the text: without it the mail is of no use."""

DEFAULTS: Final[Mapping[MailKind, MailTemplate]] = {
    MailKind.INVITATION: MailTemplate(
        subject="Invitation: {{session}}",
        text="""Dear {{name}},

you are invited to {{session}} ({{assessment}}).

Begins: {{starts_at}}
Duration: {{duration_minutes}} minutes

Join here: {{join_link}}
Your personal code: {{personal_code}}

Link and code are yours alone: please do not pass them on.

Questions: {{support}}

{{organisation}}""",
    ),
    MailKind.REMINDER: MailTemplate(
        subject="Reminder: {{session}}, {{starts_at}}",
        text="""Dear {{name}},

{{session}} begins soon.

Begins: {{starts_at}}
Duration: {{duration_minutes}} minutes

Join here: {{join_link}}
Your personal code: {{personal_code}}

Questions: {{support}}

{{organisation}}""",
    ),
    MailKind.RESCHEDULE: MailTemplate(
        subject="New time: {{session}}",
        text="""Dear {{name}},

{{session}} takes place at another time.

New: {{starts_at}}
Before: {{previous_starts_at}}
Duration: {{duration_minutes}} minutes

Your link stays the same: {{join_link}}
Your personal code: {{personal_code}}

Questions: {{support}}

{{organisation}}""",
    ),
    MailKind.CANCELLATION: MailTemplate(
        subject="Cancelled: {{session}}",
        text="""Dear {{name}},

your place in {{session}} on {{starts_at}} is cancelled.

Reason: {{reason}}

Questions: {{support}}

{{organisation}}""",
    ),
    MailKind.RESULT: MailTemplate(
        subject="Your result: {{session}}",
        text="""Dear {{name}},

your result of {{session}} ({{assessment}}) has been released.

Outcome: {{outcome}}
Points: {{points}} of {{points_available}} ({{percent}} %)

See it here: {{join_link}}

Questions: {{support}}

{{organisation}}""",
    ),
    MailKind.STAFF_INVITATION: MailTemplate(
        subject="Your account at {{organisation}}",
        text="""Dear {{name}},

{{invited_by}} invites you to work on Examhall for {{organisation}}.

Set your password here: {{link}}

The link works once, until {{valid_until}}.""",
    ),
    MailKind.PASSWORD_RESET: MailTemplate(
        subject="Reset your password",
        text="""Dear {{name}},

somebody, hopefully you, asked to reset the password of your account at {{organisation}}.

Choose a new one here: {{link}}

The link works once, until {{valid_until}}. If it was not you, there is nothing to do.""",
    ),
}

EXAMPLES: Final[Mapping[str, str]] = {
    "name": "Mira Solberg",
    "organisation": "Example University",
    "session": "Botany, spring sitting",
    "assessment": "Botany I",
    "starts_at": "2026-05-04 14:00 (Europe/Lisbon, UTC+01:00)",
    "previous_starts_at": "2026-05-03 14:00 (Europe/Lisbon, UTC+01:00)",
    "duration_minutes": "90",
    "support": "exams@example.org",
    "join_link": "https://examhall.example/join#code=7KXD-02QM-9A4T",
    "personal_code": "7KXD-02QM-9A4T",
    "instructions": "Have your identity card at hand.",
    "reason": "The room is closed.",
    "outcome": "passed",
    "points": "42",
    "points_available": "50",
    "percent": "84.00",
    "link": "https://examhall.example/staff#invitation=example",
    "invited_by": "Grace Hopper",
    "valid_until": "2026-05-06 14:00 UTC",
}


def check(kind: MailKind, subject: str, text: str) -> None:
    """Raises Rejected (validation-failed) naming every placeholder that is unknown, malformed or missing."""
    errors = [*_mistakes(kind, "subject", subject), *_mistakes(kind, "text", text)]
    if "\n" in subject or "\r" in subject:
        errors.append({"field": "subject", "message": "A subject is one line."})
    required = REQUIRED.get(kind, ())
    if required and set(required).isdisjoint(_Braces(text).get_identifiers()):
        needed = " or ".join(f"{{{{{each}}}}}" for each in required)
        errors.append({"field": "text", "message": f"The text needs {needed}: without it the mail is of no use."})
    if errors:
        raise Rejected(problems.VALIDATION_FAILED, f"{len(errors)} to mend.", errors=errors)


def _mistakes(kind: MailKind, field: str, text: str) -> list[dict[str, str]]:
    known = PLACEHOLDERS[kind]
    allowed = ", ".join(known)
    mistakes = [
        {"field": field, "message": f"{{{{{each}}}}} is not known in this mail. There are: {allowed}."}
        for each in _Braces(text).get_identifiers()
        if each not in known
    ]
    for match in _Braces.pattern.finditer(text):  # type: ignore[attr-defined]  # compiled by string.Template
        if match["invalid"] is not None:
            snippet = text[match.start() :].splitlines()[0].partition("}}")[0][:SNIPPET_LENGTH] + "…"
            mistakes.append({"field": field, "message": f"“{snippet}” is no placeholder. There are: {allowed}."})
    return mistakes


def fill_subject(subject: str, values: Mapping[str, str]) -> str:
    return " ".join(_Braces(subject).substitute(values).split())


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """Lines whose placeholders are all empty are left out, with the gap they would leave."""
    lines = [_Braces(line).substitute(values) for line in text.splitlines() if _says_something(line, values)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _says_something(line: str, values: Mapping[str, str]) -> bool:
    names = _Braces(line).get_identifiers()
    return not names or any(values[name].strip() for name in names)


def fill_html(text: str, values: Mapping[str, str], links: Sequence[str] = ("join_link", "link")) -> str:
    """The same text as a simple page: everything escaped, paragraphs by blank lines, links that can be clicked."""
    shown = {name: html.escape(value) for name, value in values.items()}
    for name in links:
        if values.get(name, "").startswith(("https://", "http://")):
            shown[name] = f'<a href="{shown[name]}">{shown[name]}</a>'
    paragraphs = re.split(r"\n{2,}", fill_text(html.escape(text), shown).strip())
    body = "\n".join(f'<p dir="auto">{each.replace(chr(10), "<br>")}</p>' for each in paragraphs)
    style = "font-family:sans-serif;line-height:1.5;max-width:40em;margin:1em auto;padding:0 1em"
    return f'<!doctype html>\n<html><head><meta charset="utf-8"></head><body style="{style}">\n{body}\n</body></html>\n'
