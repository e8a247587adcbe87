"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, the JSON body as the value.

Source: CloudEvents Kafka Protocol Binding 1.0.2, sections 3.2 and 3.2.3.1; extension names are lower case
alphanumerics by the CloudEvents naming rule, hence `orgid` and `sessionid`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import force_setattr
from pydantic import BaseModel, ValidationError

from contracts.model import iso_milliseconds
from contracts.registry import Registration, registration_named, registration_of

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = b"application/json; charset=utf-8"
_SPEC_VERSION_HEADER: Final = ("ce_specversion", SPEC_VERSION.encode())
_CONTENT_TYPE_HEADER: Final = ("content-type", CONTENT_TYPE)

PayloadT = TypeVar("PayloadT", bound=BaseModel, covariant=True)


class Malformed(ValueError):
    """A message that is not a valid CloudEvent of a known type; it goes to the dead letters."""


class Event(Struct, Generic[PayloadT], frozen=True, kw_only=True, eq=False, gc=False):
    """One message: its CloudEvents attributes and its validated payload.

    `time` is when it happened (UTC); for attempt commands it is the shared-clock instant of receipt at the gateway.
    `version` is the aggregate's version after the fact; commands have none (0).
    Where it came through, `traceparent`, makes no difference between two events. `encoded` is the body once it has been
    made: a fact is stored and published, and neither it nor its payload changes.
    """

    id: str
    source: str
    time: datetime
    subject: str
    org_id: str
    data: PayloadT
    session_id: str | None = None
    version: int = 0
    traceparent: str | None = None
    encoded: bytes | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Event):
            return NotImplemented
        mine = (self.id, self.source, self.time, self.subject, self.org_id, self.session_id, self.version, self.data)
        return mine == (
            other.id,
            other.source,
            other.time,
            other.subject,
            other.org_id,
            other.session_id,
            other.version,
            other.data,
        )

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def type(self) -> str:
        return registration_of(self.data.__class__).type_name

    @property
    def topic(self) -> str:
        """Topic name without the deployment's namespace."""
        return registration_of(self.data.__class__).topic

    @property
    def key(self) -> bytes:
        """Kafka partition key: the subject, which is the aggregate the topic is keyed by."""
        return self.subject.encode()

    def headers(self, traceparent: str | None = None) -> list[tuple[str, bytes]]:
        """`traceparent` is used where the event has none of its own."""
        traceparent = self.traceparent or traceparent
        pairs = [
            _SPEC_VERSION_HEADER,
            ("ce_id", self.id.encode()),
            registration_of(self.data.__class__).header,
            ("ce_source", self.source.encode()),
            ("ce_time", iso_milliseconds(self.time).encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_orgid", self.org_id.encode()),
            ("ce_aggregateversion", str(self.version).encode()),
            _CONTENT_TYPE_HEADER,
        ]
        if self.session_id is not None:
            pairs.append(("ce_sessionid", self.session_id.encode()))
        if traceparent is not None:
            pairs.append(("traceparent", traceparent.encode()))
        return pairs

    def body(self) -> bytes:
        if self.encoded is None:
            force_setattr(self, "encoded", self.data.__pydantic_serializer__.to_json(self.data))
        assert self.encoded is not None
        return self.encoded


def header_map(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Headers as text; a value that is not UTF-8 is replaced, never raised on (dead letters must show it)."""
    pairs = list(headers)
    try:
        return {name: value.decode() for name, value in pairs}  # a third of the time that naming the errors takes
    except UnicodeDecodeError:
        return {name: value.decode(errors="replace") for name, value in pairs}


def registration_in(headers: Mapping[str, str]) -> Registration | None:
    """The registration of the message's type, None when this build does not know the type.

    Raises:
        Malformed: the message names no type at all.

    """
    type_name = headers.get("ce_type")
    if not type_name:
        raise Malformed("no ce_type header: not a CloudEvent in binary mode")
    return registration_named(type_name)


def decode(headers: Mapping[str, str], body: bytes) -> Event[BaseModel]:
    """Validate one message.

    Raises:
        Malformed: a required attribute is missing or invalid, the type is unknown, or the body does not fit its model.

    """
    registration = registration_in(headers)
    if registration is None:
        raise Malformed(f"unknown type {headers.get('ce_type')!r}")
    try:
        time = datetime.fromisoformat(headers["ce_time"])
        if time.tzinfo is None:
            raise Malformed("ce_time has no time zone")
        return Event(
            id=headers["ce_id"],
            source=headers["ce_source"],
            time=time,
            subject=headers["ce_subject"],
            org_id=headers["ce_orgid"],
            session_id=headers.get("ce_sessionid"),
            version=int(headers.get("ce_aggregateversion", "0")),
            traceparent=headers.get("traceparent"),
            data=registration.model.model_validate_json(body),
        )
    except KeyError as missing:
        raise Malformed(f"header {missing.args[0]} is missing") from missing
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Malformed(f"{registration.type_name}: {where}: {first['msg']}") from error
    except ValueError as error:
        raise Malformed(str(error)) from error
