"""Presence: which connection is a person's current one, and what the clock does meanwhile."""

from datetime import datetime
from typing import Any

from contracts.attempt import (
    AlertKind,
    AlertRaised,
    ConnectParticipant,
    DisconnectParticipant,
    ParticipantConnected,
    ParticipantDisconnected,
)
from contracts.envelope import Event
from contracts.statuses import ClockPolicy, Phase, Severity
from monitoring_svc.domain.attempt import Attempt
from monitoring_svc.domain.clock import stopped
from monitoring_svc.domain.facts import Facts


def connect(attempt: Attempt, command: Event[Any], connecting: ConnectParticipant, at: datetime) -> Facts:
    """The newest connection wins. Taking over from another one raises an alert."""
    current = attempt.connection
    if current is not None and current.connection_id == connecting.connection_id:
        return []
    deadline = attempt.clock.deadline_at
    if deadline is None and _clock_waits_for_person(attempt, at):
        deadline = attempt.clock.deadline_if_started(at)
    connected = ParticipantConnected(
        participant_id=attempt.participant_id,
        actor=connecting.actor,
        connection_id=connecting.connection_id,
        gateway_id=connecting.gateway_id,
        replaced=None if current is None else current.connection_id,
        deadline_at=deadline,
    )
    if current is None:
        return [connected]
    alert = AlertRaised(
        participant_id=attempt.participant_id,
        actor=connecting.actor,
        alert_id=f"{command.id}-alert",
        kind=AlertKind.CONNECTION_REPLACED,
        severity=Severity.WARNING,
        detail="Continued on another device or tab"
        + (f", from {connecting.address}" if connecting.address else "")
        + ".",
    )
    return [connected, alert]


def disconnect(attempt: Attempt, command: Event[Any], disconnecting: DisconnectParticipant, at: datetime) -> Facts:
    """A late goodbye from an older connection changes nothing. Past the deadline there is no time left to save."""
    current = attempt.connection
    if current is None or current.connection_id != disconnecting.connection_id:
        return []
    clock = attempt.clock
    deadline = clock.deadline_at
    stops = attempt.terms.clock_while_disconnected is ClockPolicy.STOPS and deadline is not None and at < deadline
    return [
        ParticipantDisconnected(
            participant_id=attempt.participant_id,
            actor=disconnecting.actor,
            ledger=stopped(
                clock,
                at,
                entry_id=f"{command.id}-ran",
                by=disconnecting.actor,
                reason=f"Disconnected: {disconnecting.cause.value.replace('_', ' ')}",
            )
            if stops
            else [],
            connection_id=disconnecting.connection_id,
            cause=disconnecting.cause,
        )
    ]


def _clock_waits_for_person(attempt: Attempt, at: datetime) -> bool:
    return attempt.phase is Phase.ACTIVE and not attempt.ending and not attempt.clock.capped(at)
