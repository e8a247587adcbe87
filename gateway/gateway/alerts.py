"""Seeing to alerts: somebody looked, and says so to every other proctor."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from chassis.auth import Principal
from chassis.identifiers import derived_id
from contracts import limits
from contracts.attempt import AcknowledgeAlert, DismissAlert
from contracts.live import Outcome
from contracts.model import Id, Reason, Request, View
from contracts.statuses import AlertOutcome
from gateway.commanding import Commanding, Given, staff_actor

SETTLE_MAX: Final = limits.BULK_MAX


class AlertNamed(Request):
    participant_id: Id
    alert_id: Id


class SettleAlerts(Request):
    """`note`: why they are of no concern; with `dismissed` only."""

    outcome: AlertOutcome
    alerts: Annotated[list[AlertNamed], Field(min_length=1, max_length=SETTLE_MAX)]
    note: Reason | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.note is not None) != (self.outcome is AlertOutcome.DISMISSED):
            raise ValueError("dismissed needs a note, which is kept; acknowledged takes none")
        return self


class AlertsSettled(View):
    """One outcome for each alert, in the order asked for. `problem` None: it is settled, and by you."""

    outcomes: list[Outcome]


class Alerts:
    def __init__(self, commanding: Commanding) -> None:
        self._commanding = commanding

    async def settle(self, principal: Principal, token: str, session_id: str, request: SettleAlerts) -> AlertsSettled:
        """The same person settling the same alert in the same way again is the same command.

        Raises:
            Rejected: `not-found` or `not-allowed` for the session.
            Transient: session-svc or Kafka is away; repeating is safe.

        """
        await self._commanding.require_assigned(principal, token, session_id)
        actor = staff_actor(principal)
        named = {(each.participant_id, each.alert_id): None for each in request.alerts}
        commands = {
            derived_id("settle", principal.subject, alert_id, request.outcome.value, request.note or ""): Given(
                participant_id,
                AcknowledgeAlert(actor=actor, alert_id=alert_id)
                if request.note is None
                else DismissAlert(actor=actor, alert_id=alert_id, note=request.note),
            )
            for participant_id, alert_id in named
        }
        found = await self._commanding.give(principal, token, session_id, commands)
        return AlertsSettled(outcomes=list(found.values()))
