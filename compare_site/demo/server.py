"""The simulated provider's door: routes, limits and the life of a connection on the caller's event loop.

``POST /v1/chat/completions``, ``GET /v1/models``; ``GET /_sent/<response id>`` tells what was sent, and
``GET /_requests/<response id>`` what was asked; ``GET /_requests`` lists all requests when DEMO_RECORD is on.
"""

import asyncio
import hashlib
import json
import secrets
import sys
from typing import Any

from compare_site import env
from compare_site.demo import wire
from compare_site.demo.answer import Answer, digest_of, tool_of
from compare_site.demo.grammar import MODELS, BadOption, UnknownModel, plan_of
from compare_site.demo.ledger import Ledger, Sent
from compare_site.demo.stream import Stream, usage_of

MOST_HEAD = 64 * 1024
MOST_BODY = 32 * 1024 * 1024
LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
STATUS_KINDS = {401: "invalid_api_key", 402: "insufficient_quota", 403: "permission_denied", 429: "rate_limit_exceeded"}


class DemoServer:
    """A running server. ``base_url`` is what a provider row would hold."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.lines: set[Connection] = set()
        self.base_url = ""
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> None:
        """Bind; ``base_url`` is known afterwards."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), host, port, backlog=1024)
        bound = self._server.sockets[0].getsockname()
        self.base_url = f"http://{f'[{bound[0]}]' if ':' in bound[0] else bound[0]}:{bound[1]}/v1"

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
            for line in list(self.lines):
                line.hang_up()
            await self._server.wait_closed()
            self._server = None


