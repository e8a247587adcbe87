"""Ports are free when chosen and stay the same."""

import json
import socket
from pathlib import Path

from examhall.ports import HIGHEST, LOWEST, Ports, is_free


def test_a_port_is_kept_for_the_next_run(tmp_path: Path):
    first = Ports(tmp_path / "ports.json").port("gateway")
    assert LOWEST <= first <= HIGHEST
    assert Ports(tmp_path / "ports.json").port("gateway") == first


def test_parts_never_share_a_port(tmp_path: Path):
    ports = Ports(tmp_path / "ports.json")
    chosen = [ports.port(f"part-{number}") for number in range(50)]
    assert len(set(chosen)) == 50


def test_a_port_that_another_program_took_is_replaced_and_saved(tmp_path: Path):
    file = tmp_path / "ports.json"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        file.write_text(json.dumps({"kafka": taken}))
        fresh = Ports(file).port("kafka")
    assert fresh != taken
    assert json.loads(file.read_text())["kafka"] == fresh


def test_our_own_part_listening_does_not_move_its_port(tmp_path: Path):
    ports = Ports(tmp_path / "ports.json")
    port = ports.port("gateway")
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        assert not is_free(port)
        assert ports.port("gateway") == port
