"""What an operator asks of a running stack: topics, dead letters, reports, staff accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from chassis.auth import Principal, PrincipalKind, TokenSigner
from chassis.outcomes import Rejected
from contracts import problems
from contracts.statuses import Role
from examhall.addresses import Addresses
from gateway.accounts import create_account
from gateway.settings import Settings as GatewaySettings

TOKEN_SECONDS: Final = 60
REQUEST_SECONDS: Final = 30.0


class OperationFailed(RuntimeError):
    """The stack refused; the message is what it said."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A staff account to be."""

    org_id: str
    email: str
    name: str
    roles: frozenset[Role]
    password: str


def settings_of(addresses: Addresses) -> GatewaySettings:
    """Settings for this command: the gateway's, which hold everything the others have."""
    infrastructure = addresses.infrastructure
    return GatewaySettings(
        kafka=infrastructure.kafka,
        mongo=infrastructure.mongo,
        redis=infrastructure.redis,
        namespace=addresses.namespace,
        token_public_key_file=addresses.token_public_key_file,
    )


def service_token(private_key_file: Path, org_id: str = "") -> str:
    """A token with which this command speaks to services directly, in the role `service`."""
    principal = Principal(
        subject="examhall-cli",
        kind=PrincipalKind.SERVICE,
        roles=frozenset({Role.SERVICE}),
        org_id=org_id,
        name="examhall command",
    )
    return TokenSigner(private_key_file.read_bytes()).sign(principal, TOKEN_SECONDS, datetime.now(UTC))


async def rebuild_reports(addresses: Addresses) -> Any:
    """Ask reporting-svc to read all facts again from the beginning."""
    headers = {"Authorization": f"Bearer {service_token(addresses.token_private_key_file)}"}
    url = f"{addresses.services['reporting-svc'][0]}/v1/rebuild"
    try:
        async with httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False) as http:
            answer = await http.post(url, headers=headers)
    except httpx.HTTPError as error:
        raise OperationFailed(f"{url}: {type(error).__name__} {error}") from error
    if answer.is_error:
        raise OperationFailed(f"{url} says {answer.status_code}: {answer.text[:500]}")
    return answer.json()


async def create_accounts(addresses: Addresses, accounts: Sequence[NewAccount], *, keep_existing: bool = False) -> None:
    """Staff accounts, written straight into the gateway's store: the first administrator has nobody to ask.

    Raises Rejected `account-exists` unless `keep_existing`, and `validation-failed`.
    """
    settings = settings_of(addresses)
    for account in accounts:
        try:
            await create_account(
                settings,
                org_id=account.org_id,
                email=account.email,
                name=account.name,
                roles=account.roles,
                password=account.password,
            )
        except Rejected as refusal:
            if not (keep_existing and refusal.problem == problems.ACCOUNT_EXISTS):
                raise
