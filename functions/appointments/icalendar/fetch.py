"""Getting a foreign calendar from the address that an artist gave, and from nowhere else.

Whoever names an address may try to have us ask our own network for them. So we go to hosts by name
only, by http and https on their own ports, and only where every address of the name is public. The
name is looked up once, and the connection goes to an address that was checked. A redirect is a new
address and checked like the first.

The address holds a secret: it is in no reason and no exception of this module, and nothing is
logged here.
"""

import io
import socket
import ssl
import string
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

import msgspec

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_BYTES = 1024 * 1024
MAX_REDIRECTS = 3
MAX_URL_CHARACTERS = 2_048
DEADLINE_SECONDS = 8.0  # of the whole errand
STEP_SECONDS = 4.0  # of a look-up, a connection, a handshake, and each wait for more

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_IN_NAMES = set(string.ascii_lowercase + string.digits + "-_.")

# Global addresses are of this range (RFC 4291, 2.4), so that neither private ones are among them
# nor those that hold one of version 4. Less: Teredo and other protocols, documentation, 6to4.
_GLOBAL_6 = IPv6Network("2000::/3")
_EXCEPT_6 = [IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
# Protocols of the IETF and relays of 6to4; which of them count as global varies with Python.
_EXCEPT_4 = [IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24")]

_NO_URL = "This is not an address that begins with https:// or webcal://."
_WITH_PASSWORD = "An address with a user name or password in it cannot be used."  # noqa: S105
_NOT_PUBLIC = "There is no public server at this address."
_NOT_REACHED = "The server could not be reached, or broke off."
_NOT_TRUSTED = "The server's certificate is not valid for its name."
_TOO_SLOW = "The server took too long to answer."
_TOO_LARGE = "What the server sent is too large for a calendar."
_NOT_READABLE = "The server sent something that we cannot read."
_LED_ASTRAY = "The address leads on to one that cannot be used."

Resolve = Callable[[str, int], Iterable[str]]
Connect = Callable[[tuple[str, int], float], socket.socket]


class NotFetched(Exception):
    """The calendar cannot be had; `reason` is for the artist."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Target(msgspec.Struct, frozen=True):
    """An address taken apart and found to be one that we may ask."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        is_usual = self.port == _PORTS[self.scheme]
        return self.host if is_usual else f"{self.host}:{self.port}"


class _Deadline:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at = clock() + DEADLINE_SECONDS

    def step(self) -> float:
        """The seconds that the next step may take. Raises NotFetched when none are left."""
        left = self._at - self._clock()
        if left <= 0:
            raise NotFetched(_TOO_SLOW)
        return min(left, STEP_SECONDS)


class _Incoming(io.RawIOBase):
    """What a server sends, however slowly, until the deadline."""

    def __init__(self, channel: socket.socket, deadline: _Deadline) -> None:
        self._channel = channel
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._channel.settimeout(self._deadline.step())
        return self._channel.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002
        """What HTTPResponse asks of a socket."""
        return io.BufferedReader(self)


def resolve_name(host: str, port: int) -> list[str]:
    """The addresses of a name, by the system's resolver. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def fetch(
    url: str,
    *,
    resolve: Resolve = resolve_name,
    connect: Connect = socket.create_connection,
    clock: Callable[[], float] = monotonic,
) -> bytes:
    """Get the calendar. Raises NotFetched."""
    deadline = _Deadline(clock)
    target = _target(url)
    try:
        for _ in range(1 + MAX_REDIRECTS):
            addresses = _public_addresses(target, resolve, deadline)
            with (
                closing(_connected(target, addresses, connect, deadline)) as channel,
                closing(_secured(channel, target, deadline)) as secured,
            ):
                answer = _ask(target, secured, deadline)
            if not isinstance(answer, _Target):
                return answer
            if target.scheme == "https" and answer.scheme != "https":
                raise NotFetched(_LED_ASTRAY)
            target = answer
    # Without their causes, whose messages may quote the address.
    except ssl.SSLCertVerificationError:
        raise NotFetched(_NOT_TRUSTED) from None
    except TimeoutError:
        raise NotFetched(_TOO_SLOW) from None
    except (OSError, HTTPException):
        raise NotFetched(_NOT_REACHED) from None
    except zlib.error:
        raise NotFetched(_NOT_READABLE) from None
    raise NotFetched(_LED_ASTRAY)


def check_address(url: str) -> None:
    """Raise NotFetched for an address that `fetch` would not ask, as far as it says so itself."""
    _target(url)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, of a single machine there."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        excepted = any(ip in network for network in _EXCEPT_6)
        return ip in _GLOBAL_6 and ip.scope_id is None and not excepted
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _EXCEPT_4)


def _target(url: str) -> _Target:
    url = url.strip()
    if len(url) > MAX_URL_CHARACTERS or not url.isprintable():  # urlsplit drops line breaks
        raise NotFetched(_NO_URL)
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode().lower().removesuffix(".")
    except ValueError:
        raise NotFetched(_NO_URL) from None
    scheme = "https" if parts.scheme == "webcal" else parts.scheme
    if scheme not in _PORTS:
        raise NotFetched(_NO_URL)
    if "@" in parts.netloc:
        raise NotFetched(_WITH_PASSWORD)
    if not _is_name(host) or port not in (None, *_PORTS.values()):
        raise NotFetched(_NOT_PUBLIC)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(scheme, host, port or _PORTS[scheme], quote(path, safe=string.punctuation))


def _is_name(host: str) -> bool:
    """Whether it is a full name and no address: those end in a number, in any notation."""
    *labels, last = host.split(".")
    is_word = last.isalpha() or last.startswith("xn--")
    return bool(labels) and is_word and set(host) <= _IN_NAMES


def _public_addresses(target: _Target, resolve: Resolve, deadline: _Deadline) -> list[str]:
    found: SimpleQueue[list[str]] = SimpleQueue()

    def look_up() -> None:
        try:
            found.put(list(resolve(target.host, target.port)))
        except (OSError, UnicodeError):
            found.put([])

    # In a thread of its own, for the system's resolver knows no deadline.
    Thread(target=look_up, daemon=True).start()
    try:
        addresses = found.get(timeout=deadline.step())
    except Empty:
        raise NotFetched(_TOO_SLOW) from None
    if not addresses or not all(map(is_public, addresses)):
        raise NotFetched(_NOT_PUBLIC)
    return addresses


def _connected(
    target: _Target, addresses: list[str], connect: Connect, deadline: _Deadline
) -> socket.socket:
    for address in addresses:
        try:
            return connect((address, target.port), deadline.step())
        except OSError:  # perhaps of the version of IP that we have no way out by
            continue
    raise NotFetched(_NOT_REACHED)


def _secured(channel: socket.socket, target: _Target, deadline: _Deadline) -> socket.socket:
    if target.scheme != "https":
        return channel
    channel.settimeout(deadline.step())
    return ssl.create_default_context().wrap_socket(channel, server_hostname=target.host)


def _ask(target: _Target, channel: socket.socket, deadline: _Deadline) -> bytes | _Target:
    """Ask for the target: what is there, or where it has gone."""
    lines = [
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        "Accept: text/calendar, */*;q=0.1",
        "Accept-Encoding: identity",
        "User-Agent: artist-booking",
        "Connection: close",
    ]
    channel.settimeout(deadline.step())
    channel.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    incoming = _Incoming(channel, deadline)
    with HTTPResponse(incoming, method="GET") as response:  # type: ignore[arg-type]
        response.begin()
        if response.status in _REDIRECTS:
            return _redirect(target, response.getheader("Location"))
        if response.status != 200:
            raise NotFetched(f"The server answered with the error {response.status}.")
        return _body(response)


def _redirect(target: _Target, location: str | None) -> _Target:
    if not location:
        raise NotFetched(_LED_ASTRAY)
    try:
        return _target(urljoin(f"{target.scheme}://{target.authority}{target.path}", location))
    except (ValueError, NotFetched):
        raise NotFetched(_LED_ASTRAY) from None


def _body(response: HTTPResponse) -> bytes:
    body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise NotFetched(_TOO_LARGE)
    if response.length:  # so much was to come still: half a calendar would say that one is free
        raise NotFetched(_NOT_REACHED)
    match (response.getheader("Content-Encoding") or "identity").lower():
        case "identity":
            return body
        case "gzip":  # some servers know nothing else, whatever they are asked for
            return _unpacked(body)
    raise NotFetched(_NOT_READABLE)


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    unpacked = unpacking.decompress(body, MAX_BYTES + 1)
    if len(unpacked) > MAX_BYTES:
        raise NotFetched(_TOO_LARGE)
    if not unpacking.eof:
        raise NotFetched(_NOT_READABLE)
    return unpacked
