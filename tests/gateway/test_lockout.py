"""Guessing passwords is slowed down where it happens, and cannot be used to keep somebody else out."""

import httpx
import pytest
from gateway_world import ORG, World

from chassis.identifiers import new_id
from contracts.statuses import Role
from gateway.accounts import create_account
from gateway.throttle import network_of

pytestmark = pytest.mark.stack

PASSWORD = "correct horse battery"


@pytest.fixture
async def email(world: World) -> str:
    account = await create_account(
        world.settings,
        org_id=ORG,
        email=f"{new_id()}@example.org",
        name="Pat",
        roles=frozenset({Role.PROCTOR}),
        password=PASSWORD,
    )
    return account.email


@pytest.fixture
def address() -> str:
    """One nobody used before: the counters of others do not matter."""
    mark = new_id()
    return f"2001:db8:{mark[-4:]}:{mark[-8:-4]}::1"


async def sign_in(world: World, email: str, password: str, address: str) -> httpx.Response:
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware  # noqa: PLC0415 - as in front of the gateway

    transport = httpx.ASGITransport(ProxyHeadersMiddleware(world.service.app))  # trusts 127.0.0.1, as uvicorn does
    headers = {"x-forwarded-for": address}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as http:
        return await http.post("/api/v1/auth/sign-in", json={"email": email, "password": password})


async def test_a_few_failures_close_an_account_to_that_address_alone(world: World, email: str, address: str):
    for _ in range(3):
        assert (await sign_in(world, email, "wrong", address)).status_code == 401
    slowed = await sign_in(world, email, PASSWORD, address)
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) <= 15 * 60
    neighbour = address.replace("::1", "::2")  # the same /64 is the same customer
    assert (await sign_in(world, email, PASSWORD, neighbour)).status_code == 429
    assert (await sign_in(world, email.upper(), PASSWORD, address)).status_code == 429
    elsewhere = address.replace("2001:db8", "2001:db9")
    assert (await sign_in(world, email, PASSWORD, elsewhere)).status_code == 200
    another = f"{new_id()}@example.org"
    assert (await sign_in(world, another, "wrong", address)).status_code == 401, "another account is still open to it"


async def test_many_addresses_together_cannot_lock_its_owner_out(world: World, email: str, address: str):
    assert (await sign_in(world, email, PASSWORD, address)).status_code == 200, "the owner's usual place"
    for number in range(8):  # as many as are let through from anywhere in an hour
        hostile = f"2001:db8:bad:{new_id()[-4:]}::{number}"
        assert (await sign_in(world, email, "wrong", hostile)).status_code == 401
    hostile = f"2001:db8:bad:{new_id()[-4:]}::99"
    assert (await sign_in(world, email, PASSWORD, hostile)).status_code == 429, "unfamiliar: not even the right one"
    assert (await sign_in(world, email, PASSWORD, address)).status_code == 200


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_whom_an_address_counts_for(address: str, network: str):
    assert network_of(address) == network
