"""One strict reading of a base URL, shared by the key binding, the address guard and the admin.

Parsers disagree about strange URLs, so a strange URL is refused instead of interpreted.
"""

import re
from typing import NamedTuple

from providers.contract.errors import SetupError
from providers.transport.addresses import is_never_reachable

URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9_](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
    r"(?P<query>\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""A host that ends in a number is an IPv4 address for resolvers, in spellings that others read differently."""
IPV4 = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Where a URL points to, with the port always said. ``str()`` gives "https://host:443"."""

    scheme: str
    host: str
    port: int

    @property
    def address(self) -> str:
        """ "host:port", the form in which private servers are allowed."""
        return f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.address}"


def parse_origin(url: str) -> Origin:
    """The origin of ``url``; SetupError for anything but a plain http(s) URL without credentials in it."""
    scheme, mark, rest = url.partition("://")
    authority, slash, tail = rest.partition("/")
    match = URL.fullmatch(f"{scheme.lower()}{mark}{authority.lower()}{slash}{tail}")
    if match is None or (NUMBER.fullmatch(match["host"]) and not IPV4.fullmatch(match["host"])):
        raise SetupError(
            "bad_request",
            "The base URL must look like https://host[:port]/path: no user name, no spaces, "
            "an international host name in its xn-- form.",
        )
    port = int(match["port"]) if match["port"] else DEFAULT_PORTS[match["scheme"]]
    if not 0 < port < 65536:
        raise SetupError("bad_request", "The port in the base URL must be between 1 and 65535.")
    return Origin(match["scheme"], match["host"], port)


def parse_base_url(url: str) -> Origin:
    """``parse_origin`` of a URL that somebody enters: one that nothing could ever be sent to is refused, too."""
    origin = parse_origin(url)
    if is_never_reachable(origin.host):
        raise SetupError(
            "bad_request",
            "No request is ever sent to this address: it is link-local, a metadata service or a multicast group.",
        )
    return origin


def origin_of(url: str) -> str:
    """``parse_origin`` as text: what keys are bound to."""
    return str(parse_origin(url))
