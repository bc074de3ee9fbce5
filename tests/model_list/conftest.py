"""A master key, as the tests of keys have it."""

from tests.providers.conftest import master_key

__all__ = ["master_key"]
