"""Fixtures for the tests of providers: a master key of the vault, a transport, a fake provider."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from providers import vault
from tests.fakes.fixtures import provider, transport
from tests.providers.key_fixtures import acme, new_host, old_host

__all__ = ["acme", "new_host", "old_host", "provider", "transport"]


hypothesis_settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis_settings.load_profile("steady")


@pytest.fixture
def master_key(settings: Any, tmp_path: Path) -> str:
    """The id of a fresh master key, the only one there is."""
    settings.APP_KEYS_DIR = tmp_path / "master_keys"
    settings.APP_KEY_ID = ""
    return vault.make_master_key()
