"""A name service of our own for the tests of what is connected to."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

Dns = Callable[..., None]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Dns:
    """Names of our own; each further look-up of a name gives its next answers."""
    zone: dict[str, list[tuple[str, ...]]] = {}
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in zone:
            return real(host, port, *args, **kwargs)
        answers = zone[host].pop(0) if len(zone[host]) > 1 else zone[host][0]
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [entry for address in answers for entry in real(address, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    def add(name: str, *rounds: tuple[str, ...]) -> None:
        zone[name] = list(rounds)

    return add
