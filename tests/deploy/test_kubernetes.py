"""The Kubernetes base, rendered by kubectl and checked against the API's own schemas and our rules."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from contracts.topics import SERVICES
from enrollment_svc.settings import Settings as EnrolmentSettings
from messaging_svc.settings import Settings as MailSettings

BASE = Path(__file__).parents[2] / "deploy" / "k8s" / "base"
DEPLOYED = (*SERVICES, "gateway")
Resource = dict[str, Any]


@pytest.fixture(scope="module")
def resources() -> list[Resource]:
    rendered = subprocess.run(
        [Path(sys.executable).with_name("kubectl"), "kustomize", str(BASE)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [each for each in yaml.safe_load_all(rendered.stdout) if each]


def of_kind(resources: list[Resource], kind: str) -> dict[str, Resource]:
    return {each["metadata"]["name"]: each for each in resources if each["kind"] == kind}


def configured(resources: list[Resource], name: str) -> dict[str, str]:
    """A generated map's content; its name carries a hash."""
    return next(data["data"] for key, data in of_kind(resources, "ConfigMap").items() if key.startswith(f"{name}-"))


def pod_of(workload: Resource) -> Resource:
    return workload["spec"]["template"]


def test_every_resource_fits_the_kubernetes_schema(resources: list[Resource]):
    assert resources
    for each in resources:
        kubernetes_validate.validate(each, "1.37", strict=True)


def test_every_service_has_a_deployment_a_service_and_a_disruption_budget(resources: list[Resource]):
    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        assert set(of_kind(resources, kind)) == set(DEPLOYED)


@pytest.mark.parametrize("name", DEPLOYED)
def test_a_service_is_probed_limited_and_unprivileged(resources: list[Resource], name: str):
    deployment = of_kind(resources, "Deployment")[name]
    spec = pod_of(deployment)["spec"]
    (container,) = spec["containers"]
    assert container["image"] == f"examhall/{name}"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
    assert "memory" in container["resources"]["limits"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert spec["automountServiceAccountToken"] is False
    assert deployment["spec"]["replicas"] >= 2


@pytest.mark.parametrize("name", DEPLOYED)
def test_selectors_find_their_pods(resources: list[Resource], name: str):
    labels = pod_of(of_kind(resources, "Deployment")[name])["metadata"]["labels"]
    assert of_kind(resources, "Service")[name]["spec"]["selector"].items() <= labels.items()
    budget = of_kind(resources, "PodDisruptionBudget")[name]
    assert budget["spec"]["selector"]["matchLabels"].items() <= labels.items()
    # The network policies let pods reach their stores by this label; without it nothing would work.
    assert labels["app.kubernetes.io/part-of"] == "examhall"


def test_the_signing_key_is_mounted_in_the_gateway_only(resources: list[Resource]):
    holders = {
        name
        for name, deployment in of_kind(resources, "Deployment").items()
        for volume in pod_of(deployment)["spec"]["volumes"]
        if any(item["key"] == "token-private.pem" for item in volume.get("secret", {}).get("items", ()))
    }
    assert holders == {"gateway"}


def test_nothing_may_connect_unless_a_policy_says_so(resources: list[Resource]):
    deny = of_kind(resources, "NetworkPolicy")["deny-everything"]["spec"]
    assert deny["podSelector"] == {}
    assert set(deny["policyTypes"]) == {"Ingress", "Egress"}
    assert not {"ingress", "egress"} & deny.keys()


def test_the_gateway_is_told_where_every_service_is(resources: list[Resource]):
    configuration = configured(resources, "examhall-addresses")
    for service in SERVICES:
        name = re.sub("-svc$", "", service).upper()
        assert configuration[f"EXAMHALL_{name}_URL"] == f"http://{service}:8000"


def test_only_messaging_knows_the_mail_server_and_its_password_is_a_secret(resources: list[Resource]):
    settings = {f"EXAMHALL_{name.upper()}" for name in MailSettings.model_fields}
    assert configured(resources, "examhall-mail").keys() <= settings
    for name, deployment in of_kind(resources, "Deployment").items():
        (container,) = pod_of(deployment)["spec"]["containers"]
        told = {each["configMapRef"]["name"].rpartition("-")[0] for each in container["envFrom"]}
        secret = {
            each["name"]: each["valueFrom"]["secretKeyRef"]["name"] for each in container["env"] if "valueFrom" in each
        }
        mails = name == "messaging-svc"
        assert "examhall-addresses" in told
        assert ("examhall-mail" in told) is mails
        assert ("EXAMHALL_SMTP_PASSWORD" in secret) is mails
        assert not mails or secret.keys() <= settings


def test_only_enrolment_knows_the_bucket_and_its_keys_are_secrets(resources: list[Resource]):
    settings = {f"EXAMHALL_{name.upper()}" for name in EnrolmentSettings.model_fields}
    assert configured(resources, "examhall-images").keys() <= settings
    for name, deployment in of_kind(resources, "Deployment").items():
        spec = pod_of(deployment)["spec"]
        (container,) = spec["containers"]
        told = {each["configMapRef"]["name"].rpartition("-")[0] for each in container["envFrom"]}
        named = {each["name"] for each in container["env"]}
        keeps = name == "enrollment-svc"
        assert ("examhall-images" in told) is keeps
        assert ("EXAMHALL_IMAGES_SECRET_ACCESS_KEY" in named) is keeps
        assert any(each["name"] == "image-keys" for each in spec["volumes"]) is keeps
        if keeps:
            assert {each for each in named if "IMAGES" in each} <= settings
            policy = of_kind(resources, "NetworkPolicy")["pictures-reach-their-bucket"]["spec"]
            assert policy["podSelector"]["matchLabels"].items() <= pod_of(deployment)["metadata"]["labels"].items()
