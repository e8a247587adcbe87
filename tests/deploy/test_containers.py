"""The Dockerfile and the compose file, checked as text: every service is in them and is told what it needs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.topics import SERVICES
from enrollment_svc.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_the_dockerfile_follows_good_practice():
    checked = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), str(DEPLOY / "Dockerfile")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_image_runs_as_nobody_in_particular():
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    assert "USER 10001:10001" in lines[lines.index("FROM python:3.13-slim") :]


@pytest.mark.parametrize("name", [*SERVICES, "gateway"])
def test_compose_runs_every_service_behind_a_health_check(compose: dict[str, Any], name: str):
    service = compose["services"][name]
    assert service["build"]["args"]["SERVICE"] == name
    assert "/health/ready" in service["healthcheck"]["test"][-1]
    assert service["depends_on"]["topics"]["condition"] == "service_completed_successfully"
    assert service["cap_drop"] == ["ALL"]


def test_only_the_gateway_gets_the_signing_key_and_a_public_port(compose: dict[str, Any]):
    signing = {
        n for n, s in compose["services"].items() if "EXAMHALL_TOKEN_PRIVATE_KEY_FILE" in s.get("environment", {})
    }
    public = {n for n, s in compose["services"].items() if s.get("ports")}
    assert signing == public == {"gateway"}


def test_mongodb_is_a_replica_set_and_kafka_creates_no_topics_by_itself(compose: dict[str, Any]):
    assert "--replSet" in compose["services"]["mongo"]["command"]
    assert compose["services"]["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_only_enrolment_keeps_pictures_and_holds_their_key(compose: dict[str, Any]):
    names = {f"EXAMHALL_{name.upper()}" for name in Settings.model_fields if name.startswith("images_")}
    for name, service in compose["services"].items():
        told = {each for each in service.get("environment", {}) if "IMAGES" in each}
        mounted = {each.partition(":")[0] for each in service.get("volumes", [])} & {"image-keys", "images"}
        if name == "enrollment-svc":
            assert (told, mounted) == (names, {"image-keys", "images"})
        else:
            assert (told, mounted) == (set(), {"image-keys"} if name == "keys" else set())
    assert {"image-keys", "images"} <= compose["volumes"].keys()
    owned = (DEPLOY / "Dockerfile").read_text()
    assert all(f"--chown=10001:10001 /{name}" in owned for name in ("image-keys", "images"))
