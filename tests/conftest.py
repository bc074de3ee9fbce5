"""What every test can use: a real Valkey, four people, and a wall around the network."""

import gc
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import translation

from tests import emptied, fuzzing, migrated
from tests.stack import Stack
from tests.valkey_server import ValkeyServer

_forbidden: list[str] = []
RUNNING = {"stack", "site", "stage", "used"}
"""Fixtures that are a whole site."""


class NetworkForbidden(OSError):
    """A test reached for an address beyond loopback."""


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if not isinstance(address, tuple):
        return
    host = str(address[0])
    try:
        local = ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        _forbidden.append(f"{host}:{address[1]}")
        raise NetworkForbidden(f"tests connect to loopback only, not to {host}")


sys.addaudithook(_guard)
fuzzing.configure()
# What is loaded from here on stays: nothing of it is garbage.
gc.set_threshold(1_000_000, 100, 100)


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    _forbidden.clear()
    yield
    assert not _forbidden, f"connections beyond loopback were tried: {_forbidden}"


@pytest.fixture(autouse=True)
def _no_language_of_the_test_before() -> None:
    """A request leaves its language to the thread, and the order of tests is another each time."""
    translation.deactivate()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests last: their driver keeps an event loop running, which asynchronous tests after them would meet.
    Files that take long first, so that nobody waits for one of them at the end: slow ones and those that start
    processes, and of browser tests, which all do, the slow ones and those with the most. What is marked ``leisure``
    runs only when asked for.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    running = {item.path for item in items if RUNNING & set(getattr(item, "fixturenames", ()))}
    of_browser = {item for item in items if item.get_closest_marker("e2e")}
    many = Counter(item.path for item in of_browser)

    def turn(item: pytest.Item) -> tuple[bool, bool, int]:
        if item in of_browser:
            return True, item.path not in slow, -many[item.path]
        return False, item.path not in slow | running, 0

    items.sort(key=turn)
    if "leisure" not in config.option.markexpr:
        long = [item for item in items if item.get_closest_marker("leisure")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in set(long)]


def pytest_collection_finish() -> None:
    """What there is by now stays to the end: nothing of it need be looked through again for what could be freed."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that is no xdist worker removes the folder of the whole run."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["TEST_FOLDER"], ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """A file of SQLite is there already; what it lacks is added."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_keepdb: bool) -> None:
    """Now that every process knows the name of its own."""
    if django_db_keepdb:
        shutil.copyfile(migrated.migrated(), connection.settings_dict["TEST"]["NAME"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The migrated database, which tests that commit leave as they have found it."""
    with django_db_blocker.unblock():
        cleaning = emptied.by_us()
        cleaning.__enter__()
    yield
    cleaning.__exit__(None, None, None)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    """The server behind ``settings.REDIS_URL`` of this test process; a test may stop and start it."""
    server = ValkeyServer(Path(settings.REDIS_URL.removeprefix("unix://")))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(valkey_server: ValkeyServer) -> Any:
    """The shared synchronous client on an empty, running server."""
    from compare_site.valkey import sync_client

    if valkey_server.process is None or valkey_server.process.poll() is not None:
        valkey_server.start()
    client = sync_client()
    client.flushall()
    return client


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole site as real processes, shared by the tests that break nothing of it."""
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


def _person(name: str, **rights: bool) -> Any:
    return get_user_model().objects.create_user(username=name, password="a long test password", **rights)


@pytest.fixture
def owner(db: None) -> Any:
    """A member: what a test is about is hers."""
    return _person("owner")


@pytest.fixture
def stranger(db: None) -> Any:
    """Another member, who owns nothing of it."""
    return _person("stranger")


@pytest.fixture
def admin(db: None) -> Any:
    """An administrator with every right."""
    return _person("admin", is_staff=True, is_superuser=True)


@pytest.fixture
def staff_without(db: None) -> Any:
    """May enter the admin site, but has no permission there."""
    return _person("staff", is_staff=True)
