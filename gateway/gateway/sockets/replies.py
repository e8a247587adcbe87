"""Texts both kinds of socket send often, written by hand: a model would cost more than all the rest of the answer."""

from datetime import datetime
from typing import Final

import orjson

from contracts import limits
from contracts.items import Response
from contracts.model import iso_milliseconds

SIZE_DETAIL: Final = f"A response may have {limits.RESPONSE_BYTES // 1024} KiB."


def refusal(
    problem: str,
    detail: str,
    *,
    seq: int | None = None,
    client_id: str | None = None,
    session_id: str | None = None,
    retry_after_s: float | None = None,
) -> str:
    message = {
        "type": "refused",
        "seq": seq,
        "id": client_id,
        "session_id": session_id,
        "problem": problem,
        "detail": detail,
        "retry_after_s": retry_after_s,
    }
    return orjson.dumps({name: value for name, value in message.items() if value is not None}).decode()


def beat_answer(now: datetime, client_id: str | None) -> str:
    answer = {"type": "beat", "server_time": iso_milliseconds(now), "id": client_id}
    return orjson.dumps(answer).decode()


def too_large(response: Response) -> bool:
    """Whether the response's JSON passes the limit. Only an essay can: everything else is bounded by its model."""
    if response.type != "essay" or len(response.text) * 6 <= limits.RESPONSE_BYTES:  # \\u0000 is the longest escape
        return False
    return len(response.model_dump_json().encode()) > limits.RESPONSE_BYTES
