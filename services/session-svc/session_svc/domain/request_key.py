"""A repeated request to create something is answered with what the first one created."""

from dataclasses import dataclass

from chassis.outcomes import Rejected
from contracts import problems


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The caller's `Idempotency-Key`, made the caller's own, and a digest of what they asked for.

    It is stored on the document it created, so that the two are one write.
    """

    key: str
    digest: str


def refuse_other_request(asked: RequestKey, digest_answered: str) -> None:
    """Raises Rejected: `idempotency-mismatch` when the key was used for another request."""
    if asked.digest != digest_answered:
        raise Rejected(
            problems.IDEMPOTENCY_MISMATCH, "Use a new key for a new request, or send the first request unchanged."
        )
