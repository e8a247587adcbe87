"""The configuration, its key, and which requests it lets through."""

import hashlib
import plistlib
from typing import Any

import pytest
from starlette.requests import Request

from gateway.safe_exam_browser import HASH_HEADER, PAGE_HEADER, SafeExamBrowser, config_key, configuration

BASE = "https://exams.example.org"


def request(path: str, query: str = "", **headers: str) -> Request:
    """As it arrives behind a proxy: the host it was sent to does not count, what operators configured does."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "server": ("10.0.0.7", 8080),
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"host", b"10.0.0.7:8080"), *raw],
        }
    )


def said(address: str, key: str | None = None) -> str:
    return hashlib.sha256(f"{address}{key or config_key(configuration(BASE))}".encode()).hexdigest()


def test_the_key_is_that_of_sorted_settings_without_spaces_and_their_maker() -> None:
    settings: dict[str, Any] = {
        "originatorVersion": "Somebody",
        "startURL": "https://exams.example.org/join",
        "allowQuit": False,
        "URLFilterRules": [{"expression": "é/*", "active": True, "action": 1}],
        "AdditionalResources": [],
        "nothing": {},
    }
    text = (
        '{"AdditionalResources":[],"allowQuit":false,'
        '"startURL":"https://exams.example.org/join",'
        '"URLFilterRules":[{"action":1,"active":true,"expression":"é/*"}]}'
    )
    assert config_key(settings) == hashlib.sha256(text.encode()).hexdigest()
    assert config_key(settings | {"originatorVersion": "Somebody else"}) == config_key(settings)
    assert config_key(settings | {"allowQuit": True}) != config_key(settings)


def test_the_file_holds_what_the_key_was_made_of() -> None:
    settings = plistlib.loads(SafeExamBrowser(BASE + "/").file)
    assert settings == configuration(BASE)
    assert settings["startURL"] == "https://exams.example.org/join"
    assert settings["sendBrowserExamKey"] is True
    assert settings["URLFilterRules"][0]["expression"] == "exams.example.org"


@pytest.mark.parametrize("query", ["", "after=3&limit=5"])
def test_a_request_with_the_hash_of_its_own_address_comes_out_of_seb(query: str) -> None:
    seb = SafeExamBrowser(BASE)
    address = f"{BASE}/api/v1/candidate/messages" + (f"?{query}" if query else "")
    for given in (said(address), said(address).upper()):
        assert seb.is_around(request("/api/v1/candidate/messages", query, **{HASH_HEADER: given}))


def test_the_pages_own_hash_counts_with_the_pages_address() -> None:
    seb = SafeExamBrowser(BASE)
    headers = {HASH_HEADER: said(f"{BASE}/join"), PAGE_HEADER: f"{BASE}/join#code=ABC"}
    assert seb.is_around(request("/api/v1/joins", **headers))
    assert not seb.is_around(request("/api/v1/joins", **{HASH_HEADER: headers[HASH_HEADER]}))
    elsewhere = "https://exams.example.org.evil.example/join"
    assert not seb.is_around(request("/api/v1/joins", **{HASH_HEADER: said(elsewhere), PAGE_HEADER: elsewhere}))


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "x",
        "é",
        said(f"{BASE}/api/v1/joins", key=config_key({})),
        said(f"{BASE}/api/v1/joins", key=config_key(configuration("https://other.example.org"))),
        said(f"{BASE}/api/v1/joins/"),
        said("http://10.0.0.7:8080/api/v1/joins"),
    ],
)
def test_any_other_request_does_not(given: str | None) -> None:
    headers = {} if given is None else {HASH_HEADER: given}
    assert not SafeExamBrowser(BASE).is_around(request("/api/v1/joins", **headers))


def test_without_a_public_address_nothing_proves_anything() -> None:
    seb = SafeExamBrowser(None)
    assert not seb.available
    assert not seb.is_around(request("/api/v1/joins", **{HASH_HEADER: said("/api/v1/joins", key=config_key({}))}))
