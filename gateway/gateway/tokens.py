"""Every token the gateway signs: for staff, for candidates, and for itself when it asks a service a question.

A candidate's refresh token is a signed token too, under an audience of its own: no service takes it for a sign-in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.auth import Principal, PrincipalKind, TokenSigner, TokenVerifier
from chassis.clock import SharedClock
from chassis.outcomes import Rejected
from contracts import problems
from contracts.statuses import Role
from gateway.revocations import EdgeVerifier, Revocations
from gateway.sealing import Seal
from gateway.settings import Settings

REFRESH_AUDIENCE: Final = "examhall-candidate-refresh"
SERVICE_SECONDS: Final = 300
SERVICE_MARGIN_SECONDS: Final = 60  # a cached token is replaced while it still has this long to live
ON_BEHALF_SECONDS: Final = 60  # one request made over a candidate's socket, or with an API token
NO_ORGANISATION: Final = "none"  # a join names no organisation: enrollment-svc finds it by the code


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str
    refresh_token: str
    expires_in: int


def candidate(*, org_id: str, session_id: str, participant_id: str, name: str, locked: bool = False) -> Principal:
    return Principal(
        subject=participant_id,
        kind=PrincipalKind.CANDIDATE,
        roles=frozenset({Role.CANDIDATE}),
        org_id=org_id,
        name=name,
        session_id=session_id,
        participant_id=participant_id,
        locked=locked,
    )


class TokenIssuer:
    """Signs and verifies. Raises at start when a key file is missing: a gateway without keys serves nobody."""

    def __init__(self, settings: Settings, clock: SharedClock, revocations: Revocations | None = None) -> None:
        if settings.token_private_key_file is None or settings.token_public_key_file is None:
            raise ValueError("set EXAMHALL_TOKEN_PRIVATE_KEY_FILE and EXAMHALL_TOKEN_PUBLIC_KEY_FILE")
        private = settings.token_private_key_file.read_bytes()
        public = settings.token_public_key_file.read_bytes()
        self._settings = settings
        self._clock = clock
        self._signer = TokenSigner(private)
        self.seal = Seal(private)
        self.verifier = TokenVerifier(public, clock.now)
        if revocations is not None:
            self.verifier = EdgeVerifier(public, clock, revocations)
        self._refresh_signer = TokenSigner(private, audience=REFRESH_AUDIENCE)
        self._refresh_verifier = TokenVerifier(public, clock.now, audience=REFRESH_AUDIENCE)
        self._service_tokens: dict[str, tuple[str, datetime]] = {}

    def verify(self, token: str) -> Principal:
        """Raises Rejected `not-signed-in` or `sign-in-expired`."""
        return self.verifier.verify(token)

    def staff_access(self, principal: Principal) -> str:
        return self._signer.sign(principal, self._settings.staff_access_seconds, self._clock.now())

    def candidate_tokens(self, principal: Principal) -> Tokens:
        now = self._clock.now()
        return Tokens(
            access_token=self._signer.sign(principal, self._settings.candidate_access_seconds, now),
            refresh_token=self._refresh_signer.sign(principal, self._settings.candidate_refresh_seconds, now),
            expires_in=self._settings.candidate_access_seconds,
        )

    def verify_candidate_refresh(self, token: str) -> Principal:
        principal = self._refresh_verifier.verify(token)
        if principal.participant_id is None or principal.session_id is None:
            raise Rejected(problems.NOT_SIGNED_IN, "This is not a candidate's refresh token.")
        return principal

    def on_behalf(self, principal: Principal) -> str:
        """For one request: of somebody whose socket is open, their own token may have expired; or of an API token."""
        return self._signer.sign(principal, ON_BEHALF_SECONDS, self._clock.now())

    def service(self, org_id: str = NO_ORGANISATION) -> str:
        """The gateway speaking for itself within one organisation."""
        now = self._clock.now()
        cached = self._service_tokens.get(org_id)
        if cached is not None and now < cached[1]:
            return cached[0]
        principal = Principal(
            subject="gateway",
            kind=PrincipalKind.SERVICE,
            roles=frozenset({Role.SERVICE}),
            org_id=org_id,
            name="Examhall",
        )
        token = self._signer.sign(principal, SERVICE_SECONDS, now)
        self._service_tokens[org_id] = (token, now + timedelta(seconds=SERVICE_SECONDS - SERVICE_MARGIN_SECONDS))
        return token
