"""Broadcasts and chat: owned by messaging-svc. A broadcast to a status is resolved to its recipients here, because
only the live view knows who is what at this moment.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, problems
from contracts.messaging import Message
from contracts.model import Id
from contracts.resources.messaging import MarkDelivered, MarkRead, Messages, SendBroadcast, SendMessage, Thread
from contracts.resources.monitoring import LiveSnapshot
from gateway.audit import note
from gateway.routes.forwarded import ANY_REQUEST, Forwarding, query_parameter, refusals
from gateway.upstream import Upstream

OWNER = "messaging-svc"


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    _broadcasts(router, upstream)
    to = Forwarding(router, upstream, OWNER, "messages")
    to.route(
        "GET",
        "/sessions/{session_id}/messages",
        "List messages",
        action=access.MESSAGE_READ,
        answer=Messages,
        query=(
            query_parameter("after", int, 0, "Only messages with a higher number"),
            query_parameter("limit", int | None, None, "How many at most"),
        ),
    )
    to.route("GET", "/sessions/{session_id}/threads", "List threads", action=access.MESSAGE_READ, answer=list[Thread])
    to.route(
        "POST",
        "/sessions/{session_id}/threads/{participant_id}/messages",
        "Send a message",
        action=access.MESSAGE_SEND,
        body=SendMessage,
        answer=Message,
        status=201,
    )
    to.route(
        "POST",
        "/sessions/{session_id}/threads/{participant_id}/hand",
        "Raise a hand",
        action=access.HAND_RAISE,
        answer=Message,
        status=201,
    )
    to.route(
        "POST",
        "/sessions/{session_id}/threads/{participant_id}/read",
        "Mark messages read",
        action=access.MESSAGE_MARK,
        body=MarkRead,
        answer=None,
        status=204,
    )
    to.route(
        "POST",
        "/sessions/{session_id}/threads/{participant_id}/delivered",
        "Mark messages delivered",
        action=access.MESSAGE_MARK,
        body=MarkDelivered,
        answer=None,
        status=204,
    )
    return router


def _broadcasts(router: APIRouter, upstream: Upstream) -> None:
    @router.post(
        "/sessions/{session_id}/broadcasts",
        summary="Send a broadcast",
        operation_id="send_a_broadcast",
        tags=["messages"],
        status_code=201,
        response_model=Message,
        responses=refusals(*ANY_REQUEST, problems.NOT_FOUND, problems.VALIDATION_FAILED),
    )
    async def send_a_broadcast(
        session_id: Id,
        body: SendBroadcast,
        request: Request,
        principal: Annotated[Principal, Depends(allowed(access.BROADCAST_SEND))],
        idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
    ) -> Response:
        """To everybody, or with `filter` to those who have one of these statuses at this moment."""
        token = request.headers["authorization"].partition(" ")[2].strip()
        if body.filter is not None and body.recipients is None:
            snapshot = await upstream.ask(
                "monitoring-svc", "GET", f"/v1/sessions/{session_id}/live", LiveSnapshot, token=token
            )
            wanted = set(body.filter)
            reached = [row.participant_id for row in snapshot.rows if row.status in wanted]
            body = body.model_copy(update={"recipients": reached})
        content = await upstream.send_json(
            OWNER,
            "POST",
            f"/v1/sessions/{session_id}/broadcasts",
            token=token,
            body=body,
            idempotency_key=idempotency_key,
        )
        await note(request, principal, access.BROADCAST_SEND)
        return Response(content, status_code=201, media_type="application/json")
