"""HTTP to our own processes: always direct, whatever proxy the developer's shell names."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit


def get(url: str, timeout: float = 10.0) -> tuple[int, bytes]:
    """GET an http URL; its status and body. The timeout is in seconds.

    Raises:
        OSError, http.client.HTTPException: nobody answers, or not in HTTP.
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
    """Send a request to an http URL; its status and body. Raises what `get` does."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
