"""Bases every model in this package builds on, and the field types they share."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, TypeVar

import msgspec
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from contracts import limits


def _utc(value: datetime) -> datetime:
    """Normalise to UTC at millisecond precision: the precision of MongoDB's dates, so a value survives storage."""
    try:
        return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000)
    except OverflowError as error:
        raise ValueError("This instant lies outside the years 1 to 9999 in UTC") from error


def iso_milliseconds(value: datetime) -> str:
    """RFC 3339 in UTC with exactly three decimals, so that the text of equal instants is equal."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    text = msgspec.json.encode(value).decode()  # quoted, with microseconds unless there are none; isoformat takes 5 x
    return f"{text[1:24]}Z" if value.microsecond else f"{text[1:20]}.000Z"


Instant = Annotated[AwareDatetime, AfterValidator(_utc), PlainSerializer(iso_milliseconds, when_used="json")]
"""A moment: aware, UTC, millisecond precision."""

Points = Annotated[Decimal, Field(ge=0, le=limits.POINTS_MAX, decimal_places=4)]
"""Points awarded or available; JSON carries them as text so that no precision is lost."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.NAME_LENGTH)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.TEXT_LENGTH)]
LongText = Annotated[str, StringConstraints(max_length=limits.LONG_TEXT_LENGTH)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.REASON_LENGTH)]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=limits.EMAIL_LENGTH,
        pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$",
    ),
]


class Fact(BaseModel):
    """Something that happened. Readers ignore fields they do not know, so optional ones can be added within `.v1`."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Command(BaseModel):
    """A request to change a live attempt. Read leniently for the same reason as facts."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Part(BaseModel):
    """A value inside a fact, a command or a resource."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Request(BaseModel):
    """An HTTP body written by a person or an integrator: unknown fields are mistakes and are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class View(BaseModel):
    """An HTTP answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


ModelT = TypeVar("ModelT", bound=BaseModel)


@cache
def _all_fields(model: type[BaseModel]) -> set[str]:
    """Shared by all that are made: pydantic changes it only with an assignment, which frozen models refuse."""
    return set(model.model_fields)


def trusted(model: type[ModelT], **values: Any) -> ModelT:
    """A model of values that were validated before, at a fifth of the cost: for what is made thousands of times a
    second. Every field must be named, those with defaults too.
    """
    made = model.__new__(model)
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", _all_fields(model))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made
