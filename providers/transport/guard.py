"""Two checks of the address that a request goes to.

The resolver refuses a name if any of its addresses is refused, and the socket factory refuses the address that is
about to be connected to. So neither another spelling of a host nor a second resolution gets past.
"""

import socket
from collections.abc import Callable
from typing import Any

from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from providers.transport.addresses import RefusedAddress


class GuardedResolver(ThreadedResolver):
    """Resolves a name and refuses it when one of its addresses is refused."""

    def __init__(self, permits: Callable[[str], bool]) -> None:
        super().__init__()
        self._permits = permits

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        answers = await super().resolve(host, port, family)
        if not all(self._permits(answer["host"]) for answer in answers):
            raise RefusedAddress(host)
        return answers


def guarded_socket(permits: Callable[[str], bool]) -> Callable[[Any], socket.socket]:
    """A socket factory that looks at the address a connection is about to go to."""

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _, target = info
        if not permits(target[0]):
            raise RefusedAddress(target[0])
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    return make
