"""Fixtures for the tests of providers: a master key of the vault, a transport, a fake provider."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from providers import vault
from tests.fakes.fixtures import provider, transport
from tests.fakes.local_servers import SERVERS, LocalServer, serving
from tests.providers.key_fixtures import acme, new_host, old_host

__all__ = ["acme", "new_host", "old_host", "provider", "transport"]


@pytest.fixture
def servers(settings: Any) -> Iterator[dict[str, LocalServer]]:
    """One of each kind, and these are the ports that are looked at."""
    with ExitStack() as stack:
        running = {kind: stack.enter_context(serving(answers)) for kind, answers in SERVERS.items()}
        settings.DISCOVERY_HOSTS = ["127.0.0.1"]
        settings.DISCOVERY_PORTS = [server.port for server in running.values()]
        yield running


@pytest.fixture
def master_key(settings: Any, tmp_path: Path) -> str:
    """The id of a fresh master key, the only one there is."""
    settings.APP_KEYS_DIR = tmp_path / "master_keys"
    settings.APP_KEY_ID = ""
    return vault.make_master_key()
