"""The viewer: hello, acknowledgements, drops and close codes, against a server that plays one comparison."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.clients.socket_client import Closed, Refused, Viewer
from tests.clients.test_picture import BLOCK, FINISHED, _delta, _events, _snapshot

TEXT = "".join(f"word{number} " for number in range(60))
JOURNAL = [
    _events("1", {"type": "run.started"}, BLOCK),
    *[_events(str(n + 2), _delta(f"word{n} ")) for n in range(60)],
    _events("99", FINISHED),
]


class Stage:
    """A server of one comparison whose journal is complete; ``after`` says where a viewer goes on."""

    def __init__(self) -> None:
        self.hellos: list[Any] = []
        self.acks: list[str] = []
        self.close_after: int | None = None
        self.code = 1012

    async def play(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != "Bearer good":
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = await socket.receive_json()
        self.hellos.append(hello["after"])
        known = [frame["seq"] for frame in JOURNAL]
        start = known.index(hello["after"]) + 1 if hello["after"] in known else 0
        listener = asyncio.create_task(self._listen(socket))
        if hello["after"] is None:
            await socket.send_json(_snapshot("0"))
        for number, frame in enumerate(JOURNAL[start:]):
            if number == self.close_after:
                await socket.close(code=self.code)
                break
            try:
                await socket.send_json(frame)
            except ConnectionError:
                break
            await asyncio.sleep(0)
        await listener
        return socket

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            self.acks.append(message.json()["seq"])


@asynccontextmanager
async def _stage() -> AsyncIterator[tuple[Stage, Viewer]]:
    stage = Stage()
    app = web.Application()
    app.router.add_get("/ws", stage.play)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    async with aiohttp.ClientSession() as http:
        viewer = Viewer(f"http://{address[0]}:{address[1]}/ws", http, {"Authorization": "Bearer good"})
        yield stage, viewer
        await viewer.disconnect()
    await runner.cleanup()


async def test_it_says_hello_reads_to_the_end_and_acknowledges() -> None:
    async with _stage() as (stage, viewer):
        await viewer.connect()
        picture = await viewer.until_final()
        await viewer.acknowledge()

        assert picture.text("r") == TEXT
        assert stage.hellos == [None]


async def test_after_each_drop_it_goes_on_from_its_cursor_and_sees_everything_once() -> None:
    async with _stage() as (stage, viewer):
        picture = await viewer.follow(drop_every=7)

        assert picture.text("r") == TEXT
        assert viewer.connections > 5
        assert (stage.hellos[0], None in stage.hellos[1:]) == (None, False)
        assert picture.snapshots == 1


async def test_a_reload_begins_with_nothing() -> None:
    async with _stage() as (stage, viewer):
        stage.close_after = 20
        await viewer.connect()
        with pytest.raises(Closed):
            await viewer.until_final()
        stage.close_after = None
        await viewer.connect(fresh=True)
        picture = await viewer.until_final()

        assert stage.hellos == [None, None]
        assert (picture.text("r"), picture.snapshots) == (TEXT, 1)


async def test_it_comes_back_after_a_restart_but_not_after_a_refusal() -> None:
    async with _stage() as (stage, viewer):
        stage.close_after = 9
        assert (await viewer.follow()).text("r") == TEXT
        assert viewer.connections == 7

        stage.code, stage.close_after = 4403, 3
        await viewer.disconnect()
        viewer.picture.forget()
        with pytest.raises(Closed) as closed:
            await viewer.follow()
        assert closed.value.code == 4403


async def test_a_refused_handshake_is_told_by_its_status() -> None:
    async with _stage() as (_, viewer):
        viewer.headers = {}
        with pytest.raises(Refused) as refused:
            await viewer.connect()

        assert refused.value.status == 403
