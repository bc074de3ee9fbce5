"""What a setting, a row or the environment says about proxies, read strictly. No HTTP library: forms ask this, too."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from providers.contract.errors import SetupError
from providers.contract.routes import DIRECT, Proxy, Routes
from providers.contract.secret import Secret
from providers.transport.origin import parse_base_url

UNUSABLE = (
    "A proxy is written http://host:port, https://host:port or socks5://host:port, with user:password@ before the host "
    "only where the environment names it. Other kinds are not spoken."
)


SOCKS = ("socks5", "socks5h")
"""The second leaves names to the proxy elsewhere; here only OUTGOING_PROXY_RESOLVES does."""
PORT = re.compile(r":\d{1,5}/?$")


def parse_proxy(text: str) -> Proxy:
    """A proxy from its URL; SetupError, which does not repeat it, if it is none."""
    scheme, mark, rest = text.strip().partition("://")
    if not mark:
        scheme, rest = "http", text.strip()
    login, at, place = rest.rstrip("/").rpartition("@")
    socks = scheme.lower() in SOCKS
    if socks and not PORT.search(place):
        raise SetupError("bad_request", UNUSABLE)
    try:
        origin = parse_base_url(f"http://{place}" if socks else f"{scheme}://{place}")
    except SetupError:
        raise SetupError("bad_request", UNUSABLE) from None
    if "/" in place or "?" in place:
        raise SetupError("bad_request", UNUSABLE)
    return Proxy(
        "socks5" if socks else origin.scheme, origin.host, origin.port, parse_login(unquote(login)) if at else None
    )


def parse_login(text: str) -> Secret:
    """ "user:password" as it will be sent; SetupError, which does not repeat it, if no header can carry it."""
    if not text or not text.isprintable() or ":" not in text:
        raise SetupError("bad_request", "The login of a proxy is written user:password.")
    return Secret(text)


def routes_from(text: str, environment: Mapping[str, str], *, resolves: bool = False) -> Routes:
    """What the setting says: empty (no proxy), ``env`` (the usual variables), or the URL of a proxy for everything."""
    wanted = text.strip()
    if not wanted:
        return DIRECT
    if wanted.lower() != "env":
        proxy = parse_proxy(wanted)
        return Routes(http=proxy, https=proxy, resolves=resolves)

    def of(name: str) -> str:
        return environment.get(name.lower()) or environment.get(name) or ""

    plain, secure = (of(name) or of("ALL_PROXY") for name in ("HTTP_PROXY", "HTTPS_PROXY"))
    bypass = tuple(part for part in re.split(r"[,\s]+", of("NO_PROXY")) if part)
    return Routes(
        http=parse_proxy(plain) if plain else None,
        https=parse_proxy(secure) if secure else None,
        bypass=bypass,
        resolves=resolves,
    )
