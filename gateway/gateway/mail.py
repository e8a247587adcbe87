"""Asking messaging-svc to mail a one-time link. It keeps the mail until it is sent, or the link is dead."""

from datetime import datetime
from typing import Final, Literal

import structlog

from chassis.outcomes import Transient
from contracts.resources.mail import MailRecipient, MailRequested, RequestMail
from contracts.statuses import MailKind, MailStatus
from gateway.tokens import TokenIssuer
from gateway.upstream import Upstream

LinkMail = Literal[MailKind.STAFF_INVITATION, MailKind.PASSWORD_RESET]
QUEUED: Final = frozenset({MailStatus.QUEUED, MailStatus.SENDING, MailStatus.SENT})

log = structlog.get_logger(__name__)


class Mails:
    """Links are absolute and begin with the configured address: one taken from a request would let whoever asks for
    somebody's reset choose the host that their secret is sent to.
    """

    def __init__(self, upstream: Upstream, issuer: TokenIssuer, public_url: str | None) -> None:
        self._upstream = upstream
        self._issuer = issuer
        self._public_url = public_url.rstrip("/") if public_url else None

    @property
    def configured(self) -> bool:
        return self._public_url is not None

    async def ask(
        self,
        kind: LinkMail,
        org_id: str,
        *,
        cause: str,
        email: str,
        name: str,
        path: str,
        until: datetime,
        **fields: str,
    ) -> bool:
        """Whether a mail is on its way. `path` is the page's, with the code. A failure is only logged."""
        if self._public_url is None:
            log.info("no mail: EXAMHALL_PUBLIC_URL is not set", kind=kind)
            return False
        body = RequestMail(
            kind=kind,
            cause=cause,
            to=MailRecipient(email=email, name=name),
            fields={"link": self._public_url + path, **fields},
            expires_at=until,
        )
        headers = {"authorization": f"Bearer {self._issuer.service(org_id)}", "content-type": "application/json"}
        try:
            answer = await self._upstream.send(
                "messaging-svc", "POST", "/v1/mails", headers=headers, content=body.model_dump_json().encode()
            )
        except Transient as error:
            log.warning("mail not asked for", kind=kind, error=str(error))
            return False
        if not answer.is_success:
            log.warning("mail refused", kind=kind, status=answer.status)
            return False
        return MailRequested.model_validate_json(answer.content).status in QUEUED
