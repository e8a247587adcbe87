"""The options of `examhall rehearse`; what they set going is loaded when it is asked for."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from examhall import daemon


def rehearse(
    *,
    target: Annotated[list[str], typer.Option(help="The deployment's address; several for the gateways behind it.")],
    candidates: Annotated[int, typer.Option(min=1, help="How many people sit the window.")] = 100,
    proctors: Annotated[
        int | None, typer.Option(min=1, help="Each with a dashboard; one per session if left out.")
    ] = None,
    sessions: Annotated[int | None, typer.Option(min=1, help="As many as proctors if left out.")] = None,
    profile: Annotated[str, typer.Option(help="state-test, certification or all-at-once.")] = "state-test",
    ramp: Annotated[float | None, typer.Option(min=1, help="Seconds within which people arrive.")] = None,
    answers: Annotated[int | None, typer.Option(min=1, help="How many answers each gives.")] = None,
    token: Annotated[str | None, typer.Option(help="An API token; better from a file or the environment.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file that holds nothing but the API token.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Simulating processes on this machine.")] = None,
    share: Annotated[str, typer.Option(help="The part of this machine, such as 2/3.")] = "1/1",
    api_rate: Annotated[
        float | None, typer.Option(min=0.1, help="Staff requests a second, all workers together.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answers and pauses.")] = 1,
    html: Annotated[Path | None, typer.Option(help="Write the readiness report as a page.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the readiness report for programs.")] = None,
    clean_up: Annotated[bool, typer.Option("--clean-up", help="End what an unfinished rehearsal left there.")] = False,
    run: Annotated[str | None, typer.Option(help="With --clean-up: the rehearsal's name.")] = None,
) -> None:
    """Simulate a whole testing window against any deployment; needs an API token and nothing else."""
    from examhall.rehearsal.window import command  # noqa: PLC0415 - the other commands start without loading it
    from examhall.rehearsal.window.profile import Impossible  # noqa: PLC0415

    try:
        secret = command.token_from(token, token_file)
        if clean_up:
            raise typer.Exit(asyncio.run(command.put_away(target, secret, run)))
        wanted = command.wanted_of(
            targets=target,
            token=secret,
            profile=command.profile_of(profile, ramp, answers),
            candidates=candidates,
            proctors=proctors,
            sessions=sessions,
            workers=workers,
            share=share,
            api_rate=api_rate,
            seed=seed,
        )
        raise typer.Exit(daemon.run_until_interrupted(command.run(wanted, html, json)))
    except Impossible as impossible:
        raise typer.BadParameter(str(impossible)) from impossible
