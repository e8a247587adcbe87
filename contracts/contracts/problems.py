"""Every refusal a person or an integrator can meet: RFC 9457 problem types, served at `/problems/<name>`."""

from dataclasses import dataclass
from typing import Final

_all: dict[str, "ProblemType"] = {}


@dataclass(frozen=True, slots=True)
class ProblemType:
    """`name` is stable and machine-readable, `title` is for people, `status` is the HTTP status."""

    name: str
    title: str
    status: int

    def __post_init__(self) -> None:
        _all[self.name] = self

    @property
    def uri(self) -> str:
        return f"/problems/{self.name}"


def problem_named(name: str) -> ProblemType | None:
    return _all.get(name)


def problem_types() -> list[ProblemType]:
    return sorted(_all.values(), key=lambda each: each.name)


# Any request
VALIDATION_FAILED: Final = ProblemType("validation-failed", "Some fields need attention", 422)
MALFORMED_BODY: Final = ProblemType("malformed-body", "The body could not be read", 400)
BODY_TOO_LARGE: Final = ProblemType("body-too-large", "The body is too large", 413)
NOT_SIGNED_IN: Final = ProblemType("not-signed-in", "Sign in first", 401)
SIGN_IN_EXPIRED: Final = ProblemType("sign-in-expired", "Your sign-in has expired", 401)
SIGN_IN_FAILED: Final = ProblemType("sign-in-failed", "E-mail address or password is wrong", 401)
NOT_ALLOWED: Final = ProblemType("not-allowed", "Your role does not allow this", 403)
NOT_FOUND: Final = ProblemType("not-found", "There is no such thing here", 404)
METHOD_NOT_ALLOWED: Final = ProblemType("method-not-allowed", "This address does not take that method", 405)
STALE_VERSION: Final = ProblemType("stale-version", "Somebody changed this meanwhile", 409)
IDEMPOTENCY_MISMATCH: Final = ProblemType(
    "idempotency-mismatch", "This Idempotency-Key was used for another request", 422
)
TOO_MANY_REQUESTS: Final = ProblemType("too-many-requests", "Too many requests", 429)
TEMPORARILY_UNAVAILABLE: Final = ProblemType("temporarily-unavailable", "Please try again in a moment", 503)
OVERLOADED: Final = ProblemType("overloaded", "Very many people are joining", 503)
INTERNAL_ERROR: Final = ProblemType("internal-error", "Something went wrong on our side", 500)
HTTP_ERROR: Final = ProblemType("http-error", "The request could not be served", 400)

# Assessments and sessions
ASSESSMENT_PUBLISHED: Final = ProblemType("assessment-published", "A published version cannot be changed", 409)
ASSESSMENT_NOT_PUBLISHED: Final = ProblemType("assessment-not-published", "Publish the assessment first", 409)
SESSION_WRONG_STATE: Final = ProblemType("session-wrong-state", "The session's state does not allow this", 409)
SAFE_EXAM_BROWSER_NEEDED: Final = ProblemType(
    "safe-exam-browser-needed", "This session is sat in Safe Exam Browser", 403
)
TEMPLATE_EXISTS: Final = ProblemType("template-exists", "There is a template of this name", 409)
CODE_IN_USE: Final = ProblemType("code-in-use", "Another session uses this code", 409)

# Joining
CODE_UNKNOWN: Final = ProblemType("code-unknown", "This code is not known", 404)
CODE_EXPIRED: Final = ProblemType("code-expired", "This session is over", 410)
SESSION_CANCELLED: Final = ProblemType("session-cancelled", "This session was cancelled", 410)
SESSION_NOT_OPEN: Final = ProblemType("session-not-open", "This session is not open yet", 409)
SESSION_FULL: Final = ProblemType("session-full", "All seats are taken", 409)
TOO_LATE_TO_JOIN: Final = ProblemType("too-late-to-join", "It is too late to join", 409)
ALREADY_JOINED: Final = ProblemType("already-joined", "You have already joined", 409)
PERSONAL_CODE_NEEDED: Final = ProblemType("personal-code-needed", "This session needs a personal code", 403)
ADMISSION_DENIED: Final = ProblemType("admission-denied", "You were not admitted", 403)
PARTICIPANT_REMOVED: Final = ProblemType("participant-removed", "You were removed from this session", 403)
ALREADY_ENROLLED: Final = ProblemType("already-enrolled", "This person is already enrolled", 409)
ALREADY_INVITED: Final = ProblemType("already-invited", "This person was invited already", 409)
ENROLLMENT_BY_CODE_ONLY: Final = ProblemType(
    "enrollment-by-code-only", "People enter this session with its code only", 409
)
PARTICIPANT_WRONG_STATE: Final = ProblemType(
    "participant-wrong-state", "The participant's state does not allow this", 409
)

# Identity verification
IDENTITY_NOT_ASKED: Final = ProblemType("identity-not-asked", "This session does not verify identities", 409)
IDENTITY_WRONG_STATE: Final = ProblemType(
    "identity-wrong-state", "The state of the verification does not allow this", 409
)
IDENTITY_NOT_CONFIRMED: Final = ProblemType("identity-not-confirmed", "This person's identity is not confirmed", 409)
IDENTITY_TRIES_SPENT: Final = ProblemType("identity-tries-spent", "There are no tries left", 409)
IMAGE_TYPE_UNKNOWN: Final = ProblemType("image-type-unknown", "This is no JPEG, PNG or WebP picture", 415)
IMAGE_UNREADABLE: Final = ProblemType("image-unreadable", "The picture is damaged", 422)
IMAGE_TOO_LARGE: Final = ProblemType("image-too-large", "The picture has too many pixels", 422)
IMAGE_TOO_SMALL: Final = ProblemType("image-too-small", "The picture has too few pixels", 422)
IMAGE_NOT_KEPT: Final = ProblemType("image-not-kept", "There is no such picture, or not any more", 404)

