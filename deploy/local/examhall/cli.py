"""`examhall`: the stack on one machine, the rehearsal, and what an operator asks of a running stack."""

import asyncio
import getpass
import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import orjson
import structlog
import typer
from aiokafka.errors import KafkaError

from chassis import dead_letters
from chassis.outcomes import Rejected, Transient
from chassis.topics import create_topics
from contracts import access as access_table
from contracts.statuses import STAFF, Role
from contracts.topics import SERVICES
from examhall import daemon, display, mailbox, operations, rehearsing
from examhall.addresses import Addresses
from examhall.keys import ensure_image_keys, ensure_key_pair
from examhall.part import PartFailed
from examhall.process import ProcessFailed
from examhall.services import parse_scale
from examhall.stack import Stack
from examhall.state import AlreadyRunning, StackState
from examhall.system import MissingFromSystem

# Everything that a person can act upon; anything else is a defect and shows its traceback.
PLAIN_FAILURES: Final = (
    AlreadyRunning,
    KafkaError,
    MissingFromSystem,
    PartFailed,
    ProcessFailed,
    Transient,
    daemon.NotRunning,
    mailbox.NoSuchMail,
    operations.OperationFailed,
)

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help="Examhall on one machine."
)
letters = typer.Typer(no_args_is_help=True, help="Messages that a service could not handle.")
reports = typer.Typer(no_args_is_help=True, help="The reports' read models.")
admin = typer.Typer(no_args_is_help=True, help="Staff accounts.")
topics = typer.Typer(no_args_is_help=True, help="Kafka topics.")
mail = typer.Typer(no_args_is_help=True, help="Mail that the stack on this machine caught.")
keys = typer.Typer(no_args_is_help=True, help="The keys of a deployment.")
app.command()(rehearsing.rehearse)
app.add_typer(letters, name="dead-letters")
app.add_typer(reports, name="reports")
app.add_typer(admin, name="admin")
app.add_typer(topics, name="topics")
app.add_typer(keys, name="keys")
app.add_typer(mail, name="mail")

Scale = Annotated[str, typer.Option(help="Replicas, for example monitoring=2,gateway=2.")]
Service = Annotated[str, typer.Argument(help=f"One of: {', '.join(SERVICES)}.")]
Number = Annotated[int, typer.Argument(help="The letter's number, as `list` prints it.")]
STAFF_ROLES: Final = "|".join(each for each in Role if each in STAFF)


@app.callback()
def options(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Option(envvar="EXAMHALL_DIRECTORY", help="Where the stack keeps ports, keys, logs and data.")
    ] = Path(".examhall"),
) -> None:
    context.obj = directory.resolve()


@app.command()
def up(
    context: typer.Context,
    scale: Scale = "",
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, print, stop on Ctrl-C.")] = False,
    detached: Annotated[bool, typer.Option("--detached", hidden=True)] = False,
) -> None:
    """Start the stack; it keeps running until `examhall down`."""
    directory = directory_of(context)
    wanted = _scale(scale)
    state = StackState.load(directory)
    if state is not None and state.running:
        if not state.ready:
            raise AlreadyRunning(f"a stack is starting in {directory}; see: examhall status")
        display.print_line("already running")
        display.print_status(state)
        return
    if foreground:
        stack = Stack(directory, scale=wanted, report=display.print_line)
        raise typer.Exit(daemon.run_until_interrupted(_stay_up(stack, announce=not detached)))
    arguments = ["--scale", scale] if scale else []
    display.print_addresses(daemon.start_in_background(directory, arguments, display.print_line))
    display.print_line("\nstop with: examhall down")


async def _stay_up(stack: Stack, *, announce: bool) -> int:
    async with stack:
        if announce:
            display.print_addresses(stack.addresses)
            display.print_line("\nCtrl-C stops everything")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            display.print_line("stopping")
    return 0


