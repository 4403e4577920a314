"""Calls of providers: the one way to make them.

They are guarded as `shared.platform.outside_calls` says (docs/adr/0047), and their connections are
kept. What an answer with an error means, the module of the provider knows.
"""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

import msgspec

from shared.platform.outside_calls import Answer, CallFailed, Connections, Guard
from social.providers import configuration
from social.providers.failures import ProviderFailed

MAX_BYTES = 5 * 1024 * 1024
DEADLINE_SECONDS = 10.0
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


def send(
    method: str,
    url: str,
    *,
    token: str = "",
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    json: object | None = None,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    is_repeatable: bool | None = None,
) -> Answer:
    """Send a request to a provider and return its answer, whatever its status below 500.

    Args:
        method: The method.
        url: The URL.
        token: An access token, which is sent in the header `Authorization` (RFC 6750, 2.1).
        query: Parameters to add to the URL.
        form: The body, as a form.
        json: The body, as JSON.
        body: The body, whose type stands in the headers.
        headers: Further headers.
        is_repeatable: Whether the provider may receive it twice; by default what reads.

    Raises:
        ProviderFailed: It could not be reached, or answered 5xx.
    """
    sent = {"Accept": _JSON, **(headers or {})}
    if form is not None:
        sent["Content-Type"], body = _FORM, urlencode(form).encode()
    elif json is not None:
        sent["Content-Type"], body = _JSON, msgspec.json.encode(json)
    if token:
        sent["Authorization"] = f"Bearer {token}"
    if query:
        url += f"{'&' if '?' in url else '?'}{urlencode(query)}"
    if is_repeatable is None:
        is_repeatable = method == "GET"
    try:
        answer = _connections(configuration.settings().loopback_providers).call(
            url, method=method, headers=sent, body=body, is_repeatable=is_repeatable
        )
    except CallFailed as error:
        raise ProviderFailed(error.failure.value, was_sent=error.was_sent) from None
    except UnicodeEncodeError:
        raise ProviderFailed("a header is not ASCII", was_sent=False) from None
    if answer.status >= 500:
        raise ProviderFailed(f"status {answer.status}")
    return answer


def forget() -> None:
    """Close the connections that are kept, so that tests can stop their servers."""
    for allows_loopback in (False, True):
        _connections(allows_loopback).close()


def guard() -> Guard:
    """Return what calls of providers are allowed."""
    return _guard(configuration.settings().loopback_providers)


@lru_cache
def _connections(allows_loopback: bool) -> Connections:
    return Connections(_guard(allows_loopback))


def _guard(allows_loopback: bool) -> Guard:
    return Guard(
        redirects=None,
        max_bytes=MAX_BYTES,
        deadline_seconds=DEADLINE_SECONDS,
        allows_loopback=allows_loopback,
    )
