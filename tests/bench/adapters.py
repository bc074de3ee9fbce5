"""CPU per 1,000 events of transport + adapter + client, for every protocol, over a floor measured in the same run.

Floor: a bare asyncio Protocol with json.loads. ``burst``: chunks back to back. ``paced``: one chunk at a time on many
connections. Run as a program it prints JSON: ``python -m tests.bench.adapters [PROTOCOL]...``.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from providers.adapters import get_adapter
from providers.client import ChatClient
from providers.contract.events import Delta
from providers.contract.messages import ChatRequest, Message
from providers.contract.resolved import Target
from providers.contract.spec import Auth, ProviderSpec
from providers.transport.http import Transport
from providers.transport.origin import origin_of
from tests.bench.floor import floor
from tests.bench.wire import MODEL, SHAPES

WAYS = {"burst": (5, 4000, 0.0), "paced": (60, 100, 0.01)}
"""Streams at once, events a stream, seconds between two events."""
GROWING = {"yandex_completion": 300}
"""Events of a burst where each repeats all that was said before."""
REQUEST = ChatRequest(model_id=MODEL, messages=(Message.of_text("user", "hi"),))


def target_of(port: int, protocol: str, path: str) -> Target:
    """What a run is given; a turn makes it once for each provider."""
    url = f"http://127.0.0.1:{port}{path}"
    spec = ProviderSpec(slug="bench", name="Bench", base_url=url, protocol=protocol, auth=Auth(kind="none"))
    return Target(spec, get_adapter(protocol), url, MODEL, None, frozenset({origin_of(url)}), allow_private=True)


async def ours(target: Target, transport: Transport) -> int:
    """How many deltas there were."""
    client = ChatClient(target, transport, first_byte=60, idle=60, total=300, output_limit=10_000_000)
    count = 0
    async for batch in client.batches(REQUEST, client.render(REQUEST)):
        for event in batch:
            if type(event) is Delta:
                count += 1
    return count


async def spent(one: Callable[[], Awaitable[int]], streams: int, events: int, least: int) -> float:
    """CPU milliseconds per 1,000 events; at least ``least`` must have come of each stream."""
    before = time.process_time()
    counts = await asyncio.gather(*(one() for _ in range(streams)))
    milliseconds = (time.process_time() - before) / (streams * events) * 1e6
    if min(counts) < least:
        raise RuntimeError(f"events were lost: {counts}")
    return milliseconds


async def _measure(port: int, protocol: str, way: str, rounds: int) -> dict[str, float]:
    streams, events, pause = WAYS[way]
    events = min(events, GROWING.get(protocol, events))
    path = f"/{protocol}/{events}/{pause}"
    target = target_of(port, protocol, path)
    transport = Transport()
    floors, ourselves = [], []
    try:
        for _ in range(rounds):
            floors.append(await spent(lambda: floor(port, protocol, path), streams, events, events))
            ourselves.append(await spent(lambda: ours(target, transport), streams, events, events))
    finally:
        await transport.aclose()
    low, high = statistics.median(floors), statistics.median(ourselves)
    return {"floor_ms": round(low, 2), "ours_ms": round(high, 2), "ratio": round(high / low, 2)}


@contextmanager
def upstream() -> Iterator[int]:
    """The port of the other side, in its own process."""
    with subprocess.Popen([sys.executable, "-m", "tests.bench.wire"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline())
        finally:
            server.kill()


def measure(protocols: Sequence[str] = (), rounds: int = 3) -> dict[str, Any]:
    """``{protocol: {"burst": {...}, "paced": {...}}}``, medians of ``rounds``; floor and ours alternate."""
    with upstream() as port:
        return {
            protocol: {way: asyncio.run(_measure(port, protocol, way, rounds)) for way in WAYS}
            for protocol in protocols or SHAPES
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1:]), indent=2) + "\n")
