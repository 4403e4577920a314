"""Guarded fetch of a calendar from a URL that a user gave.

What guards it is in `shared.platform.outside_calls`. A calendar is handed on in parts while it
arrives, so that it never has to fit into memory, and only if it has changed since it was read
before (RFC 9110, 13.1).

The URL contains a secret: it appears in no message and no exception of this module, and nothing is
logged here.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import msgspec

from shared.platform import outside_calls
from shared.platform.outside_calls import CallFailed, Connect, Failure, Guard, Resolve, resolve_name

MAX_BYTES = 32 * 1024 * 1024  # as they are sent, and as they are unpacked
MAX_VALIDATOR_CHARACTERS = 512
MAX_REDIRECTS = 3
DEADLINE_SECONDS = 25.0  # for everything together, reading what arrives included

# What differs from the words of the guard, for the artist.
_REASONS = {
    Failure.BAD_URL: "This is not an address that begins with https:// or webcal://.",
    Failure.WITH_PASSWORD: "An address with a user name or password in it cannot be used.",
    Failure.TOO_LARGE: "The response of the server is too large for a calendar.",
}


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
    known = known or Validators()
    with (
        _explained(),
        outside_calls.open_response(
            url,
            _guard(),
            headers=_build_headers(known),
            resolve=resolve,
            connect=connect,
            clock=clock,
        ) as response,
    ):
        yield _read_response(response, known)


def check_address(url: str) -> None:
    """Check a URL as far as that is possible without a look-up.

    Raises:
        FetchFailed: `fetch` would refuse it.
    """
    with _explained():
        outside_calls.check_url(url, _guard())


def _guard() -> Guard:
    return Guard(
        schemes=frozenset({"http", "https", "webcal"}),
        redirects=MAX_REDIRECTS,
        max_bytes=MAX_BYTES,
        deadline_seconds=DEADLINE_SECONDS,
    )


@contextmanager
def _explained() -> Iterator[None]:
    """Turn CallFailed into FetchFailed, with a reason for the artist."""
    try:
        yield
    except CallFailed as error:
        raise FetchFailed(_REASONS.get(error.failure, error.failure.value)) from None


def _build_headers(known: Validators) -> dict[str, str]:
    headers = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "gzip, identity"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _read_response(response: outside_calls.Response, known: Validators) -> Response:
    if response.status == 304 and known != Validators():
        return Response(known, None)
    if response.status != 200:
        raise FetchFailed(f"The server answered with the error {response.status}.")
    parts = _explain_parts(response.read_parts())
    validators = Validators(
        _clean_validator(response.get_header("ETag")),
        _clean_validator(response.get_header("Last-Modified")),
    )
    return Response(validators, parts)


def _explain_parts(parts: Iterator[bytes]) -> Iterator[bytes]:
    with _explained():
        yield from parts


def _clean_validator(value: str | None) -> str | None:
    """Return a validator as it can be sent back, or None."""
    is_usable = value and value.isascii() and value.isprintable()
    return value if value and is_usable and len(value) <= MAX_VALIDATOR_CHARACTERS else None
