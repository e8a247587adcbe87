"""In session-svc's place: what a gateway asks it about a session. Run by path, as a program."""

import os
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).parents[1]))

import world

application = FastAPI()


@application.get("/health/ready")
async def ready() -> dict[str, Any]:
    return {}


@application.get("/v1/sessions/{session_id}")
async def session(session_id: str) -> Any:
    return world.session_view(session_id)


@application.get("/v1/sessions/{session_id}/form")
async def form(session_id: str) -> Any:
    return world.form()


if __name__ == "__main__":
    uvicorn.run(application, host="127.0.0.1", port=int(os.environ["EXAMHALL_HTTP_PORT"]), log_level="error")
