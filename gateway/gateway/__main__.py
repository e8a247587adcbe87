"""`python -m gateway openapi|protocol|limits`: the public interface as JSON, for documents and clients' generated code.
`python -m gateway audit FILE`: verify an exported audit trail.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chassis.auth import new_key_pair
from contracts import limits
from gateway import protocol
from gateway.app import build
from gateway.domain import trail
from gateway.domain.trail import Broken, Entry
from gateway.settings import Settings


def openapi() -> dict[str, Any]:
    """Nothing is connected to or served: a passing key pair stands in for the deployment's."""
    with TemporaryDirectory() as directory:
        private_file, public_file = Path(directory, "private.pem"), Path(directory, "public.pem")
        private, public = new_key_pair()
        private_file.write_bytes(private)
        public_file.write_bytes(public)
        service = build(Settings(token_private_key_file=private_file, token_public_key_file=public_file))
    return service.app.openapi()


def limit_values() -> dict[str, int | str]:
    """By name, as forms check them before they ask."""
    return {name: value for name, value in vars(limits).items() if name.isupper()}


DOCUMENTS = {"openapi": openapi, "protocol": protocol.schemas, "limits": limit_values}


def verify_trail(file: Path) -> int:
    """0 when the chain holds from the first entry to the last."""
    with file.open(encoding="utf-8") as lines:
        entries = (Entry.model_validate_json(line) for line in lines if line.strip())
        try:
            last = trail.verify(entries)
        except (Broken, ValueError) as error:
            sys.stdout.write(f"BROKEN: {error}\n")
            return 1
    if last is None:
        sys.stdout.write("an empty trail\n")
    else:
        sys.stdout.write(f"{last.number} entries of {last.org_id} hold together; the last digest is {last.digest}\n")
    return 0


def main(arguments: list[str]) -> int:
    match arguments:
        case [name] if name in DOCUMENTS:
            sys.stdout.write(json.dumps(DOCUMENTS[name](), indent=1) + "\n")
            return 0
        case ["audit", file]:
            return verify_trail(Path(file))
    sys.stderr.write(f"usage: python -m gateway {'|'.join(DOCUMENTS)} | audit FILE\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
