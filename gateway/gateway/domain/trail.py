"""The audit trail of one organisation: numbered entries, each holding the digest of the one before.

`digest` is SHA-256 over the entry's JSON (keys sorted, no white space, UTF-8) without `digest` itself. Whoever changes,
drops or inserts an entry breaks every digest after it; whoever cuts the end off is found by anybody who noted a later
digest, which is why exports are worth keeping.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.model import Instant

FIRST: Final = "0" * 64  # what the first entry names as its predecessor


class Entry(BaseModel):
    """Who did what, when, from where. `details` holds what tells this one from others, never a secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    org_id: str
    number: int
    at: Instant
    actor_id: str
    actor_name: str
    actor_kind: str
    address: str
    action: str
    target: str
    details: dict[str, str]
    previous: str
    digest: str


def digest_of(entry: Entry) -> str:
    content = entry.model_dump(mode="json", exclude={"digest"})
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def following(newest: Entry | None, *, org_id: str, at: datetime, **what: object) -> Entry:
    """The next entry. Time never runs backwards in a trail."""
    number, previous = (1, FIRST) if newest is None else (newest.number + 1, newest.digest)
    moment = at if newest is None else max(at, newest.at)
    entry = Entry.model_validate(
        {**what, "org_id": org_id, "number": number, "at": moment, "previous": previous, "digest": ""}
    )
    return entry.model_copy(update={"digest": digest_of(entry)})


class Broken(ValueError):
    """The chain does not hold at the entry named."""


def verify(entries: Iterable[Entry], after: Entry | None = None) -> Entry | None:
    """The last entry of an unbroken chain that goes on from `after` (None: from the beginning).

    Raises:
        Broken: an entry was changed, dropped, inserted or moved.

    """
    last = after
    for entry in entries:
        number, previous = (1, FIRST) if last is None else (last.number + 1, last.digest)
        if entry.number != number:
            raise Broken(f"entry {number} is missing: {entry.number} follows")
        if last is not None and entry.org_id != last.org_id:
            raise Broken(f"entry {entry.number} belongs to another organisation")
        if entry.previous != previous:
            raise Broken(f"entry {entry.number} does not follow from the one before")
        if digest_of(entry) != entry.digest:
            raise Broken(f"entry {entry.number} was changed")
        last = entry
    return last
