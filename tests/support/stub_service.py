"""The smallest thing a stack can run: answers `/health/ready` and ends on SIGTERM. Run by path, as a program.

`broken` in its working files makes it end at once, the way a service with a defect would.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"pid": os.getpid(), "instance": os.environ["EXAMHALL_INSTANCE"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    if len(sys.argv) > 1 and Path(sys.argv[1]).exists():
        sys.exit("this stub is broken")
    HTTPServer(("127.0.0.1", int(os.environ["EXAMHALL_HTTP_PORT"])), Answer).serve_forever()
