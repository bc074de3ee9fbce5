"""The vault and the hosts that tests of providers use, too."""

from tests.providers.conftest import master_key
from tests.providers.key_fixtures import acme, new_host, old_host

__all__ = ["acme", "master_key", "new_host", "old_host"]