async def serve(host: str = "127.0.0.1", port: int = 0, *, record: bool | None = None) -> DemoServer:
    """Start a server on the running loop. ``record``: list requests at ``/_requests`` (default: DEMO_RECORD)."""
    chosen = env.boolean("DEMO_RECORD", default=False) if record is None else record
    server = DemoServer(Ledger(record=chosen))
    await server.listen(host, port)
    return server


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, kind: str = "invalid_request_error", retry: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.headers = {"Retry-After": str(retry)} if retry else {}


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests are answered one after the other."""

    def __init__(self, server: DemoServer) -> None:
        self.paused = False
        self._server = server
        self._ledger = server.ledger
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._stream: Stream | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.lines.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.lines.discard(self)
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        if self._stream is not None:
            self._stream.stop()

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        if self._stream is not None:
            self._stream.resume()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._busy:
            self._next()

    def write(self, data: bytes, split: int = 0) -> None:
        """Send ``data``, in pieces of ``split`` bytes if that is not 0."""
        if self._transport is not None and not self._transport.is_closing():
            for start in range(0, len(data), split or len(data)):
                self._transport.write(data[start : start + (split or len(data))])

    def hang_up(self) -> None:
        """Close after what was written has gone out."""
        if self._transport is not None:
            self._transport.close()

    def _next(self) -> None:
        """Take one request off the buffer, if a whole one has come."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MOST_HEAD:
                self.hang_up()
            return
        lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BODY or "transfer-encoding" in headers:
            self._reply(413, wire.error("Send a Content-Length of at most 32 MB.", "too_large"))
            self.hang_up()
            return
        stop = end + 4 + int(length)
        if len(self._buffer) < stop:
            return
        body = bytes(self._buffer[end + 4 : stop])
        del self._buffer[:stop]
        self._busy = True
        method, _, rest = lines[0].partition(" ")
        self._answer(method, rest.partition(" ")[0].partition("?")[0], headers, body)

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        try:
            if path == "/v1/chat/completions":
                self._complete(method, headers, body)
            else:
                self._reply(200, self._look_up(method, path, headers))
        except Refused as refused:
            self._reply(refused.status, wire.error(str(refused), refused.kind), refused.headers)

    def _look_up(self, method: str, path: str, headers: dict[str, str]) -> Any:
        """What the other paths tell."""
        if method != "GET":
            raise Refused(405, "Use GET.")
        if path == "/v1/models":
            listed = [{"id": name, "object": "model", "created": wire.CREATED, "owned_by": "demo"} for name in MODELS]
            return {"object": "list", "data": listed}
        name, _, nonce = path.removeprefix("/").partition("/")
        # A page of a stranger, by a name of its own that leads to this address, must not read what was said here.
        if headers.get("host", "").rpartition(":")[0] not in LOOPBACK:
            raise Refused(404, "There is nothing here.")
        if name == "_sent" and nonce in self._ledger.answers:
            return self._ledger.answers[nonce].report()
        if name == "_requests" and nonce:
            entry = self._ledger.request_of(nonce)
            if entry is not None:
                return entry
        if name == "_requests" and not nonce and self._ledger.record:
            return {"requests": [entry for _, entry in self._ledger.requests]}
        raise Refused(404, "There is nothing here. The list at /_requests needs DEMO_RECORD=1.")

    def _complete(self, method: str, headers: dict[str, str], content: bytes) -> None:
        if method != "POST":
            raise Refused(405, "Use POST.")
        try:
            body = json.loads(content)
        except ValueError:
            raise Refused(400, "The body is not JSON.") from None
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list) or not body["messages"]:
            raise Refused(400, "'messages' must be a list that is not empty.")
        model = str(body.get("model", ""))
        facts = {"id": None, "model": model, "digest": digest_of(body["messages"]), "auth": _auth(headers)}
        try:
            answer = self._plan(body, model, facts["digest"] or "", headers)
            facts["id"] = answer.nonce
        finally:
            self._ledger.note(body, len(content), facts)
        sent = self._ledger.remember(answer)
        if body.get("stream") is True:
            self._stream = Stream(self, sent, body, self._free)
            self._stream.begin()
        else:
            self._whole(sent, body)

    def _plan(self, body: dict[str, Any], model: str, digest: str, headers: dict[str, str]) -> Answer:
        try:
            plan = plan_of(model)
        except UnknownModel as error:
            raise Refused(404, str(error), "model_not_found") from None
        except BadOption as error:
            raise Refused(400, str(error)) from None
        if plan.failures:
            key = f"{model}/{digest}/{headers.get('idempotency-key', '')}"
            if self._ledger.must_fail(key, plan.failures, plan.retry, asyncio.get_running_loop().time()):
                raise Refused(429, "Too many requests. This is simulated: try again.", STATUS_KINDS[429], plan.retry)
        if plan.error > 399:
            raise Refused(plan.error, "A simulated error.", STATUS_KINDS.get(plan.error, "server_error"), plan.retry)
        messages = body["messages"]
        calls = plan.kind == "tools" and not (isinstance(messages[-1], dict) and messages[-1].get("role") == "tool")
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        return Answer(
            nonce=f"demo-{secrets.token_hex(16)}",
            model=model,
            plan=plan,
            digest=digest,
            asked=sum(1 for each in messages if isinstance(each, dict) and each.get("role") == "user"),
            tool=tool_of(body) if calls else None,
            limit=min(limit, sys.maxsize) if isinstance(limit, int) and limit > 0 else None,
        )

    def _whole(self, sent: Sent, body: dict[str, Any]) -> None:
        """An answer in one piece comes when its stream would have ended."""
        plan = sent.answer.plan
        pieces = list(sent.answer.pieces())
        kept = pieces[: sent.answer.limit] if sent.answer.limit else pieces
        if plan.kind == "stall":
            return
        sent.count = len(kept)
        finish = "length" if len(kept) < len(pieces) else sent.answer.finish_reason
        reasoned = sum(kind == "reasoning" for kind, _ in kept)
        usage = usage_of(body["messages"], sent.count, reasoned) if plan.usage else None
        tool = sent.answer.tool
        envelope = wire.Envelope(sent.answer.nonce, sent.answer.model, tool["name"] if tool else None)
        data = wire.response(200, envelope.whole(sent.report(), finish, usage))
        seconds = plan.delay / 1000 + (sent.count / plan.rate if plan.rate else 0)
        self._timer = asyncio.get_running_loop().call_later(seconds, self._send_whole, sent, data)

    def _send_whole(self, sent: Sent, data: bytes) -> None:
        if sent.answer.plan.kind == "broken":
            sent.ended = "cut"
            self.write(data[: len(data) // 2])
            self.hang_up()
            return
        sent.ended = "finished"
        self.write(data)
        self._free()

    def _reply(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.write(wire.response(status, body, headers))
        self._free()

    def _free(self) -> None:
        """The answer is out: take the next request that has come meanwhile."""
        self._stream = None
        self._timer = None
        self._busy = False
        if self._buffer:
            asyncio.get_running_loop().call_soon(self.data_received, b"")


def _auth(headers: dict[str, str]) -> str | None:
    """SHA-256 of the credential that came, if one came: enough to compare, nothing to leak."""
    value = headers.get("authorization")
    return hashlib.sha256(value.encode()).hexdigest() if value else None
