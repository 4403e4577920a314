"""Guarded calls of servers on the internet: the one way to make them.

A URL may be chosen, by a user or by a server that was called before, to make us send a request into
our own network (SSRF). So hosts must be names, on the usual ports, and every address of a name
public. The name is resolved once, and the connection goes to an address that was checked. Size and
time of an answer are limited, and a redirect is followed only where the guard says so; it is a new
URL then, and checked like the first::

    GUARD = Guard(max_bytes=64 * 1024, deadline_seconds=8.0)
    answer = call("https://accounts.example/token", GUARD, method="POST", body=form)
    with open_response(url, GUARD) as response:     # to take the body in parts
        for part in response.read_parts():
            ...
    connections = Connections(GUARD)                # to call the same servers again and again
    answer = connections.call(url, method="POST", body=message)

URLs may contain secrets: they appear in no message and no exception of this module, and nothing is
logged here (docs/adr/0047, docs/adr/0056).
"""

import os
import select
import socket
import ssl
import string
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from domain import web_addresses
from shared.platform.http_responses import (
    Head,
    MalformedResponse,
    ResponseReader,
    ResponseTooLarge,
)

PART_BYTES = 64 * 1024
MAX_URL_CHARACTERS = 2_048
STEP_SECONDS = 4.0  # for a look-up, a connection, a handshake, and each read
MAX_KEPT_CONNECTIONS = 32
KEPT_IDLE_SECONDS = 60.0
KEPT_SECONDS = 300.0  # then a name is looked up again

_PORTS = {"http": 80, "https": 443}
_GZIP_MAGIC = b"\x1f\x8b"
_REDIRECTS = (301, 302, 303, 307, 308)
_HOST_NAME_CHARACTERS = set(string.ascii_lowercase + string.digits + "-_.")
_LOOPBACK = "127.0.0.1"
_CONTAINERS_HOST = "host.docker.internal"  # docs.docker.com, "Networking"

