"""A provider with a host that keeps what it receives, and keys stored as the product stores them."""

from collections.abc import Iterator

import pytest

from providers.contract.secret import Secret
from providers.custody import store_key
from providers.models import ApiKey, Endpoint, Provider
from tests.providers.listener import Listener, listening

KEY = "sk-live-3f9a7c55d1e84b0296aa7e01-WXYZ"


@pytest.fixture
def old_host() -> Iterator[Listener]:
    with listening() as server:
        yield server


@pytest.fixture
def new_host() -> Iterator[Listener]:
    with listening() as server:
        yield server


@pytest.fixture
def acme(db: None, old_host: Listener) -> Provider:
    """A provider of one's own on ``old_host`` that wants a bearer key."""
    return make_provider("acme", old_host.base_url)


def make_provider(slug: str, base_url: str, kind: str = "bearer") -> Provider:
    facts = {"slug": slug, "name": slug.title(), "base_url": base_url, "auth": {"kind": kind}}
    provider = Provider.objects.create(slug=slug, name=slug.title(), spec_data=facts)
    Endpoint.objects.create(provider=provider, base_url=base_url, allow_private=True)
    return provider


def stored(provider: Provider, text: str = KEY) -> ApiKey:
    """A key stored as the product stores it."""
    row = ApiKey(provider=provider, label="main")
    store_key(row, Secret(text), "somebody")
    return row
