"""How requests leave this machine: directly, or through a proxy that an administrator has named."""

from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address, ip_network

from providers.contract.secret import Secret


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that opens tunnels (CONNECT). ``login``: "user:password"; it is in no text of this value."""

    scheme: str
    host: str
    port: int
    login: Secret | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def login_digest(self) -> bytes:
        """What tells logins apart without showing one."""
        return b"" if self.login is None else sha256(self.login.reveal().encode()).digest()


@dataclass(frozen=True, slots=True)
class Routes:
    """Which proxy, if any, a request goes through. Without anything said: none.

    ``bypass``: hosts that are reached directly, as NO_PROXY lists them. ``private``: also what an administrator has
    allowed on a private address goes through the proxy. ``resolves``: the proxy looks names up; otherwise this machine
    does, and the tunnel goes to the address that was checked.
    """

    http: Proxy | None = None
    https: Proxy | None = None
    bypass: tuple[str, ...] = ()
    private: bool = False
    resolves: bool = False

    def via(self, scheme: str, host: str, port: int, *, private: bool) -> Proxy | None:
        """The proxy for this destination. ``private``: an administrator has allowed it although it may be private."""
        proxy = self.https if scheme == "https" else self.http
        if proxy is None or (private and not self.private):
            return None
        return None if any(_covers(entry, host, port) for entry in self.bypass) else proxy


DIRECT = Routes()


def _covers(entry: str, host: str, port: int) -> bool:
    """One entry of NO_PROXY: ``*``, a name (with all below it), an address, a network; each but these with a port."""
    entry, host = entry.strip().lower(), host.strip("[]").rstrip(".").lower()
    if entry == "*":
        return True
    if "/" in entry:
        return _in_network(entry, host)
    name, wanted = _split(entry)
    if wanted and wanted != str(port):
        return False
    name = name.removeprefix("*").strip("[]").strip(".")
    if not name:
        return False
    return host == name or host.endswith(f".{name}") or _same_address(name, host)


def _split(entry: str) -> tuple[str, str]:
    """(host, port); an IPv6 address has a port only behind brackets."""
    if entry.startswith("["):
        name, _, rest = entry.partition("]")
        return name, rest.removeprefix(":")
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        return name, port
    return entry, ""


def _in_network(entry: str, host: str) -> bool:
    try:
        return ip_address(host) in ip_network(entry.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False


def _same_address(entry: str, host: str) -> bool:
    try:
        return ip_address(entry) == ip_address(host)
    except ValueError:
        return False
