"""Where a socket may be opened from: 403 at the handshake for every Origin but ours, whoever asks."""

from urllib.parse import urlsplit

import pytest
from websockets.datastructures import Headers

from tests.security.live import Live
from tests.security.matrix.inventory import sockets
from tests.security.matrix.people import ACTORS, NOBODY
from tests.security.matrix.policy import SOCKETS
from tests.security.sockets.viewer import outcome

COOKIES = ("owner", "viewer")
WRONG = (
    "null",
    "",
    "http://evil.example",
    "http://{host}.evil.example:{port}",
    "http://evil{host}:{port}",
    "http://sub.{host}:{port}",
    "http://{host}:{other}",
    "http://{host}",
    "https://{host}:{port}",
    "ws://{host}:{port}",
    "http://localhost:{port}",
    "http://[::1]:{port}",
    "http://xn--e1afmkfd.example:{port}",
    "http://{host}:{port}/",
    "http://{host}:{port}@evil.example",
    "http://{host}:{port}.",
    "http://{host}:{port} http://evil.example",
    "http://{host}:0{port}",
    "http://2130706433:{port}",
    "//{host}:{port}",
    "file://",
    "chrome-extension://abcdefghijklmnop",
)


MALFORMED = ("", "http://{host}:{port}.", "http://{host}:{port} http://evil.example")
"""Daphne itself cannot read these and answers 400."""


def of(site: Live, shape: str) -> str:
    parts = urlsplit(site.url)
    port = parts.port or 80
    return shape.format(host=parts.hostname, port=port, other=port + 1)


def test_every_socket_is_probed_here() -> None:
    """All tests of this folder knock at the socket of a comparison; another one would need its own."""
    assert sockets() == list(SOCKETS) == [r"^ws/comparisons/(?P<comparison_id>[^/]+)/$"]


@pytest.mark.parametrize("shape", WRONG)
def test_a_wrong_origin_is_refused_whoever_asks(site: Live, shape: str) -> None:
    origin = of(site, shape)
    for actor in (*COOKIES, "owner_token", "anonymous"):
        right = {"403", "400"} if shape in MALFORMED else {"403"}
        assert outcome(site, actor, None, headers={"Origin": origin}) in right, (actor, origin)


def test_two_origins_are_refused(site: Live) -> None:
    for pair in ((site.url, "http://evil.example"), ("http://evil.example", site.url)):
        headers = Headers([("Origin", each) for each in pair])
        headers["Cookie"] = site.headers("owner")["Cookie"]
        assert outcome(site, "anonymous", None, headers=headers) in {"403", "400"}


def test_our_origin(site: Live) -> None:
    assert {actor: outcome(site, actor, site.url) for actor in (*COOKIES, "owner_token", "anonymous")} == {
        "owner": "open",
        "viewer": "open",
        "owner_token": "open",
        "anonymous": "closed 4401",
    }


def test_without_an_origin_a_cookie_is_refused_and_a_bearer_is_not(site: Live) -> None:
    assert {actor: outcome(site, actor, None) for actor in (*COOKIES, "owner_token", "bad_token", "anonymous")} == {
        "owner": "403",
        "viewer": "403",
        "owner_token": "open",
        "bad_token": "closed 4401",
        "anonymous": "closed 4401",
    }


def test_a_host_that_was_rebound_is_no_origin_of_ours(site: Live) -> None:
    """The page of an attacker whose name now points here has Host and Origin of its own."""
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
        headers = {"Origin": f"http://{host}", "Host": host}
        assert outcome(site, "owner", None, headers=headers) in {"403", "400"}, host


@pytest.mark.parametrize("actor", ACTORS)
def test_every_actor(site: Live, actor: str) -> None:
    right = dict.fromkeys(("owner", "owner_token", "viewer", "teammate"), "open")
    expected = right.get(actor, "closed 4401" if actor in NOBODY else "closed 4404")
    assert outcome(site, actor, site.url) == expected


@pytest.mark.parametrize("ident", ["0" * 32, "1", "F" * 32, "%27%20OR%201=1", "%00", "..", "a" * 2000])
def test_ids_of_nothing(site: Live, ident: str) -> None:
    url = site.ws_url.replace(site.ids["comparison_id"], ident)
    for actor, expected in (("owner", {"closed 4404", "403"}), ("anonymous", {"closed 4401", "403"})):
        assert outcome(site, actor, site.url, url=url) in expected, ident


def test_a_bearer_goes_before_a_cookie(site: Live) -> None:
    """A wrong or foreign token is not saved by a good cookie, and a good one not hurt by a foreign cookie."""
    cookie = {"Cookie": site.headers("owner")["Cookie"]}
    assert outcome(site, "bad_token", site.url, headers=cookie) == "closed 4401"
    assert outcome(site, "stranger_token", site.url, headers=cookie) == "closed 4404"
    assert outcome(site, "owner_token", site.url, headers={"Cookie": site.headers("stranger")["Cookie"]}) == "open"


@pytest.mark.parametrize(
    "value",
    ["Bearer", "Bearer ", "bearer {token}x", "Bearer {token} {token}", "Basic {token}", "Token {token}", "{token}"],
)
def test_spellings_of_the_header(site: Live, value: str) -> None:
    headers = {"Authorization": value.format(token=site.bearers["owner_token"])}
    assert outcome(site, "anonymous", site.url, headers=headers) == "closed 4401"


def test_a_token_in_the_address_is_no_login(site: Live) -> None:
    for name in ("token", "access_token", "authorization"):
        url = f"{site.ws_url}?{name}={site.bearers['owner_token']}"
        assert outcome(site, "anonymous", site.url, url=url) == "closed 4401"


def test_other_paths_are_no_sockets(site: Live) -> None:
    base = site.url.replace("http", "ws", 1)
    for path in ("/", "/ws/", "/ws/comparisons/", "/admin/", "/api/v1/comparisons", "/ws/runs/1/"):
        assert outcome(site, "owner", site.url, url=f"{base}{path}") == "403", path
