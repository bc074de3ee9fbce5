"""Frames as AWS sends them, for tests of what reads them."""

import base64
import json
import struct
import zlib
from typing import Any

STRING = 7


def text_header(name: str, value: str) -> bytes:
    return raw_header(name, STRING, struct.pack(">H", len(value.encode())) + value.encode())


def raw_header(name: str, kind: int, value: bytes) -> bytes:
    return bytes([len(name)]) + name.encode() + bytes([kind]) + value


def frame(payload: bytes, *headers: bytes) -> bytes:
    """One frame with both checksums."""
    head = b"".join(headers)
    lengths = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    body = lengths + struct.pack(">I", zlib.crc32(lengths)) + head + payload
    return body + struct.pack(">I", zlib.crc32(body))


def event(name: str, value: Any) -> bytes:
    """An event with a JSON payload."""
    head = (text_header(":event-type", name), text_header(":content-type", "application/json"))
    return frame(json.dumps(value).encode(), *head, text_header(":message-type", "event"))


def chunk(value: Any) -> bytes:
    """A piece of a vendor's own body, as InvokeModel wraps it."""
    return event("chunk", {"bytes": base64.b64encode(json.dumps(value).encode()).decode(), "p": "abc"})


def exception(name: str, value: Any) -> bytes:
    head = (text_header(":exception-type", name), text_header(":message-type", "exception"))
    return frame(json.dumps(value).encode(), *head)
