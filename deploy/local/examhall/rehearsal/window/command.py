"""`examhall rehearse`: options in, a window run, a report out."""

import asyncio
import os
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from examhall import display
from examhall.rehearsal.client import Gateway, Refused, Unreachable
from examhall.rehearsal.report import Report
from examhall.rehearsal.report_page import page
from examhall.rehearsal.window.crowd import Api
from examhall.rehearsal.window.journal import Journal, clean_up, is_run
from examhall.rehearsal.window.profile import PROFILES, Impossible, Profile, Share, workers_for
from examhall.rehearsal.window.run import API_PER_SECOND, Wanted, rehearse

TOKEN_VARIABLE: Final = "EXAMHALL_API_TOKEN"  # noqa: S105 - where it is, not what it is
SCOPES: Final = (
    "assessments:write sessions:read sessions:write sessions:conduct participants:write live:read results:read"
)


def token_from(option: str | None, file: Path | None) -> str:
    """From the option, the file or the environment, in this order. Raises Impossible without one."""
    text = option or (file.read_text(encoding="utf-8") if file is not None else os.environ.get(TOKEN_VARIABLE, ""))
    if not text.strip():
        raise Impossible(f"give an API token by --token-file, --token or {TOKEN_VARIABLE}; its scopes: {SCOPES}")
    return text.strip()


def profile_of(name: str, ramp: float | None, answers: int | None) -> Profile:
    profile = PROFILES.get(name)
    if profile is None:
        raise Impossible(f"{name!r} is no profile; there are: {', '.join(PROFILES)}")
    return replace(
        profile,
        ramp_seconds=profile.ramp_seconds if ramp is None else ramp,
        answers=profile.answers if answers is None else answers,
    )


def wanted_of(
    *,
    targets: Sequence[str],
    token: str,
    profile: Profile,
    candidates: int,
    proctors: int | None,
    sessions: int | None,
    workers: int | None,
    share: str,
    api_rate: float | None,
    seed: int,
) -> Wanted:
    """Fill in what was left out: a proctor for each session, and sessions of the profile's size. Raises Impossible."""
    count = sessions or proctors or max(1, -(-candidates // profile.people_per_session))
    mine = Share.parsed(share)
    return Wanted(
        targets=tuple(target.rstrip("/") for target in targets),
        token=token,
        profile=profile,
        candidates=candidates,
        proctors=proctors or count,
        sessions=count,
        workers=workers or workers_for(-(-candidates // mine.of)),
        share=mine,
        api_per_second=api_rate or API_PER_SECOND / mine.of,
        seed=seed,
    )


async def run(wanted: Wanted, html: Path | None, json: Path | None) -> int:
    """The exit code says whether every target was held."""
    console = display.console()
    report = await rehearse(wanted, console)
    report.print(console)
    write(report, html, json)
    return report.exit_code


def write(report: Report, html: Path | None, json: Path | None) -> None:
    if json is not None:
        report.write(json)
    if html is not None:
        html.write_text(page(report), encoding="utf-8")
        display.print_line(f"\nreadiness report: {html.resolve()}")


async def put_away(targets: Sequence[str], token: str, run: str | None) -> int:
    """End or cancel what unfinished rehearsals of this machine, or the one named, left at that deployment."""
    if run is not None and not is_run(run):
        raise Impossible(f"{run!r} names no rehearsal")
    target = targets[0].rstrip("/")
    journal = Journal()
    runs = [run] if run is not None else [entry.run for entry in journal.entries(target)]
    gateway = Gateway((target,), random.Random())  # noqa: S311 - jitter, not a secret
    whole = True
    try:
        api = Api(gateway, token, API_PER_SECOND)
        for each in runs:
            done, left = await clean_up(api, each, display.print_line)
            display.print_line(f"rehearsal {each}: {done} sessions ended or cancelled, {len(left)} left")
            whole = whole and not left
            if not left:
                journal.forget(each)
    except (Refused, Unreachable) as error:
        display.print_line(str(error))
        return 1
    finally:
        await asyncio.shield(gateway.close())
    if not runs:
        display.print_line("nothing to clean up: no unfinished rehearsal of this deployment is known on this machine")
    return 0 if whole else 1
