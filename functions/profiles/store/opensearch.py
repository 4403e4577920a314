"""A collection of OpenSearch Serverless, by signed requests over guarded connections."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from shared.platform import outages, signed_calls
from shared.platform.config import Common, from_environment
from shared.platform.outages import Outage
from shared.platform.outside_calls import Answer, CallFailed, Connections, Guard

INDEX = "artists"
SERVICE = "aoss"  # what requests to OpenSearch Serverless are signed for
DEADLINE_SECONDS = 8.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024
OK, NOT_FOUND = 200, 404
SERVER_ERRORS = 500
TOO_MANY = 429

Send = Callable[[str, str, bytes], Answer]  # method, path and body of a request


class OpenSearchFailed(Exception):
    """OpenSearch refused a request, or a part of it."""


@outages.recognize
def _is_outage(error: BaseException) -> bool:
    """Recognize that OpenSearch was not reached."""
    return isinstance(error, CallFailed)


def search(send: Send, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a `_search` request.

    Raises:
        OpenSearchFailed: It was refused.
        Outage: OpenSearch cannot answer now.
    """
    return _call(send, "POST", f"/{INDEX}/_search", msgspec.json.encode(request))


def change(send: Send, bulk: bytes) -> None:
    """Make the changes of a `_bulk` request.

    Deleting or updating an artist who is not there is no failure.

    Raises:
        OpenSearchFailed: Some of them were refused.
        Outage: OpenSearch cannot answer now.
    """
    answer = _call(send, "POST", f"/{INDEX}/_bulk", bulk)
    statuses = [outcome["status"] for item in answer["items"] for outcome in item.values()]
    refused = [status for status in statuses if status >= 300 and status != NOT_FOUND]
    if refused:
        raise OpenSearchFailed(f"OpenSearch refused {len(refused)} changes with {refused[0]}.")


def create_index(send: Send, mappings: Mapping[str, Any]) -> None:
    """Create the index unless it exists.

    Raises:
        OpenSearchFailed: It was refused.
        Outage: OpenSearch cannot answer now.
    """
    if send("HEAD", f"/{INDEX}", b"").status == NOT_FOUND:
        _call(send, "PUT", f"/{INDEX}", msgspec.json.encode({"mappings": mappings}))


def open_collection(endpoint: str) -> Send:
    """Return what sends requests to a collection.

    Args:
        endpoint: Its address, such as `https://abc.us-east-1.aoss.amazonaws.com`.
    """
    connections = _connect()

    def send(method: str, path: str, body: bytes) -> Answer:
        url = endpoint.rstrip("/") + path
        media_type = "application/x-ndjson" if path.endswith("/_bulk") else "application/json"
        headers = signed_calls.sign(SERVICE, method, url, body, {"Content-Type": media_type})
        return connections.call(url, method=method, headers=headers, body=body)

    return send


@lru_cache
def _connect() -> Connections:
    is_local = from_environment(Common).environment == "local"
    guard = Guard(
        schemes=frozenset({"https", "http"} if is_local else {"https"}),
        max_bytes=MAX_ANSWER_BYTES,
        deadline_seconds=DEADLINE_SECONDS,
        allows_loopback=is_local,
    )
    return Connections(guard)


def _call(send: Send, method: str, path: str, body: bytes) -> dict[str, Any]:
    answer = send(method, path, body)
    if answer.status >= SERVER_ERRORS or answer.status == TOO_MANY:
        raise Outage(f"OpenSearch answered {answer.status}.")
    if answer.status != OK:
        raise OpenSearchFailed(f"OpenSearch answered {answer.status} to {method} {path}.")
    content: dict[str, Any] = msgspec.json.decode(answer.body)
    return content
