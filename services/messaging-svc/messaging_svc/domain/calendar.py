"""A session as a calendar entry (RFC 5545), sent by mail (RFC 6047): requested, changed and cancelled under one UID.

Times are written in UTC. A session is scheduled for an instant, and an entry that does not recur needs no zone to be
right: every calendar shows it in its owner's own. A zone would add rules that may be wrong, or change meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Calendar, Event, vCalAddress, vText

from messaging_svc.domain.people import Schedule

PRODUCT: Final = "-//Examhall//Mail//EN"


class Method(StrEnum):
    """What the receiving calendar does (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`sequence` grows with every change under one `uid`. Addresses and names are plain text, one line each."""

    method: Method
    uid: str
    sequence: int
    summary: str
    description: str
    location: str
    schedule: Schedule
    organiser: tuple[str, str]
    attendee: tuple[str, str]


def zone_named(name: str) -> tzinfo:
    """UTC for a name this machine's rules do not know (any more): the instant stays right."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def shown(moment: datetime, time_zone: str) -> str:
    """A moment as people at the place read it, in digits that every language shares: `2026-05-04 14:00 (Europe/Lisbon,
    UTC+01:00)`.
    """
    zone = zone_named(time_zone)
    if zone is UTC:
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    local = moment.astimezone(zone)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M} ({time_zone}, UTC{offset[:3]}:{offset[3:5]})"


def calendar_file(entry: Entry, now: datetime) -> bytes:
    """The .ics file."""
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", entry.method.value)
    event = Event()
    event.add("UID", entry.uid)
    event.add("DTSTAMP", now.astimezone(UTC).replace(microsecond=0))
    event.add("SEQUENCE", entry.sequence)
    event.add("DTSTART", entry.schedule.starts_at.astimezone(UTC))
    event.add("DTEND", entry.schedule.ends_at.astimezone(UTC))
    event.add("SUMMARY", entry.summary)
    if entry.description:
        event.add("DESCRIPTION", entry.description)
    if entry.location:
        event.add("LOCATION", entry.location)
        event.add("URL", entry.location)
    event.add("STATUS", "CANCELLED" if entry.method is Method.CANCEL else "CONFIRMED")
    event.add("TRANSP", "OPAQUE")
    event["ORGANIZER"] = _address(*entry.organiser, {})
    # Nobody has to answer: coming is what counts.
    event["ATTENDEE"] = _address(
        *entry.attendee, {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    )
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _address(name: str, email: str, parameters: Mapping[str, str]) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(name)
    for key, value in parameters.items():
        address.params[key] = vText(value)
    return address
