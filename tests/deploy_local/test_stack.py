"""A stack starts in order, watches its parts, and leaves nothing behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chassis.topics import create_topics
from examhall.addresses import ExternalServers, Infrastructure
from examhall.part import PartFailed, Status
from examhall.process import Identity
from examhall.services import Program
from examhall.stack import Stack
from examhall.state import StackState

StartStack = Callable[..., Awaitable[Stack]]

STUB = str(Path(__file__).parents[1] / "support" / "stub_service.py")


def stub(replicas: int = 1, *, broken_while: Path | None = None) -> Program:
    arguments = (STUB,) if broken_while is None else (STUB, str(broken_while))
    return Program("session-svc", arguments, replicas)


async def pid_of(stack: Stack) -> int:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{stack.addresses.services['session-svc'][0]}/health/ready")
    return int(answer.json()["pid"])


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.stack
async def test_every_replica_runs_under_its_own_name_and_port(start_services: StartStack):
    stack = await start_services(run=[stub(replicas=2)])
    urls = stack.addresses.services["session-svc"]
    assert len(set(urls)) == 2
    async with httpx.AsyncClient(trust_env=False) as http:
        names = [(await http.get(f"{url}/health/ready")).json()["instance"] for url in urls]
    assert names == ["session-svc", "session-svc-2"]


@pytest.mark.stack
async def test_a_supervised_part_that_crashes_comes_back_and_is_reported(start_services: StartStack):
    stack = await start_services(run=[stub()], supervise=True)
    before = await pid_of(stack)
    await stack.kill("session-svc")
    part = stack.parts["session-svc"]
    await until(lambda: part.restarts == 1 and part.status == Status.READY)
    assert await pid_of(stack) != before
    saved = StackState.load(stack.directory)
    assert saved is not None
    assert saved.parts[0].restarts == 1


@pytest.mark.stack
async def test_a_part_that_keeps_crashing_is_tried_ever_more_slowly_until_it_works(
    start_services: StartStack, tmp_path: Path
):
    broken = tmp_path / "broken"
    stack = await start_services(run=[stub(broken_while=broken)], supervise=True)
    part = stack.parts["session-svc"]
    broken.touch()
    await stack.kill("session-svc")
    await until(lambda: part.restarts >= 2)
    broken.unlink()
    await until(lambda: part.status == Status.READY)
    assert await pid_of(stack) > 0


@pytest.mark.stack
async def test_an_unsupervised_part_stays_down_until_it_is_started_on_the_same_port(start_services: StartStack):
    stack = await start_services(run=[stub()])
    port = stack.parts["session-svc"].description.port
    await stack.kill("session-svc")
    with pytest.raises(httpx.ConnectError):
        await pid_of(stack)
    await stack.start_part("session-svc")
    assert await pid_of(stack) > 0
    assert stack.parts["session-svc"].description.port == port


@pytest.mark.stack
async def test_restarting_a_supervised_part_is_no_crash(start_services: StartStack):
    stack = await start_services(run=[stub()], supervise=True)
    before = await pid_of(stack)
    await stack.restart_part("session-svc")
    assert await pid_of(stack) != before
    assert stack.parts["session-svc"].restarts == 0


@pytest.mark.stack
async def test_a_paused_part_is_silent_until_it_is_resumed(start_services: StartStack):
    stack = await start_services(run=[stub()])
    stack.pause("session-svc")
    with pytest.raises(httpx.TimeoutException):
        async with httpx.AsyncClient(timeout=0.3, trust_env=False) as http:
            await http.get(f"{stack.addresses.services['session-svc'][0]}/health/ready")
    stack.resume("session-svc")
    await stack.until_ready("session-svc", 10)


@pytest.mark.stack
async def test_a_service_that_cannot_start_fails_the_start_with_the_end_of_its_log(
    infrastructure: Infrastructure, tmp_path: Path
):
    broken = tmp_path / "broken"
    broken.touch()
    stack = Stack(
        tmp_path / "state", run=[stub(broken_while=broken)], external=ExternalServers.like(infrastructure), report=print
    )
    with pytest.raises(PartFailed, match="this stub is broken"):
        async with stack:
            pytest.fail("the stack started")
    assert StackState.load(tmp_path / "state") is None


@pytest.mark.stack
async def test_one_ctrl_c_stops_every_part(infrastructure: Infrastructure, tmp_path: Path):
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from examhall import cli, daemon\n"
        "from examhall.services import Program\n"
        "from examhall.stack import Stack\n"
        "stack = Stack(Path(sys.argv[1]), namespace='ctrl-c', run=[Program('session-svc', (sys.argv[2],), 3)])\n"
        "sys.exit(daemon.run_until_interrupted(cli._stay_up(stack, announce=True)))\n"
    )
    shell = start_python(code, str(tmp_path), STUB, environment=infrastructure.environment())
    try:
        await asyncio.to_thread(wait_until_ready, tmp_path, shell)
        saved = StackState.load(tmp_path)
        assert saved is not None
        identities = [part.identity for part in saved.parts if part.identity is not None]
        assert len(identities) == len(saved.parts) == 4, "three replicas, and the balancer before them"
        shell.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(shell.wait, 20) == 0
        assert all(identity.process() is None for identity in identities)
        assert StackState.load(tmp_path) is None
    finally:
        shell.kill()
        shell.wait()


@pytest.mark.stack
async def test_what_a_killed_supervisor_left_is_stopped_by_the_next_start(
    infrastructure: Infrastructure, tmp_path: Path
):
    left = start_python("import time; time.sleep(60)")
    try:
        servers = ExternalServers.like(infrastructure)
        stack = Stack(tmp_path, run=(), external=servers)
        async with stack:
            saved = json.loads((tmp_path / "state.json").read_text())
        identity = {"pid": left.pid, "created": Identity.of(left.pid).created}
        saved["parts"] = [{"name": "kafka", "port": 1, "status": "ready", "restarts": 0, "identity": identity}]
        (tmp_path / "state.json").write_text(json.dumps(saved))
        said: list[str] = []
        async with Stack(tmp_path, run=(), external=servers, report=said.append):
            assert left.wait(5) == -signal.SIGTERM
        assert "kafka" in said[0]
    finally:
        left.kill()
        left.wait()


@pytest.mark.chaos
async def test_the_broker_keeps_what_it_acknowledged_through_kill_9(start_stack: StartStack):
    stack = await start_stack(run=())
    if not stack.infrastructure.broker.startswith("Apache Kafka"):
        pytest.skip(f"{stack.infrastructure.broker} keeps its messages in memory")
    settings = stack.settings()
    topic = (await create_topics(settings))[0]
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for number in range(500):
            await producer.send_and_wait(topic, str(number).encode(), partition=0)
    finally:
        await producer.stop()
    await stack.kill("kafka")
    await stack.start_part("kafka")
    partition = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([partition])
        values: list[int] = []
        async with asyncio.timeout(30):
            while len(values) < 500:
                batch = await consumer.getmany(partition, timeout_ms=500)
                values += [int(record.value or b"") for record in batch.get(partition, [])]
    finally:
        await consumer.stop()
    assert values == list(range(500))


@pytest.mark.chaos
async def test_every_server_comes_back_on_its_port_after_kill_9(start_stack: StartStack):
    stack = await start_stack(run=())
    for name in ("mongo", "redis"):
        await stack.kill(name)
        await stack.start_part(name)
        assert stack.parts[name].status == Status.READY


def start_python(code: str, *arguments: str, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_until_ready(directory: Path, shell: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert shell.poll() is None, shell.stdout and shell.stdout.read()
        state = StackState.load(directory)
        if state is not None and state.ready:
            return
        time.sleep(0.05)
    pytest.fail("not ready in time")
