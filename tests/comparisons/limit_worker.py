"""A process that makes calls through the limiter, as one of several workers: what it saw goes to stdout as JSON lines.

Reads one JSON object from stdin: ``socket``, ``calls`` (buckets, tokens, used, hold in ms, all started at once) and
``minute_ms``. A call whose ``hold`` is null keeps its slot until the process is killed.
"""

import asyncio
import json
import sys
import time
from typing import Any

import redis.asyncio

from compare_site.comparisons.limiter import ValkeyLimiter
from providers.contract.limiter import Bucket, Wait

CHANNEL = "test:control"


async def listen(client: Any, limiter: ValkeyLimiter, hears: asyncio.Event | None = None) -> None:
    """What workers tell each other. ``hears`` is set once nothing can be missed any more."""
    async with client.pubsub() as pubsub:
        await pubsub.subscribe(CHANNEL)
        async for message in pubsub.listen():
            if message["type"] == "subscribe" and hears is not None:
                hears.set()
            if message["type"] == "message":
                limiter.hear(json.loads(message["data"])["limits"])


async def call(limiter: ValkeyLimiter, buckets: list[Bucket], wanted: dict[str, Any]) -> None:
    waits: list[Wait] = []
    async with limiter.ticket(buckets, wanted["tokens"]) as ticket:
        while (wait := await ticket.next()) is not None:
            waits.append(wait)
        start = time.monotonic()
        said = {"ticket": ticket.name, "arrival": ticket.arrival, "start": start, "waits": waits, "call": wanted}
        if wanted["hold"] is None:
            print(json.dumps(said), flush=True)
            await asyncio.Event().wait()
        await asyncio.sleep(wanted["hold"] / 1000)
        ticket.used = wanted["used"]
        print(json.dumps(said | {"end": time.monotonic()}), flush=True)


async def main(task: dict[str, Any]) -> None:
    client = redis.asyncio.Redis(unix_socket_path=task["socket"], protocol=2)
    limiter = ValkeyLimiter(client, CHANNEL, minute_ms=task["minute_ms"])
    background = [asyncio.create_task(limiter.run()), asyncio.create_task(listen(client, limiter))]
    calls = [call(limiter, [Bucket(**bucket) for bucket in each["buckets"]], each) for each in task["calls"]]
    await asyncio.gather(*calls)
    await limiter.flush()
    for each in background:
        each.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    await client.aclose()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.stdin.read())))
