"""Messages may only change compatibly: the committed schemas and examples are the promise."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.registry import Registration, registrations
from contracts.schemas import EXAMPLE_DIRECTORY, SCHEMA_DIRECTORY, all_schemas, incompatibilities, schema_of

ROOT = Path(__file__).parents[2]
MESSAGES = [each for each in registrations() if each.type_name.startswith("examhall.")]
EXAMPLES = sorted(EXAMPLE_DIRECTORY.glob("*/*.json"))


def committed_before(path: Path) -> dict[str, Any] | None:
    """The schema as of the commit before the one that last touched it: what readers in the field were built from."""
    relative = path.relative_to(ROOT).as_posix()
    shown = subprocess.run(
        ["git", "log", "--format=%H", "-n", "2", "--", relative], cwd=ROOT, capture_output=True, text=True, check=False
    )
    hashes = shown.stdout.split()
    if not hashes:
        return None
    dirty = path.read_text() != _text_at(hashes[0], relative)
    if dirty:
        return json.loads(_text_at(hashes[0], relative))
    return json.loads(_text_at(hashes[1], relative)) if len(hashes) > 1 else None


def _text_at(commit: str, relative: str) -> str:
    return subprocess.run(
        ["git", "show", f"{commit}:{relative}"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_committed_schemas_are_those_the_models_generate():
    generated = all_schemas()
    committed = {path.name: path.read_text() for path in SCHEMA_DIRECTORY.glob("*.json")}
    assert committed == generated, "run `python -m contracts schemas --write` and commit the result"


@pytest.mark.parametrize("name", sorted(all_schemas()))
def test_schema_changed_only_compatibly_since_it_was_committed(name: str):
    before = committed_before(SCHEMA_DIRECTORY / name)
    if before is not None:
        assert incompatibilities(before, json.loads(all_schemas()[name])) == []


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.type_name)
def test_every_message_has_an_example_that_fits_its_schema(message: Registration):
    files = sorted((EXAMPLE_DIRECTORY / message.type_name).glob("*.json"))
    assert files
    validator = Draft202012Validator(schema_of(message))
    for file in files[-1:]:
        validator.validate(message.model.model_validate_json(file.read_bytes()).model_dump(mode="json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_ever_committed_still_parses_and_loses_nothing(path: Path):
    message = next(each for each in MESSAGES if each.type_name == path.parent.name)
    example = json.loads(path.read_text())
    parsed = message.model.model_validate(example).model_dump(mode="json")
    assert _as_written(parsed, example) == example


def _as_written(parsed: Any, example: Any) -> Any:
    """What was parsed, without the optional fields that were added after the example was written, at any depth."""
    if isinstance(parsed, dict) and isinstance(example, dict):
        return {name: _as_written(parsed[name], example[name]) for name in example if name in parsed}
    if isinstance(parsed, list) and isinstance(example, list) and len(parsed) == len(example):
        return [_as_written(*pair) for pair in zip(parsed, example, strict=True)]
    return parsed


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (_object(a={"type": "string"}), _object(), "removed"),
        (_object(), _object(a={"type": "string"}), "added without a default"),
        (_object(a={"type": "string"}), _object(a={"type": "integer"}), "type changed"),
        (_object(a={"enum": ["x", "y"]}), _object(a={"enum": ["x"]}), "values removed"),
        (_object(a={"type": "string"}), _object(a={"type": "string", "maxLength": 5}), "narrowed"),
        (_object(a={"type": "integer", "minimum": 1}), _object(a={"type": "integer", "minimum": 2}), "narrowed"),
        (_object(a={"default": 1}), _object(a={}), "lost its default"),
        (
            _object(a={"anyOf": [{"type": "string"}, {"type": "null"}]}),
            _object(a={"anyOf": [{"type": "string"}]}),
            "variant null removed",
        ),
    ],
)
def test_a_breaking_change_is_found(old: dict[str, Any], new: dict[str, Any], finding: str):
    assert any(finding in each for each in incompatibilities(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_object(), _object(a={"type": "string", "default": ""})),
        (_object(a={"enum": ["x"]}), _object(a={"enum": ["x", "y"]})),
        (_object(a={"type": "string", "maxLength": 5}), _object(a={"type": "string", "maxLength": 9})),
    ],
)
def test_a_compatible_change_passes(old: dict[str, Any], new: dict[str, Any]):
    assert incompatibilities(old, new) == []
