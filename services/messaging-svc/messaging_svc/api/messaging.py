"""Announcements, threads and what was read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response, status

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits
from contracts.messaging import Message
from contracts.model import Id
from contracts.resources.messaging import MarkDelivered, MarkRead, Messages, SendBroadcast, SendMessage, Thread
from messaging_svc.service.messaging import MessagingService

Announcer = Annotated[Principal, Depends(allowed(access.BROADCAST_SEND))]
Writer = Annotated[Principal, Depends(allowed(access.MESSAGE_SEND))]
Marker = Annotated[Principal, Depends(allowed(access.MESSAGE_MARK))]
Candidate = Annotated[Principal, Depends(allowed(access.HAND_RAISE))]
Reader = Annotated[Principal, Depends(allowed(access.MESSAGE_READ))]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=limits.NAME_LENGTH)]
After = Annotated[int, Query(ge=0, description="The number of the last message known; 0 for none")]
Limit = Annotated[int, Query(ge=1, le=limits.PAGE_MAX)]


def router(messaging: MessagingService) -> APIRouter:
    routes = APIRouter(prefix="/v1/sessions/{session_id}", tags=["messaging"])

    @routes.post("/broadcasts", status_code=status.HTTP_201_CREATED)
    async def send_broadcast(
        session_id: Id, request: SendBroadcast, principal: Announcer, key: IdempotencyKey = None
    ) -> Message:
        return await messaging.send_broadcast(principal, session_id, request, key)

    @routes.get("/messages")
    async def list_messages(
        session_id: Id, principal: Reader, after: After = 0, limit: Limit = limits.PAGE_DEFAULT
    ) -> Messages:
        return await messaging.messages(principal, session_id, after, limit)

    @routes.get("/threads")
    async def list_threads(session_id: Id, principal: Reader) -> list[Thread]:
        return await messaging.threads(principal, session_id)

    @routes.post("/threads/{participant_id}/messages", status_code=status.HTTP_201_CREATED)
    async def send_message(
        session_id: Id, participant_id: Id, request: SendMessage, principal: Writer, key: IdempotencyKey = None
    ) -> Message:
        return await messaging.send_message(principal, session_id, participant_id, request, key)

    @routes.post("/threads/{participant_id}/hand", status_code=status.HTTP_201_CREATED)
    async def raise_hand(
        session_id: Id, participant_id: Id, principal: Candidate, key: IdempotencyKey = None
    ) -> Message:
        return await messaging.raise_hand(principal, session_id, participant_id, key)

    @routes.post("/threads/{participant_id}/read", status_code=status.HTTP_204_NO_CONTENT)
    async def mark_read(session_id: Id, participant_id: Id, request: MarkRead, principal: Marker) -> Response:
        await messaging.mark_read(principal, session_id, participant_id, request)
        return Response(status_code=status.HTTP_204_NO_CONTENT)

    @routes.post("/threads/{participant_id}/delivered", status_code=status.HTTP_204_NO_CONTENT)
    async def mark_delivered(session_id: Id, participant_id: Id, request: MarkDelivered, principal: Marker) -> Response:
        await messaging.mark_delivered(principal, session_id, participant_id, request)
        return Response(status_code=status.HTTP_204_NO_CONTENT)

    return routes
