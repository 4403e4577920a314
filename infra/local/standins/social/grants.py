"""Parts of the authorization code flow that all providers have (RFC 6749, RFC 7636)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl

import msgspec

from infra.local.standins import base64url
from infra.local.standins.http import Request, Response

# RFC 7636, section 4.1 and 4.2: a challenge by S256 has 43 characters.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Grant(msgspec.Struct, kw_only=True):
    """What somebody allowed, until its code is exchanged.

    Attributes:
        subject: Id of the person or account.
        scopes: What they allowed.
        redirect_uri: Where the code was sent.
        challenge: Code challenge of PKCE.
        until: When the code expires, in seconds since the epoch.
        nonce: Nonce of OpenID Connect.
        is_used: Whether the code was exchanged.
        offline: Whether a refresh token comes with it.
    """

    subject: str
    scopes: list[str]
    redirect_uri: str
    challenge: str
    until: float
    nonce: str = ""
    is_used: bool = False
    offline: bool = False


def is_challenge(query: Mapping[str, str]) -> bool:
    """Whether the request has a challenge by S256; the stand-ins ask for one everywhere."""
    is_s256 = query.get("code_challenge_method") == "S256"
    return is_s256 and bool(_CHALLENGE.fullmatch(query.get("code_challenge", "")))


def fits(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the one that the challenge was made of."""
    made = base64url.encode(hashlib.sha256(verifier.encode()).digest())
    return hmac.compare_digest(made, challenge)


def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form, and of the query, which Meta accepts as well."""
    fields = dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    return {**request.query, **fields}


def bearer_of(request: Request) -> str:
    """Return the access token of a request: header, or Meta's parameter."""
    header = request.headers.get("Authorization") or ""
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ")
    if "access_token" in request.query:
        return request.query["access_token"]
    content_type = request.headers.get("Content-Type") or ""
    return form_of(request).get("access_token", "") if "form" in content_type else ""


def page(
    title: str, action: str, query: Mapping[str, str], names: tuple[str, ...], body: str
) -> Response:
    """Return a consent page that submits itself together with the parameters of the request."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(query[name])}">'
        for name in names
        if name in query
    )
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head><body><main><h1>{escape(title)}</h1>"
        f'<form method="post" action="{escape(action)}">{hidden}{body}'
        '<button name="decision" value="allow">Allow</button> '
        '<button name="decision" value="deny" formnovalidate>Deny</button>'
        "</form></main></body></html>"
    )
    # The policy of all other answers allows no form.
    policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Response(200, html.encode(), headers)


def checkboxes(scopes: list[str]) -> str:
    """Return a ticked box for each scope, as people may untick some of them."""
    return "".join(
        f'<p><label><input type="checkbox" name="scope:{escape(scope)}" checked> '
        f"{escape(scope)}</label></p>"
        for scope in scopes
    )


def ticked(form: Mapping[str, str]) -> list[str]:
    """Return the scopes whose boxes were ticked."""
    return [name.removeprefix("scope:") for name in form if name.startswith("scope:")]