# Global addresses lie in this range (RFC 4291, 2.4), which excludes private addresses and those
# that embed an IPv4 address. Excluded in it: Teredo and other protocols, documentation, 6to4.
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_EXCLUDED_IPV6 = [
    IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
# IETF protocol assignments and 6to4 relays, which some versions of Python count as global.
_EXCLUDED_IPV4 = [IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24")]

Resolve = Callable[[str, int], Iterable[str]]
Connect = Callable[[tuple[str, int], float], socket.socket]
_Origin = tuple[str, str, int]


class Failure(StrEnum):
    """Why a call failed."""

    BAD_URL = "The URL is not one that may be called."
    WITH_PASSWORD = "The URL has a user name or password in it."  # noqa: S105
    NOT_PUBLIC = "There is no public server at this address."
    NOT_REACHABLE = "The server could not be reached, or broke off the connection."
    NOT_TRUSTED = "The server's certificate is not valid for its name."
    TOO_SLOW = "The server took too long to answer."
    TOO_LARGE = "The response of the server is too large."
    NOT_READABLE = "The server sent something that we cannot read."
    BAD_REDIRECT = "The address redirects to another one that cannot be used."


class CallFailed(Exception):
    """A call was refused, or the server did not answer as it should.

    Attributes:
        failure: Why.
        was_sent: Whether the server may have received the request, or a part of it.
    """

    def __init__(self, failure: Failure, *, was_sent: bool = False) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.was_sent = was_sent


class _ClosedEarly(CallFailed):
    """The server closed the connection before the first byte of an answer."""

    def __init__(self) -> None:
        super().__init__(Failure.NOT_REACHABLE, was_sent=True)


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """What calls are allowed, and how much they may cost.

    Attributes:
        schemes: Schemes of URLs: `https`, `http`, and `webcal`, which is another name of https.
        redirects: How many redirects of a GET are followed; beyond them, and without any, the
            call fails. None: a redirect is an answer like any other.
        max_bytes: Size of a body, as it is sent and as it is unpacked.
        deadline_seconds: For everything together, reading what arrives included.
        answer_seconds: For each read of the answer: how long the server may be silent.
        allows_loopback: Whether 127.0.0.1 may be called, on every port and without TLS: for the
            stand-ins of a developer's machine. From a container that machine is
            `host.docker.internal`, which may be called then too.
        trusted_origin: Scheme, host and port of a server of the operator's own, which may be called
            wherever it is, with and without TLS. Never of anybody else's choice.
        header_encoding: Encoding of the headers that are sent.
        max_url_characters: Length of a URL.
    """

    schemes: frozenset[str] = frozenset({"https"})
    redirects: int | None = 0
    max_bytes: int
    deadline_seconds: float
    answer_seconds: float = STEP_SECONDS
    allows_loopback: bool = False
    trusted_origin: str = ""
    header_encoding: str = "ascii"
    max_url_characters: int = MAX_URL_CHARACTERS


class Response:
    """The answer of a server; its body arrives while it is taken."""

    def __init__(self, head: Head, parts: Iterator[bytes], max_bytes: int) -> None:
        self._head = head
        self._parts = parts
        self._max_bytes = max_bytes

    @property
    def status(self) -> int:
        """Status of the answer."""
        return self._head.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer by their names in lower case."""
        return self._head.headers

    @property
    def cookies(self) -> tuple[str, ...]:
        """Values of the `Set-Cookie` headers."""
        return self._head.cookies

    def get_header(self, name: str) -> str | None:
        """Return the value of a header."""
        return self._head.headers.get(name.lower())

    def read_parts(self) -> Iterator[bytes]:
        """Return the body, unpacked, in parts of at most 64 KiB.

        Raises:
            CallFailed: At once or while parts are taken: it cannot be unpacked, is too large, too
                slow, or not complete.
        """
        match (self.get_header("Content-Encoding") or "identity").strip().lower():
            case "identity" | "":
                parts = self._parts
            case "gzip" | "x-gzip":
                parts = _unzip(_limit(self._parts, self._max_bytes))
            case _:
                raise CallFailed(Failure.NOT_READABLE, was_sent=True)
        return _limit(parts, self._max_bytes)


class Answer(msgspec.Struct, frozen=True):
    """A whole answer.

    Attributes:
        status: Its status.
        body: Its body.
        max_age: For how many seconds it may be reused, as far as it says (RFC 9111, 5.2.2.1).
        headers: Its headers by their names in lower case.
        cookies: Values of its `Set-Cookie` headers.
    """

    status: int
    body: bytes
    max_age: int | None = None
    headers: Mapping[str, str] = {}
    cookies: tuple[str, ...] = ()


class _Target(msgspec.Struct, frozen=True):
    """A parsed URL that may be called."""

    scheme: str
    host: str
    port: int
    path: str
    is_trusted: bool = False

    @property
    def origin(self) -> "_Origin":
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        is_usual = self.port == _PORTS[self.scheme]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if is_usual else f"{host}:{self.port}"


class _Message(msgspec.Struct, frozen=True):
    """What is sent."""

    method: str
    headers: Mapping[str, str]
    body: bytes
    keeps_open: bool = False


class _Deadline:
    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._at = clock() + seconds

    def step(self, seconds: float = STEP_SECONDS) -> float:
        """Return the seconds that the next step may take.

        Raises:
            CallFailed: No time is left.
        """
        left = self._at - self._clock()
        if left <= 0:
            raise CallFailed(Failure.TOO_SLOW)
        return min(left, seconds)


class _Connection:
    """A connection to an address that was checked, and what arrives from there."""

    def __init__(self, channel: socket.socket, opened_at: float) -> None:
        self.opened_at = opened_at
        self.used_at = opened_at
        self._channel = channel
        self._reader = ResponseReader(self._receive)
        self._deadline: _Deadline | None = None
        self._answer_seconds = STEP_SECONDS

    def exchange(
        self, target: _Target, message: _Message, guard: Guard, deadline: _Deadline
    ) -> Head:
        """Send a request and read the head of its response.

        Raises:
            CallFailed: The server broke off, or took too long.
        """
        request = _compose(target, message, guard.header_encoding)
        self._deadline, self._answer_seconds = deadline, guard.answer_seconds
        self._channel.settimeout(deadline.step())
        try:
            with _without_causes(was_sent=True):
                self._channel.sendall(request)
                return self._reader.read_head(message.method, guard.max_bytes)
        except CallFailed as error:
            if error.failure is Failure.NOT_REACHABLE and self._reader.is_unused:
                raise _ClosedEarly from None
            raise

    def read_parts(self, head: Head) -> Iterator[bytes]:
        """Return the body of the response in parts."""
        return self._reader.read_body(head, PART_BYTES)

    def is_usable(self) -> bool:
        """Return whether the server has neither closed the connection nor sent what is unasked."""
        if not self._reader.is_unused:
            return False
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def _receive(self, size: int) -> bytes:
        assert self._deadline is not None
        self._channel.settimeout(self._deadline.step(self._answer_seconds))
        return self._channel.recv(size)


def resolve_name(host: str, port: int) -> list[str]:
    """Return the addresses of a host name from the system's resolver.

    Raises:
        OSError: The name has no address.
    """
    results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in results))


@contextmanager
def open_response(
    url: str,
    guard: Guard,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    resolve: Resolve = resolve_name,
    connect: Connect = socket.create_connection,
    clock: Callable[[], float] = monotonic,
) -> Iterator[Response]:
    """Send a request, and give its answer while the block runs.

    Args:
        url: The URL.
        guard: What is allowed.
        method: The method.
        headers: Headers, besides `Host`, `User-Agent`, `Connection` and `Content-Length`.
        body: The body.
        resolve: Looks up a host name.
        connect: Opens a connection.
        clock: Returns seconds that only ever grow.

    Raises:
        CallFailed: The URL may not be called, or its server does not answer as it should.
    """
    deadline = _Deadline(clock, guard.deadline_seconds)
    target = _parse_url(url, guard)
    message = _Message(method, headers or {}, body)
    for _ in range(1 + (guard.redirects or 0)):
        with closing(_open(target, resolve, connect, deadline, clock())) as connection:
            head = connection.exchange(target, message, guard, deadline)
            if guard.redirects is None or head.status not in _REDIRECTS:
                yield Response(head, connection.read_parts(head), guard.max_bytes)
                return
            location = head.headers.get("location")
        if method != "GET":
            break
        redirected = _parse_redirect(target, location, guard)
        if target.scheme == "https" and redirected.scheme != "https":
            break
        target = redirected
    raise CallFailed(Failure.BAD_REDIRECT, was_sent=True)


def call(
    url: str,
    guard: Guard,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """Send a request and return its whole answer, whatever its status.

    Raises:
        CallFailed: The URL may not be called, or its server does not answer as it should.
    """
    with open_response(url, guard, method=method, headers=headers, body=body) as response:
        return _read_whole(response)


class Connections:
    """Connections that are kept open between calls, for calling the same servers often.

    One per origin is kept while it is not in use. A name is looked up, and its addresses are
    checked, whenever a connection is opened. Threads may share this.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        resolve: Resolve = resolve_name,
        connect: Connect = socket.create_connection,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Create it without any connection.

        Args:
            guard: What is allowed in each call. No redirect is followed in any case.
            resolve: Looks up a host name.
            connect: Opens a connection.
            clock: Returns seconds that only ever grow.
        """
        self._guard = guard
        self._resolve = resolve
        self._connect = connect
        self._clock = clock
        self._kept: OrderedDict[_Origin, _Connection] = OrderedDict()
        self._lock = Lock()

    def call(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        is_repeatable: bool = False,
        deadline_seconds: float | None = None,
    ) -> Answer:
        """Send a request and return its whole answer, whatever its status.

        Args:
            url: The URL.
            method: The method.
            headers: Headers, besides `Host`, `User-Agent`, `Connection` and `Content-Length`.
            body: The body.
            is_repeatable: Whether the server may receive the request twice. It is sent again over a
                new connection when the kept one turns out to have been closed (RFC 9112, 9.3.1).
            deadline_seconds: That of this call, if it is not the guard's.

        Raises:
            CallFailed: The URL may not be called, or its server does not answer as it should.
        """
        seconds = self._guard.deadline_seconds if deadline_seconds is None else deadline_seconds
        deadline = _Deadline(self._clock, seconds)
        target = _parse_url(url, self._guard)
        message = _Message(method, headers or {}, body, keeps_open=True)
        kept = self._take(target.origin)
        if kept is not None:
            try:
                return self._exchange(kept, target, message, deadline)
            except _ClosedEarly:
                if not is_repeatable:
                    raise
        opened = _open(target, self._resolve, self._connect, deadline, self._clock())
        return self._exchange(opened, target, message, deadline)

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            kept = [*self._kept.values()]
            self._kept.clear()
        for connection in kept:
            connection.close()

    def _exchange(
        self, connection: _Connection, target: _Target, message: _Message, deadline: _Deadline
    ) -> Answer:
        try:
            head = connection.exchange(target, message, self._guard, deadline)
            if self._guard.redirects is not None and head.status in _REDIRECTS:
                raise CallFailed(Failure.BAD_REDIRECT, was_sent=True)
            parts = connection.read_parts(head)
            answer = _read_whole(Response(head, parts, self._guard.max_bytes))
        except BaseException:
            connection.close()  # the rest of the answer may still arrive
            raise
        if head.keeps_open:
            self._keep(target.origin, connection)
        else:
            connection.close()
        return answer

    def _take(self, origin: "_Origin") -> _Connection | None:
        """Take the connection to an origin out of those that are kept, if it can still be used."""
        with self._lock:
            connection = self._kept.pop(origin, None)
        if connection is None:
            return None
        now = self._clock()
        is_fresh = (
            now - connection.used_at < KEPT_IDLE_SECONDS
            and now - connection.opened_at < KEPT_SECONDS
        )
        if is_fresh and connection.is_usable():
            return connection
        connection.close()
        return None

    def _keep(self, origin: "_Origin", connection: _Connection) -> None:
        connection.used_at = self._clock()
        with self._lock:
            surplus = self._kept.pop(origin, None)
            self._kept[origin] = connection
            if surplus is None and len(self._kept) > MAX_KEPT_CONNECTIONS:
                _, surplus = self._kept.popitem(last=False)
        if surplus is not None:
            surplus.close()


def check_url(url: str, guard: Guard) -> None:
    """Check a URL as far as that is possible without a look-up.

    Raises:
        CallFailed: `call` would refuse it.
    """
    _parse_url(url, guard)


def is_public(address: str) -> bool:
    """Return whether an IP address is a public unicast address."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        excepted = any(ip in network for network in _EXCLUDED_IPV6)
        return ip in _GLOBAL_IPV6 and ip.scope_id is None and not excepted
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _EXCLUDED_IPV4)


@contextmanager
def _without_causes(*, was_sent: bool) -> Iterator[None]:
    """Turn the exceptions of a connection into CallFailed: their messages may quote the URL."""
    try:
        yield
    except CallFailed as error:
        raise CallFailed(error.failure, was_sent=was_sent) from None
    except ssl.SSLCertVerificationError:
        raise CallFailed(Failure.NOT_TRUSTED, was_sent=was_sent) from None
    except TimeoutError:
        raise CallFailed(Failure.TOO_SLOW, was_sent=was_sent) from None
    except (OSError, MalformedResponse):
        raise CallFailed(Failure.NOT_REACHABLE, was_sent=was_sent) from None
    except ResponseTooLarge:
        raise CallFailed(Failure.TOO_LARGE, was_sent=was_sent) from None
    except zlib.error:
        raise CallFailed(Failure.NOT_READABLE, was_sent=was_sent) from None


def _open(
    target: _Target, resolve: Resolve, connect: Connect, deadline: _Deadline, now: float
) -> _Connection:
    """Open a connection to an allowed address of a target."""
    with _without_causes(was_sent=False):
        if target.host == _LOOPBACK:
            addresses = [_LOOPBACK]
        else:
            addresses = _resolve_addresses(target, resolve, deadline)
        channel = _connect(target, addresses, connect, deadline)
        try:
            return _Connection(_start_tls(channel, target, deadline), now)
        except BaseException:
            channel.close()
            raise


def _parse_url(url: str, guard: Guard) -> _Target:
    url = url.strip()
    if len(url) > guard.max_url_characters or not url.isprintable():  # urlsplit drops line breaks
        raise CallFailed(Failure.BAD_URL)
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode().lower().removesuffix(".")
    except ValueError:
        raise CallFailed(Failure.BAD_URL) from None
    if web_addresses.has_credentials(url):
        raise CallFailed(
            Failure.WITH_PASSWORD if parts.scheme in guard.schemes else Failure.BAD_URL
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path = quote(path, safe=string.punctuation)
    if guard.trusted_origin and f"{parts.scheme}://{parts.netloc}" == guard.trusted_origin:
        return _Target(parts.scheme, host, port or _PORTS[parts.scheme], path, is_trusted=True)
    if guard.allows_loopback and parts.scheme == "http" and host == _LOOPBACK:
        return _Target("http", host, port or _PORTS["http"], path)
    if guard.allows_loopback and parts.scheme == "http" and host == _CONTAINERS_HOST:
        return _Target("http", host, port or _PORTS["http"], path, is_trusted=True)
    if parts.scheme not in guard.schemes:
        raise CallFailed(Failure.BAD_URL)
    scheme = "https" if parts.scheme == "webcal" else parts.scheme
    if not _is_host_name(host) or port not in (None, *_PORTS.values()):
        raise CallFailed(Failure.NOT_PUBLIC)
    return _Target(scheme, host, port or _PORTS[scheme], path)


def _is_host_name(host: str) -> bool:
    """Return whether a host is a full name: addresses end in a number in every notation."""
    *labels, last = host.split(".")
    is_word = last.isalpha() or last.startswith("xn--")
    return bool(labels) and is_word and set(host) <= _HOST_NAME_CHARACTERS


def _resolve_addresses(target: _Target, resolve: Resolve, deadline: _Deadline) -> list[str]:
    """Return the addresses of a target, which are public unless it is the operator's own."""
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
        raise CallFailed(Failure.TOO_SLOW) from None
    if not addresses or not (target.is_trusted or all(map(is_public, addresses))):
        raise CallFailed(Failure.NOT_PUBLIC)
    return addresses


def _connect(
    target: _Target, addresses: list[str], connect: Connect, deadline: _Deadline
) -> socket.socket:
    for address in addresses:
        try:
            return connect((address, target.port), deadline.step())
        except OSError:  # perhaps of an IP version without a route
            continue
    raise CallFailed(Failure.NOT_REACHABLE)


def _start_tls(channel: socket.socket, target: _Target, deadline: _Deadline) -> socket.socket:
    if target.scheme != "https":
        return channel
    channel.settimeout(deadline.step())
    context = _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    return context.wrap_socket(channel, server_hostname=target.host)


@lru_cache(maxsize=2)
def _tls_context(file: str | None, folder: str | None) -> ssl.SSLContext:  # noqa: ARG001
    """Return the context of all connections, which trusts what these variables of OpenSSL say."""
    return ssl.create_default_context()


def _compose(target: _Target, message: _Message, encoding: str) -> bytes:
    lines = [
        f"{message.method} {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        *(() if "user-agent" in message.headers else ("User-Agent: artist-booking",)),
        *(() if message.keeps_open else ("Connection: close",)),
        *(f"{name}: {value}" for name, value in message.headers.items()),
    ]
    if message.method != "GET" or message.body:
        lines.append(f"Content-Length: {len(message.body)}")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise CallFailed(Failure.BAD_URL)
    return head.encode(encoding) + b"\r\n\r\n" + message.body


def _read_whole(response: Response) -> Answer:
    whole = b"".join(response.read_parts())
    max_age = _read_max_age(response.get_header("Cache-Control"))
    return Answer(response.status, whole, max_age, response.headers, response.cookies)


def _parse_redirect(target: _Target, location: str | None, guard: Guard) -> _Target:
    if not location:
        raise CallFailed(Failure.BAD_REDIRECT)
    try:
        url = urljoin(f"{target.scheme}://{target.authority}{target.path}", location)
        return _parse_url(url, guard)
    except (ValueError, CallFailed):
        raise CallFailed(Failure.BAD_REDIRECT) from None


def _limit(parts: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """Yield parts until they are too large together."""
    total = 0
    with _without_causes(was_sent=True):
        for part in parts:
            total += len(part)
            if total > max_bytes:
                raise CallFailed(Failure.TOO_LARGE)
            yield part


def _unzip(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield unpacked parts, none larger than the others, however well they were packed."""
    unpacking = _create_unpacking()
    for part in parts:
        waiting = part
        while waiting:
            if unpacking.eof:  # some servers pack a body in several members
                if not waiting.startswith(_GZIP_MAGIC):
                    break
                unpacking = _create_unpacking()
            yield unpacking.decompress(waiting, PART_BYTES)
            waiting = unpacking.unused_data or unpacking.unconsumed_tail
    while unpacked := unpacking.decompress(b"", PART_BYTES):
        yield unpacked
    if not unpacking.eof:
        raise CallFailed(Failure.NOT_READABLE)


def _create_unpacking() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


def _read_max_age(cache_control: str | None) -> int | None:
    for directive in (cache_control or "").lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.isdecimal() and len(value) < 10:
            return int(value)
    return None
