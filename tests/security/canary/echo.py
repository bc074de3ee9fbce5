"""Providers that say keys back in every way they can: in bodies, streams, headers, redirects, ids, lists of models.

One listener in clear for servers of one's own; one with TLS, behind a proxy, is every real host, and gives tokens.
"""

import json
import secrets
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs

from tests.fakes.connect_proxy import ConnectProxy
from tests.fakes.provider_server import DONE, SSE, FakeProvider, Reply, delta, frame
from tests.security.canary.kinds import PROXY_LOGIN, Kind
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
    "echo-fields",
    "echo-in-stream",
)
NATIVE = ("echo-401", "echo-text", "echo-429", "echo-html", "echo-redirect")
"""What can be said in any protocol."""


def key_of(reply: Reply) -> str:
    """The key that came with the request, or all that is known of the credential behind it."""
    headers = reply.request.headers
    return headers.get("x-all-of-it") or key_of_headers(headers)


def refusal(key: str) -> bytes:
    """How providers word it."""
    message = f"Incorrect API key provided: {key}. You sent 'Authorization: Bearer {key}'."
    return json.dumps({"error": {"message": message, "type": key, "param": key, "code": "invalid_api_key"}}).encode()


def one_line(key: str) -> str:
    """What a header can carry of it."""
    return " ".join(key.split())[:6000]


async def _refuse(reply: Reply, status: int = 401) -> None:
    key = key_of(reply)
    line = one_line(key)
    headers = {
        "x-request-id": line,
        "www-authenticate": f"Bearer {line}",
        "retry-after": "0",
        "set-cookie": f"k={line}",
    }
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
    key = one_line(key_of(reply))
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


async def _fields(reply: Reply) -> None:
    """Everywhere but in the words: ids, names, sources, reasons, counts."""
    key = key_of(reply)
    call = {"index": 0, "id": key, "type": "function", "function": {"name": key, "arguments": "{}"}}
    cited = {"type": "url_citation", "url_citation": {"url": f"https://h.example/?k={key}", "title": key}}
    picture = {"type": "image_url", "image_url": {"url": f"https://h.example/{key}.png"}}
    top = {"id": key, "model": key, "system_fingerprint": key, "service_tier": key, "provider": key}
    said = {"tool_calls": [call], "annotations": [cited], "images": [picture]}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "details": {key: key}}
    choice = {"index": 0, "delta": said, "finish_reason": key, "native_finish_reason": key}
    await _stream(reply, frame({**top, "choices": [choice], "usage": usage}), DONE)
    await reply.end()


async def _in_stream(reply: Reply) -> None:
    """Before anything is shown, so that it is tried again."""
    await reply.head()
    await reply.send(frame({"error": {"message": f"Busy with {key_of(reply)}", "code": 503, "type": "overloaded"}}))
    await reply.end()


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
    "echo-fields": _fields,
    "echo-in-stream": _in_stream,
}


class Echo(Upstream):
    """``seen``: how often each key, or each kind of credential, came. ``derived``: what was made of credentials."""

    def __init__(self, kinds: dict[str, Kind], tls: ssl.SSLContext) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()
        self.derived: dict[str, str] = {}
        self.proxy_url = ""
        self._kinds = {kind.host: (name, kind) for name, kind in kinds.items()}
        self._tls = tls
        self._asked: Counter[str] = Counter()

    async def _serve(self) -> None:
        async with (
            FakeProvider(self.answer) as provider,
            FakeProvider(self.answer, tls=self._tls) as anybody,
            ConnectProxy(anybody.port, login=PROXY_LOGIN) as proxy,
        ):
            self.base_url, self.proxy_url = provider.base_url, proxy.url
            self._ready.set()
            await self._stop.wait()

    async def answer(self, reply: Reply) -> None:
        """By the model that is asked for."""
        path, headers = reply.request.path.partition("?")[0], reply.request.headers
        if path.endswith("/token"):
            await self._token(reply)
            return
        name = self._recognise(headers)
        self.seen[name] += 1
        if path.endswith("/models"):
            await self._models(reply, key_of(reply))
        else:
            asked = reply.request.json
            model = str(asked.get("model") or asked.get("modelUri") or path)
            await next((act for name, act in BEHAVIOURS.items() if name in model and name != "ok"), _ok)(reply)

    def _recognise(self, headers: dict[str, str]) -> str:
        """The key itself, or the kind of a known host, with all that was made of it."""
        found = self._kinds.get(headers.get("host", ""))
        if found is None:
            return key_of_headers(headers)
        name, kind = found
        proofs = [headers.get("authorization", "").rpartition(" ")[2].rpartition("Signature=")[2]]
        proofs += [headers.get(each, "") for each in ("x-amz-security-token", "api-key", "x-api-key", "x-goog-api-key")]
        for proof in filter(None, proofs):
            if proof not in kind.secrets.values():
                self.derived.setdefault(f"{name} made {len(self.derived)}", proof)
        if not kind.proof or kind.proof in proofs:
            headers["x-all-of-it"] = " ".join([*kind.in_use, headers.get("authorization", ""), *proofs])
        return name

    async def _token(self, reply: Reply) -> None:
        """The first who asks is refused with what he has shown, later ones get a token each."""
        asked, shown = parse_qs(reply.request.body.decode()), reply.request.headers.get("authorization", "")
        made = {"assertion": asked.get("assertion", [""])[0], "pair": shown.removeprefix("Basic ")}
        made["token"] = f"ya29.{secrets.token_urlsafe(60)}"
        for piece, text in made.items():
            if text:
                self.derived[f"{piece} {len(self.derived)}"] = text
        host = reply.request.headers.get("host", "")
        self._asked[host] += 1
        if self._asked[host] == 1:
            known = [text for kind in self._kinds.values() for text in kind[1].secrets.values()]
            said = " ".join([*(text for text in known if text in str(asked)), *made.values()])
            await reply.whole(401, json.dumps({"error": "invalid_client", "error_description": said}).encode())
            return
        given = {"access_token": made["token"], "token_type": "Bearer", "expires_in": 3600}
        await reply.whole(200, json.dumps(given).encode())

    async def _models(self, reply: Reply, key: str) -> None:
        """The first test of a key fails, so that there is an error to show; later ones list models."""
        self._asked[key] += 1
        if self._asked[key] == 1:
            await _refuse(reply)
        else:
            listed = {"data": [{"id": name} for name in (*MODELS, key, f"tuned-{key}")]}
            await reply.whole(200, json.dumps(listed).encode(), {"x-request-id": one_line(key)})


def key_of_headers(headers: dict[str, str]) -> str:
    """Of a server of one's own."""
    return headers.get("x-secret-key") or headers.get("authorization", "").removeprefix("Bearer ")
