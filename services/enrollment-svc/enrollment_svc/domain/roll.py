"""Adding many people at once: who of them has a place already, under which address or id."""

from collections.abc import Iterable, Sequence

from contracts.resources.enrollment import NewParticipant
from enrollment_svc.domain.identity import email_key
from enrollment_svc.domain.participant import SEATED, Participant


def already_enrolled(asked: Sequence[NewParticipant], known: Iterable[Participant]) -> dict[int, str]:
    """Why each of those asked for is not new, by their place in the request; the first of two equals counts as new.

    Whoever was denied or removed has no place any more and may be added again.
    """
    holders: dict[tuple[str, str], str] = {}
    for participant in known:
        if participant.state in SEATED:
            for key in _keys(participant.email, participant.external_id):
                holders[key] = "has a place in this session"
    reasons: dict[int, str] = {}
    for index, person in enumerate(asked):
        keys = _keys(person.email, person.external_id)
        held = next((key for key in keys if key in holders), None)
        if held is not None:
            reasons[index] = f"Somebody with this {held[0]} {holders[held]}."
            continue
        for key in keys:
            holders[key] = "is in this request already"
    return reasons


def _keys(email: str | None, external_id: str | None) -> list[tuple[str, str]]:
    keys = []
    if email is not None:
        keys.append(("e-mail address", email_key(email)))
    if external_id is not None:
        keys.append(("external id", external_id))
    return keys
