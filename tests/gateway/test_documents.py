"""Documentation that is checked: the README's messages, the models behind them, the pages."""

import json
import re
from pathlib import Path

import pytest

from contracts.asyncapi import document
from contracts.problems import problem_named
from gateway import pages, protocol
from gateway.interventions import Intervene
from gateway.openapi import as_3_0

README = Path(protocol.__file__).parents[1] / "README.md"
DIRECTIONS = {
    "from-candidate": protocol.from_candidate,
    "to-candidate": protocol.to_candidate,
    "from-staff": protocol.from_staff,
    "to-staff": protocol.to_staff,
}
EXAMPLES = [
    (direction, line)
    for direction, block in re.findall(r"```json ([a-z-]+)\n(.*?)```", README.read_text(), re.DOTALL)
    for line in block.strip().split("\n")
]


@pytest.mark.parametrize(("direction", "line"), EXAMPLES)
def test_every_message_in_the_readme_is_valid(direction: str, line: str):
    DIRECTIONS[direction].validate_json(line, extra="forbid")  # type: ignore[attr-defined]


def test_the_readme_shows_every_kind_of_message():
    for direction, adapter in DIRECTIONS.items():
        shown = {json.loads(line)["type"] for where, line in EXAMPLES if where == direction}
        wanted = set(adapter.json_schema()["discriminator"]["mapping"])  # type: ignore[attr-defined]
        assert shown == wanted, direction


def test_problems_named_in_the_readme_exist():
    for name in re.findall(r'"problem":"([a-z-]+)"', README.read_text()):
        assert problem_named(name) is not None, name


def test_the_events_page_shows_every_message_with_an_example():
    page = pages.events(document())
    for name in document()["components"]["messages"].values():
        assert name["name"] in page
    assert "<script" not in page


def test_null_becomes_a_flag_in_the_older_openapi():
    schema = {"anyOf": [{"$ref": "#/x"}, {"type": "null"}], "title": "T"}
    assert as_3_0({"a": [schema]})["a"] == [{"allOf": [{"$ref": "#/x"}], "nullable": True, "title": "T"}]


@pytest.mark.parametrize("kind", ["pause", "terminate", "end"])
def test_an_intervention_that_takes_something_away_needs_a_reason(kind: str):
    with pytest.raises(ValueError, match="reason"):
        Intervene.model_validate({"kind": kind})
