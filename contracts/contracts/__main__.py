"""Print what this package declares: `python -m contracts topics|asyncapi|schemas|problems|access`."""

import argparse
import json
import sys

from contracts import access
from contracts.asyncapi import document
from contracts.problems import problem_types
from contracts.schemas import all_schemas, write_schemas
from contracts.topics import TOPICS


def _print_topics() -> None:
    for topic in TOPICS:
        kept = "for ever" if topic.retention_ms is None else f"{topic.retention_ms // 86_400_000} days"
        print(f"{topic.name}  owner {topic.owner}, key {topic.key}, {topic.partitions} partitions, kept {kept}")
        print(f"  read by {', '.join(topic.readers)}")
        for registration in topic.messages:
            print(f"  {registration.type_name}  {registration.model.__name__}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m contracts", description=__doc__)
    parser.add_argument("what", choices=["topics", "asyncapi", "schemas", "problems", "access"])
    parser.add_argument("--write", action="store_true", help="schemas: save changed files instead of printing")
    options = parser.parse_args(arguments)
    match options.what:
        case "topics":
            _print_topics()
        case "asyncapi":
            json.dump(document(), sys.stdout, indent=2, ensure_ascii=False)
            print()
        case "schemas" if options.write:
            print("\n".join(write_schemas()) or "nothing changed")
        case "schemas":
            for name, text in all_schemas().items():
                print(f"// {name}\n{text}")
        case "access":
            print(access.table())
        case _:
            for each in problem_types():
                print(f"{each.status}  {each.uri}  {each.title}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
