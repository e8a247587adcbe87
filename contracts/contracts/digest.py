"""The receipt's digest: what a candidate keeps, a report prints and an auditor recomputes."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from contracts.attempt import SavedResponse


def responses_digest(responses: Iterable[SavedResponse]) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of the responses.

    Canonical: a list of `[item_id, seq, response]` ordered by item id; objects with sorted keys, no white space,
    UTF-8 without escapes (the subset of RFC 8785 that these values need: no floating-point numbers occur).
    """
    return digest_of((each.item_id, each.seq, each.response.model_dump(mode="json")) for each in responses)


def digest_of(entries: Iterable[tuple[str, int, dict[str, Any]]]) -> str:
    """The same for those who hold `item_id, seq, response` as plain values."""
    canonical = sorted(entries, key=lambda each: each[0])
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
