"""What the tests of this folder share: everybody of the access matrix."""

import pytest

from tests.security.matrix.people import World, world


@pytest.fixture
def everybody(db: None) -> World:
    """All actors, and the owner's comparison."""
    return world()
