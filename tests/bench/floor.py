"""The least that reading a stream costs in Python: a bare asyncio Protocol that splits frames and calls json.loads."""

import asyncio
import base64
import json
from typing import Any

from tests.bench.wire import SHAPES, WORD

SAID = WORD.encode()


class Floor(asyncio.Protocol):
    """One request. ``done``: how many events with words in them came."""

    end = b"0\r\n\r\n"

    def __init__(self, path: str, done: "asyncio.Future[int]") -> None:
        self.path = path
        self.done = done
        self.rest = b""
        self.count = 0

    def connection_made(self, transport: Any) -> None:
        transport.write(b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}" % self.path.encode())

    def take(self, data: bytes) -> None:
        """Reads what came."""
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        self.take(data)
        if data.endswith(self.end):
            self.done.set_result(self.count)


class Sse(Floor):
    def take(self, data: bytes) -> None:
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            if line.startswith(b"data: {"):
                json.loads(line[6:])
                self.count += SAID in line


class Ndjson(Floor):
    def take(self, data: bytes) -> None:
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            if line.startswith(b"{"):
                json.loads(line)
                self.count += SAID in line


class EventStream(Floor):
    """Frames by their lengths; no checksum is looked at."""

    frames = b""
    head = True

    def take(self, data: bytes) -> None:
        data = self.rest + data
        if self.head:
            data = data.partition(b"\r\n\r\n")[2]
            self.head = False
        start = 0
        while (line := data.find(b"\r\n", start)) >= 0 and len(data) >= line + 4 + (size := int(data[start:line], 16)):
            self.frames += data[line + 2 : line + 2 + size]
            start = line + 4 + size
        self.rest = data[start:]
        start = 0
        while len(self.frames) - start >= 12:
            size = int.from_bytes(self.frames[start : start + 4], "big")
            head = int.from_bytes(self.frames[start + 4 : start + 8], "big")
            self.payload(self.frames[start + 12 + head : start + size - 4])
            start += size
        self.frames = self.frames[start:]

    def payload(self, data: bytes) -> None:
        value = json.loads(data)
        if "bytes" in value:
            data = base64.b64decode(value["bytes"])
            json.loads(data)
        self.count += SAID in data


KINDS: dict[str, type[Sse | Ndjson | EventStream]] = {"sse": Sse, "ndjson": Ndjson, "eventstream": EventStream}


async def floor(port: int, protocol: str, path: str) -> int:
    """How many events there were."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[int] = loop.create_future()
    kind = KINDS[SHAPES[protocol].framing]
    transport, _ = await loop.create_connection(lambda: kind(path, done), "127.0.0.1", port)
    try:
        return await done
    finally:
        transport.close()
