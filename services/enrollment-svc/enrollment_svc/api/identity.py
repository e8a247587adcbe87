"""Verifying identities: candidates send pictures, staff compare them."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits
from contracts.model import Id
from contracts.resources.identity import (
    ConfirmIdentity,
    IdentityQueue,
    IdentityView,
    OwnIdentity,
    RejectIdentity,
    StoredImage,
    SubmitIdentity,
)
from contracts.statuses import IdentityImage, IdentityState
from enrollment_svc.api.participants import Limit
from enrollment_svc.domain.pictures import MEDIA_TYPE
from enrollment_svc.service.verification import Verification

UPLOAD_PATHS: Final = tuple(f"/v1/candidate/identity/images/{image.value}" for image in IdentityImage)

Presenter = Annotated[Principal, Depends(allowed(access.IDENTITY_PRESENT))]
Verifier = Annotated[Principal, Depends(allowed(access.IDENTITY_REVIEW))]
Viewer = Annotated[Principal, Depends(allowed(access.IDENTITY_IMAGE))]
State = Annotated[IdentityState | None, Query()]


def router(verification: Verification) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["identity"])

    @routes.get("/candidate/identity")
    async def get_own(principal: Presenter) -> OwnIdentity:
        return await verification.own(principal)

    @routes.put("/candidate/identity/images/{image}")
    async def store_image(image: IdentityImage, request: Request, principal: Presenter) -> StoredImage:
        return await verification.store(principal, image, await request.body())

    @routes.post("/candidate/identity/submissions")
    async def submit(request: SubmitIdentity, principal: Presenter) -> OwnIdentity:
        return await verification.submit(principal, request)

    @routes.get("/sessions/{session_id}/identities")
    async def list_waiting(
        session_id: Id, principal: Verifier, *, state: State = None, limit: Limit = limits.PAGE_DEFAULT
    ) -> IdentityQueue:
        return await verification.queue(principal, session_id, state, limit)

    @routes.get("/participants/{participant_id}/identity")
    async def get_identity(participant_id: Id, principal: Verifier) -> IdentityView:
        return await verification.one(principal, participant_id)

    @routes.get("/participants/{participant_id}/identity/images/{image}")
    async def get_image(participant_id: Id, image: IdentityImage, principal: Viewer) -> Response:
        """Never kept by any cache, and taken for nothing but the JPEG it is."""
        return Response(
            await verification.picture(principal, participant_id, image),
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
        )

    @routes.post("/participants/{participant_id}/identity/confirm")
    async def confirm(participant_id: Id, request: ConfirmIdentity, principal: Verifier) -> IdentityView:
        return await verification.confirm(principal, participant_id, request)

    @routes.post("/participants/{participant_id}/identity/reject")
    async def reject(participant_id: Id, request: RejectIdentity, principal: Verifier) -> IdentityView:
        return await verification.reject(principal, participant_id, request)

    return routes
