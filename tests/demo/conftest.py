"""A running simulated provider and a client that reads its streams byte by byte, with no code of ours."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest_asyncio

from compare_site import demo

HELLO = [{"role": "user", "content": "Hello, 世界"}]


@dataclass
class Reply:
    """What a client saw of one stream."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    done: bool = False
    broken: bool = False

    def text(self, name: str = "content") -> str:
        return "".join(choice["delta"].get(name) or "" for event in self.events for choice in event.get("choices", []))

    @property
    def id(self) -> str:
        return str(self.events[0]["id"])

    @property
    def finish(self) -> list[str]:
        reasons = (choice["finish_reason"] for event in self.events for choice in event.get("choices", []))
        return [reason for reason in reasons if reason]


@dataclass
class Asker:
    """Speaks to one server."""

    server: demo.DemoServer
    http: aiohttp.ClientSession

    async def stream(self, model: str, messages: Any = None, **more: Any) -> Reply:
        body = {"model": model, "messages": messages or HELLO, "stream": True, **more}
        body.setdefault("stream_options", {"include_usage": True})
        async with self.http.post(f"{self.server.base_url}/chat/completions", json=body) as response:
            reply = Reply(response.status, dict(response.headers))
            raw = b""
            try:
                async for part in response.content.iter_any():
                    raw += part
            except aiohttp.ClientPayloadError:
                reply.broken = True
        for line in raw.split(b"\n"):
            if line == b"data: [DONE]":
                reply.done = True
            elif line.startswith(b"data: "):
                reply.events.append(json.loads(line[6:]))
        return reply

    async def whole(self, model: str, messages: Any = None, **more: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
        body = {"model": model, "messages": messages or HELLO, **more}
        async with self.http.post(f"{self.server.base_url}/chat/completions", json=body) as response:
            return response.status, await response.json(), dict(response.headers)

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        root = self.server.base_url.removesuffix("/v1")
        async with self.http.get(root + path, headers=headers) as response:
            return response.status, await response.json()

    async def sent(self, nonce: str) -> dict[str, Any]:
        status, report = await self.get(f"/_sent/{nonce}")
        assert status == 200
        return dict(report)


@pytest_asyncio.fixture
async def ask() -> AsyncIterator[Asker]:
    server = await demo.serve(record=True)
    async with aiohttp.ClientSession() as http:
        yield Asker(server, http)
    await server.close()
