"""Guarded fetch of a calendar from a URL that a user gave.

A URL may be chosen to make us send a request into our own network (SSRF). So hosts must be names,
the schemes http and https on their usual ports, and every address of a name public. The name is
resolved once, and the connection goes to an address that was checked. A redirect is a new URL and
is checked like the first.

A calendar is handed on in parts while it arrives, so that it never has to fit into memory, and only
if it has changed since it was read before (RFC 9110, 13.1).

The URL contains a secret: it appears in no message and no exception of this module, and nothing is
logged here.
"""

import io
import socket
import ssl
import string
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
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

MAX_BYTES = 32 * 1024 * 1024  # as they are sent, and as they are unpacked
PART_BYTES = 64 * 1024
MAX_VALIDATOR_CHARACTERS = 512
MAX_REDIRECTS = 3
MAX_URL_CHARACTERS = 2_048
DEADLINE_SECONDS = 25.0  # for everything together, reading what arrives included
STEP_SECONDS = 4.0  # for a look-up, a connection, a handshake, and each read

_PORTS = {"http": 80, "https": 443}
_GZIP_MAGIC = b"\x1f\x8b"
_REDIRECTS = (301, 302, 303, 307, 308)
_HOST_NAME_CHARACTERS = set(string.ascii_lowercase + string.digits + "-_.")

