"""Twilio's callbacks: signed forms, posted when a status changes and when a message comes in.

https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

# Twilio gives an application 15 seconds: https://www.twilio.com/docs/api/errors/11200
_TIMEOUT_SECONDS = 15


def signature(url: str, form: Mapping[str, str], auth_token: str) -> str:
    """Return X-Twilio-Signature: HMAC-SHA1, by the account's token, of URL and sorted form."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_callable(url: str) -> bool:
    """Whether the URL can be posted to: absolute, http or https."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        return url.isascii() and parts.scheme in ("http", "https") and has_host
    except ValueError:
        return False


def post(url: str, form: Mapping[str, str], auth_token: str) -> tuple[int, str]:
    """Post the signed form and return the HTTP status and the body of the response.

    Raises OSError or http.client.HTTPException when there is none.
    """
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": signature(url, form, auth_token),
    }
    target = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/").geturl()
    try:
        connection.request("POST", target, urlencode(form), headers)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()
