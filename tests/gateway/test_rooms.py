"""The pages people sit in: found, fresh, guarded by a policy; their files compressed and kept for ever."""

import plistlib
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway.routes import rooms
from gateway.safe_exam_browser import SafeExamBrowser

HTML = '<meta name="csp-nonce" content="__CSP_NONCE__"><div id="root"></div>'


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "candidate.html").write_text(HTML)
    (tmp_path / "staff.html").write_text(HTML)
    for suffix, content in (("", "plain"), (".gz", "gz"), (".br", "br")):
        (tmp_path / "assets" / f"page-1a2b.js{suffix}").write_text(content)
    (tmp_path / "assets" / "small.css").write_text("plain")
    (tmp_path.parent / "secret.txt").write_text("secret")
    return tmp_path


@pytest.fixture
def client(built: Path) -> TestClient:
    app = FastAPI()
    app.include_router(rooms.router(SafeExamBrowser("https://exams.example.org"), built))
    app.mount("/app", rooms.Assets(built))
    return TestClient(app)


@pytest.mark.parametrize("path", ["/", "/join?code=ABC", "/staff", "/staff/sessions/s1/live"])
def test_each_page_has_a_nonce_of_its_own_and_is_never_stored(client: TestClient, path: str) -> None:
    first, second = client.get(path), client.get(path)
    nonce = first.text.split('content="')[1].split('"')[0]
    assert f"style-src 'self' 'nonce-{nonce}'" in first.headers["content-security-policy"]
    assert "script-src 'self';" in first.headers["content-security-policy"]
    assert first.headers["cache-control"] == "no-store"
    assert first.text != second.text


def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    app = FastAPI()
    app.include_router(rooms.router(SafeExamBrowser(None), tmp_path / "nothing"))
    answer = TestClient(app).get("/")
    assert answer.status_code == 503
    assert "npm run build" in answer.text


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [("gzip, deflate, br", "br", b"br"), ("gzip;q=0.8", "gzip", b"gz"), ("identity", None, b"plain")],
)
def test_a_file_comes_in_the_best_encoding_and_is_kept_for_ever(
    client: TestClient, accepted: str, encoding: str | None, content: bytes
) -> None:
    with client.stream("GET", "/app/assets/page-1a2b.js", headers={"accept-encoding": accepted}) as answer:
        assert b"".join(answer.iter_raw()) == content
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"


def test_a_file_without_a_compressed_copy_comes_as_it_is(client: TestClient) -> None:
    answer = client.get("/app/assets/small.css", headers={"accept-encoding": "br, gzip"})
    assert answer.text == "plain"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/app/assets/gone.js", "/app/%2e%2e/secret.txt", "/app/assets/..%2f..%2fsecret.txt"])
def test_what_is_not_in_the_build_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers.get("cache-control") is None


def test_safe_exam_browser_gets_its_configuration(client: TestClient) -> None:
    answer = client.get("/safe-exam-browser.seb")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/seb")
    assert plistlib.loads(answer.content)["startURL"] == "https://exams.example.org/join"
