"""What the machine brings."""

import subprocess
from pathlib import Path

import pytest

from examhall import mongo, system


def answering(text: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.CompletedProcess([], 0, stdout=text, stderr=text)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', "17.0.15"),
        ('openjdk version "25" 2025-09-16', "25"),
        ('java version "1.8.0_361"', "1.8.0_361"),
        ("no version here", None),
    ],
)
def test_the_java_version_is_read_from_what_java_prints(
    text: str, version: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_kwargs: answering(text))
    assert system.java_version(Path("java")) == version


def test_missing_libraries_are_read_from_ldd(monkeypatch: pytest.MonkeyPatch):
    listing = "\tlibcurl.so.4 => not found\n\tlibm.so.6 => /lib/libm.so.6 (0x1)\n\tlibssl.so.3 => not found\n"
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_kwargs: answering(listing))
    assert mongo.missing_libraries(Path("mongod")) == ["libcurl.so.4", "libssl.so.3"]


def test_without_root_the_person_is_told_what_to_type(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    with pytest.raises(system.MissingFromSystem, match="sudo apt-get install -y maven"):
        system.install_packages("maven", why="mvn is missing")
