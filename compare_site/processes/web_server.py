"""Daphne as this site needs it: an inherited listener, bounded bodies and messages, a goodbye to its sockets."""

import asyncio
import io
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol

from compare_site.access_log import AccessLog

LARGEST_MESSAGE = 64 * 1024
TOO_BIG, RESTART = 1009, 1012
OWN_CODES = (TOO_BIG, RESTART)
_PLACEHOLDER = "adopted"


class BoundedRequest(WebRequest):
    """Keeps no more of a body than the application needs to see that it is too large: no disk, no memory."""

    kept = largest = 0

    def gotLength(self, length: int | None) -> None:  # Twisted's name
        self.content = io.BytesIO()
        # Twisted tells the request its address only when all of it is here.
        address: bytes = getattr(self.channel, "_path", b"")
        self.largest = self.server.largest_body(address.partition(b"?")[0].decode("latin-1"))

    def handleContentChunk(self, data: bytes) -> None:  # Twisted's name
        room = self.largest + 1 - self.kept
        self.content.write(data[:room])
        self.kept += len(data[:room])


class BoundedHTTPFactory(HTTPFactory):
    """Makes BoundedRequests."""

    def buildProtocol(self, addr: Any) -> Any:  # Twisted's name
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol


class SocketProtocol(WebSocketProtocol):
    """Limits what comes in, not what goes out; says every close code that the site uses."""

    maxMessagePayloadSize: int  # Autobahn's name

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = None) -> None:  # Autobahn's names
        """An Origin that cannot even be read is a wrong one: 403 like all of those."""
        super().failHandshake(reason, 403 if "Origin" in reason else code, responseHeaders)

    def sendMessage(self, payload: bytes, *arguments: Any, **options: Any) -> None:  # Autobahn's name
        """Autobahn holds its one limit against outgoing messages too, and drops them without a word."""
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(payload, *arguments, **options)
        finally:
            self.maxMessagePayloadSize = limit

    def sendClose(self, code: int | None = None, reason: str | None = None) -> None:  # Autobahn's name
        """Autobahn refuses the codes that only a protocol layer may send; towards our viewers, that is us."""
        if code in OWN_CODES:
            self.sendCloseFrame(code=code, reasonUtf8=reason.encode() if reason else None)
        else:
            super().sendClose(code, reason)


class WebServer(Server):
    """Serves ``application`` on a socket that listens already; it stays open while this process is restarted."""

    def __init__(
        self, application: Any, listener: socket.socket, *, largest_body: Callable[[str], int], behind_proxy: bool
    ) -> None:
        """``largest_body``: how many bytes may come to an address."""
        super().__init__(
            application,
            # Its own endpoints cannot adopt a descriptor without a plugin; the list must not be empty, though.
            endpoints=[_PLACEHOLDER],
            action_logger=AccessLog(sys.stderr, full=logging.getLogger().isEnabledFor(logging.INFO)),
            http_timeout=120,
            websocket_max_message_size=LARGEST_MESSAGE,
            websocket_max_frame_size=LARGEST_MESSAGE,
            application_close_timeout=5,
            proxy_forwarded_address_header="X-Forwarded-For" if behind_proxy else None,
            proxy_forwarded_proto_header="X-Forwarded-Proto" if behind_proxy else None,
            server_name="",
            ready_callable=self._listen,
        )
        self.endpoints: list[str] = []
        self.largest_body = largest_body
        self._listener = listener

    def _listen(self) -> None:
        from twisted.internet import reactor

        self.ws_factory.protocol = SocketProtocol
        # A message that is too big is answered with its close code; without this the connection just breaks.
        # Every call resets the null origin to "refused with 400"; the application refuses it, with 403.
        self.ws_factory.setProtocolOptions(failByDrop=False, allowNullOrigin=True)
        self._listener.setblocking(False)
        self.http_factory = BoundedHTTPFactory(self)
        reactor.adoptStreamPort(self._listener.fileno(), self._listener.family, self.http_factory)
        self._listener.close()

    def kill_all_applications(self) -> Any:
        """At shutdown viewers hear "restart" first, so that they come back by themselves."""
        over: asyncio.Future[None] = asyncio.get_event_loop().create_future()
        over.set_result(None)
        for protocol, details in list(self.connections.items()):
            # Daphne stumbles over requests that are still being read or have become a socket, because they have no
            # application, and then nobody waits until the farewell has gone out.
            details.setdefault("application_instance", over)
            if isinstance(protocol, WebSocketProtocol) and protocol.state == protocol.STATE_OPEN:
                protocol.sendClose(code=RESTART, reason="restart")
        return super().kill_all_applications()
