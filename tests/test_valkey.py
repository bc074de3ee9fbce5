"""The factory of Valkey clients: they wait instead of failing, and come back after a restart."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import override_settings

from compare_site import valkey as factory
from tests.clients.until import wait_until
from tests.valkey_server import ValkeyServer


def test_more_threads_than_connections_wait(valkey: Any) -> None:
    with ThreadPoolExecutor(100) as pool:
        results = list(pool.map(lambda number: valkey.incr("n"), range(300)))

    assert sorted(results) == list(range(1, 301))


async def test_more_coroutines_than_connections_wait(valkey: Any) -> None:
    client = factory.async_client()
    results = await asyncio.gather(*(client.incr("n") for _ in range(300)))
    await client.aclose()

    assert sorted(results) == list(range(1, 301))


def test_the_shared_client_comes_back_after_a_crash(valkey: Any, valkey_server: ValkeyServer) -> None:
    assert valkey.ping()
    valkey_server.stop()
    with pytest.raises(factory.RedisError):
        valkey.ping()
    valkey_server.start()

    assert wait_until(valkey.ping)


@pytest.mark.parametrize(
    ("url", "expected"),
    [("unix:///run/v.sock", "redis+socket:///run/v.sock"), ("redis://h:6379/1", "redis://h:6379/1")],
)
def test_celery_has_a_name_of_its_own_for_sockets(url: str, expected: str) -> None:
    with override_settings(REDIS_URL=url):
        assert factory.broker_url() == expected


async def test_a_task_that_does_not_hear_its_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "AGAIN_SECONDS", 0.01)
    heard = 0

    async def deaf() -> None:
        nonlocal heard
        while heard < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                heard += 1

    tasks = [asyncio.create_task(deaf()), asyncio.create_task(asyncio.Event().wait())]
    await asyncio.sleep(0)
    await factory.end_tasks(tasks)
    assert (heard, [task.done() for task in tasks]) == (3, [True, True])
