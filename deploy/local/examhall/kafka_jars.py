"""Apache Kafka's jars: from Maven Central by coordinates, cached for all checkouts, checked before every start."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from examhall.system import cache_directory, find_maven

VERSION = "4.2.1"
# kafka_2.13 and kafka-server are what `bin/kafka-server-start.sh` of the official archive loads; log4j-slf4j-impl binds
# Kafka's logging (slf4j 1.7) to log4j 2, without it the broker is silent.
COORDINATES = (
    ("org.apache.kafka", "kafka_2.13", VERSION),
    ("org.apache.kafka", "kafka-server", VERSION),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4"),
)
COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
# What `sha256sum *.jar` printed for this version; made anew (see deploy/local/README.md) when VERSION changes.
LOCK_FILE = Path(__file__).with_name("kafka-jars.sha256")
MAVEN_SECONDS = 420


class JarsMissing(RuntimeError):
    """The jars cannot be had or are not the ones we know."""


def locked_checksums() -> dict[str, str]:
    """File name -> SHA-256, in the lock file's order (which is the class path's order)."""
    pairs = (line.split() for line in LOCK_FILE.read_text().splitlines() if line.strip())
    return {name: checksum for checksum, name in pairs}


def ensure_jars(report: Callable[[str], None], directory: Path | None = None) -> Path:
    """The directory with every jar, checksums verified; downloads them when needed. Raises `JarsMissing`."""
    target = directory or cache_directory() / f"kafka-{VERSION}"
    if target.exists():
        wrong = first_mismatch(target)
        if wrong is None:
            return target
        report(f"{target}: {wrong}; fetching Apache Kafka again")
        shutil.rmtree(target, ignore_errors=True)
    maven = find_maven()
    report(f"fetching Apache Kafka {VERSION} (43 MB, once)")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kafka-", dir=target.parent) as scratch:
        arrived = Path(scratch) / "jars"
        _download(maven, Path(scratch), arrived)
        wrong = first_mismatch(arrived)
        if wrong is not None:
            raise JarsMissing(f"what Maven delivered is not what {LOCK_FILE.name} expects: {wrong}")
        if not target.exists():  # another stack may have been quicker: the same checked content
            arrived.rename(target)
    return target


def first_mismatch(directory: Path) -> str | None:
    """What is wrong with the jars in `directory`, None when all are right."""
    for name, expected in locked_checksums().items():
        jar = directory / name
        if not jar.is_file():
            return f"{name} is missing"
        with jar.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != expected:
                return f"{name} has another checksum"
    return None


def _download(maven: Path, scratch: Path, target: Path) -> None:
    project = scratch / "pom.xml"
    project.write_text(_project())
    command = [str(maven), "--batch-mode", "--quiet", "--file", str(project), COPY_DEPENDENCIES]
    try:
        outcome = subprocess.run(
            [*command, f"-DoutputDirectory={target}"],
            env={**os.environ, "MAVEN_OPTS": os.environ.get("MAVEN_OPTS", "-Xmx256m")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MAVEN_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise JarsMissing(f"mvn failed: {error}") from error
    if outcome.returncode != 0:
        lines = [line for line in outcome.stdout.splitlines() if line.startswith("[ERROR]")]
        raise JarsMissing(f"mvn failed: {lines[0] if lines else outcome.stderr[-300:]}")


def _project() -> str:
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"
        for group, artifact, version in COORDINATES
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>dev.examhall</groupId><artifactId>kafka-jars</artifactId><version>1</version>"
        f"<dependencies>{dependencies}</dependencies></project>\n"
    )
