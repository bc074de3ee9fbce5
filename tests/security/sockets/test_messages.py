"""What a viewer may say, and what it is told otherwise."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.security.live import Live
from tests.security.sockets.viewer import closed, dial, outcome, said

BAD: list[Any] = [
    "",
    "hello",
    "{",
    "null",
    "[]",
    "1",
    '"hello"',
    "{}",
    '{"type": null}',
    '{"type": "Hello", "after": null}',
    '{"type": "hello", "after": 5}',
    '{"type": "hello", "after": null, "more": 1}',
    '{"type": "hello", "after": {"$ne": null}}',
    '{"type": "hello", "after": "' + "9" * 81 + '"}',
    '{"type": "ack"}',
    '{"type": "ack", "seq": null}',
    '{"type": "ack", "seq": "1", "run": "x"}',
    '{"type": "cancel", "run": "x"}',
    '{"type": "subscribe", "comparison": "x"}',
    '{"type": "snapshot"}',
    '{"type": ["hello"]}',
    '{"type": "hello", "type": "cancel"}',
    "[" * 2000,
    '{"a":' * 600,
    "\u2028\u0000",
    b"",
    b'{"type": "hello", "after": null}',
    b"\xff\xfe",
]
CURSORS = ("", "x", ":", "abcd:1-1", "abcd:0-0", "0:0", "*:*", "a:b:c", "-1:-1", ":18446744073709551615-1", "é:1-1")


@contextmanager
def opened(site: Live, hello: bool = True) -> Iterator[ClientConnection]:
    """The owner's socket, after its snapshot."""
    with dial(site, "owner", site.url) as socket:
        if hello:
            assert said(socket) == "open"
        yield socket


@pytest.mark.parametrize("hello", [False, True])
def test_bad_messages(site: Live, hello: bool) -> None:
    for message in BAD:
        with opened(site, hello) as socket:
            socket.send(message)
            assert closed(socket) == "closed 4400", message


def test_an_acknowledgement_before_hello_and_a_second_hello(site: Live) -> None:
    with opened(site, hello=False) as socket:
        socket.send('{"type": "ack", "seq": "0:0-0"}')
        assert closed(socket) == "closed 4400"
    with opened(site) as socket:
        socket.send('{"type": "hello", "after": null}')
        assert closed(socket) == "closed 4400"


@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_of_nothing_gets_a_snapshot(site: Live, cursor: str) -> None:
    with opened(site, hello=False) as socket:
        assert said(socket, {"type": "hello", "after": cursor}) == "open"


@pytest.mark.parametrize("cursor", CURSORS)
def test_acknowledging_nothing_does_no_harm(site: Live, cursor: str) -> None:
    with opened(site) as socket:
        socket.send(json.dumps({"type": "ack", "seq": cursor}))
        assert socket.ping().wait(10)


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1024 * 1024])
@pytest.mark.parametrize("binary", [False, True])
def test_a_message_over_the_limit(site: Live, size: int, binary: bool) -> None:
    with opened(site) as socket:
        with suppress(ConnectionClosed):
            socket.send(b"x" * size if binary else "x" * size)
        assert closed(socket) == "closed 1009"


def test_a_message_over_the_limit_in_fragments(site: Live) -> None:
    with opened(site) as socket:
        with suppress(ConnectionClosed):
            socket.send("x" * 1024 for _ in range(80))
        assert closed(socket) == "closed 1009"


def test_nothing_is_compressed(site: Live) -> None:
    with dial(site, "owner", site.url, compression="deflate") as socket:
        assert socket.protocol.extensions == []


def test_a_viewer_by_link_may_say_no_more_than_others(site: Live) -> None:
    """Reading is all that a socket is for; every command is a bad message, for the owner too."""
    for message in ("cancel", "rerun", "rename", "delete", "turn", "run.delta", "comparison.updated"):
        with dial(site, "viewer", site.url) as socket:
            assert said(socket) == "open"
            socket.send(json.dumps({"type": message, "run": site.ids["run_id"]}))
            assert closed(socket) == "closed 4400"


def test_random_bytes_do_not_stop_the_server(site: Live) -> None:
    chance = random.Random(20)
    for _ in range(40):
        with opened(site, hello=chance.random() < 0.5) as socket:
            message: Any = chance.randbytes(chance.randrange(0, 3000))
            if chance.random() < 0.5:
                message = message.decode("latin-1")
            socket.send(message)
            assert closed(socket) in {"closed 4400", "closed 1009"}
    assert outcome(site, "owner", site.url) == "open"
    assert "Internal Server Error" not in site.stack.log
