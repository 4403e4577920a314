"""HTTP to our own processes, never through a proxy that the developer's shell names."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit


def get(url: str, timeout: float = 10.0) -> tuple[int, bytes]:
    """Send a GET to an http URL; return status and body. The timeout is in seconds.

    Raises:
        OSError: Nothing answers.
        http.client.HTTPException: The answer is not HTTP.
    """
    return call("GET", url, timeout=timeout)


def call(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
) -> tuple[int, bytes]:
    """Send a request to an http URL; return status and body. Raises what `get` raises."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
