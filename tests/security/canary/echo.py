"""A provider that says the key back in every way it can: in bodies, streams, headers, redirects and ids."""

import json
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from tests.fakes.provider_server import DONE, SSE, Reply, delta, frame
from tests.security.upstream import Upstream

MODELS = (
    "ok",
    "echo-401",
    "echo-text",
    "echo-429",
    "echo-sse",
    "echo-headers",
    "echo-html",
    "echo-redirect",
    "echo-malformed",
    "echo-reset",
)


def key_of(reply: Reply) -> str:
    """The key that came with the request."""
    headers = reply.request.headers
    return headers.get("x-secret-key") or headers.get("authorization", "").removeprefix("Bearer ")


def refusal(key: str) -> bytes:
    """How providers word it."""
    message = f"Incorrect API key provided: {key}. You sent 'Authorization: Bearer {key}'."
    return json.dumps({"error": {"message": message, "type": key, "param": key, "code": "invalid_api_key"}}).encode()


async def _refuse(reply: Reply, status: int = 401) -> None:
    key = key_of(reply)
    headers = {"x-request-id": key, "www-authenticate": f"Bearer {key}", "retry-after": "0", "set-cookie": f"k={key}"}
    await reply.whole(status, refusal(key), headers)


async def _stream(reply: Reply, *pieces: bytes, headers: dict[str, str] | None = None) -> None:
    await reply.head(headers={**SSE, **(headers or {})})
    for piece in (delta("Some "), delta("text."), *pieces):
        await reply.send(piece)


async def _ok(reply: Reply, headers: dict[str, str] | None = None) -> None:
    await _stream(reply, delta(finish="stop"), DONE, headers=headers)
    await reply.end()


async def _text(reply: Reply) -> None:
    await reply.whole(500, f"upstream said no to {key_of(reply)}".encode(), {"content-type": "text/plain"})


async def _sse(reply: Reply) -> None:
    key = key_of(reply)
    await _stream(reply, frame({"error": {"message": f"The key {key} was revoked.", "code": 401, "type": key}}))
    await reply.end()


async def _headers(reply: Reply) -> None:
    key = key_of(reply)
    names = ("x-request-id", "request-id", "server", "openai-organization", "x-ratelimit-limit-requests", "via")
    await _ok(reply, dict.fromkeys(names, key))


async def _html(reply: Reply) -> None:
    await reply.whole(200, f"<h1>Welcome, {key_of(reply)}</h1>".encode(), {"content-type": "text/html"})


async def _redirect(reply: Reply) -> None:
    await reply.whole(307, b"", {"location": f"http://127.0.0.1:9/elsewhere?key={key_of(reply).encode().hex()}"})


async def _malformed(reply: Reply) -> None:
    await _stream(reply, f'data: {{"broken": "{key_of(reply)}\n\n'.encode(), b"event: error\ndata: nothing\n\n")
    await reply.end()


async def _reset(reply: Reply) -> None:
    await _stream(reply, f": {key_of(reply)}\n\n".encode())
    reply.reset()


BEHAVIOURS: dict[str, Callable[[Reply], Coroutine[Any, Any, None]]] = {
    "ok": _ok,
    "echo-401": _refuse,
    "echo-text": _text,
    "echo-429": lambda reply: _refuse(reply, 429),
    "echo-sse": _sse,
    "echo-headers": _headers,
    "echo-html": _html,
    "echo-redirect": _redirect,
    "echo-malformed": _malformed,
    "echo-reset": _reset,
}


class Echo(Upstream):
    """``seen``: how often each key came."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()

    async def answer(self, reply: Reply) -> None:
        """By the model that is asked for."""
        key = key_of(reply)
        self.seen[key] += 1
        if reply.request.path.endswith("/models"):
            await self._models(reply, key)
        else:
            await BEHAVIOURS[reply.request.json["model"]](reply)

    async def _models(self, reply: Reply, key: str) -> None:
        """The first test of a key fails, so that there is an error to show; later ones list models."""
        self._asked[key] += 1
        if self._asked[key] == 1:
            await _refuse(reply)
        else:
            listed = {"data": [{"id": name} for name in MODELS]}
            await reply.whole(200, json.dumps(listed).encode(), {"x-request-id": key})
