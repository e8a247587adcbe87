"""CloudEvents in Kafka's binary mode: what is written can be read, and rubbish is called malformed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.attempt import SYSTEM
from contracts.envelope import Event, Malformed, decode, header_map
from contracts.messaging import MessagesRead
from contracts.model import iso_milliseconds, trusted
from contracts.registry import Registration, registrations
from contracts.topics import TOPICS, topics_read_by

EXAMPLES = Path(__file__).parents[2] / "contracts" / "examples"


def read_event() -> Event[MessagesRead]:
    return Event(
        id="e1",
        source="messaging-svc",
        time=datetime(2026, 11, 23, 9, 0, 0, 123000, tzinfo=UTC),
        subject="s1",
        org_id="o1",
        session_id="s1",
        version=7,
        data=MessagesRead(session_id="s1", participant_id="p1", reader=SYSTEM, up_to=3),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


def test_an_event_survives_the_wire():
    event = read_event()
    read = decode(header_map(event.headers()), event.body())
    assert read == event
    assert read.traceparent == event.traceparent
    assert (read.type, read.topic, read.key) == ("examhall.message.read.v1", "messaging.events.v1", b"s1")


@pytest.mark.parametrize("header", ["ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_orgid"])
def test_a_message_without_a_required_attribute_is_malformed(header: str):
    headers = header_map(read_event().headers())
    del headers[header]
    with pytest.raises(Malformed):
        decode(headers, read_event().body())


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_time", "yesterday"),
        ("ce_time", "2026-11-23T09:00:00"),
        ("ce_aggregateversion", "x"),
        ("ce_type", "no.such"),
    ],
)
def test_a_message_with_an_invalid_attribute_is_malformed(header: str, value: str):
    with pytest.raises(Malformed):
        decode(header_map(read_event().headers()) | {header: value}, read_event().body())


@given(st.binary(max_size=200))
def test_any_bytes_as_body_are_an_event_or_malformed_and_nothing_else(body: bytes):
    headers = header_map(read_event().headers())
    try:
        outcome: object = decode(headers, body)
    except Malformed as malformed:
        outcome = malformed
    assert isinstance(outcome, Event | Malformed)


def test_a_field_a_newer_writer_added_is_ignored():
    body = read_event().body().replace(b'"up_to"', b'"colour":"blue","up_to"')
    assert decode(header_map(read_event().headers()), body) == read_event()


def test_only_scoring_reads_the_topic_with_answer_keys():
    assessment_events = next(topic for topic in TOPICS if topic.name == "assessment.events.v1")
    assert assessment_events.readers == ("scoring-svc",)
    assert assessment_events not in topics_read_by("reporting-svc")


def test_every_topic_carries_messages_and_names_its_readers():
    assert all(topic.messages and topic.readers for topic in TOPICS)


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_is_written_in_utc_with_three_decimals(moment: datetime):
    try:
        expected = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return
    assert iso_milliseconds(moment) == expected


@pytest.mark.parametrize("registration", registrations(), ids=lambda each: each.type_name)
def test_a_trusted_model_is_the_validated_one(registration: Registration):
    for path in (EXAMPLES / registration.type_name).glob("*.json"):
        validated = registration.model.model_validate_json(path.read_bytes())
        made = trusted(registration.model, **dict(validated))
        assert made == validated
        assert made.model_dump_json() == validated.model_dump_json()
        assert Event(id="e", source="s", time=datetime.now(UTC), subject="p", org_id="o", data=made).body() == (
            validated.model_dump_json().encode()
        )
