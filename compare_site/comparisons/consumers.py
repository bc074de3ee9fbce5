"""The websocket of one comparison: checks who asks, forwards what the hub gives. Nothing is decided here.

Protocol and close codes: ARCHITECTURE.md, "Websocket".
"""

import asyncio
import contextlib
import json
import logging
from typing import Annotated, Any, Literal

from autobahn.exception import Disconnected
from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http.request import validate_host
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from compare_site import valkey
from compare_site.comparisons import access, hub, snapshot, sockets
from compare_site.comparisons.access import Denied, NotSignedIn, Principal
from compare_site.comparisons.models import Comparison

log = logging.getLogger(__name__)
BAD_MESSAGE, NOT_SIGNED_IN, NOT_FOUND, TOO_SLOW, DELETED, TOO_MANY, TOO_BIG = 4400, 4401, 4404, 4408, 4410, 4429, 1009
RESTART = 1012
MAX_MESSAGE_CHARS = 4096
Seq = Annotated[str, StringConstraints(max_length=80)]


class Hello(BaseModel):
    """The first message: where the viewer stands, or null for a snapshot."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    type: Literal["hello"]
    after: Seq | None = None


class Ack(BaseModel):
    """Everything up to ``seq`` has arrived."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    type: Literal["ack"]
    seq: Seq


MESSAGE: TypeAdapter[Hello | Ack] = TypeAdapter(Annotated[Hello | Ack, Field(discriminator="type")])


class ComparisonConsumer(AsyncWebsocketConsumer):
    """One viewer of one comparison."""

    viewer: hub.Viewer | None = None
    pumping: asyncio.Task[None] | None = None
    seat: sockets.Seat | None = None
    frozen: Comparison | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels sends every message through a thread to look after database connections: a fifth of this process's
        time when viewers acknowledge. What they say touches no database."""
        if message["type"] == "websocket.receive":
            await self.websocket_receive(message)
        else:
            await super().dispatch(message)

    async def connect(self) -> None:
        """403 for a wrong Origin; otherwise accept, and close with a code if there is nothing to see."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self.scope["headers"]}
        token = _bearer_of(headers)
        if not origin_allowed(headers, token is not None):
            await self.close()
            return
        await self.accept()
        comparison_id = self.scope["url_route"]["kwargs"]["comparison_id"]
        try:
            principal, comparison = await database_sync_to_async(self._admit)(token, comparison_id)
        except NotSignedIn:
            await self.close(NOT_SIGNED_IN)
            return
        except Denied:
            await self.close(NOT_FOUND)
            return
        address, *_port = self.scope.get("client") or ("",)
        self.seat = sockets.take_seat(principal, self.close, address or "")
        if self.seat is None:
            await self.close(TOO_MANY)
            return
        self.viewer = hub.Viewer(comparison_id, self._send_text, access.audience_of(comparison))
        self.frozen = comparison if comparison.grant is not None and comparison.grant.frozen else None

    def _admit(self, token: str | None, comparison_id: str) -> tuple[Principal, Comparison]:
        principal = access.principal_of_bearer(token) if token is not None else self._principal_of_cookies()
        if principal is None:
            raise NotSignedIn
        comparison = access.access_comparison(principal, comparison_id)
        return access.narrowed(principal, comparison), comparison

    def _principal_of_cookies(self) -> Principal:
        user = self.scope["user"] if self.scope["user"].is_authenticated else None
        return access.principal_of_cookies(user, user and self.scope["session"].session_key, self.scope["cookies"])

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Hello once, then acknowledgements; anything else ends the socket."""
        if self.viewer is None:
            return
        if text_data is None or len(text_data) > MAX_MESSAGE_CHARS:
            await self.close(TOO_BIG if text_data else BAD_MESSAGE)
            return
        try:
            message = MESSAGE.validate_json(text_data)
        except ValidationError:
            await self.close(BAD_MESSAGE)
            return
        if isinstance(message, Ack) and self.pumping is not None:
            self.viewer.acknowledge(message.seq)
        elif isinstance(message, Hello) and self.pumping is None:
            self.pumping = asyncio.create_task(self._pump(self.viewer, message.after))
        else:
            await self.close(BAD_MESSAGE)

    async def _pump(self, viewer: hub.Viewer, after: str | None) -> None:
        try:
            if self.frozen is not None:
                await self._show_frozen(self.frozen, after)
                return
            await self._attached(viewer, after)
            await viewer.pump()
        except hub.TooSlow:
            await self.close(TOO_SLOW)
        except hub.Deleted:
            await self.close(DELETED)
        except Exception:
            # A bug of ours: the browser comes back with its cursor instead of waiting on a silent socket.
            log.exception("socket of comparison %s failed", viewer.comparison_id)
            await self.close(RESTART)

    async def _show_frozen(self, comparison: Comparison, after: str | None) -> None:
        """A snapshot is all there will ever be; the socket stays open so that it can be cut."""
        try:
            state = await database_sync_to_async(snapshot.state_of)(comparison)
        except Denied:
            await self.close(NOT_FOUND)
            return
        if after != state["seq"]:
            await self._send_text(
                json.dumps({"type": "snapshot", "seq": state["seq"], "state": state}, ensure_ascii=False)
            )

    async def _attached(self, viewer: hub.Viewer, after: str | None) -> None:
        """Attach, waiting for Valkey if it is away: the socket stays open meanwhile."""
        while True:
            try:
                await hub.current().attach(viewer, after)
            except (valkey.RedisError, OSError):
                valkey.stop_if_cancelled()
                await asyncio.sleep(hub.RETRY_SECONDS)
            else:
                return

    async def _send_text(self, body: str) -> None:
        """A browser that goes in this very moment is no error: ``disconnect`` is on its way."""
        with contextlib.suppress(Disconnected):
            await self.send(text_data=body)

    async def disconnect(self, code: int) -> None:
        """The socket is closed, by whoever."""
        if self.seat is not None:
            self.seat.leave()
        if self.pumping is not None and self.pumping is not asyncio.current_task():
            await valkey.end_tasks([self.pumping])
            if not self.pumping.cancelled():
                self.pumping.result()
        if self.viewer is not None:
            # Last: whatever was still attaching would otherwise leave a journal that is read for nobody.
            hub.current().detach(self.viewer)


def origin_allowed(headers: dict[str, str], has_bearer: bool) -> bool:
    """A bearer may have no Origin, a cookie must have ours; a wrong one is never right."""
    origin, host = headers.get("origin"), headers.get("host", "")
    if origin is None:
        return has_bearer or "cookie" not in headers
    if settings.PUBLIC_URL and origin == settings.PUBLIC_URL:
        return True
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    return origin == f"{'https' if settings.HTTPS else 'http'}://{host}" and validate_host(name, settings.ALLOWED_HOSTS)


def _bearer_of(headers: dict[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def guard(app: Any) -> Any:
    """What every socket passes first: session and user from the cookie."""
    return AuthMiddlewareStack(app)
