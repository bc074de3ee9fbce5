"""What the tests of this folder share: everybody of the access matrix, in the database or in a running site."""

from collections.abc import Iterator

import pytest

from tests.security.live import Live, Operator
from tests.security.matrix.people import World, world
from tests.stack import Stack


@pytest.fixture
def everybody(db: None) -> World:
    """All actors, and the owner's comparison."""
    return world()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The real processes, everybody in them. Nobody's login may be ruined: use ``site.fresh()`` for that."""
    with Stack(tmp_path_factory.mktemp("site")) as stack, Operator(stack) as operator:
        yield Live.of(operator)
