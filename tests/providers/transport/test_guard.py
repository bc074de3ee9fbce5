"""Which addresses are connected to, over real sockets: no spelling of a private host, no name that leads to one."""

import pytest

from providers.contract.errors import ProviderError, SetupError
from providers.transport.http import Transport
from tests.fakes.provider_server import FakeProvider, Reply
from tests.providers.transport.asking import failure, get
from tests.providers.transport.conftest import Dns

HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ip6-localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "user@127.0.0.1",
    "127.0.0.1@example.org",
    "127.0.0.1\t",
    "169.254.169.254",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "192.0.0.192",
    "10.0.0.1",
    "192.168.0.1",
]


@pytest.mark.parametrize("host", HOSTS)
async def test_no_spelling_of_a_private_host_is_connected_to(
    transport: Transport, provider: FakeProvider, host: str
) -> None:
    url = f"http://{host}:{provider.port}/v1/models"

    with pytest.raises((ProviderError, SetupError)):
        await get(transport, url)

    assert provider.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("127.0.0.1", "93.184.216.34"), ("93.184.216.34", "127.0.0.1"), ("10.1.2.3",), ("::1",)],
)
async def test_a_name_is_refused_when_one_of_its_addresses_is(
    transport: Transport, provider: FakeProvider, dns: Dns, addresses: tuple[str, ...]
) -> None:
    dns("models.example", addresses)

    error = await failure(transport, f"http://models.example:{provider.port}/v1")

    assert provider.connections == 0
    assert "models.example is not a public address" in error.message
    assert f"models.example:{provider.port}" in error.message
    assert not error.retryable


async def test_an_allowed_private_server_is_reached_and_a_metadata_service_is_not(
    transport: Transport, provider: FakeProvider, dns: Dns
) -> None:
    dns("models.example", ("127.0.0.1",))
    dns("other.example", ("169.254.169.254",))

    assert b"data" in await get(transport, f"http://models.example:{provider.port}/v1", private=True)
    error = await failure(transport, f"http://other.example:{provider.port}/v1", private=True)
    assert "other.example is link-local, a metadata service" in error.message
    assert not error.retryable


async def test_a_connection_made_by_permission_is_not_lent_to_a_call_without(
    transport: Transport, provider: FakeProvider
) -> None:
    await get(transport, provider.base_url, private=True)

    await failure(transport, provider.base_url)

    assert len(provider.requests) == 1


async def test_each_connection_goes_to_the_address_that_was_checked(provider: FakeProvider, dns: Dns) -> None:
    dns("rebinding.example", ("127.0.0.1",), ("169.254.169.254",))
    transport = Transport()

    async def script(reply: Reply) -> None:
        await reply.head(chunked=False)

    provider.play(script)
    await get(transport, f"http://rebinding.example:{provider.port}/a", private=True)
    await transport.aclose()
    error = await failure(again := Transport(), f"http://rebinding.example:{provider.port}/b", private=True)
    await again.aclose()

    assert [request.path for request in provider.requests] == ["/a"]
    assert "No request is ever sent there" in error.message
