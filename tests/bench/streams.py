"""How long a token is on its way: provider -> journal, and -> socket client. 16 streams of 20 tokens a second.

The reference in the same run is the shortest way there could be: bare sockets read the same provider, one Valkey
stream, one reader, all in one process.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import redis.asyncio

from tests.bench.figures import spread
from tests.bench.upstream import TOKEN
from tests.clients.api_client import Api
from tests.clients.picture import Frame
from tests.clients.socket_client import Viewer

RATE, COLUMNS, COMPARISONS = 20, 8, 2


def model(seconds: float) -> str:
    """The model id of a stream of that length."""
    return f"measured/paced@rate={RATE},tokens={int(RATE * seconds)}"


class Ages:
    """Collects how old tokens are when they arrive, in ms. The first half second is left out: connections are made."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.tokens = 0

    def take(self, texts: Iterable[str], now: int) -> None:
        """All tokens in these texts arrived at ``now``."""
        for text in texts:
            for number, sent in TOKEN.findall(text):
                self.tokens += 1
                if int(number) >= RATE // 2:
                    self.values.append((now - int(sent)) / 1e6)


async def to_sockets(api: Api, seconds: float) -> dict[str, Any]:
    """Two comparisons of eight columns, two viewers each."""
    ages = Ages()

    def arrived(events: list[Frame], now: int) -> None:
        ages.take((event["text"] for event in events if event["type"] == "run.delta"), now)

    made = [await api.create("Measure", [model(seconds)] * COLUMNS) for _ in range(COMPARISONS)]
    viewers = [
        Viewer(api.socket_url(each["id"]), api.http, api.headers, on_events=arrived) for each in made for _ in range(2)
    ]
    await asyncio.gather(*(one.follow(seconds + 60) for one in viewers))
    texts = sum(len(TOKEN.findall(one.picture.text(run))) for one in viewers for run in one.picture.runs)
    expected = len(viewers) * COLUMNS * int(RATE * seconds)
    for one in viewers:
        await one.disconnect()
    return {**spread(ages.values), "lost": expected - texts}


async def to_journal(api: Api, redis_url: str, seconds: float) -> dict[str, Any]:
    """The same, read from Valkey directly."""
    ages = Ages()
    client: Any
    async with redis.asyncio.Redis.from_url(redis_url, protocol=2, socket_timeout=None) as client:
        made = [await api.create("Measure", [model(seconds)] * COLUMNS) for _ in range(COMPARISONS)]
        positions: dict[Any, Any] = {f"journal:{{{each['id']}}}": "0-0" for each in made}
        deadline = time.monotonic() + seconds + 60
        while ages.tokens < COMPARISONS * COLUMNS * int(RATE * seconds) and time.monotonic() < deadline:
            reply = await client.xread(positions, block=2000, count=1000)
            now = time.monotonic_ns()
            for key, entries in reply:
                positions[key.decode()] = entries[-1][0]
                ages.take((fields[b"e"].decode() for _, fields in entries), now)
    return spread(ages.values)


async def reference(redis_url: str, upstream: str, seconds: float) -> dict[str, Any]:
    """Bare sockets, one write a token, one reader."""
    ages, key = Ages(), "bench:reference"
    expected = COMPARISONS * COLUMNS * int(RATE * seconds)
    writer: Any = redis.asyncio.Redis.from_url(redis_url, protocol=2)
    reader: Any = redis.asyncio.Redis.from_url(redis_url, protocol=2, socket_timeout=None)
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def read_provider() -> None:
        host, _, port = upstream.removeprefix("http://").removesuffix("/v1").partition(":")
        source, target = await asyncio.open_connection(host, int(port))
        body = b'{"model": "%s"}' % model(seconds).encode()
        target.write(b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        while line := await source.readline():
            if line.startswith(b"data: {"):
                queue.put_nowait(line)
            elif line.startswith(b"data: [DONE]"):
                break
        target.close()

    async def write() -> None:
        while line := await queue.get():
            await writer.xadd(key, {"e": line})

    async def read() -> None:
        position: Any = "0-0"
        while ages.tokens < expected:
            for _, entries in await reader.xread({key: position}, block=2000, count=1000):
                now = time.monotonic_ns()
                position = entries[-1][0]
                ages.take((fields[b"e"].decode() for _, fields in entries), now)

    writing = asyncio.create_task(write())
    await asyncio.gather(read(), *(read_provider() for _ in range(COMPARISONS * COLUMNS)))
    queue.put_nowait(b"")
    await writing
    await writer.delete(key)
    await writer.aclose()
    await reader.aclose()
    return spread(ages.values)