@app.command()
def demo(
    context: typer.Context,
    *,
    candidates: Annotated[int, typer.Option(help="How many people sit the assessment.")] = 60,
    leave: Annotated[bool, typer.Option("--exit", help="Stop everything when the rehearsal is over.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same cast and answers.")] = 1,
    time_factor: Annotated[float | None, typer.Option(help="How much faster than life.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Slowly enough to follow on the dashboard.")] = False,
    assessment: Annotated[Path | None, typer.Option(help="An assessment of your own instead of the sample.")] = None,
    scale: Scale = "",
) -> None:
    """Rehearse a whole session: simulated candidates and a proctor against the real endpoints."""
    from examhall import demonstration  # noqa: PLC0415 - the other commands start without loading the cast
    from examhall.rehearsal import Options  # noqa: PLC0415

    chosen = Options(candidates=candidates, seed=seed, json=json, exit=leave, watch=watch, assessment=assessment)
    if time_factor is not None:
        chosen = replace(chosen, time_factor=time_factor)
    work = demonstration.demonstrate(directory_of(context), _scale(scale), chosen)
    raise typer.Exit(daemon.run_until_interrupted(work))


@app.command()
def down(context: typer.Context) -> None:
    """Stop the stack that runs here, from any shell."""
    stopped = daemon.stop_from_outside(directory_of(context), display.print_line)
    display.print_line("stopped" if stopped else "nothing was running")


@app.command()
def status(context: typer.Context) -> None:
    """Every part: is it running, where, for how long, how often did it crash."""
    directory = directory_of(context)
    state = StackState.load(directory)
    if state is None or not state.running:
        raise daemon.NotRunning(f"no stack is running in {directory}; start one with: examhall up")
    display.print_status(state)


@app.command()
def logs(
    context: typer.Context,
    service: Annotated[
        str | None, typer.Argument(help="A part's name as `status` prints it; all when missing.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on printing what is added.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines of each to begin with.")] = 40,
) -> None:
    """Print the logs of one part or of all."""
    files = display.log_files(directory_of(context), service)
    if not any(file.exists() for file in files):
        raise daemon.NotRunning(f"no log called {service}" if service else "no logs yet")
    try:
        for line in display.log_lines(files, lines, follow=follow):
            display.print_line(line)
    except KeyboardInterrupt:
        return


@letters.command("list")
def list_dead_letters(context: typer.Context, service: Service) -> None:
    """What a service parked, oldest first."""
    found = asyncio.run(dead_letters.list_letters(operations.settings_of(addresses_of(context)), _known(service)))
    for letter in found:
        display.print_line(f"{letter.number:>6}  {letter.at}  {letter.type:<28}  {letter.topic}  {letter.error}")
    display.print_line(f"{len(found)} dead letters of {service}")


@letters.command("show")
def show_dead_letter(context: typer.Context, service: Service, number: Number) -> None:
    """One dead letter whole: where it was, why it is here, headers and body."""
    settings = operations.settings_of(addresses_of(context))
    letter = _found(asyncio.run(dead_letters.show(settings, _known(service), number)), number)
    display.print_line(f"from   {letter.topic} partition {letter.partition} offset {letter.offset}")
    display.print_line(f"error  {letter.error}")
    display.print_line(f"key    {(letter.key or b'').decode(errors='replace')}")
    for name, value in letter.headers:
        display.print_line(f"       {name}: {value.decode(errors='replace')}")
    display.print_line(_readable(letter.value or b""))


@letters.command("replay")
def replay_dead_letter(context: typer.Context, service: Service, number: Number) -> None:
    """Publish a dead letter again where it came from."""
    settings = operations.settings_of(addresses_of(context))
    letter = _found(asyncio.run(dead_letters.replay(settings, _known(service), number)), number)
    display.print_line(f"published again on {letter.topic}")


@reports.command("rebuild")
def rebuild_reports(context: typer.Context) -> None:
    """Read all facts again from the beginning and build the reports anew."""
    answer = asyncio.run(operations.rebuild_reports(addresses_of(context)))
    display.print_line(orjson.dumps(answer).decode())


