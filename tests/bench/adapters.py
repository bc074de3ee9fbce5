"""CPU per 1,000 events of transport + adapter + client, over a floor measured in the same run.

Floor: a bare asyncio Protocol that splits lines and calls json.loads. ``burst``: chunks back to back. ``paced``: one
chunk at a time on many connections. Run as a program it prints JSON: ``python -m tests.bench.adapters``.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from providers.adapters import get_adapter
from providers.client import ChatClient
from providers.contract.events import Delta
from providers.contract.messages import ChatRequest, Message
from providers.contract.resolved import Target
from providers.contract.spec import Auth, ProviderSpec
from providers.transport.http import Transport
from providers.transport.origin import origin_of

SHAPES = {"burst": (5, 4000, 0.0), "paced": (60, 100, 0.02)}
"""Streams at once, events a stream, seconds between two events."""
CHUNK = (
    b'data: {"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWx","object":"chat.completion.chunk","created":1763600000,'
    b'"model":"bench-1","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" hello"},'
    b'"logprobs":null,"finish_reason":null}]}\n\n'
)
LAST = CHUNK.replace(b'{"content":" hello"}', b"{}").replace(b'"finish_reason":null', b'"finish_reason":"stop"')


def serve() -> None:
    """The other side, in its own process: answers every request with the stream its path asks for."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))[15:])
        await reader.readexactly(size)
        events, pause = head.split(b" ")[1].split(b"/")[1:3]
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        framed = b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK)
        if pause == b"0.0":
            writer.write(framed * int(events))
        else:
            for _ in range(int(events)):
                writer.write(framed)
                await asyncio.sleep(float(pause))
        end = LAST + b"data: [DONE]\n\n"
        writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(end), end))
        await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()

    asyncio.run(run())


class Floor(asyncio.Protocol):
    """The least that reading a stream can cost in Python."""

    def __init__(self, path: str, done: "asyncio.Future[int]") -> None:
        self.path = path
        self.done = done
        self.rest = b""
        self.count = 0

    def connection_made(self, transport: Any) -> None:
        transport.write(b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}" % self.path.encode())

    def data_received(self, data: bytes) -> None:
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            if line.startswith(b"data: {"):
                if json.loads(line[6:])["choices"][0]["delta"].get("content") is not None:
                    self.count += 1
            elif line.startswith(b"data: [DONE]"):
                self.done.set_result(self.count)


async def floor(port: int, path: str) -> int:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[int] = loop.create_future()
    transport, _ = await loop.create_connection(lambda: Floor(path, done), "127.0.0.1", port)
    try:
        return await done
    finally:
        transport.close()


async def ours(port: int, path: str, transport: Transport) -> int:
    url = f"http://127.0.0.1:{port}{path}"
    spec = ProviderSpec(slug="bench", name="Bench", base_url=url, auth=Auth(kind="none"))
    adapter = get_adapter("openai_chat")
    target = Target(spec, adapter, url, "bench-1", None, frozenset({origin_of(url)}), allow_private=True)
    client = ChatClient(target, transport, first_byte=60, idle=60, total=300, output_limit=10_000_000)
    request = ChatRequest(model_id="bench-1", messages=(Message.of_text("user", "hi"),))
    count = 0
    async for batch in client.batches(request, client.render(request)):
        for event in batch:
            if type(event) is Delta:
                count += 1
    return count


async def _measure(one: Callable[[], Awaitable[int]], streams: int, events: int) -> float:
    """CPU milliseconds per 1,000 events."""
    before = time.process_time()
    counts = await asyncio.gather(*(one() for _ in range(streams)))
    spent = time.process_time() - before
    if counts != [events] * streams:
        raise RuntimeError(f"events were lost: {counts}")
    return spent / (streams * events) * 1e6


async def _shape(port: int, name: str, rounds: int) -> dict[str, float]:
    streams, events, pause = SHAPES[name]
    path = f"/{events}/{pause}"
    transport = Transport()
    floors, ourselves = [], []
    try:
        for _ in range(rounds):
            floors.append(await _measure(lambda: floor(port, path), streams, events))
            ourselves.append(await _measure(lambda: ours(port, path, transport), streams, events))
    finally:
        await transport.aclose()
    low, high = statistics.median(floors), statistics.median(ourselves)
    return {"floor_ms": round(low, 2), "ours_ms": round(high, 2), "ratio": round(high / low, 2)}


def measure(rounds: int = 3) -> dict[str, dict[str, float]]:
    """``{"burst": {...}, "paced": {...}}``, medians of ``rounds``; floor and ours alternate."""
    command = [sys.executable, "-c", "from tests.bench.adapters import serve; serve()"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            return {name: asyncio.run(_shape(port, name, rounds)) for name in SHAPES}
        finally:
            server.kill()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(), indent=2) + "\n")
