"""CORS: which headers let a browser on another origin read a response."""

from shared.platform.config import Common, from_environment

# In place of a port: any port of that host, for the pages of developers.
_ANY_PORT = ":*"

_ALLOWED_HEADERS = "authorization, content-type, idempotency-key, x-api-key, x-correlation-id"
_EXPOSED_HEADERS = "location, ratelimit, ratelimit-policy, retry-after, x-correlation-id"


def response_headers(origin: str | None) -> dict[str, str]:
    """Return the CORS headers of a response to `origin`.

    A configured origin is allowed by its name, never by `*`.
    """
    allowed = from_environment(Common).allowed_origins.split(",")
    if origin is None or not any(_matches(each, origin) for each in allowed):
        return {"vary": "origin"}
    return {
        "vary": "origin",
        "access-control-allow-origin": origin,
        "access-control-expose-headers": _EXPOSED_HEADERS,
    }


def preflight_headers(origin: str | None, methods: list[str]) -> dict[str, str]:
    """Return the CORS headers that answer a preflight for a path with these methods."""
    headers = response_headers(origin)
    if "access-control-allow-origin" in headers:
        headers["access-control-allow-methods"] = ", ".join(methods)
        headers["access-control-allow-headers"] = _ALLOWED_HEADERS
        headers["access-control-max-age"] = "7200"
    return headers


def _matches(allowed: str, origin: str) -> bool:
    if not allowed.endswith(_ANY_PORT):
        return origin == allowed
    host, _, port = origin.rpartition(":")
    return host == allowed.removesuffix(_ANY_PORT) and port.isdecimal()
