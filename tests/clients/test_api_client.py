"""The script client of the API against a server that echoes."""

from typing import Any

import pytest
from aiohttp import web

from tests.clients.api_client import Api, ApiError


async def _echo(request: web.Request) -> web.Response:
    if request.path.endswith("/broken"):
        return web.Response(status=404, text='{"error": {"code": "not_found", "message": "m", "details": null}}')
    body: Any = await request.json() if request.can_read_body else None
    seen = {"method": request.method, "path": request.path_qs, "body": body, "headers": dict(request.headers)}
    return web.json_response(seen, status=201 if request.method == "POST" else 200)


async def test_calls_carry_token_body_and_headers_and_check_the_status() -> None:
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", _echo)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with Api(f"http://{host}:{port}/", "secret") as api:
        made = await api.create("hi", ["demo/fast"], key="k1", title="t")
        found = await api.history(q="中 文", tag="a&b")
        with pytest.raises(ApiError) as raised:
            await api.comparison("broken")
        with pytest.raises(ApiError):
            await api.cancel("x")

        assert made["body"] == {"prompt": "hi", "models": ["demo/fast"], "title": "t"}
        assert made["headers"]["Idempotency-Key"] == "k1"
        assert made["headers"]["Authorization"] == "Bearer secret"
        assert found["path"] == "/api/v1/comparisons?q=%E4%B8%AD+%E6%96%87&tag=a%26b"
        assert (raised.value.status, raised.value.code) == (404, "not_found")
        assert api.socket_url("x") == f"ws://{host}:{port}/ws/comparisons/x/"
    await runner.cleanup()