# Global addresses lie in this range (RFC 4291, 2.4), which excludes private addresses and those
# that embed an IPv4 address. Excluded in it: Teredo and other protocols, documentation, 6to4.
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_EXCLUDED_IPV6 = [
    IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
# IETF protocol assignments and 6to4 relays, which some versions of Python count as global.
_EXCLUDED_IPV4 = [IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24")]

_BAD_URL = "This is not an address that begins with https:// or webcal://."
_WITH_PASSWORD = "An address with a user name or password in it cannot be used."  # noqa: S105
_NOT_PUBLIC = "There is no public server at this address."
_NOT_REACHABLE = "The server could not be reached, or broke off the connection."
_NOT_TRUSTED = "The server's certificate is not valid for its name."
_TOO_SLOW = "The server took too long to answer."
_TOO_LARGE = "The response of the server is too large for a calendar."
_NOT_READABLE = "The server sent something that we cannot read."
_BAD_REDIRECT = "The address redirects to another one that cannot be used."

Resolve = Callable[[str, int], Iterable[str]]
Connect = Callable[[tuple[str, int], float], socket.socket]


class FetchFailed(Exception):
    """The calendar could not be fetched.

    Attributes:
        reason: Why, for the artist.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Validators(msgspec.Struct, frozen=True):
    """What a server said about the version of a calendar that it sent (RFC 9110, 8.8).

    Attributes:
        etag: Its ETag.
        last_modified: Its Last-Modified.
    """

    etag: str | None = None
    last_modified: str | None = None


class Response(msgspec.Struct, frozen=True):
    """The answer of a calendar's server.

    Attributes:
        validators: Those of the version that was sent, or that is still the newest one.
        parts: The calendar, in parts of at most 64 KiB that arrive while they are taken; they raise
            FetchFailed if they do not arrive as they should. None if it has not changed.
    """

    validators: Validators
    parts: Iterator[bytes] | None


class _Target(msgspec.Struct, frozen=True):
    """A parsed URL that may be fetched."""

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
        """Return the seconds that the next step may take.

        Raises:
            FetchFailed: No time is left.
        """
        left = self._at - self._clock()
        if left <= 0:
            raise FetchFailed(_TOO_SLOW)
        return min(left, STEP_SECONDS)


class _TimedSocket(io.RawIOBase):
    """The data that a server sends, however slowly, until the deadline."""

    def __init__(self, channel: socket.socket, deadline: _Deadline) -> None:
        self._channel = channel
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._channel.settimeout(self._deadline.step())
        return self._channel.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002
        """Return a reader; HTTPResponse calls this method of a socket."""
        return io.BufferedReader(self)


def resolve_name(host: str, port: int) -> list[str]:
    """Return the addresses of a host name from the system's resolver.

    Raises:
        OSError: The name has no address.
    """
    results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in results))


@contextmanager
def fetch(
    url: str,
    known: Validators | None = None,
    *,
    resolve: Resolve = resolve_name,
    connect: Connect = socket.create_connection,
    clock: Callable[[], float] = monotonic,
) -> Iterator[Response]:
    """Fetch a calendar.

    Args:
        url: Its address.
        known: Validators of the version that is known already.
        resolve: Looks up a host name.
        connect: Opens a connection.
        clock: Returns seconds that only ever grow.

    Raises:
        FetchFailed: The URL may not be fetched, or its server does not answer as it should.
    """
    deadline = _Deadline(clock)
    target = _parse_url(url)
    known = known or Validators()
    for _ in range(1 + MAX_REDIRECTS):
        with _open(target, resolve, connect, deadline) as channel:
            with _without_causes():
                response = _request(target, channel, known, deadline)
            with closing(response):
                if response.status not in _REDIRECTS:
                    with _without_causes():
                        answer = _read_response(response, known)
                    yield answer
                    return
                redirected = _parse_redirect(target, response.getheader("Location"))
        if target.scheme == "https" and redirected.scheme != "https":
            raise FetchFailed(_BAD_REDIRECT)
        target = redirected
    raise FetchFailed(_BAD_REDIRECT)


def check_address(url: str) -> None:
    """Check a URL as far as that is possible without a look-up.

    Raises:
        FetchFailed: `fetch` would refuse it.
    """
    _parse_url(url)


def is_public(address: str) -> bool:
    """Return whether an IP address is a public unicast address."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        excepted = any(ip in network for network in _EXCLUDED_IPV6)
        return ip in _GLOBAL_IPV6 and ip.scope_id is None and not excepted
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _EXCLUDED_IPV4)


@contextmanager
def _without_causes() -> Iterator[None]:
    """Turn the exceptions of a connection into FetchFailed: their messages may quote the URL."""
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise FetchFailed(_NOT_TRUSTED) from None
    except TimeoutError:
        raise FetchFailed(_TOO_SLOW) from None
    except (OSError, HTTPException):
        raise FetchFailed(_NOT_REACHABLE) from None
    except zlib.error:
        raise FetchFailed(_NOT_READABLE) from None


@contextmanager
def _open(
    target: _Target, resolve: Resolve, connect: Connect, deadline: _Deadline
) -> Iterator[socket.socket]:
    """Open a connection to a public address of a target, and close it in the end."""
    with _without_causes():
        addresses = _resolve_public_addresses(target, resolve, deadline)
        channel = _connect(target, addresses, connect, deadline)
    with closing(channel):
        with _without_causes():
            secured = _start_tls(channel, target, deadline)
        with closing(secured):
            yield secured


def _parse_url(url: str) -> _Target:
    url = url.strip()
    if len(url) > MAX_URL_CHARACTERS or not url.isprintable():  # urlsplit drops line breaks
        raise FetchFailed(_BAD_URL)
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode().lower().removesuffix(".")
    except ValueError:
        raise FetchFailed(_BAD_URL) from None
    scheme = "https" if parts.scheme == "webcal" else parts.scheme
    if scheme not in _PORTS:
        raise FetchFailed(_BAD_URL)
    if "@" in parts.netloc:
        raise FetchFailed(_WITH_PASSWORD)
    if not _is_host_name(host) or port not in (None, *_PORTS.values()):
        raise FetchFailed(_NOT_PUBLIC)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(scheme, host, port or _PORTS[scheme], quote(path, safe=string.punctuation))


def _is_host_name(host: str) -> bool:
    """Return whether a host is a full name: addresses end in a number in every notation."""
    *labels, last = host.split(".")
    is_word = last.isalpha() or last.startswith("xn--")
    return bool(labels) and is_word and set(host) <= _HOST_NAME_CHARACTERS


def _resolve_public_addresses(target: _Target, resolve: Resolve, deadline: _Deadline) -> list[str]:
    result: SimpleQueue[list[str]] = SimpleQueue()

    def look_up() -> None:
        try:
            result.put(list(resolve(target.host, target.port)))
        except (OSError, UnicodeError):
            result.put([])

    # In a thread of its own, because the system's resolver has no timeout.
    Thread(target=look_up, daemon=True).start()
    try:
        addresses = result.get(timeout=deadline.step())
    except Empty:
        raise FetchFailed(_TOO_SLOW) from None
    if not addresses or not all(map(is_public, addresses)):
        raise FetchFailed(_NOT_PUBLIC)
    return addresses


def _connect(
    target: _Target, addresses: list[str], connect: Connect, deadline: _Deadline
) -> socket.socket:
    for address in addresses:
        try:
            return connect((address, target.port), deadline.step())
        except OSError:  # perhaps of an IP version without a route
            continue
    raise FetchFailed(_NOT_REACHABLE)


def _start_tls(channel: socket.socket, target: _Target, deadline: _Deadline) -> socket.socket:
    if target.scheme != "https":
        return channel
    channel.settimeout(deadline.step())
    return ssl.create_default_context().wrap_socket(channel, server_hostname=target.host)


def _request(
    target: _Target, channel: socket.socket, known: Validators, deadline: _Deadline
) -> HTTPResponse:
    lines = [
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        "Accept: text/calendar, */*;q=0.1",
        "Accept-Encoding: gzip, identity",
        "User-Agent: artist-booking",
        "Connection: close",
    ]
    if known.etag:
        lines.append(f"If-None-Match: {known.etag}")
    if known.last_modified:
        lines.append(f"If-Modified-Since: {known.last_modified}")
    channel.settimeout(deadline.step())
    channel.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    incoming = _TimedSocket(channel, deadline)
    response = HTTPResponse(incoming, method="GET")  # type: ignore[arg-type]
    response.begin()
    return response


def _read_response(response: HTTPResponse, known: Validators) -> Response:
    if response.status == 304 and known != Validators():
        return Response(known, None)
    if response.status != 200:
        raise FetchFailed(f"The server answered with the error {response.status}.")
    match (response.getheader("Content-Encoding") or "identity").strip().lower():
        case "identity" | "":
            parts = _read_parts(response)
        case "gzip" | "x-gzip":
            parts = _unzip(_read_parts(response))
        case _:
            raise FetchFailed(_NOT_READABLE)
    validators = Validators(
        _clean_validator(response.getheader("ETag")),
        _clean_validator(response.getheader("Last-Modified")),
    )
    return Response(validators, _limit(parts))


def _clean_validator(value: str | None) -> str | None:
    """Return a validator as it can be sent back, or None."""
    is_usable = value and value.isascii() and value.isprintable()
    return value if value and is_usable and len(value) <= MAX_VALIDATOR_CHARACTERS else None


def _parse_redirect(target: _Target, location: str | None) -> _Target:
    if not location:
        raise FetchFailed(_BAD_REDIRECT)
    try:
        return _parse_url(urljoin(f"{target.scheme}://{target.authority}{target.path}", location))
    except (ValueError, FetchFailed):
        raise FetchFailed(_BAD_REDIRECT) from None


def _limit(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield parts until they are too large together."""
    total = 0
    with _without_causes():
        for part in parts:
            total += len(part)
            if total > MAX_BYTES:
                raise FetchFailed(_TOO_LARGE)
            yield part


def _read_parts(response: HTTPResponse) -> Iterator[bytes]:
    total = 0
    while part := response.read(PART_BYTES):
        total += len(part)
        if total > MAX_BYTES:
            raise FetchFailed(_TOO_LARGE)
        yield part
    if response.length:  # the rest is missing: half a calendar would leave busy times out
        raise FetchFailed(_NOT_REACHABLE)


def _unzip(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield unpacked parts, none larger than the others, however well they were packed."""
    unpacking = _create_unpacking()
    for part in parts:
        waiting = part
        while waiting:
            if unpacking.eof:  # some servers pack a calendar in several members
                if not waiting.startswith(_GZIP_MAGIC):
                    break
                unpacking = _create_unpacking()
            yield unpacking.decompress(waiting, PART_BYTES)
            waiting = unpacking.unused_data or unpacking.unconsumed_tail
    while unpacked := unpacking.decompress(b"", PART_BYTES):
        yield unpacked
    if not unpacking.eof:
        raise FetchFailed(_NOT_READABLE)


def _create_unpacking() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
