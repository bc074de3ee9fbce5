"""The application behind Daphne: limits, static files, sockets that do not exist, goodbye at a restart."""

import http.client
import json
import signal
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.clients.until import wait_until
from tests.stack import Stack

pytestmark = pytest.mark.slow
MIB = 1024 * 1024


@pytest.fixture
def http_client(stack: Stack) -> Iterator[http.client.HTTPConnection]:
    client = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=30)
    yield client
    client.close()


def answer(client: http.client.HTTPConnection) -> tuple[http.client.HTTPResponse, bytes]:
    response = client.getresponse()
    return response, response.read()


def test_an_announced_body_over_the_limit_is_413(http_client: http.client.HTTPConnection) -> None:
    http_client.request("POST", "/api/v1/comparisons", body=b"x" * (2 * MIB + 1))
    response, body = answer(http_client)

    assert response.status == 413
    assert json.loads(body)["error"]["code"] == "too_large"


def test_an_unannounced_body_over_the_limit_is_413(http_client: http.client.HTTPConnection) -> None:
    parts = (b"x" * 65536 for _ in range(64))
    http_client.request("POST", "/api/v1/comparisons", body=parts, encode_chunked=True)
    response, _ = answer(http_client)

    assert response.status == 413


def test_a_body_within_the_limit_arrives(http_client: http.client.HTTPConnection) -> None:
    http_client.request("POST", "/api/v1/comparisons", body=b"x" * (2 * MIB))

    assert answer(http_client)[0].status == 401


def test_hashed_files_are_kept_for_ever_and_sources_are_not_served(http_client: http.client.HTTPConnection) -> None:
    http_client.request("GET", "/accounts/sign-in/")
    _, page = answer(http_client)
    imports = json.loads(page.split(b'<script type="importmap">')[1].split(b"</script>")[0])["imports"]

    http_client.request("GET", imports["/static/js/main.js"], headers={"Accept-Encoding": "gzip"})
    response, _ = answer(http_client)
    assert response.status == 200
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in response.headers

    http_client.request("GET", "/static/js/main.js")
    assert answer(http_client)[0].status == 404


def test_a_socket_that_does_not_exist_is_refused(stack: Stack) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{stack.url.replace('http', 'ws')}/ws/nothing/", origin=stack.url)

    assert refused.value.response.status_code == 403
    assert "Traceback" not in stack.log


def test_a_message_over_64_kib_closes_the_socket(stack: Stack) -> None:
    address = f"{stack.url.replace('http', 'ws')}/ws/comparisons/{'0' * 32}/"
    headers = {"Authorization": f"Bearer {stack.token('anna')}"}
    with connect(address, additional_headers=headers) as socket:
        # The comparison does not exist, so the socket is about to be closed anyway; too large comes first or never.
        with suppress(ConnectionClosed):
            socket.send("x" * (64 * 1024 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in {1009, 4404}


def test_viewers_hear_of_a_restart_even_while_a_request_comes_in(
    stack: Stack, http_client: http.client.HTTPConnection
) -> None:
    headers = {"Authorization": f"Bearer {stack.token('anna')}", "Content-Type": "application/json"}
    body = json.dumps({"prompt": "hi", "models": ["demo/fast@rate=0,delay=0"]})
    http_client.request("POST", "/api/v1/comparisons", body, headers)
    address = json.loads(answer(http_client)[1])["ws_url"]
    with connect(address, additional_headers={"Authorization": headers["Authorization"]}) as viewer:
        viewer.send('{"type":"hello","after":null}')
        viewer.recv()
        http_client.putrequest("POST", "/api/v1/comparisons")
        http_client.putheader("Content-Length", "1000")
        http_client.endheaders(b"the rest never comes")
        stack.kill("web", signal.SIGTERM)
        code = _code_of(viewer)

    wait_until(stack.is_ready, 30)
    assert code == 1012


def _code_of(socket: ClientConnection) -> int | None:
    """With which code the server closes; None if the connection just breaks."""
    try:
        while True:
            socket.recv(timeout=20)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else None


@pytest.mark.parametrize("origin", ["null", "file://", "", "http://evil.example", "http://[::1", "http://a http://b"])
def test_a_wrong_origin_is_403_however_wrong(stack: Stack, origin: str) -> None:
    address = f"{stack.url.replace('http', 'ws')}/ws/comparisons/{'0' * 32}/"
    with pytest.raises(InvalidStatus) as refused:
        connect(address, additional_headers={"Origin": origin})

    assert refused.value.response.status_code == 403
