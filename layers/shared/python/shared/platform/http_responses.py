"""Responses of HTTP/1.1 servers (RFC 9112), read from a connection within limits.

`http.client` limits a line of a head but neither the head, nor interim responses, nor chunk
extensions, nor trailers, and parses headers as those of a mail. A server that is called because a
user chose it must not be able to send more than is asked for in any part of its response.
"""

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

MAX_HEAD_BYTES = 64 * 1024  # of a response, with the interim ones before it, or of its trailers
MAX_HEADERS = 100
COOKIE_HEADER = "set-cookie"
_MAX_LINE_BYTES = 1024  # of a chunk's size and extensions
_RECEIVED_AT_ONCE = 64 * 1024
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9]\d\d)(?: .*)?")
_LENGTH = re.compile(r"\d{1,15}")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?\r?\n", re.DOTALL)
_WITHOUT_BODY = (204, 304)

Receive = Callable[[int], bytes]


class MalformedResponse(Exception):
    """The response is not HTTP, or ends too early."""


class ResponseTooLarge(Exception):
    """The response is larger than its reader takes."""


class Head(msgspec.Struct, frozen=True):
    """The head of a response.

    Attributes:
        status: Its status.
        headers: Its headers by their names in lower case; repeated ones are joined by commas.
        cookies: The values of `Set-Cookie`, which commas cannot join (RFC 6265, 3).
        keeps_open: Whether the server takes another request on the same connection.
        is_chunked: Whether the body is sent in chunks.
        length: Bytes of the body; None where it ends with the connection or the last chunk.
    """

    status: int
    headers: Mapping[str, str]
    keeps_open: bool
    is_chunked: bool
    length: int | None
    cookies: tuple[str, ...] = ()


class ResponseReader:
    """Reads the responses of one connection, one after the other."""

    def __init__(self, receive: Receive) -> None:
        """Create a reader.

        Args:
            receive: Returns up to a number of bytes as they arrive, none when the connection has
                ended. It keeps to the time that a call may take.
        """
        self._receive = receive
        self._waiting = bytearray()
        self._bytes_left = 0

    @property
    def is_unused(self) -> bool:
        """Whether nothing has arrived since the last response."""
        return not self._waiting

    def read_head(self, method: str, max_bytes: int) -> Head:
        """Read the head of the next response.

        Args:
            method: Method of the request.
            max_bytes: Size of the body. Twice as much may be received, for the sake of chunks.

        Raises:
            MalformedResponse: There is none, it is not HTTP, or its head is too large.
        """
        self._bytes_left = 2 * MAX_HEAD_BYTES + 2 * max_bytes
        taken = 0
        while True:
            head = self._take_head(MAX_HEAD_BYTES - taken)
            taken += len(head)
            parsed = _parse_head(head.decode("latin-1"), method)
            if parsed.status >= 200:
                return parsed

    def read_body(self, head: Head, part_bytes: int) -> Iterator[bytes]:
        """Yield the body in parts, as they arrive.

        Raises:
            MalformedResponse: It is not complete.
            ResponseTooLarge: It is too large.
        """
        if head.is_chunked:
            while size := self._read_chunk_size():
                yield from self._read_exactly(size, part_bytes)
                if self._take_line(_MAX_LINE_BYTES).strip(b"\r\n"):
                    raise MalformedResponse
            self._skip_trailers()
        elif head.length is not None:
            yield from self._read_exactly(head.length, part_bytes)
        else:
            while self._waiting or self._fill():
                yield self._take(part_bytes)

    def _fill(self) -> bool:
        """Receive more. Return False when the connection has ended."""
        received = self._receive(_RECEIVED_AT_ONCE)
        self._bytes_left -= len(received)
        if self._bytes_left < 0:
            raise ResponseTooLarge
        self._waiting += received
        return bool(received)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._waiting[:size])
        del self._waiting[:size]
        return taken

    def _take_head(self, max_bytes: int) -> bytes:
        start = 0
        while True:
            end = _END_OF_HEAD.search(self._waiting, start)
            if end is not None and end.end() <= max_bytes:
                return self._take(end.end())
            if len(self._waiting) >= max_bytes:
                raise MalformedResponse
            start = max(0, len(self._waiting) - 3)
            if not self._fill():
                raise MalformedResponse

    def _take_line(self, max_bytes: int) -> bytes:
        start = 0
        while True:
            end = self._waiting.find(b"\n", start) + 1
            if 0 < end <= max_bytes:
                return self._take(end)
            if end or len(self._waiting) >= max_bytes:
                raise MalformedResponse
            start = len(self._waiting)
            if not self._fill():
                raise MalformedResponse

    def _read_chunk_size(self) -> int:
        size = _SIZE.fullmatch(self._take_line(_MAX_LINE_BYTES))
        if size is None:
            raise MalformedResponse
        return int(size[1], 16)

    def _skip_trailers(self) -> None:
        left = MAX_HEAD_BYTES
        while line := self._take_line(left):
            left -= len(line)
            if not line.strip(b"\r\n"):
                return

    def _read_exactly(self, size: int, part_bytes: int) -> Iterator[bytes]:
        while size:
            if not self._waiting and not self._fill():
                raise MalformedResponse  # half a body may mean something else
            part = self._take(min(size, part_bytes))
            size -= len(part)
            yield part


def _parse_head(text: str, method: str) -> Head:
    status_line, *lines = text.rstrip("\r\n").replace("\r\n", "\n").split("\n")
    matched = _STATUS_LINE.fullmatch(status_line)
    if matched is None or len(lines) > MAX_HEADERS:
        raise MalformedResponse
    headers, cookies = _parse_headers(lines)
    status = int(matched[2])
    is_chunked, length = _find_framing(headers)
    if method == "HEAD" or status in _WITHOUT_BODY or status < 200:
        is_chunked, length = False, 0
    has_end = is_chunked or length is not None
    closes = "close" in headers.get("connection", "").lower()
    # With both (RFC 9112, 6.1), somebody may have smuggled a response into the connection.
    is_doubtful = "transfer-encoding" in headers and "content-length" in headers
    keeps_open = matched[1] == "1" and has_end and not closes and not is_doubtful
    return Head(status, headers, keeps_open, is_chunked, length, cookies)


def _parse_headers(lines: list[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the headers by name, and the cookies."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    name = ""
    for line in lines:
        if line[:1] in (" ", "\t"):  # obsolete folding, left for the reader of the value to refuse
            if not name:
                raise MalformedResponse
            headers[name] += f"\r\n{line}"
            if name == COOKIE_HEADER:
                cookies[-1] += f"\r\n{line}"
            continue
        name, colon, value = line.partition(":")
        if not colon or not name or name[-1] in " \t":
            raise MalformedResponse
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
        if name == COOKIE_HEADER:
            cookies.append(value)
    return headers, tuple(cookies)


def _find_framing(headers: Mapping[str, str]) -> tuple[bool, int | None]:
    """Return whether a body is chunked, and its length if that is stated (RFC 9112, 6.3)."""
    if (coding := headers.get("transfer-encoding")) is not None:
        if coding.lower() != "chunked":
            raise MalformedResponse
        return True, None
    if (stated := headers.get("content-length")) is None:
        return False, None
    lengths = {length.strip() for length in stated.split(",")}
    length = lengths.pop()
    if lengths or not _LENGTH.fullmatch(length):
        raise MalformedResponse
    return False, int(length)
