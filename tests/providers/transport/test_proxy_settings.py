"""The forms in which proxies are named, and the hosts that are reached without one."""

import pytest

from providers.contract.errors import SetupError
from providers.contract.routes import DIRECT
from providers.transport.proxy_settings import parse_login, parse_proxy, routes_from

NO_PROXY = [
    ("*", "https://a.example", True),
    ("a.example", "https://a.example", True),
    ("a.example", "https://b.a.example", True),
    ("a.example", "https://ba.example", False),
    (".a.example", "https://b.a.example", True),
    ("*.a.example", "https://b.a.example", True),
    ("A.EXAMPLE", "https://a.example", True),
    ("a.example:443", "https://a.example", True),
    ("a.example:8443", "https://a.example", False),
    ("b.example, a.example", "https://a.example", True),
    ("b.example a.example", "https://a.example", True),
    ("93.184.216.34", "https://93.184.216.34", True),
    ("93.184.216.0/24", "https://93.184.216.34", True),
    ("93.184.217.0/24", "https://93.184.216.34", False),
    ("93.184.216.0/24", "https://a.example", False),
    ("2606:2800::/32", "https://[2606:2800:220::1]", True),
    ("[2606:2800:220::1]:443", "https://[2606:2800:220:0::1]", True),
    ("[2606:2800:220::1]:80", "https://[2606:2800:220::1]", False),
    ("", "https://a.example", False),
    (",. ,", "https://a.example", False),
    ("nonsense/xx", "https://a.example", False),
]


@pytest.mark.parametrize(("entries", "url", "direct"), NO_PROXY)
def test_the_forms_of_no_proxy(entries: str, url: str, direct: bool) -> None:
    routes = routes_from("env", {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": entries})

    assert (routes.via("https", url.partition("://")[2], 443, private=False) is None) is direct


def test_what_the_setting_can_be() -> None:
    assert routes_from("", {"HTTPS_PROXY": "http://proxy.example:3128"}) == DIRECT
    one = routes_from(" http://proxy.example:3128/ ", {"NO_PROXY": "*"}, resolves=True)
    assert str(one.via("https", "a.example", 443, private=False)) == "http://proxy.example:3128"
    assert str(one.via("http", "a.example", 80, private=False)) == "http://proxy.example:3128"
    assert one.resolves
    several = routes_from("env", {"https_proxy": "s.example:1", "HTTPS_PROXY": "x.example:9", "ALL_PROXY": "a.example"})
    assert str(several.https) == "http://s.example:1"
    assert str(several.http) == "http://a.example:80"
    assert routes_from("ENV", {}) == DIRECT


def test_a_login_in_the_environment() -> None:
    found = routes_from("env", {"ALL_PROXY": "https://clerk:p%40ss%3Aword@proxy.example:3128"}).https

    assert found is not None
    assert found.login is not None
    assert found.login.reveal() == "clerk:p@ss:word"
    assert str(found) == "https://proxy.example:3128"
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "socks5://proxy.example",
        "socks4://proxy.example:1080",
        "http://proxy.example/path",
        "http:///",
        "ftp://x",
        "http://clerk@proxy.example",
        "http://a:b\x01@proxy.example",
        "http://169.254.169.254",
        "http://proxy.example:99999",
    ],
)
def test_what_is_no_proxy_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(SetupError) as caught:
        parse_proxy(text)

    assert text not in caught.value.message
    assert "proxy" in caught.value.message
    with pytest.raises(SetupError):
        parse_login("nobody")


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "SOCKS5"])
def test_a_socks_proxy_needs_its_port(scheme: str) -> None:
    proxy = parse_proxy(f"{scheme}://clerk:word@proxy.example:1080")
    assert str(proxy) == "socks5://proxy.example:1080"
    assert proxy.login is not None
