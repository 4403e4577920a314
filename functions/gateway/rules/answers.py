"""What of the monolith's answer reaches the client: headers, cookies, redirects.

The client sees the monolith under the address of the API. So what the monolith says about its own
address is said about that of the API, as a reverse proxy does.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from gateway.rules import forwarding

# Headers that return. All others are of one connection, set by the API itself, or say what the
# monolith is made of. API Gateway renames `WWW-Authenticate` to `x-amzn-Remapped-…`.
RETURNED_HEADERS = (
    "accept-ranges",
    "allow",
    "cache-control",
    "content-disposition",
    "content-language",
    "content-range",
    "content-security-policy",
    "etag",
    "expires",
    "last-modified",
    "link",
    "location",
    "referrer-policy",
    "retry-after",
    "www-authenticate",
)
# Headers of a response together, "Amazon API Gateway quotas": 10,240 bytes. Ours take a part.
MAX_HEADER_BYTES = 10_240 - 2_048


def choose_headers(
    headers: Mapping[str, str], *, method: str, base_url: str, prefix: str
) -> dict[str, str]:
    """Return the headers that the client gets.

    Args:
        headers: Headers of the monolith's answer, by their names in lower case.
        method: Method of the request. The answer to a HEAD says how long the body would be.
        base_url: Where the monolith is.
        prefix: What stands before the path in the client's URL: the stage, as `/api`.
    """
    names = (*RETURNED_HEADERS, "content-length") if method == "HEAD" else RETURNED_HEADERS
    chosen = {name: headers[name] for name in names if name in headers}
    if "location" in chosen:
        chosen["location"] = lead_back(chosen["location"], base_url, prefix)
    return chosen


def lead_back(location: str, base_url: str, prefix: str) -> str:
    """Return where a redirect leads the client.

    A redirect within the monolith stays behind the API; any other is returned as it is.
    """
    parts = urlsplit(base_url.rstrip("/"))
    origin = f"{parts.scheme}://{parts.netloc}"
    path = "/" if location == origin else location.removeprefix(origin)
    if not path.startswith("/") or path.startswith("//") or not _is_below(path, parts.path):
        return location
    led = prefix + path.removeprefix(parts.path) or "/"
    return location if led.startswith("//") else led  # that would be another host


def adapt_cookie(cookie: str, *, base_url: str, prefix: str, host: str) -> str:
    """Return a cookie as a browser keeps it for the API.

    A domain that is not the API's is left out, for no browser would keep the cookie; a path below
    the monolith's base is the path below the API (RFC 6265, 5.2.3 and 5.2.4).
    """
    base_path = urlsplit(base_url.rstrip("/")).path
    pair, *attributes = cookie.split(";")
    kept = [pair]
    for attribute in attributes:
        name, _, value = attribute.partition("=")
        match name.strip().lower():
            case "domain" if not _is_within(host, value.strip().lstrip(".").lower()):
                continue
            case "path" if base_path and _is_below(value.strip(), base_path):
                kept.append(f" Path={prefix}{value.strip().removeprefix(base_path) or '/'}")
            case _:
                kept.append(attribute)
    return ";".join(kept)


def find_prefix(path: str, proxy: str) -> str:
    """Return what stands before a path in the URL: the stage, or the base path of a domain.

    Args:
        path: Path of the URL, as API Gateway received it.
        proxy: What of it the route's parameter matched.
    """
    segments = path.strip("/").split("/")
    count = len(segments) - len(proxy.strip("/").split("/"))
    return "".join(f"/{segment}" for segment in segments[:count]) if count > 0 else ""


def is_sendable(content_type: str, headers: Mapping[str, str], cookies: tuple[str, ...]) -> bool:
    """Return whether API Gateway takes these headers: no control characters, and not too long."""
    values = (content_type, *headers.values(), *cookies)
    size = sum(len(name) + len(value) for name, value in headers.items())
    size += sum(len("set-cookie") + len(cookie) for cookie in cookies)
    return size <= MAX_HEADER_BYTES and not any(map(forwarding.is_broken, values))


def _is_below(path: str, base: str) -> bool:
    rest = path.removeprefix(base)
    return path.startswith(base) and (rest == "" or rest[0] in "/?#")


def _is_within(host: str, domain: str) -> bool:
    """Return whether a host is a domain or below it (RFC 6265, 5.1.3)."""
    return host == domain or host.endswith(f".{domain}")
