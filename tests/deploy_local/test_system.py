"""Programs of the system: found under any of their names, and installed once when there is none."""

from pathlib import Path

import pytest

from examhall import system


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """What was installed, into an otherwise empty machine; each package brings a program of its own name."""
    asked: list[tuple[str, ...]] = []

    def install(*packages: str, why: str) -> None:
        asked.append((*packages, why))
        for package in packages:
            (tmp_path / package).write_text("#!/bin/sh\n")
            (tmp_path / package).chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system, "install_packages", install)
    return asked


def test_a_program_that_is_there_is_taken_under_whatever_name(installed: list[tuple[str, ...]], tmp_path: Path) -> None:
    (tmp_path / "other").write_text("#!/bin/sh\n")
    (tmp_path / "other").chmod(0o755)
    assert system.find_or_install("one", "other", packages=["one"], why="It is wanted") == tmp_path / "other"
    assert installed == []


def test_one_that_is_missing_is_installed_and_found(installed: list[tuple[str, ...]], tmp_path: Path) -> None:
    assert system.find_or_install("one", packages=["one", "more"], why="It is wanted") == tmp_path / "one"
    assert installed == [("one", "more", "It is wanted and `one` is missing")]


@pytest.mark.usefixtures("installed")
def test_a_package_without_the_program_is_named() -> None:
    with pytest.raises(system.MissingFromSystem, match="`two` is missing although one were installed"):
        system.find_or_install("two", packages=["one"], why="It is wanted")
