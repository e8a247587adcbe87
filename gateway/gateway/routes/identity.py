"""Verifying identities: owned by enrollment-svc. Pictures pass through here in pieces, and every look is recorded."""

from typing import Final

from fastapi import APIRouter

from contracts import access, limits, problems
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
from gateway.routes.forwarded import Forwarding, query_parameter
from gateway.upstream import Upstream

UPLOAD_PATHS: Final = tuple(f"/api/v1/candidate/identity/images/{image.value}" for image in IdentityImage)
PICTURE: Final = "image/jpeg"


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    to = Forwarding(router, upstream, "enrollment-svc", "identity")
    _presenting(to)
    _reviewing(to)
    return router


def _presenting(to: Forwarding) -> None:
    to.route(
        "GET",
        "/candidate/identity",
        "Read how far my identity is verified",
        action=access.IDENTITY_PRESENT,
        answer=OwnIdentity,
        refused=(problems.NOT_FOUND,),
    )
    to.route(
        "PUT",
        "/candidate/identity/images/{image}",
        "Send a picture of my face or document",
        action=access.IDENTITY_PRESENT,
        body=bytes,
        takes="application/octet-stream",
        answer=StoredImage,
        refused=(
            problems.IMAGE_TYPE_UNKNOWN,
            problems.IMAGE_UNREADABLE,
            problems.IMAGE_TOO_LARGE,
            problems.IMAGE_TOO_SMALL,
            problems.IDENTITY_NOT_ASKED,
            problems.IDENTITY_WRONG_STATE,
            problems.IDENTITY_TRIES_SPENT,
            problems.SESSION_WRONG_STATE,
            problems.PARTICIPANT_WRONG_STATE,
        ),
        description=(
            f"JPEG, PNG or WebP, told apart by content, at most {limits.IDENTITY_IMAGE_BYTES // 1024**2} MiB and "
            f"{limits.IDENTITY_IMAGE_PIXELS // 1_000_000} megapixels. It is drawn anew: what else the file holds, such "
            "as where it was taken, is not kept. It counts once a submission names it."
        ),
        streams=True,
    )
    to.route(
        "POST",
        "/candidate/identity/submissions",
        "Submit my pictures for verification",
        action=access.IDENTITY_PRESENT,
        body=SubmitIdentity,
        answer=OwnIdentity,
        refused=(
            problems.IMAGE_NOT_KEPT,
            problems.IDENTITY_NOT_ASKED,
            problems.IDENTITY_WRONG_STATE,
            problems.IDENTITY_TRIES_SPENT,
            problems.SESSION_WRONG_STATE,
            problems.PARTICIPANT_WRONG_STATE,
        ),
    )


def _reviewing(to: Forwarding) -> None:
    to.route(
        "GET",
        "/sessions/{session_id}/identities",
        "List identities to verify",
        action=access.IDENTITY_REVIEW,
        answer=IdentityQueue,
        query=(
            query_parameter("state", IdentityState | None, None, "Only people whose verification is in this state"),
            query_parameter("limit", int | None, None, "How many, at most 200; 50 when left out"),
        ),
        description="Of those who have joined and are not admitted yet, the longest waiting first.",
    )
    to.route(
        "GET",
        "/participants/{participant_id}/identity",
        "Read a participant's verification",
        action=access.IDENTITY_REVIEW,
        answer=IdentityView,
    )
    to.route(
        "GET",
        "/participants/{participant_id}/identity/images/{image}",
        "Look at a picture of a face or document",
        action=access.IDENTITY_IMAGE,
        answer=None,
        gives=(PICTURE,),
        refused=(problems.IMAGE_NOT_KEPT,),
        description="Each look is an entry of the audit trail.",
    )
    to.route(
        "POST",
        "/participants/{participant_id}/identity/confirm",
        "Confirm a participant's identity",
        action=access.IDENTITY_REVIEW,
        body=ConfirmIdentity,
        answer=IdentityView,
        refused=_DECIDING,
    )
    to.route(
        "POST",
        "/participants/{participant_id}/identity/reject",
        "Reject a participant's identity",
        action=access.IDENTITY_REVIEW,
        body=RejectIdentity,
        answer=IdentityView,
        refused=_DECIDING,
        description="The candidate is shown the reason and may send other pictures, a few times.",
    )


_DECIDING: Final = (
    problems.STALE_VERSION,
    problems.IDENTITY_NOT_ASKED,
    problems.IDENTITY_WRONG_STATE,
    problems.SESSION_WRONG_STATE,
    problems.PARTICIPANT_WRONG_STATE,
    problems.PARTICIPANT_REMOVED,
)