# Directory and imports
PERSON_EXISTS: Final = ProblemType("person-exists", "Somebody in the directory has this e-mail address or ID", 409)
GROUP_EXISTS: Final = ProblemType("group-exists", "There is a group of this name", 409)
DIRECTORY_FULL: Final = ProblemType("directory-full", "The directory holds no more", 409)
NOBODY_MEANT: Final = ProblemType("nobody-meant", "Nobody is meant by this", 422)
IMPORT_WRONG_STATE: Final = ProblemType("import-wrong-state", "The import's state does not allow this", 409)
IMPORT_HAS_ERRORS: Final = ProblemType("import-has-errors", "Some rows cannot be imported", 409)
FILE_EMPTY: Final = ProblemType("file-empty", "The file holds nobody", 422)
FILE_UNREADABLE: Final = ProblemType("file-unreadable", "The file could not be read", 422)
FILE_TOO_LARGE: Final = ProblemType("file-too-large", "The file unpacks to more than is read", 422)
FILE_TOO_MANY_ROWS: Final = ProblemType("file-too-many-rows", "The file has too many rows", 422)
FILE_COLUMNS: Final = ProblemType("file-columns", "The file's columns are not understood", 422)

# Attempts
ATTEMPT_UNKNOWN: Final = ProblemType("attempt-unknown", "There is no such attempt", 404)
ATTEMPT_NOT_STARTED: Final = ProblemType("attempt-not-started", "The attempt has not started", 409)
ATTEMPT_PAUSED: Final = ProblemType("attempt-paused", "The attempt is paused", 409)
ATTEMPT_NOT_PAUSED: Final = ProblemType("attempt-not-paused", "The attempt is not paused", 409)
ATTEMPT_COMPLETE: Final = ProblemType("attempt-complete", "The attempt is complete", 409)
ATTEMPT_NOT_COMPLETE: Final = ProblemType("attempt-not-complete", "The attempt is not complete", 409)
ATTEMPT_WRONG_PHASE: Final = ProblemType("attempt-wrong-phase", "The attempt's phase does not allow this", 409)
TIME_IS_UP: Final = ProblemType("time-is-up", "Time is up", 409)
ITEM_UNKNOWN: Final = ProblemType("item-unknown", "This item is not part of the assessment", 422)
RESPONSE_INVALID: Final = ProblemType("response-invalid", "This response does not fit the item", 422)
RESPONSE_TOO_LARGE: Final = ProblemType("response-too-large", "This response is too large", 413)
SESSION_LIMIT_REACHED: Final = ProblemType(
    "session-limit-reached", "The session's own time limit leaves no more time", 409
)
CONNECTION_REPLACED: Final = ProblemType("connection-replaced", "You continued on another device or tab", 409)
ALERT_NOT_OPEN: Final = ProblemType("alert-not-open", "Somebody has seen to this alert already", 409)
OUTCOME_UNKNOWN: Final = ProblemType("outcome-unknown", "The outcome is not known yet", 504)

# Reviews and results
REVIEW_CLAIMED: Final = ProblemType("review-claimed", "Another reviewer has this response", 409)
REVIEW_NOT_CLAIMED: Final = ProblemType("review-not-claimed", "Claim the response first", 409)
REVIEW_DONE: Final = ProblemType("review-done", "This response has been reviewed", 409)
SCORE_INVALID: Final = ProblemType("score-invalid", "The score does not fit the rubric", 422)
RESULTS_NOT_FINAL: Final = ProblemType("results-not-final", "Some results are not final", 409)
RESULT_NOT_RELEASED: Final = ProblemType("result-not-released", "The result has not been released", 404)

# Accounts
ACCOUNT_EXISTS: Final = ProblemType("account-exists", "There is already an account with this e-mail address", 409)
LAST_ADMINISTRATOR: Final = ProblemType(
    "last-administrator", "An organisation keeps at least one administrator with a password", 409
)
LINK_UNKNOWN: Final = ProblemType("link-unknown", "This link was used, replaced or is too old", 404)
ACCOUNT_DEACTIVATED: Final = ProblemType("account-deactivated", "This account is deactivated", 409)
PASSWORD_WRONG: Final = ProblemType("password-wrong", "The password is wrong", 422)
PROVIDER_NEEDED: Final = ProblemType("provider-needed", "Your organisation signs in with its own provider", 403)
PROVIDER_FAILED: Final = ProblemType("provider-failed", "Signing in with the provider did not work", 401)
PROVIDER_EMAIL_REFUSED: Final = ProblemType("provider-email-refused", "This e-mail address may not sign in here", 403)
PROVIDER_NO_ROLE: Final = ProblemType("provider-no-role", "Your provider gives you no role here", 403)
PROVIDER_NO_ACCOUNT: Final = ProblemType("provider-no-account", "There is no account here for you to sign in to", 403)
PROVIDER_UNUSABLE: Final = ProblemType("provider-unusable", "This provider cannot be used", 422)
DOMAIN_TAKEN: Final = ProblemType("domain-taken", "Another organisation signs in with this e-mail domain", 409)
API_TOKENS_FULL: Final = ProblemType("api-tokens-full", "There are too many API tokens", 409)

# Mail
MAIL_ERASED: Final = ProblemType("mail-erased", "What this mail said has been erased", 409)
MAIL_UNFINISHED: Final = ProblemType("mail-unfinished", "This mail is still on its way", 409)
