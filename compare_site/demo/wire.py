"""HTTP/1.1 and the events of Chat Completions as bytes. No state, no clock."""

import json
from typing import Any

from compare_site.demo.answer import Kind

REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large"}
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
    b"Transfer-Encoding: chunked\r\nX-Request-Id: %s\r\n\r\n"
)
LAST_CHUNK = b"0\r\n\r\n"
DONE = b"data: [DONE]\n\n"
CREATED = 1_790_000_000
"""A fixed time: what is sent depends on nothing but the request and the nonce."""


def response(status: int, body: Any, headers: dict[str, str] | None = None) -> bytes:
    """A whole JSON response."""
    content = json.dumps(body, ensure_ascii=False).encode()
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def error(message: str, kind: str) -> dict[str, Any]:
    """The error object of the wire."""
    return {"error": {"message": message, "type": kind, "param": None, "code": kind}}


def chunk(data: bytes) -> bytes:
    """``data`` in the chunked transfer coding."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(body: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


class Envelope:
    """What surrounds every delta of one answer, encoded once."""

    def __init__(self, nonce: str, model: str, call: str | None) -> None:
        self.nonce = nonce
        self.model = model
        self.call = call
        self._head = event(self._chunk({"~": 0}, None)).split(b'{"~":0}')[0]
        self._tail = b',"logprobs":null,"finish_reason":null}]}\n\n'

    def _chunk(self, delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._top(), "choices": [choice]}

    def _top(self) -> dict[str, Any]:
        return {
            "id": self.nonce,
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": self.model,
            "system_fingerprint": "fp_simulated",
        }

    def opening(self) -> bytes:
        """The first event: the role, no text."""
        return event(self._chunk({"role": "assistant", "content": ""}, None))

    def call_opening(self, call_id: str) -> bytes:
        """The event that names the function."""
        function = {"name": self.call, "arguments": ""}
        call = {"index": 0, "id": call_id, "type": "function", "function": function}
        return event(self._chunk({"tool_calls": [call]}, None))

    def delta(self, kind: Kind, text: str) -> bytes:
        """One piece of the answer."""
        quoted = json.dumps(text, ensure_ascii=False).encode()
        if kind == "text":
            inner = b'{"content":%s}' % quoted
        elif kind == "reasoning":
            inner = b'{"reasoning_content":%s}' % quoted
        elif kind == "refusal":
            inner = b'{"refusal":%s}' % quoted
        else:
            inner = b'{"tool_calls":[{"index":0,"function":{"arguments":%s}}]}' % quoted
        return self._head + inner + self._tail

    def closing(self, finish: str) -> bytes:
        """The event that says why the answer ended."""
        return event(self._chunk({}, finish))

    def usage(self, usage: dict[str, Any]) -> bytes:
        """The event that carries the usage and no choice."""
        return event({**self._top(), "choices": [], "usage": usage})

    def whole(self, parts: dict[str, str], finish: str | None, usage: dict[str, Any] | None) -> dict[str, Any]:
        """The answer of a request that did not ask for a stream."""
        message: dict[str, Any] = {
            "role": "assistant",
            "content": parts["text"] or None,
            "refusal": parts["refusal"] or None,
        }
        if parts["reasoning"]:
            message["reasoning_content"] = parts["reasoning"]
        if self.call is not None:
            function = {"name": self.call, "arguments": parts["arguments"]}
            message["tool_calls"] = [{"id": f"call_{self.nonce}", "type": "function", "function": function}]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        body = {**self._top(), "object": "chat.completion", "choices": [choice]}
        return {**body, "usage": usage} if usage is not None else body
