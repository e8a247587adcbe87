"""Presence: which connection is a person's current one, and what the clock does meanwhile."""

from datetime import datetime

from contracts.attempt import (
    ConnectParticipant,
    DisconnectParticipant,
    ParticipantConnected,
    ParticipantDisconnected,
)
from contracts.statuses import ClockPolicy, Phase
from monitoring_svc.domain.alerting import Case, on_connecting, on_disconnecting
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.clock import stopped
from monitoring_svc.domain.facts import Facts


def connect(case: Case, connecting: ConnectParticipant) -> Facts:
    """The newest connection wins. Taking over from another one is a matter for the rules."""
    attempt, at = case.attempt, case.at
    current = attempt.connection
    if current is not None and current.connection_id == connecting.connection_id:
        return []
    deadline = attempt.clock.deadline_at
    if deadline is None and _clock_waits_for_person(attempt, at):
        deadline = attempt.clock.deadline_if_started(at)
    alerts = on_connecting(case, connecting.address)
    connected = ParticipantConnected(
        participant_id=attempt.participant_id,
        actor=connecting.actor,
        connection_id=connecting.connection_id,
        gateway_id=connecting.gateway_id,
        replaced=None if current is None else current.connection_id,
        deadline_at=deadline,
    )
    return [*alerts, connected]


def disconnect(case: Case, disconnecting: DisconnectParticipant) -> Facts:
    """A late goodbye from an older connection changes nothing. Past the deadline there is no time left to save."""
    attempt, at = case.attempt, case.at
    current = attempt.connection
    if current is None or current.connection_id != disconnecting.connection_id:
        return []
    clock = attempt.clock
    deadline = clock.deadline_at
    stops = attempt.terms.clock_while_disconnected is ClockPolicy.STOPS and deadline is not None and at < deadline
    return [
        *on_disconnecting(case),
        ParticipantDisconnected(
            participant_id=attempt.participant_id,
            actor=disconnecting.actor,
            ledger=stopped(
                clock,
                at,
                entry_id=f"{case.command.id}-ran",
                by=disconnecting.actor,
                reason=f"Disconnected: {disconnecting.cause.value.replace('_', ' ')}",
            )
            if stops
            else [],
            connection_id=disconnecting.connection_id,
            cause=disconnecting.cause,
        ),
    ]


def _clock_waits_for_person(attempt: Attempt, at: datetime) -> bool:
    return attempt.phase is Phase.ACTIVE and not attempt.ending and not attempt.clock.capped(at)
