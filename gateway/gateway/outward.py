"""Asking servers whose addresses administrators type in: bounded in time and size, and never one of the inside.

A name is resolved here, every address it has is judged, and the connection goes to an address that was judged, so that
a name that resolves differently a moment later leads nowhere.
"""

import asyncio
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson

from chassis.outcomes import Rejected, Transient
from contracts import problems

TIMEOUT: Final = httpx.Timeout(5.0)  # of each step; people wait in front of their screen
TOTAL_SECONDS: Final = 10.0
ANSWER_BYTES_MAX: Final = 256 * 1024  # the largest metadata and key sets seen are some 20 kB
CONNECTIONS_MAX: Final = 20
ADDRESSES_TRIED: Final = 3  # of a name with many
# They carry an IPv4 address inside, which could be a private one: NAT64 (RFC 6052), 6to4 and Teredo.
TRANSLATED: Final = tuple(IPv6Network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))

Address = IPv4Address | IPv6Address


class Forbidden(Exception):
    """The address leads inside, where nothing may be asked on a stranger's word."""


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class OutwardTransport(httpx.AsyncBaseTransport):
    """Connects to judged addresses. Connections are not kept: one kept for an address could serve another name."""

    def __init__(self, *, private_addresses: bool) -> None:
        self._private_addresses = private_addresses
        limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=0)
        self._within = httpx.AsyncHTTPTransport(limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        addresses = await self._judged(host, request.url.port or {"https": 443, "http": 80}[request.url.scheme])
        extensions = {**request.extensions, "sni_hostname": host}
        for number, address in enumerate(addresses, start=1):
            onward = httpx.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,  # its Host names the server as it was asked for
                stream=request.stream,
                extensions=extensions,
            )
            try:
                return await self._within.handle_async_request(onward)
            except httpx.ConnectError:
                if number == len(addresses):
                    raise
        raise httpx.ConnectError("the name has no address", request=request)

    async def _judged(self, host: str, port: int) -> list[Address]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpx.ConnectError(f"{host} is not known") from error
        addresses = list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))
        if not self._private_addresses and not all(is_public(each) for each in addresses):
            raise Forbidden(host)
        return addresses[:ADDRESSES_TRIED]

    async def aclose(self) -> None:
        await self._within.aclose()


class Outward:
    """JSON from elsewhere. `private_addresses`: the operator lets administrators name servers of the inside, too."""

    def __init__(self, *, private_addresses: bool) -> None:
        self._private_addresses = private_addresses
        transport = OutwardTransport(private_addresses=private_addresses)
        self._client = httpx.AsyncClient(
            transport=transport, timeout=TIMEOUT, follow_redirects=False, headers={"accept": "application/json"}
        )

    async def close(self) -> None:
        await self._client.aclose()

    def check(self, url: str) -> str:
        """The address, if it may be asked at all.

        Raises:
            Rejected: `provider-unusable`; not https (http is for loopback alone), or with credentials in it.

        """
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port  # a port that is no number raises
        except ValueError as error:
            raise Rejected(problems.PROVIDER_UNUSABLE, f"{url[:200]} is no address.") from error
        if not host or parts.username is not None or parts.fragment:
            raise Rejected(problems.PROVIDER_UNUSABLE, f"{url[:200]} is no address of a server.")
        plain = parts.scheme == "http" and is_loopback(host) and self._private_addresses
        if parts.scheme != "https" and not plain:
            raise Rejected(problems.PROVIDER_UNUSABLE, f"{url[:200]} must begin with https.")
        return url

    async def get(self, url: str, *, token: str | None = None) -> dict[str, Any]:
        """Raises Rejected `provider-unusable`, Transient."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        status, document = await self._ask("GET", url, headers=headers)
        if status != httpx.codes.OK:
            raise Rejected(problems.PROVIDER_UNUSABLE, f"{url} answered {status}.")
        return document

    async def post(self, url: str, form: Mapping[str, str], auth: httpx.Auth | None) -> tuple[int, dict[str, Any]]:
        """The status and the document. Raises Rejected `provider-unusable`, Transient."""
        return await self._ask("POST", url, data=form, auth=auth)

    async def _ask(self, method: str, url: str, **more: Any) -> tuple[int, dict[str, Any]]:
        self.check(url)
        try:
            async with asyncio.timeout(TOTAL_SECONDS), self._client.stream(method, url, **more) as answer:
                content = bytearray()
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > ANSWER_BYTES_MAX:
                        raise Rejected(problems.PROVIDER_UNUSABLE, f"{url} answers with too much.")
        except Forbidden as error:
            raise Rejected(
                problems.PROVIDER_UNUSABLE, f"{url} is inside this server's network, which its operator does not allow."
            ) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise Transient(f"{url} does not answer: {error!r}") from error
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Transient(f"{url} answered {answer.status_code}")
        try:
            document = orjson.loads(content)
        except orjson.JSONDecodeError:
            document = None
        if not isinstance(document, dict):
            raise Rejected(problems.PROVIDER_UNUSABLE, f"{url} does not answer with a JSON object.")
        return answer.status_code, document
