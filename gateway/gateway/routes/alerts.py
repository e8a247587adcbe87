"""Alerts: acknowledged and dismissed by the gateway's commands, like every intervention."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, problems
from contracts.model import Id
from gateway.alerts import Alerts, AlertsSettled, SettleAlerts
from gateway.audit import note
from gateway.routes.forwarded import ANY_REQUEST, refusals


def router(alerts: Alerts) -> APIRouter:
    router = APIRouter(prefix="/api/v1")

    @router.post(
        "/sessions/{session_id}/alerts/settle",
        summary="Acknowledge or dismiss alerts",
        operation_id="settle_alerts",
        tags=["live"],
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.VALIDATION_FAILED),
    )
    async def settle(
        session_id: Id,
        body: SettleAlerts,
        request: Request,
        principal: Annotated[Principal, Depends(allowed(access.ALERT_SETTLE))],
    ) -> AlertsSettled:
        """One outcome for each alert: `alert-not-open` when somebody else was faster."""
        token = request.headers["authorization"].partition(" ")[2].strip()
        settled = await alerts.settle(principal, token, session_id, body)
        await note(
            request, principal, access.ALERT_SETTLE, {"outcome": body.outcome.value, "alerts": str(len(body.alerts))}
        )
        return settled

    return router
