"""The one factory of Valkey clients. Only this module and ``comparisons.journal`` import redis.

``protocol=2`` and waiting pools: by default redis-py raises at 100 connections
and closes idle blocking readers after 5 s.
"""

import asyncio
from collections.abc import Collection
from functools import lru_cache
from typing import Any

import redis
import redis.asyncio
from django.conf import settings

RedisError = redis.RedisError
AGAIN_SECONDS = 0.5


@lru_cache(maxsize=1)
def sync_client() -> redis.Redis:
    """The shared client of threads in this process."""
    pool = redis.BlockingConnectionPool.from_url(
        settings.REDIS_URL, protocol=2, max_connections=32, timeout=5, socket_timeout=5, socket_connect_timeout=2
    )
    return redis.Redis(connection_pool=pool)


def async_client(*, blocking: bool = False) -> Any:
    """A client for the event loop that calls this; it owns its connections. ``blocking``: for XREAD and SUBSCRIBE.

    Any: redis-py's annotations give every command the union of all shapes that any protocol version answers.
    """
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        protocol=2,
        max_connections=16,
        timeout=5,
        socket_timeout=None if blocking else 5,
        socket_connect_timeout=2,
    )
    return redis.asyncio.Redis.from_pool(pool)


def broker_url() -> str:
    """The same server as Celery names it."""
    url: str = settings.REDIS_URL
    return url.replace("unix://", "redis+socket://", 1) if url.startswith("unix://") else url


def stop_if_cancelled() -> None:
    """For loops that go on after a Valkey command: redis-py may swallow a cancellation that comes meanwhile."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def end_tasks(tasks: Collection["asyncio.Task[Any]"]) -> None:
    """Cancel these and wait until they have ended, telling each again until it hears: see ``stop_if_cancelled``."""
    while waiting := [task for task in tasks if not task.done()]:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
