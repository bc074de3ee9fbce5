"""Which addresses are public, and which nobody may allow. No network and no HTTP library: forms use it, too."""

import errno
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Some of these count as global for ``ipaddress``: tunnels that carry an IPv4 address inside, metadata services.
REFUSED = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fec0::/10",
    )
)
NEVER = tuple(
    ip_network(text)
    for text in (
        "100.100.100.200/32",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "192.0.0.192/32",
        "224.0.0.0/4",
        "fd00:ec2::/32",
        "fe80::/10",
        "ff00::/8",
    )
)


class RefusedAddress(OSError):
    """The address is not public and nobody has allowed it."""

    def __init__(self, host: str) -> None:
        super().__init__(errno.EACCES, f"{host} is not a public address")


def _parse(text: str) -> Address:
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_public(text: str) -> bool:
    """Whether ``text`` (an IP address) belongs to the public internet, unicast, untunnelled."""
    address = _parse(text)
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in REFUSED)


def is_reachable_if_allowed(text: str) -> bool:
    """An administrator can allow a private address, but never a metadata service or a multicast group."""
    address = _parse(text)
    return not any(address in network for network in NEVER)


def is_never_reachable(host: str) -> bool:
    """Whether a host is the address of something that no request is ever sent to. A name is none by itself."""
    try:
        return not is_reachable_if_allowed(host.strip("[]"))
    except ValueError:
        return False
