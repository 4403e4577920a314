"""Web addresses in requests: one rule for all, whatever else a field asks for.

An address holds no user name and no password (RFC 3986, 3.2.1): the part before an `@` reads like a
host and is none, and a password would be stored and shown.
"""

import re

WITH_CREDENTIALS = "must not hold a user name or a password"
# Browsers take a backslash for a slash, and skip tabs and line breaks (URL Standard).
_AUTHORITY = re.compile(r"[a-z][a-z0-9+.-]*:[/\\]*([^/\\?#]*)|[/\\]{2,}([^/\\?#]*)", re.IGNORECASE)
_SKIPPED = re.compile(r"[\t\n\r]")


def has_credentials(url: str) -> bool:
    """Return whether an address names a user, or can be read as if it did."""
    match = _AUTHORITY.match(_SKIPPED.sub("", url.strip()))
    authority = next(filter(None, match.groups()), "") if match else ""
    return "@" in authority or "%40" in authority


def find_fault(url: str) -> str | None:
    """Return what is wrong with an address in any request, or None."""
    return WITH_CREDENTIALS if has_credentials(url) else None
