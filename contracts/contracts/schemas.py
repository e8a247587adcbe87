"""JSON Schemas of every message, generated from the models and committed, and the rule for changing them.

Within `.v1` a change is compatible when a reader built from the old schema understands every new message and a reader
built from the new schema understands every old one: nothing disappears, nothing narrows, new fields are optional.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from contracts import topics
from contracts.registry import Registration, registrations

SCHEMA_DIRECTORY: Final = Path(__file__).parent.parent / "schemas"
EXAMPLE_DIRECTORY: Final = Path(__file__).parent.parent / "examples"

Schema = Mapping[str, Any]

# Keyword -> which of two values is the narrower one.
_BOUNDS: Final[dict[str, Callable[[float, float], float]]] = {
    "maxLength": min,
    "maxItems": min,
    "maximum": min,
    "minLength": max,
    "minItems": max,
    "minimum": max,
}


def schema_of(registration: Registration) -> dict[str, Any]:
    """JSON Schema 2020-12 of the message body as it is written."""
    schema = registration.model.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": registration.type_name} | schema


def schema_text(registration: Registration) -> str:
    return json.dumps(schema_of(registration), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def all_schemas() -> dict[str, str]:
    """File name -> text, for every message of every topic."""
    known = {topic.name for topic in topics.TOPICS}
    return {f"{each.type_name}.json": schema_text(each) for each in registrations() if each.topic in known}


def write_schemas(directory: Path = SCHEMA_DIRECTORY) -> list[str]:
    """Write changed schemas; the compatibility test compares them with the last commit's."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in all_schemas().items():
        path = directory / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            written.append(name)
    return written


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Why messages of the new schema would break readers of the old one, or the reverse; empty when compatible."""
    return list(_Comparison(old, new).differences(old, new, "$"))


@dataclass(slots=True)
class _Comparison:
    """Walks two schemas side by side, each resolving references within its own root."""

    old_root: Schema
    new_root: Schema
    seen: set[tuple[int, int]] = field(default_factory=set)

    def differences(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        old, new = _resolve(old, self.old_root), _resolve(new, self.new_root)
        if (id(old), id(new)) in self.seen:
            return
        self.seen.add((id(old), id(new)))
        yield from _narrowed_values(old, new, where)
        yield from self._fields(old.get("properties", {}), new.get("properties", {}), where)
        for keyword in ("items", "additionalProperties"):
            if isinstance(old.get(keyword), dict) and isinstance(new.get(keyword), dict):
                yield from self.differences(old[keyword], new[keyword], f"{where}.{keyword}")
        for keyword in ("anyOf", "oneOf"):
            yield from self._variants(old.get(keyword, ()), new.get(keyword, ()), f"{where}.{keyword}")

    def _fields(self, before: Schema, after: Schema, where: str) -> Iterator[str]:
        for name in before.keys() - after.keys():
            yield f"{where}.{name}: removed"
        for name in after.keys() - before.keys():
            # In a serialization schema every field is "required": the default tells whether old messages still parse.
            if "default" not in after[name]:
                yield f"{where}.{name}: added without a default"
        for name in before.keys() & after.keys():
            if "default" in before[name] and "default" not in after[name]:
                yield f"{where}.{name}: lost its default"
            yield from self.differences(before[name], after[name], f"{where}.{name}")

    def _variants(self, old: Sequence[Schema], new: Sequence[Schema], where: str) -> Iterator[str]:
        before = {_variant_name(each, self.old_root): each for each in old}
        after = {_variant_name(each, self.new_root): each for each in new}
        for name in before.keys() - after.keys():
            yield f"{where}: variant {name} removed"
        for name in before.keys() & after.keys():
            yield from self.differences(before[name], after[name], f"{where}.{name}")


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        schema = target
    return schema


def _variant_name(schema: Schema, root: Schema) -> str:
    resolved = _resolve(schema, root)
    title: str = resolved.get("title") or str(resolved.get("type"))
    return title


def _narrowed_values(old: Schema, new: Schema, where: str) -> Iterator[str]:
    for keyword in ("type", "const", "format"):
        if keyword in old and old[keyword] != new.get(keyword):
            yield f"{where}: {keyword} changed from {old[keyword]!r} to {new.get(keyword)!r}"
    gone = set(old.get("enum", ())) - set(new.get("enum", ()))
    if gone:
        yield f"{where}: values removed: {', '.join(sorted(map(str, gone)))}"
    for keyword, narrower in _BOUNDS.items():
        before, after = old.get(keyword), new.get(keyword)
        if after is not None and after != before and (before is None or narrower(before, after) == after):
            yield f"{where}: {keyword} narrowed from {before} to {after}"
