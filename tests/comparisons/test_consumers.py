"""The socket of one comparison, message by message: who may open it, what it says, and how it ends."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from autobahn.exception import Disconnected
from channels.db import database_sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings as site_settings
from django.db import connections
from django.test import Client

from compare_site.accounts.tokens import create_api_token
from compare_site.comparisons import actions, hub, sockets
from compare_site.comparisons.consumers import MAX_MESSAGE_CHARS, ComparisonConsumer, guard, origin_allowed
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.routing import websocket_urlpatterns
from compare_site.sharing.actions import ShareChange, ShareOptions, change_share, create_share
from compare_site.sharing.cookies import name_of
from compare_site.sharing.links import cookie_secret
from tests.comparisons.driving import QUICK, drive, no_database, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
HOST = "touchstone.example"
ORIGIN = f"http://{HOST}"
OPEN = guard(URLRouter(websocket_urlpatterns))
HELLO = {"type": "hello", "after": None}


@pytest.mark.parametrize(
    ("headers", "bearer", "allowed"),
    [
        ({"origin": ORIGIN}, False, True),
        ({"origin": ORIGIN}, True, True),
        ({}, True, True),
        ({"cookie": "a=b"}, True, True),
        ({}, False, True),  # nobody at all: told 4401 by the socket itself
        ({"cookie": "a=b"}, False, False),
        ({"origin": "null"}, False, False),
        ({"origin": "null"}, True, False),
        ({"origin": ""}, True, False),
        ({"origin": "http://evil.example"}, False, False),
        ({"origin": "http://evil.example"}, True, False),
        ({"origin": f"https://{HOST}"}, False, False),
        ({"origin": f"{ORIGIN}:81"}, False, False),
        ({"origin": f"{ORIGIN}.evil.example"}, False, False),
        ({"origin": f"{ORIGIN}/"}, False, False),
        ({"origin": ORIGIN.upper()}, False, False),
    ],
)
def test_an_origin_must_be_ours_for_a_cookie_and_not_wrong_for_anybody(
    settings: Any, headers: dict[str, str], bearer: bool, allowed: bool
) -> None:
    settings.ALLOWED_HOSTS = [HOST]
    assert origin_allowed({"host": HOST, **headers}, bearer) is allowed


@pytest.mark.parametrize(
    ("host", "origin", "allowed"),
    [
        ("localhost:8123", "http://localhost:8123", True),
        ("[::1]:8123", "http://[::1]:8123", True),
        ("[::1]", "http://[::1]", True),
        ("evil.example", "http://evil.example", False),
        ("evil.example:80", "http://evil.example:80", False),
        ("", "http://", False),
    ],
)
def test_a_host_that_is_not_ours_makes_no_origin_right(settings: Any, host: str, origin: str, allowed: bool) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "[::1]"]
    assert origin_allowed({"host": host, "origin": origin}, False) is allowed


def test_behind_a_proxy_the_public_address_is_the_origin(settings: Any) -> None:
    settings.ALLOWED_HOSTS = [HOST]
    settings.PUBLIC_URL, settings.HTTPS = f"https://{HOST}", True
    assert origin_allowed({"host": "web:8000", "origin": f"https://{HOST}"}, False)
    assert origin_allowed({"host": HOST, "origin": f"https://{HOST}"}, False)
    assert not origin_allowed({"host": HOST, "origin": ORIGIN}, False)


class Socket(WebsocketCommunicator):
    """A viewer in this process."""

    def __init__(self, comparison_id: str, **headers: str) -> None:
        sent = {"host": HOST, **headers}
        path = f"/ws/comparisons/{comparison_id}/"
        super().__init__(OPEN, path, headers=[(name.encode(), text.encode()) for name, text in sent.items()])

    async def opened(self, first: Any = HELLO) -> Any:
        """Connected and greeted: the first frame."""
        connected, _ = await self.connect(10)
        assert connected
        await self.send_json_to(first)
        return await self.receive_json_from(10)

    async def code(self) -> int:
        """How the server closed it, passing over what came before."""
        while True:
            output = await self.receive_output(10)
            if output["type"] == "websocket.close":
                return int(output.get("code", 0))

    async def refused(self) -> int:
        """Accepted, and closed without a single frame."""
        connected, _ = await self.connect(10)
        assert connected
        output = await self.receive_output(10)
        assert output["type"] == "websocket.close"
        return int(output["code"])


@pytest.fixture(autouse=True)
def _site(settings: Any) -> Iterator[None]:
    settings.ALLOWED_HOSTS = [HOST]
    sockets._seats.clear()
    yield
    sockets._seats.clear()


@pytest_asyncio.fixture
async def comparison(owner: Any) -> AsyncIterator[Comparison]:
    yield await database_sync_to_async(_driven)(owner)
    await hub.close_all()
    watch = sockets._watches.pop(id(hub.asyncio.get_running_loop()), None)
    if watch is not None:
        watch.cancel()
    await sync_to_async(connections.close_all)()


def _driven(owner: Any) -> Comparison:
    made = started(owner, QUICK)
    drive(made)
    return made


def bearer(user: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {create_api_token(user, 'test')[1]}"}


def session(user: Any, **more: str) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    key = client.cookies[site_settings.SESSION_COOKIE_NAME].value
    jar = {site_settings.SESSION_COOKIE_NAME: key, **more}
    return {"cookie": "; ".join(f"{name}={value}" for name, value in jar.items()), "origin": ORIGIN}


def share(comparison: Comparison) -> dict[str, str]:
    made, _ = create_share(comparison, comparison.owner_id)
    odd = 'broken{cookie}=x; =; a="b; '
    return {"cookie": f"{odd}{name_of(made.pk)}={cookie_secret(made)}", "origin": ORIGIN}


Who = Callable[[Any, Comparison], dict[str, str]]
ADMITTED: dict[str, Who] = {
    "bearer": lambda owner, _: bearer(owner),
    "bearer with our origin": lambda owner, _: {**bearer(owner), "origin": ORIGIN},
    "session": lambda owner, _: session(owner),
    "share among odd cookies": lambda _, comparison: share(comparison),
}


@pytest.mark.parametrize("who", ADMITTED)
async def test_whoever_may_read_gets_the_snapshot(owner: Any, comparison: Comparison, who: str) -> None:
    socket = Socket(comparison.pk, **await database_sync_to_async(ADMITTED[who])(owner, comparison))
    frame = await socket.opened()
    assert (frame["type"], frame["state"]["id"]) == ("snapshot", comparison.pk)
    assert [run["status"] for run in frame["state"]["runs"]] == ["finished"]
    assert frame["seq"] == frame["state"]["seq"]
    await socket.disconnect()
    assert sockets._seats == set()
    assert hub.current()._viewers == {}
    assert hub.current()._positions == {}


REFUSED: dict[str, tuple[int, Who]] = {
    "nobody": (4401, lambda *_: {}),
    "a session that is none": (4401, lambda *_: {"cookie": "touchstone_session=x", "origin": ORIGIN}),
    "a wrong bearer": (4401, lambda *_: {"authorization": "Bearer wrong"}),
    "an empty bearer": (4401, lambda *_: {"authorization": "Bearer "}),
}


@pytest.mark.parametrize("who", REFUSED)
async def test_nobody_is_told_to_sign_in(owner: Any, comparison: Comparison, who: str) -> None:
    code, headers = REFUSED[who]
    assert await Socket(comparison.pk, **headers(owner, comparison)).refused() == code


async def test_what_is_somebody_else_s_does_not_exist(comparison: Comparison, stranger: Any, owner: Any) -> None:
    theirs = await database_sync_to_async(bearer)(stranger)
    mine = await database_sync_to_async(bearer)(owner)
    other = await database_sync_to_async(lambda: started(owner, prompt="other"))()
    grant = await database_sync_to_async(share)(comparison)
    assert await Socket(comparison.pk, **theirs).refused() == 4404
    assert await Socket(other.pk, **grant).refused() == 4404
    for nonsense in ("0" * 32, "x", "a" * 33, "%00", "é" * 32):
        path = nonsense.encode().hex() if not nonsense.isascii() else nonsense
        assert await Socket(path, **mine).refused() == 4404


async def test_a_wrong_origin_is_not_even_accepted(comparison: Comparison, owner: Any) -> None:
    headers = await database_sync_to_async(session)(owner)
    for wrong in ({**headers, "origin": "http://evil.example"}, {"cookie": headers["cookie"]}):
        connected, _ = await Socket(comparison.pk, **wrong).connect(10)
        assert not connected


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        (None, {"type": "ack", "seq": "0"}, 4400),
        (None, {"type": "hello", "after": 5}, 4400),
        (None, {"type": "hello", "after": "x" * 81}, 4400),
        (None, {"type": "hello", "more": 1}, 4400),
        (None, {"type": "nobody"}, 4400),
        (None, [], 4400),
        (HELLO, HELLO, 4400),
        (HELLO, {"type": "ack"}, 4400),
        (HELLO, {"type": "ack", "seq": 7}, 4400),
        (HELLO, {"type": "ack", "seq": "x" * (MAX_MESSAGE_CHARS + 1)}, 1009),
    ],
)
async def test_whatever_is_no_message_of_the_protocol_ends_the_socket(
    owner: Any, comparison: Comparison, first: Any, then: Any, code: int
) -> None:
    socket = Socket(comparison.pk, **await database_sync_to_async(bearer)(owner))
    if first is None:
        await socket.connect(10)
    else:
        await socket.opened(first)
    await socket.send_json_to(then)
    assert await socket.code() == code
    await socket.disconnect()


@pytest.mark.parametrize("data", [b"", b'{"type": "hello", "after": null}', b"\xff"])
async def test_binary_messages_are_none(owner: Any, comparison: Comparison, data: bytes) -> None:
    socket = Socket(comparison.pk, **await database_sync_to_async(bearer)(owner))
    await socket.connect(10)
    await socket.send_input({"type": "websocket.receive", "bytes": data})
    assert await socket.code() == 4400
    await socket.disconnect()


async def test_acknowledgements_of_anything_are_taken(owner: Any, comparison: Comparison) -> None:
    socket = Socket(comparison.pk, **await database_sync_to_async(bearer)(owner))
    frame = await socket.opened()
    for seq in (frame["seq"], frame["seq"], "0", "never:1-1", ""):
        await socket.send_json_to({"type": "ack", "seq": seq})
    await database_sync_to_async(actions.update_details)(comparison, "new", None)
    events = await socket.receive_json_from(10)
    assert events["events"] == [{"type": "comparison.updated", "title": "new"}]
    await socket.disconnect()


async def test_a_fresh_cursor_gets_events_only(owner: Any, comparison: Comparison) -> None:
    headers = await database_sync_to_async(bearer)(owner)
    first = Socket(comparison.pk, **headers)
    seq = (await first.opened())["seq"]
    await first.disconnect()
    await database_sync_to_async(actions.update_details)(comparison, "while away", None)
    second = Socket(comparison.pk, **headers)
    frame = await second.opened({"type": "hello", "after": seq})
    assert frame["type"] == "events"
    assert [event["type"] for event in frame["events"]] == ["comparison.updated"]
    await second.disconnect()


async def test_deleting_closes_it(owner: Any, comparison: Comparison) -> None:
    socket = Socket(comparison.pk, **await database_sync_to_async(bearer)(owner))
    await socket.opened()
    await database_sync_to_async(actions.delete_comparison)(comparison)
    assert await socket.code() == 4410
    await socket.disconnect()


@pytest.mark.parametrize("mode", ["live", "snapshot"])
async def test_a_link_that_shows_less_cuts_its_viewers_who_then_see_less(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(sockets, "WATCH_SECONDS", 0.02)
    made, _token = await database_sync_to_async(create_share)(
        comparison, comparison.owner_id, ShareOptions.model_validate({"mode": mode})
    )
    headers = {"cookie": f"{name_of(made.pk)}={cookie_secret(made)}", "origin": ORIGIN}
    guest = Socket(comparison.pk, **headers)
    before = (await guest.opened())["state"]
    assert before["turns"][0]["messages"][0]["content"][0]["text"]
    less = ShareChange.model_validate({"parts": ["names"]})
    await database_sync_to_async(change_share)(made, less)
    assert await guest.code() == 4403
    again = Socket(comparison.pk, **headers)
    frame = await again.opened({"type": "hello", "after": before["seq"] if mode == "snapshot" else None})
    assert frame["state"]["shared"]["parts"] == ["names"]
    assert frame["state"]["turns"][0]["messages"] == []
    teammates = ShareChange.model_validate({"audience": "teammates"})
    await database_sync_to_async(change_share)(made, teammates)
    assert await again.code() == 4403
    assert await Socket(comparison.pk, **headers).refused() == 4401
    for socket in (guest, again):
        await socket.disconnect()


async def test_who_never_acknowledges_is_told_to_come_back(
    owner: Any, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "CREDIT_BYTES", 10)
    monkeypatch.setattr(hub, "CREDIT_SECONDS", 0.05)
    socket = Socket(comparison.pk, **await database_sync_to_async(bearer)(owner))
    await socket.opened()
    await database_sync_to_async(actions.update_details)(comparison, "new", None)
    assert await socket.code() == 4408
    await socket.disconnect()


async def test_a_person_has_a_bounded_number_of_sockets(
    owner: Any, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_PER_PERSON", 2)
    headers = await database_sync_to_async(bearer)(owner)
    grant = await database_sync_to_async(share)(comparison)
    held = [Socket(comparison.pk, **headers), Socket(comparison.pk, **headers)]
    for socket in held:
        await socket.opened()
    assert await Socket(comparison.pk, **headers).refused() == 4429
    guest = Socket(comparison.pk, **grant)
    await guest.opened()
    await held[0].disconnect()
    again = Socket(comparison.pk, **headers)
    await again.opened()
    for socket in (held[1], guest, again):
        await socket.disconnect()


async def test_a_fault_of_our_own_closes_it_for_a_new_start(
    owner: Any, comparison: Comparison, caplog: pytest.LogCaptureFixture
) -> None:
    socket = Socket(comparison.pk, **await database_sync_to_async(bearer)(owner))
    await socket.opened()
    (viewer,) = hub.current()._viewers[comparison.pk]
    with no_database():
        await sync_to_async(connections.close_all)()
        viewer.reset()
        assert await socket.code() == 1012
    assert f"socket of comparison {comparison.pk} failed" in caplog.text
    await socket.disconnect()
    assert hub.current()._viewers == {}


async def test_it_waits_for_valkey_instead_of_closing(owner: Any, comparison: Comparison, valkey_server: Any) -> None:
    headers = await database_sync_to_async(bearer)(owner)
    await hub.close_all()
    await sync_to_async(valkey_server.stop)()
    socket = Socket(comparison.pk, **headers)
    await socket.connect(10)
    await socket.send_json_to(HELLO)
    assert await socket.receive_nothing(0.2)
    await sync_to_async(valkey_server.start)()
    frame = json.loads((await socket.receive_output(10))["text"])
    assert [run["status"] for run in frame["state"]["runs"]] == ["finished"]
    await socket.disconnect()


async def test_a_browser_that_goes_while_something_is_sent_is_no_error() -> None:
    consumer = ComparisonConsumer()

    async def gone(_message: dict[str, Any]) -> None:
        raise Disconnected("Attempt to send on a closed protocol")

    consumer.base_send = gone
    await consumer._send_text("{}")
