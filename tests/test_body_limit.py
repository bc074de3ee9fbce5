"""The body limit, message by message; ``test_asgi`` has it behind the real server."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from compare_site.body_limit import AROUND_A_FILE, TOO_LARGE, BodyLimit, TooLargeMiddleware, limit_of


class Call:
    """One request through the limit to an application that echoes what it got."""

    def __init__(self, *messages: dict[str, Any], announced: int | None = None, path: str = "/") -> None:
        headers = [] if announced is None else [(b"content-length", str(announced).encode())]
        self.scope = {"type": "http", "path": path, "headers": headers}
        self.messages = list(messages)
        self.sent: list[dict[str, Any]] = []
        self.arrived: list[dict[str, Any]] = []
        self.reached: dict[str, Any] | None = None

    async def receive(self) -> dict[str, Any]:
        return self.messages.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached = scope
        self.arrived.append(await receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def run(self) -> int | None:
        await BodyLimit(self.application)(self.scope, self.receive, self.send)
        return self.sent[0]["status"] if self.sent else None


def part(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_in_parts_arrives_whole() -> None:
    call = Call(part(b"ab", True), part(b"cd", True), part(b"e"))

    assert await call.run() == 200
    assert call.arrived == [part(b"abcde")]


async def test_the_limit_itself_is_allowed() -> None:
    limit = settings.BODY_MAX_BYTES

    assert await Call(part(b"x" * limit), announced=limit).run() == 200
    assert await Call(part(b"x" * limit, True), part(b"")).run() == 200


@pytest.mark.parametrize("announced", [True, False])
async def test_more_is_refused_and_never_reaches_the_application(announced: bool) -> None:
    limit = settings.BODY_MAX_BYTES
    call = Call(part(b"x" * limit, True), part(b"x"), announced=limit + 1 if announced else None)

    assert await call.run() == 413
    assert call.arrived == []


async def test_files_may_be_larger() -> None:
    limit, path = settings.FILE_MAX_BYTES, "/api/v1/comparisons/import"

    assert await Call(part(b"x" * limit), announced=limit, path=path).run() == 200
    assert await Call(part(b""), announced=limit + 1, path=path).run() == 413
    assert await Call(part(b""), announced=limit, path=f"{path}/").run() == 413


async def test_a_client_that_leaves_is_not_answered() -> None:
    call = Call(part(b"x", True), {"type": "http.disconnect"})

    assert await call.run() is None
    assert call.arrived == []


async def test_attachments_may_be_as_large_as_their_setting_says(settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 3 * 1024 * 1024
    limit, path = 4 * 1024 * 1024, "/api/v1/attachments"

    assert await Call(part(b"x" * limit), announced=limit, path=path).run() == 200
    assert await Call(part(b""), announced=limit + AROUND_A_FILE + 1, path=path).run() == 413
    assert await Call(part(b""), announced=limit, path=f"{path}/").run() == 413


def test_django_reads_whatever_an_address_lets_in() -> None:
    paths = [*settings.FILE_PATHS, settings.ATTACHMENT_PATH, "/anything/"]

    assert all(limit_of(path) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE for path in paths)


async def test_a_browser_is_answered_with_a_page_and_its_body_never_arrives() -> None:
    limit = settings.BODY_MAX_BYTES
    call = Call(part(b"x" * (limit + 1)), path="/prompts/new/")
    call.scope["headers"] = [(b"accept", b"text/html,*/*;q=0.8"), (b"content-type", b"multipart/form-data")]

    assert await call.run() == 200, "the application makes the page"
    assert call.arrived == [part(b"")]
    assert call.reached is not None
    assert call.reached[TOO_LARGE] == limit
    assert call.reached["headers"] == [(b"accept", b"text/html,*/*;q=0.8")]


def test_the_page_says_how_much_is_possible(rf: RequestFactory) -> None:
    request = rf.get("/prompts/new/")
    request.user = AnonymousUser()
    assert TooLargeMiddleware(lambda _request: HttpResponse()).process_request(request) is None
    request.scope = {TOO_LARGE: 2 * 1024 * 1024}  # type: ignore[attr-defined]

    answer = TooLargeMiddleware(lambda _request: HttpResponse()).process_request(request)

    assert answer is not None
    assert answer.status_code == 413
    assert "2.0\xa0MB" in answer.content.decode()
