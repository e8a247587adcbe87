"""What a participant's attempt runs under: the session's settings with the person's accommodation."""

from decimal import ROUND_CEILING, Decimal

from contracts.attempt import Terms
from contracts.enrollment import ParticipantSnapshot
from contracts.session import SessionSnapshot


def time_limit_seconds(session: SessionSnapshot, participant: ParticipantSnapshot) -> int:
    """A limit of one's own comes first, else the session's times the multiplier, rounded in the person's favour."""
    own = participant.accommodation.time_limit_seconds
    if own is not None:
        return own
    multiplier = participant.accommodation.time_multiplier or Decimal(1)
    return int((session.time_limit_seconds * multiplier).to_integral_value(ROUND_CEILING))


def terms_of(session: SessionSnapshot, participant: ParticipantSnapshot) -> Terms:
    return Terms(
        name=participant.name,
        external_id=participant.external_id,
        time_limit_seconds=time_limit_seconds(session, participant),
        grace_seconds=session.settings.grace_seconds,
        clock_while_disconnected=session.settings.clock_while_disconnected,
        warning_minutes=sorted(set(session.settings.warning_minutes), reverse=True),
        total_items=sum(len(section.items) for section in session.outline),
    )
