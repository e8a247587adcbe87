"""Servers that administrators name are asked; the inside of the network is not, by whatever name it goes."""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from certificates import certificates
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from gateway_world import free_port, serving

from chassis.outcomes import Rejected, Transient
from gateway.outward import Outward, is_public

INSIDE = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "2002:a00:1::1",
    "2001:0:1::1",
)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_the_inside_is_not_public(address: str):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_world_is(address: str):
    assert is_public(ip_address(address))


async def answers(outward: Outward, url: str) -> dict[str, Any]:
    try:
        return await outward.get(url)
    finally:
        await outward.close()


def resolves_to(monkeypatch: pytest.MonkeyPatch, **names: list[str]) -> None:
    """Names of the test's own, with `_` for a dot; each look-up is answered from here."""
    known = {name.replace("_", "."): addresses for name, addresses in names.items()}

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in known.get(host, [host])]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["169.254.169.254"], ["::1"]])
async def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, addresses: list[str]):
    resolves_to(monkeypatch, provider_example=addresses)
    with pytest.raises(Rejected, match="inside this server's network"):
        await answers(Outward(private_addresses=False), "https://provider.example/")


async def test_plain_http_is_for_loopback_where_the_operator_allows_it():
    for private, url in ((False, "http://127.0.0.1/"), (True, "http://10.0.0.1/"), (True, "http://provider.example/")):
        with pytest.raises(Rejected, match="https"):
            await answers(Outward(private_addresses=private), url)


@pytest.fixture
async def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The port of an https server that calls itself provider.example, whom this process trusts."""
    made = certificates(tmp_path, "provider.example")
    app = FastAPI()

    @app.get("/host")
    def host(request: Request) -> dict[str, str]:
        return {"host": request.headers["host"]}

    @app.get("/away")
    def away() -> Response:
        return RedirectResponse("https://provider.example/host")

    @app.get("/much")
    def much() -> dict[str, str]:
        return {"much": "x" * 300_000}

    @app.get("/slow")
    async def slow() -> dict[str, str]:
        await asyncio.sleep(30)
        return {}

    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    port = free_port()
    async with serving(app, port, lifespan="off", ssl_certfile=str(made.certificate), ssl_keyfile=str(made.key)):
        yield port


async def test_the_connection_goes_to_the_judged_address_under_the_asked_name(
    secure: int, monkeypatch: pytest.MonkeyPatch
):
    resolves_to(monkeypatch, provider_example=["127.0.0.1"], imposter_example=["127.0.0.1"])
    said = await answers(Outward(private_addresses=True), f"https://provider.example:{secure}/host")
    assert said == {"host": f"provider.example:{secure}"}
    with pytest.raises(Transient, match="CERTIFICATE_VERIFY_FAILED"):
        await answers(Outward(private_addresses=True), f"https://imposter.example:{secure}/host")


async def test_nothing_is_followed_and_little_is_read(secure: int, monkeypatch: pytest.MonkeyPatch):
    resolves_to(monkeypatch, provider_example=["127.0.0.1"])
    for path, says in (("away", "JSON object"), ("much", "too much"), ("nowhere", "answered 404")):
        with pytest.raises(Rejected, match=says):
            await answers(Outward(private_addresses=True), f"https://provider.example:{secure}/{path}")
    monkeypatch.setattr("gateway.outward.TOTAL_SECONDS", 0.3)
    with pytest.raises(Transient, match="does not answer"):
        await answers(Outward(private_addresses=True), f"https://provider.example:{secure}/slow")


async def test_the_second_address_is_tried_when_the_first_is_dead(secure: int, monkeypatch: pytest.MonkeyPatch):
    resolves_to(monkeypatch, provider_example=["127.0.0.9", "127.0.0.1"])
    said = await answers(Outward(private_addresses=True), f"https://provider.example:{secure}/host")
    assert "host" in said
