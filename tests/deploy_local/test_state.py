"""What a stack leaves for other shells to find."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from examhall.addresses import Addresses, Infrastructure
from examhall.keys import ensure_key_pair
from examhall.process import Identity
from examhall.state import AlreadyRunning, PartState, StackState, sole_owner


def state_of(*parts: PartState, supervisor: Identity | None = None) -> StackState:
    return StackState(supervisor or Identity.of(os.getpid()), ready=True, addresses=None, parts=parts)


def test_a_saved_state_is_read_back_whole(tmp_path: Path):
    addresses = Addresses(
        infrastructure=Infrastructure("127.0.0.1:1", "mongodb://127.0.0.1:2", "redis://127.0.0.1:3/0", "Apache Kafka"),
        namespace="here",
        services={"session-svc": ("http://127.0.0.1:4",)},
        gateways=("http://127.0.0.1:5", "http://127.0.0.1:6"),
        token_public_key_file=tmp_path / "public.pem",
        token_private_key_file=tmp_path / "private.pem",
    )
    saved = StackState(
        Identity.of(os.getpid()),
        ready=True,
        addresses=addresses,
        parts=(PartState("kafka", 1, "ready", 2, Identity.of(os.getpid())), PartState("mongo", 2, "stopped", 0, None)),
    )
    saved.save(tmp_path)
    assert StackState.load(tmp_path) == saved
    assert saved.running


def test_no_state_means_nothing_runs(tmp_path: Path):
    assert StackState.load(tmp_path) is None


def test_a_dead_supervisor_is_recognised(tmp_path: Path):
    mine = Identity.of(os.getpid())
    state_of(supervisor=Identity(mine.pid, mine.created - 60)).save(tmp_path)
    loaded = StackState.load(tmp_path)
    assert loaded is not None
    assert not loaded.running


def test_leftovers_of_a_dead_supervisor_are_stopped_and_strangers_are_not():
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        recycled = Identity(stranger.pid, Identity.of(stranger.pid).created - 60)
        state = state_of(
            PartState("kafka", 1, "ready", 0, Identity.of(left.pid)), PartState("mongo", 2, "ready", 0, recycled)
        )
        assert state.stop_leftovers(5) == ["kafka"]
        assert left.wait(5) == -signal.SIGTERM
        assert stranger.poll() is None
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()


def test_two_stacks_never_share_a_directory(tmp_path: Path):
    with sole_owner(tmp_path), pytest.raises(AlreadyRunning), sole_owner(tmp_path):
        pytest.fail("the second owner got in")
    with sole_owner(tmp_path):
        pass


def test_keys_are_made_once_and_readable_by_the_owner_only(tmp_path: Path):
    pair = ensure_key_pair(tmp_path / "keys")
    content = pair.private_file.read_bytes()
    assert pair.private_file.stat().st_mode & 0o777 == 0o600
    assert ensure_key_pair(tmp_path / "keys").private_file.read_bytes() == content
