"""HTTP to our own processes: always direct, whatever proxy the developer's shell names."""

import http.client
from urllib.parse import urlsplit


def get(url: str, timeout: float = 10.0) -> tuple[int, bytes]:
    """GET an http URL; its status and body. The timeout is in seconds.

    Raises:
        OSError, http.client.HTTPException: nobody answers, or not in HTTP.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
