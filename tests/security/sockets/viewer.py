"""One websocket of one actor, and what became of it."""

import json
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.security.live import Live

OPEN_SECONDS = 20


def dial(site: Live, actor: str, origin: str | None, **more: Any) -> Any:
    """A connection, to be used with ``with``. Raises InvalidStatus if the handshake is refused."""
    headers = more.pop("headers", {})
    headers = headers if isinstance(headers, Headers) else {**site.headers(actor), **headers}
    url = more.pop("url", site.ws_url)
    return connect(url, origin=origin, additional_headers=headers, open_timeout=OPEN_SECONDS, **more)


def outcome(site: Live, actor: str, origin: str | None, **more: Any) -> str:
    """``403`` (refused), ``closed 4401`` (accepted and closed without a frame) or ``open``."""
    try:
        with dial(site, actor, origin, **more) as socket:
            return said(socket)
    except InvalidStatus as error:
        return str(error.response.status_code)


def said(socket: ClientConnection, message: Any = None) -> str:
    """``open`` if the socket answers hello (or ``message``) with a snapshot, otherwise how it was closed."""
    try:
        socket.send(json.dumps({"type": "hello", "after": None} if message is None else message))
        first = json.loads(socket.recv(timeout=OPEN_SECONDS))
    except ConnectionClosed:
        return closed(socket)
    return "open" if first["type"] == "snapshot" else f"said {first['type']}"


def closed(socket: ClientConnection, seconds: float = OPEN_SECONDS) -> str:
    """How the server closes the socket; frames that come first are counted as an answer."""
    try:
        frame = socket.recv(timeout=seconds)
    except ConnectionClosed as error:
        return f"closed {error.rcvd.code if error.rcvd else None}"
    except TimeoutError:
        return "still open"
    return f"said {json.loads(frame)['type']}"
