"""Only the jars we know are run."""

import hashlib
from pathlib import Path

import pytest

from examhall import kafka_jars
from examhall.kafka import Tansu, choose_broker
from examhall.system import MissingFromSystem


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with two jars and a lock file that knows them."""
    directory = tmp_path / "jars"
    directory.mkdir()
    lines = []
    for name in ("kafka.jar", "scala.jar"):
        (directory / name).write_text(name)
        lines.append(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n")
    lock = tmp_path / "lock"
    lock.write_text("".join(lines))
    monkeypatch.setattr(kafka_jars, "LOCK_FILE", lock)
    return directory


def test_the_committed_lock_names_the_broker_of_this_version():
    names = kafka_jars.locked_checksums()
    assert f"kafka_2.13-{kafka_jars.VERSION}.jar" in names
    assert f"kafka-server-{kafka_jars.VERSION}.jar" in names
    assert all(len(checksum) == 64 for checksum in names.values())


def test_cached_jars_are_used_without_asking_anybody(locked: Path):
    assert kafka_jars.ensure_jars(pytest.fail, locked) == locked


def test_a_changed_jar_is_noticed(locked: Path):
    (locked / "scala.jar").write_text("something else")
    assert kafka_jars.first_mismatch(locked) == "scala.jar has another checksum"


def test_a_missing_jar_is_noticed(locked: Path):
    (locked / "kafka.jar").unlink()
    assert kafka_jars.first_mismatch(locked) == "kafka.jar is missing"


def test_without_java_or_jars_the_other_broker_is_chosen_and_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def nowhere(_report: object) -> Path:
        raise MissingFromSystem("no Maven here")

    monkeypatch.setattr(kafka_jars, "ensure_jars", nowhere)
    monkeypatch.delenv("EXAMHALL_BROKER", raising=False)
    said: list[str] = []
    broker = choose_broker(tmp_path, lambda _name: 20000, said.append)
    assert isinstance(broker, Tansu)
    assert broker.broker.startswith("Tansu")
    assert len(said) == 1
    assert "no Maven here" in said[0]
