"""A viewer of one comparison over the websocket: hello, acknowledgements, checks, and coming back after a drop.

As a program it watches one comparison to its end and compares every run with the simulated provider:
``python -m tests.clients.socket_client URL TOKEN COMPARISON_ID``.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.clients.api_client import Api
from tests.clients.picture import ContractBroken, Frame, Picture, same
from tests.clients.truth import check_all

ACK_BYTES = 32 * 1024
ACK_SECONDS = 0.1
OnEvents = Callable[[list[Frame], int], None]


class Closed(Exception):
    """The server closed the socket."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Refused(Exception):
    """The handshake was answered with an HTTP error."""

    def __init__(self, status: int) -> None:
        super().__init__(f"handshake refused with {status}")
        self.status = status


@dataclass
class Viewer:
    """One viewer. ``headers`` carry who asks: Authorization, or Cookie with Origin. ``acks`` False = never acknowledge.

    ``on_events(events, monotonic_ns)`` sees every frame's events at the moment of arrival: for benches.
    """

    url: str
    http: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=dict)
    acks: bool = True
    on_events: OnEvents | None = None
    picture: Picture = field(default_factory=Picture)
    connections: int = 0
    _socket: aiohttp.ClientWebSocketResponse | None = None
    _bytes: int = 0
    _acked_at: float = 0.0

    async def connect(self, *, fresh: bool = False) -> None:
        """Connect and say hello: with the cursor, or without one if there is none or ``fresh`` (a reload)."""
        await self.disconnect()
        if fresh:
            self.picture.forget()
        try:
            self._socket = await self.http.ws_connect(self.url, headers=self.headers, max_msg_size=0, autoping=True)
        except aiohttp.WSServerHandshakeError as error:
            raise Refused(error.status) from None
        self.connections += 1
        self._bytes, self._acked_at = 0, time.monotonic()
        await self._socket.send_json({"type": "hello", "after": self.picture.seq})

    async def disconnect(self) -> None:
        """Drop the connection as a browser does that is closed: no farewell is waited for."""
        if self._socket is not None:
            transport = self._socket._response.connection and self._socket._response.connection.transport
            if transport is not None:
                transport.abort()
            with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                await self._socket.close()
            self._socket = None

    async def frame(self, seconds: float = 30) -> Frame:
        """The next frame, checked and folded. Raises Closed, TimeoutError or ContractBroken."""
        assert self._socket is not None, "connect first"
        async with asyncio.timeout(seconds):
            message = await self._socket.receive()
        now = time.monotonic_ns()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise Closed(self._socket.close_code)
        frame: Frame = json.loads(message.data)
        events = self.picture.take(frame)
        if self.on_events is not None and events:
            self.on_events(events, now)
        self._bytes += len(message.data)
        if self.acks and (self._bytes >= ACK_BYTES or now / 1e9 - self._acked_at >= ACK_SECONDS):
            await self.acknowledge()
        return frame

    async def acknowledge(self) -> None:
        """Everything so far has arrived."""
        assert self._socket is not None
        self._bytes, self._acked_at = 0, time.monotonic()
        await self._socket.send_json({"type": "ack", "seq": self.picture.seq})

    async def send(self, message: str) -> None:
        """Send raw text: for tests of bad messages."""
        assert self._socket is not None
        await self._socket.send_str(message)

    async def until(self, done: Callable[[Picture], object], seconds: float = 30) -> Picture:
        """Read frames until ``done``. On the same connection; acknowledges at least four times a second."""
        deadline = time.monotonic() + seconds
        while not done(self.picture):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not within {seconds} s; runs: {statuses(self.picture)}")
            try:
                await self.frame(min(left, ACK_SECONDS * 2))
            except TimeoutError:
                if self.acks and self._bytes:
                    await self.acknowledge()
        return self.picture

    async def until_final(self, seconds: float = 60) -> Picture:
        """Read until every run has ended."""
        return await self.until(lambda picture: picture.is_final, seconds)

    async def follow(self, seconds: float = 60, *, drop_every: int = 0, fresh_every: int = 0) -> Picture:
        """Read until every run has ended, coming back whenever the connection goes.

        ``drop_every`` frames the connection is dropped and resumed from its cursor, ``fresh_every`` drops without one.
        """
        deadline, drops = time.monotonic() + seconds, 0
        while not self.picture.is_final:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s; runs: {statuses(self.picture)}")
            try:
                if self._socket is None:
                    await self.connect(fresh=bool(fresh_every) and drops % fresh_every == fresh_every - 1)
                await self._stretch(drop_every, deadline)
            except Closed as closed:
                if closed.code in (4400, 4401, 4403, 4404, 4410):
                    raise
            except (aiohttp.ClientError, Refused, ConnectionError):
                await asyncio.sleep(0.05)
            if not self.picture.is_final:
                drops += 1
                await self.disconnect()
        return self.picture

    async def _stretch(self, frames: int, deadline: float) -> None:
        """Read ``frames`` frames, or to the end if that is 0."""
        stop = self.picture.frames + frames if frames else sys.maxsize
        left = max(0.05, deadline - time.monotonic())
        await self.until(lambda picture: picture.is_final or picture.frames >= stop, left)


def statuses(picture: Picture) -> dict[str, int]:
    """How many runs are in which state."""
    found: dict[str, int] = {}
    for run in picture.runs.values():
        found[run["status"]] = found.get(run["status"], 0) + 1
    return found


async def watch(base: str, token: str, comparison_id: str) -> dict[str, Any]:
    """Watch one comparison to its end, then compare picture, API and provider. Raises ContractBroken."""
    async with Api(base, token) as api:
        viewer = Viewer(api.socket_url(comparison_id), api.http, api.headers)
        picture = await viewer.follow(600)
        await viewer.disconnect()
        state = await api.comparison(comparison_id)
        same(picture, state)
        reports = await check_all(api.http, state["runs"])
    return {"runs": statuses(picture), "frames": picture.frames, "events": picture.events, "compared": len(reports)}


if __name__ == "__main__":
    try:
        print(json.dumps(asyncio.run(watch(*sys.argv[1:4]))))
    except ContractBroken as broken:
        sys.exit(f"contract broken: {broken}")
