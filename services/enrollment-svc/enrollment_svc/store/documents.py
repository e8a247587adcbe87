"""Participants and sessions as MongoDB keeps them, there and back."""

from chassis.identifiers import normalise_code
from chassis.mongo import Document
from contracts import limits
from contracts.enrollment import Accommodation
from contracts.statuses import (
    AdmissionMode,
    EnrollmentMode,
    EnrollmentState,
    IdentityState,
    IdentityVerification,
    ImageDeletion,
    Lockdown,
    SessionState,
)
from enrollment_svc.domain.identity import email_key, name_key
from enrollment_svc.domain.participant import Participant
from enrollment_svc.domain.session import Session
from enrollment_svc.domain.verification import NOT_VERIFIED, Gone, Verification


def participant_document(participant: Participant) -> Document:
    document: Document = {
        "_id": participant.participant_id,
        "org_id": participant.org_id,
        "session_id": participant.session_id,
        "version": participant.version,
        "name": participant.name,
        "name_key": name_key(participant.name),
        "email": participant.email,
        "email_key": email_key(participant.email) if participant.email else None,
        "external_id": participant.external_id,
        "accommodation": participant.accommodation.model_dump(mode="json", exclude_none=True),
        "state": participant.state.value,
        "personal_code": participant.personal_code,
        "personal_code_key": normalise_code(participant.personal_code),
        "seat": participant.seat,
        "added_at": participant.added_at,
        "joined_at": participant.joined_at,
        "denied_reason": participant.denied_reason,
        "removed_reason": participant.removed_reason,
        "removed_at": participant.removed_at,
        "identity": _identity_document(participant.identity),
        "request_digest": participant.request_digest,
        "invited_at": participant.invited_at,
        "invitation_requests": list(participant.invitation_requests) or None,
    }
    return {field: value for field, value in document.items() if value is not None}


def participant_of(document: Document) -> Participant:
    return Participant(
        participant_id=document["_id"],
        org_id=document["org_id"],
        session_id=document["session_id"],
        version=document["version"],
        name=document["name"],
        email=document.get("email"),
        external_id=document.get("external_id"),
        accommodation=Accommodation.model_validate(document["accommodation"]),
        state=EnrollmentState(document["state"]),
        personal_code=document["personal_code"],
        seat=document.get("seat"),
        added_at=document["added_at"],
        joined_at=document.get("joined_at"),
        denied_reason=document.get("denied_reason"),
        removed_reason=document.get("removed_reason"),
        removed_at=document.get("removed_at"),
        identity=_identity(document.get("identity")),
        request_digest=document.get("request_digest", ""),
        invited_at=document.get("invited_at"),
        invitation_requests=tuple(document.get("invitation_requests", ())),
    )


def _identity_document(identity: Verification) -> Document | None:
    """None for the many who are never asked."""
    if identity == NOT_VERIFIED:
        return None
    document: Document = {
        "state": identity.state.value,
        "submission": identity.submission,
        "face": identity.face,
        "document": identity.document,
        "submitted_at": identity.submitted_at,
        "decided_at": identity.decided_at,
        "decided_by_name": identity.decided_by_name,
        "reason": identity.reason,
        "gone": [{"image_id": each.image_id, "at": each.at, "why": each.why.value} for each in identity.gone],
    }
    return {field: value for field, value in document.items() if value is not None}


def _identity(document: Document | None) -> Verification:
    if document is None:
        return NOT_VERIFIED
    return Verification(
        state=IdentityState(document["state"]),
        submission=document["submission"],
        face=document.get("face"),
        document=document.get("document"),
        submitted_at=document.get("submitted_at"),
        decided_at=document.get("decided_at"),
        decided_by_name=document.get("decided_by_name"),
        reason=document.get("reason"),
        gone=tuple(
            Gone(image_id=each["image_id"], at=each["at"], why=ImageDeletion(each["why"])) for each in document["gone"]
        ),
    )


def session_document(session: Session) -> Document:
    return {
        "org_id": session.org_id,
        "version": session.version,
        "name": session.name,
        "state": session.state.value,
        "code_key": session.code_key,
        "proctor_ids": list(session.proctor_ids),
        "scheduled_at": session.scheduled_at,
        "started_at": session.started_at,
        "enrollment_mode": session.enrollment_mode.value,
        "admission_mode": session.admission_mode.value,
        "maximum_participants": session.maximum_participants,
        "late_entry_seconds": session.late_entry_seconds,
        "lockdown": session.lockdown.value,
        "identity_verification": session.identity_verification.value,
        "identity_images_days": session.identity_images_days,
        "over_at": session.over_at,
    }


def session_of(document: Document) -> Session:
    return Session(
        session_id=document["_id"],
        org_id=document["org_id"],
        version=document["version"],
        name=document["name"],
        state=SessionState(document["state"]),
        code_key=document.get("code_key"),
        proctor_ids=tuple(document["proctor_ids"]),
        scheduled_at=document["scheduled_at"],
        started_at=document.get("started_at"),
        enrollment_mode=EnrollmentMode(document["enrollment_mode"]),
        admission_mode=AdmissionMode(document["admission_mode"]),
        maximum_participants=document["maximum_participants"],
        late_entry_seconds=document.get("late_entry_seconds"),
        lockdown=Lockdown(document.get("lockdown", Lockdown.OFF)),
        identity_verification=IdentityVerification(document.get("identity_verification", IdentityVerification.OFF)),
        identity_images_days=document.get("identity_images_days", limits.IDENTITY_DAYS_DEFAULT),
        over_at=document.get("over_at"),
    )
