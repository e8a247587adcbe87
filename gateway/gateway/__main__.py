"""`python -m gateway openapi|protocol`: the public interface as JSON, for documents and clients' generated types."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chassis.auth import new_key_pair
from gateway import protocol
from gateway.app import build
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


DOCUMENTS = {"openapi": openapi, "protocol": protocol.schemas}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in DOCUMENTS:
        sys.stderr.write(f"usage: python -m gateway {'|'.join(DOCUMENTS)}\n")
        return 2
    sys.stdout.write(json.dumps(DOCUMENTS[arguments[0]](), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
