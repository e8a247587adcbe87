"""`examhall demo`: the stack (a running one, else its own), an organisation to rehearse in, the rehearsal."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from contracts.statuses import Role
from examhall import daemon, display, operations
from examhall.addresses import Addresses
from examhall.rehearsal import Account, Options, Target, run
from examhall.stack import Stack
from examhall.visit import invite, proctor_link

PASSWORD_BYTES: Final = 12
CAST: Final = {
    "scheduler": ("Sam Scheduler", frozenset({Role.SCHEDULER})),
    "proctor": ("Pat Proctor", frozenset({Role.PROCTOR})),
    "reviewer": ("Robin Reviewer", frozenset({Role.REVIEWER})),
}


async def demonstrate(directory: Path, scale: Mapping[str, int], options: Options) -> int:
    """Run the rehearsal; unless told to exit, stay up until Ctrl-C. The exit code says whether every promise held."""
    async with AsyncExitStack() as closing:
        ending = "Ctrl-C leaves; the stack keeps running"
        try:
            addresses = daemon.running_addresses(directory)
        except daemon.NotRunning:
            stack = Stack(directory, scale=scale, report=display.print_line)
            addresses = (await closing.enter_async_context(stack)).addresses
            ending = "Ctrl-C stops everything"
        target = await prepare(directory, addresses)
        if options.watch:
            options = replace(options, on_open=partial(_where_to_watch, target, addresses))
        report = await run(target, options, display.console())
        if not options.exit:
            display.print_addresses(addresses)
            display.print_line(f"sign in as    {target.proctor.email}  password {target.proctor.password}")
            await _print_links(target, addresses)
            display.print_line(f"\n{ending}")
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                display.print_line("")
    return report.exit_code


async def _where_to_watch(target: Target, addresses: Addresses, session_id: str) -> str:
    link = await proctor_link(target, addresses, session_id)
    return f"watch it at   {link}\n              signs in once, within a day"


async def _print_links(target: Target, addresses: Addresses) -> None:
    try:
        visit = await invite(target, addresses)
    except operations.OperationFailed as error:
        display.print_line(f"no links      {error}")
        return
    display.print_line(f"\nproctor       {visit.proctor}")
    display.print_line(f"candidate     {visit.candidate}")
    display.print_line("              in two windows; the proctor's link signs in once, within a day")


async def prepare(directory: Path, addresses: Addresses) -> Target:
    """The staff of a demonstration organisation, made on first use and kept with this directory's secret."""
    password = _secret(directory / "keys" / "demo-password")
    # Named after the secret: another checkout on the same database has an organisation of its own.
    org_id = f"demo-{hashlib.sha256(password.encode()).hexdigest()[:6]}"
    emails = {role: f"{role}@{org_id}.example" for role in CAST}
    accounts = [
        operations.NewAccount(org_id=org_id, email=emails[role], name=name, roles=roles, password=password)
        for role, (name, roles) in CAST.items()
    ]
    await operations.create_accounts(addresses, accounts, keep_existing=True)
    return Target(
        gateways=addresses.gateways,
        scheduler=Account(emails["scheduler"], password),
        proctor=Account(emails["proctor"], password),
        reviewer=Account(emails["reviewer"], password),
        broker=addresses.infrastructure.broker,
    )


def _secret(file: Path) -> str:
    if file.exists():
        return file.read_text().strip()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_urlsafe(PASSWORD_BYTES)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(secret + "\n")
    return secret