@admin.command("create")
def create_admin(
    context: typer.Context,
    *,
    org: Annotated[str, typer.Option(help="The organisation's id.")],
    email: Annotated[str, typer.Option()],
    name: Annotated[str, typer.Option(help="As colleagues see it.")],
    role: Annotated[list[Role], typer.Option(metavar=STAFF_ROLES, help="May be given several times.")],
    password: Annotated[str | None, typer.Option(envvar="EXAMHALL_PASSWORD", help="Asked for when missing.")] = None,
) -> None:
    """Create a staff account that signs in with an e-mail address and a password."""
    secret = password if password is not None else getpass.getpass("Password: ")
    account = operations.NewAccount(org_id=org, email=email, name=name, roles=frozenset(role), password=secret)
    asyncio.run(operations.create_accounts(addresses_of(context), [account]))
    display.print_line(f"{email} may sign in as {', '.join(sorted(role))} of {org}")


@app.command()
def access() -> None:
    """Print who may do what: role x action x relation."""
    display.print_line(access_table.table())


@topics.command("create")
def create_all_topics(context: typer.Context) -> None:
    """Create every topic that is missing."""
    created = asyncio.run(create_topics(operations.settings_of(addresses_of(context))))
    display.print_line("\n".join(created) if created else "all topics exist")


@mail.command("list")
def list_mail(
    context: typer.Context,
    newest: Annotated[int, typer.Option("--newest", "-n", min=1, help="How many of the newest.")] = 50,
) -> None:
    """What was sent, the newest last."""
    found = mailbox.caught_in(directory_of(context) / "mail", newest)
    for each in found:
        message = each.message
        display.print_line(f"{each.number:>6}  {message['Date']}  {message['To']}  {message['Subject']}")
    if not found:
        display.print_line("no mail yet")


@mail.command("show")
def show_mail(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The mail's number, as `list` prints it.")],
    raw: Annotated[bool, typer.Option("--raw", help="As it went over the wire.")] = False,
) -> None:
    """One mail as its reader sees it."""
    found = mailbox.caught(directory_of(context) / "mail", number)
    if raw:
        display.print_line(found.message.as_string())
        return
    for header in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID"):
        if found.message[header] is not None:
            display.print_line(f"{header:<11} {found.message[header]}")
    display.print_line(f"\n{found.text}")
    for file in found.files:
        display.print_line(f"[file] {file}")


@keys.command("create")
def create_keys(
    directory: Annotated[Path, typer.Argument(help="Where both keys are kept; existing ones are left alone.")],
    public_copy: Annotated[Path | None, typer.Option(help="Also put the public key here, for the services.")] = None,
    image_keys: Annotated[
        Path | None, typer.Option(help="Also make the key that encrypts candidates' pictures here, for enrollment-svc.")
    ] = None,
) -> None:
    """Make the keys of a deployment, once."""
    pair = ensure_key_pair(directory)
    if public_copy is not None:
        shutil.copyfile(pair.public_file, public_copy / pair.public_file.name)
    display.print_line(f"{pair.private_file} for the gateway alone, {pair.public_file} for every service")
    if image_keys is not None:
        display.print_line(f"{ensure_image_keys(image_keys)} for enrollment-svc alone")


def directory_of(context: typer.Context) -> Path:
    directory: Path = context.obj
    return directory


def addresses_of(context: typer.Context) -> Addresses:
    """The stack that runs here, else the deployment that the environment describes."""
    try:
        return daemon.running_addresses(directory_of(context))
    except daemon.NotRunning:
        described = Addresses.from_environment()
        if described is None:
            raise
        return described


def _scale(text: str) -> dict[str, int]:
    try:
        return parse_scale(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--scale") from error


def _known(service: str) -> str:
    if service not in SERVICES:
        raise typer.BadParameter(f"{service!r} is not one of: {', '.join(SERVICES)}")
    return service


def _found(letter: dead_letters.DeadLetter | None, number: int) -> dead_letters.DeadLetter:
    if letter is None:
        raise operations.OperationFailed(f"there is no dead letter {number} (any more)")
    return letter


def _readable(body: bytes) -> str:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return repr(body)


def main() -> None:
    """Entry point: what a person can act upon is one line, not a traceback."""
    # The libraries' own remarks; this command prints what matters itself.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        app()
    except Rejected as refusal:
        typer.secho(refusal.detail or refusal.problem.title, fg=typer.colors.RED, err=True)
        raise SystemExit(1) from None
    except PLAIN_FAILURES as failure:
        typer.secho(str(failure), fg=typer.colors.RED, err=True)
        raise SystemExit(1) from None
