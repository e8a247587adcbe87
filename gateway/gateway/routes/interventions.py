"""Interventions in live attempts: carried out by the gateway, which alone writes commands for people."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, problems
from contracts.model import Id
from gateway.audit import note
from gateway.interventions import Intervene, Intervened, Interventions
from gateway.routes.forwarded import ANY_REQUEST, refusals

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def router(interventions: Interventions) -> APIRouter:
    router = APIRouter(prefix="/api/v1")

    @router.post(
        "/sessions/{session_id}/interventions",
        summary="Intervene in attempts",
        operation_id="intervene",
        tags=["live"],
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.VALIDATION_FAILED, problems.IDEMPOTENCY_MISMATCH),
    )
    async def intervene(
        session_id: Id,
        body: Intervene,
        request: Request,
        principal: Annotated[Principal, Depends(allowed(access.ATTEMPT_INTERVENE))],
        idempotency_key: IdempotencyKey = None,
    ) -> Intervened:
        """One outcome for each participant. `outcome-unknown` means that it was sent and may still be applied: repeat
        with the same Idempotency-Key to ask again.
        """
        token = request.headers["authorization"].partition(" ")[2].strip()
        intervened = await interventions.intervene(principal, token, session_id, body, idempotency_key)
        whom = "everybody" if body.participant_ids is None else f"{len(body.participant_ids)} participants"
        await note(request, principal, access.ATTEMPT_INTERVENE, {"kind": body.kind.value, "whom": whom})
        return intervened

    return router
