"""Which addresses may be fetched from: public ones, unless the operator says otherwise.

A plan names URLs, and whoever can edit a plan must not be able to make Convoy talk to the machines around it (the
metadata service of a cloud, an admin page on localhost). So a name is resolved once, every address is judged, and the
connection goes to one that was judged; resolving it again could give another answer.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpcore

from bot.sources.network import Network

Resolve = Callable[[str, int], Awaitable[list[str]]]

_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that is handed out. What else there is, is local or an old disguise (`::127.0.0.1`)."""
_SPECIAL = (
    IPv4Network("192.0.0.0/24"),  # protocols, and the inside of a cloud (Oracle's 192.0.0.192)
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv6Network("3fff::/20"),  # documentation
)
"""What `ipaddress` takes for public in some releases of Python."""
_ISATAP = 0x5EFE
_PLATFORM = frozenset({IPv4Address("168.63.129.16")})
"""Public by number, and yet the inside of a cloud (Azure's virtual host)."""


class AddressError(Exception):
    """The address of a host may not be connected to. The text says why, without naming a URL."""


async def resolve(host: str, port: int) -> list[str]:
    """Every address of `host`. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether `address` (IPv4 or IPv6, as text) is somewhere on the public internet."""
    try:
        number = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(map(_is_public, _meant(number)))


def _is_public(number: IPv4Address | IPv6Address) -> bool:
    if not number.is_global or number.is_multicast or number in _PLATFORM:
        return False
    if any(number.version == network.version and number in network for network in _SPECIAL):
        return False
    return number.version == 4 or number in _UNICAST


def _meant(number: IPv4Address | IPv6Address) -> Iterable[IPv4Address | IPv6Address]:
    """The address itself, or the IPv4 addresses that it stands for."""
    if isinstance(number, IPv4Address):
        return (number,)
    if number.ipv4_mapped:
        return (number.ipv4_mapped,)
    if number in _NAT64:
        return (IPv4Address(int(number) & 0xFFFFFFFF),)
    if number.sixtofour:
        return (number, number.sixtofour)
    if int(number) >> 32 & 0xFDFFFFFF == _ISATAP:
        return (number, IPv4Address(int(number) & 0xFFFFFFFF))
    return (number, *(number.teredo or ()))


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were judged. Above it nothing changes: TLS and the Host header still use the name."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._network = Network()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of `host` that takes one. Raises AddressError and httpcore's errors."""
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("its name cannot be resolved") from error
        if not self._allow_private and not all(map(is_public, addresses)):
            raise AddressError("it is not on the public internet, and private addresses are not allowed here")
        failure: Exception = httpcore.ConnectError("its name has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
