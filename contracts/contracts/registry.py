"""Which model travels under which CloudEvents type on which topic."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from pydantic import BaseModel

ModelT = TypeVar("ModelT", bound=type[BaseModel])


@dataclass(frozen=True)
class Registration:
    type_name: str
    topic: str
    model: type[BaseModel]

    @cached_property
    def header(self) -> tuple[str, bytes]:
        """The type as it travels with a message."""
        return ("ce_type", self.type_name.encode())


_by_type: dict[str, Registration] = {}
_by_model: dict[type[BaseModel], Registration] = {}


def message(type_name: str, *, topic: str) -> Callable[[ModelT], ModelT]:
    """Register a payload model under its CloudEvents type (`examhall.<noun>.<past-tense>.v1`) and topic."""

    def register(model: ModelT) -> ModelT:
        if type_name in _by_type:
            raise ValueError(f"{type_name} is registered twice")
        registration = Registration(type_name, topic, model)
        _by_type[type_name] = registration
        _by_model[model] = registration
        return model

    return register


def registration_of(model: type[BaseModel]) -> Registration:
    return _by_model[model]


def registration_named(type_name: str) -> Registration | None:
    return _by_type.get(type_name)


def registrations() -> list[Registration]:
    """Every registration, ordered by topic and type. Import `contracts.topics` first: it loads all of them."""
    return sorted(_by_type.values(), key=lambda each: (each.topic, each.type_name))
