"""Names and numbers of the processes."""

import pytest

from contracts.topics import SERVICES
from examhall.addresses import url_variable
from examhall.services import parse_scale, programs, replica_names


def test_every_service_and_the_gateway_run_once_by_default():
    assert {program.service: program.replicas for program in programs()} == dict.fromkeys((*SERVICES, "gateway"), 1)


def test_scale_understands_short_and_full_names():
    assert parse_scale("monitoring=2, gateway=3,session-svc=1") == {"monitoring-svc": 2, "gateway": 3, "session-svc": 1}
    assert parse_scale("") == {}


@pytest.mark.parametrize("text", ["monitoring", "monitoring=0", "monitoring=x", "monitoring=17", "kitchen=2"])
def test_a_wrong_scale_names_the_culprit(text: str):
    with pytest.raises(ValueError, match=text.split("=", maxsplit=1)[0]):
        parse_scale(text)


def test_the_first_replica_keeps_the_plain_name():
    assert replica_names("gateway", 3) == ["gateway", "gateway-2", "gateway-3"]


def test_url_variables_are_what_the_gateway_reads():
    assert url_variable("session-svc") == "EXAMHALL_SESSION_URL"
