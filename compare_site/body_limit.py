"""A limit on request bodies before anything parses them: 413, whether the length was announced or not.

Programs get JSON; a browser that sent a form gets a page, which the site makes without the body.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

AROUND_A_FILE = 16 * 1024
"""An uploaded file comes as base64, or between the lines of a form; its name is with it."""
TOO_LARGE = "touchstone.too_large"
"""In the scope of such a request: what the limit is. No client can say it."""
OF_A_BODY = frozenset({b"content-length", b"content-type", b"transfer-encoding"})
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class BodyLimit:
    """Wraps an HTTP application; buffers nothing, passes on what fits."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        limit = limit_of(scope["path"])
        if _announced(scope) > limit:
            await self._refuse(scope, send, limit)
            return
        body = b""
        while True:
            # Daphne has received the whole body before it calls us, so reading it first costs nothing.
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            if len(body) > limit:
                await self._refuse(scope, send, limit)
                return
            if not message.get("more_body", False):
                break
        pending = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> dict[str, Any]:
            return pending.pop() if pending else await receive()

        await self._application(scope, replay, send)

    async def _refuse(self, scope: dict[str, Any], send: Send, limit: int) -> None:
        if not _is_of_a_page(scope):
            await _refuse(send, limit)
            return
        headers = [header for header in scope["headers"] if header[0] not in OF_A_BODY]

        async def nothing() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        await self._application({**scope, "method": "GET", "headers": headers, TOO_LARGE: limit}, nothing, send)


class TooLargeMiddleware(MiddlewareMixin):
    """The page for a form that was too large. The last one, so that the page knows language and person."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        limit = getattr(request, "scope", {}).get(TOO_LARGE)
        return None if limit is None else render(request, "413.html", {"limit": limit}, status=413)


def limit_of(path: str) -> int:
    """How large a body may be there: files that come back in are larger than what people type."""
    if path == settings.ATTACHMENT_PATH:
        return settings.ATTACHMENT_MAX_BYTES * 4 // 3 + AROUND_A_FILE
    return settings.FILE_MAX_BYTES if path in settings.FILE_PATHS else settings.BODY_MAX_BYTES


def _is_of_a_page(scope: dict[str, Any]) -> bool:
    accepts = [value for name, value in scope["headers"] if name == b"accept"]
    return b"text/html" in b",".join(accepts) and not scope["path"].startswith("/api/")


def _announced(scope: dict[str, Any]) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _refuse(send: Send, limit: int) -> None:
    message = f"The request is larger than {limit // 1024} KiB."
    body = json.dumps({"error": {"code": "too_large", "message": message, "details": {"limit": limit}}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
