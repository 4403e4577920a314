"""What of a request may reach the monolith: unambiguous paths, and headers that clients may set.

Servers differ in how they read the same request. Some decode a path twice, take a backslash for a
slash or cut off `;parameters`; some read `x_user_id` as `x-user-id` (CGI, RFC 3875, 4.1.18). So
what any of them might read differently is refused or dropped, whatever the monolith is.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

# Nobody encodes a path more often, except to be decoded by several servers.
_LONGEST_CHAIN = 4
_DOT_SEGMENTS = {".", ".."}
_REPLACEMENT_CHARACTER = "\ufffd"  # in place of bytes that were not UTF-8
# `%u002e` is a dot for IIS.
_WIDE_ENCODING = re.compile(r"%u[0-9a-f]{4}", re.IGNORECASE)

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token (RFC 9110, 5.6.2)
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # all but the tab (RFC 9110, 5.5)

# Headers of one connection only (RFC 9110, 7.6.1), headers that the gateway sets itself, and those
# that a server trusts to come from a proxy in front of it.
_NOT_FORWARDED = {
    "accept-encoding",
    "cf-connecting-ip",
    "client-ip",
    "connection",
    "content-length",
    "expect",
    "fastly-client-ip",
    "forwarded",
    "host",
    "keep-alive",
    "remote-user",
    "te",
    "trailer",
    "transfer-encoding",
    "true-client-ip",
    "upgrade",
    "via",
    "x-api-key",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-correlation-id",
    "x-host",
    "x-http-host-override",
    "x-http-method",
    "x-http-method-override",
    "x-method",
    "x-method-override",
    "x-originating-ip",
    "x-real-ip",
    "x-script-name",
    "x-sendfile",
}
_NOT_FORWARDED_FAMILIES = (
    "proxy",  # CGI makes a `Proxy` header the variable HTTP_PROXY (CVE-2016-5385, httpoxy)
    "x-accel-",
    "x-auth-request-",
    "x-forwarded",
    "x-original-",
    "x-remote-",
    "x-rewrite-",
    "x-user",
)


def is_unambiguous(path: str) -> bool:
    """Return whether every server reads the same segments in a path, and climbs nowhere.

    False for `.` and `..` segments, encoded slashes, backslashes, control characters and bytes that
    are not UTF-8, however often each is encoded, and for characters that are one of these in
    compatibility form, such as U+FF0E.
    """
    try:
        return all(_is_plain(form, slashes=path.count("/")) for form in _decodings(path))
    except ValueError:
        return False


def decode(path: str) -> str:
    """Return the path with nothing encoded. It must be unambiguous."""
    return list(_decodings(path))[-1]


def find_malformed(headers: Mapping[str, str]) -> str | None:
    """Return the name of a header that would end, or be read as two headers; None without one."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or is_broken(value):
            return name
    return None


def is_broken(value: str) -> bool:
    """Return whether the value of a header contains a line break or another control character."""
    return _CONTROL_CHARACTER.search(value) is not None


def choose_headers(received: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a request that may be forwarded.

    Headers that `Connection` names belong to one connection (RFC 9110, 7.6.1).
    """
    of_connection = {_fold(name) for name in received.get("connection", "").split(",")}
    return {
        name: value
        for name, value in received.items()
        if not _is_reserved(_fold(name)) and _fold(name) not in of_connection
    }


def _is_reserved(name: str) -> bool:
    return name in _NOT_FORWARDED or name.startswith(_NOT_FORWARDED_FAMILIES)


def _fold(name: str) -> str:
    """Return the spelling of a name that stands for all that some server reads alike."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _decodings(path: str) -> Iterator[str]:
    """Yield the path, and what decoding it again and again makes of it.

    Raises:
        ValueError: Bytes are not UTF-8, or the path is encoded too often.
    """
    for _ in range(_LONGEST_CHAIN):
        yield path
        decoded = unquote(path, errors="strict")
        if decoded == path:
            return
        path = decoded
    raise ValueError("The path is encoded too often.")


def _is_plain(form: str, *, slashes: int) -> bool:
    text = unicodedata.normalize("NFKC", form)
    segments = (segment.partition(";")[0].strip() for segment in text.split("/"))
    return (
        text.count("/") == slashes
        and "\\" not in text
        and _REPLACEMENT_CHARACTER not in text
        and not any(unicodedata.category(character) == "Cc" for character in text)
        and not _WIDE_ENCODING.search(text)
        and not _DOT_SEGMENTS & set(segments)
    )
