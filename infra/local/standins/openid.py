"""Identity provider (OpenID Connect): description, sign-in page, tokens, keys and user info.

It has no accounts: whoever opens the page says who they are. It answers below /openid as Google
does; a request without a nonce gets no ID token, as from Facebook. It holds clients to what a
strict provider asks for: the redirect URL, PKCE by S256, a secret, and codes that work once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from html import escape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.standins.http import Request, Response, Route, json_response

# What development uses; they open only the stand-in.
CLIENT_ID = "artist-booking"
CLIENT_SECRET = "stand-in"  # noqa: S105
CODE_SECONDS = 60

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in at the stand-in</title></head>
<body><main><h1>Sign in at the stand-in</h1>
<form method="post" action="{action}">
{hidden}
<p><label>Email <input name="email" type="email" required autofocus></label></p>
<p><label>Name <input name="name"></label></p>
<p><label><input name="verified" type="checkbox" value="true" checked> Verified</label></p>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" formnovalidate>Deny</button>
</form></main></body></html>
"""
_SUBMITTED_WITH_PAGE = ("redirect_uri", "state", "nonce", "code_challenge", "response_mode")


class Grant(msgspec.Struct, frozen=True):
    """What a code is exchanged for."""

    claims: dict[str, Any]
    redirect_uri: str
    challenge: str
    nonce: str
    until: float


class IdentityProvider:
    """A provider below `origin` (scheme, host and port). Its state ends with the process.

    Its page for people is below `pages`, which is another host where the application runs in
    containers.
    """

    def __init__(self, *, origin: str, pages: str) -> None:
        self.issuer = f"{origin}/openid"
        self._page = f"{pages}/openid/authorize"
        self._key: rsa.RSAPrivateKey | None = None
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}
        self._tokens: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("GET", "/openid/.well-known/openid-configuration", self._describe),
            Route("GET", "/openid/authorize", self._show_page),
            Route("POST", "/openid/authorize", self._decide),
            Route("POST", "/openid/token", self._exchange),
            Route("GET", "/openid/keys", self._list_keys),
            Route("GET", "/openid/userinfo", self._answer_userinfo),
        ]

    def _describe(self, _: Request) -> Response:
        return json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": self._page,
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    def _show_page(self, request: Request) -> Response:
        query = request.query
        wanted = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}
        wrong = [name for name, value in wanted.items() if query.get(name) != value]
        wrong += [
            name for name in ("redirect_uri", "state", "code_challenge") if not query.get(name)
        ]
        if wrong:
            text = f"The request is not as agreed: {', '.join(wrong)}."
            return Response(400, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        hidden = "\n".join(
            f'<input type="hidden" name="{name}" value="{escape(query[name])}">'
            for name in _SUBMITTED_WITH_PAGE
            if name in query
        )
        page = _PAGE.format(action=self._page, hidden=hidden)
        return _html(page)

    def _decide(self, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode()))
        answer = {"state": form["state"], "iss": self.issuer}
        if form.get("decision") == "allow":
            answer["code"] = self._grant(form)
        else:
            answer["error"] = "access_denied"
        if form.get("response_mode") == "form_post":
            return self._post(form["redirect_uri"], answer, form)
        location = f"{form['redirect_uri']}?{urlencode(answer)}"
        return Response(303, b"", {"Location": location})

    def _post(self, url: str, answer: dict[str, str], form: dict[str, str]) -> Response:
        """Return a page that posts the answer, with the name as Apple gives it."""
        first, _, last = form.get("name", "").partition(" ")
        if first:
            user = {"name": {"firstName": first, "lastName": last}}
            answer = {**answer, "user": msgspec.json.encode(user).decode()}
        hidden = "\n".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in answer.items()
        )
        page = (
            f'<form method="post" action="{escape(url)}">{hidden}<button>Continue</button></form>'
        )
        return _html(page)

    def _grant(self, form: dict[str, str]) -> str:
        email = form["email"]
        claims = {
            "sub": hashlib.sha256(email.lower().encode()).hexdigest()[:24],
            "email": email,
            "email_verified": form.get("verified") == "true",
            **({"name": form["name"]} if form.get("name") else {}),
        }
        code = token_urlsafe(24)
        with self._lock:
            self._grants[code] = Grant(
                claims,
                form["redirect_uri"],
                form["code_challenge"],
                form.get("nonce", ""),
                time.monotonic() + CODE_SECONDS,
            )
        return code

    def _exchange(self, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode()))
        right = (CLIENT_ID, CLIENT_SECRET)
        if (form.get("client_id"), form.get("client_secret")) != right:
            return json_response({"error": "invalid_client"}, 401)
        with self._lock:
            grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or not _fits(grant, form):
            return json_response({"error": "invalid_grant"}, 400)
        access_token = token_urlsafe(24)
        with self._lock:
            self._tokens[access_token] = grant.claims
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 3600}
        if grant.nonce:
            answer["id_token"] = self._sign(grant, access_token)
        return json_response(answer)

    def _sign(self, grant: Grant, access_token: str) -> str:
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            **grant.claims,
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 600,
            "nonce": grant.nonce,
            "at_hash": _base64url(half),
        }
        return jwt.encode(claims, self._signing_key(), "RS256", headers={"kid": "1"})

    def _list_keys(self, _: Request) -> Response:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._signing_key().public_key(), as_dict=True)
        return json_response({"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]})

    def _answer_userinfo(self, request: Request) -> Response:
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        with self._lock:
            claims = self._tokens.get(token)
        if claims is None:
            return json_response({"error": "invalid_token"}, 401)
        return json_response(claims)

    def _signing_key(self) -> rsa.RSAPrivateKey:
        with self._lock:
            if self._key is None:  # making one takes a moment, and few starts need it
                self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._key


def _fits(grant: Grant, form: dict[str, str]) -> bool:
    challenge = _base64url(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
    return (
        form.get("grant_type") == "authorization_code"
        and form.get("redirect_uri") == grant.redirect_uri
        and hmac.compare_digest(challenge, grant.challenge)
        and time.monotonic() < grant.until
    )


def _html(page: str) -> Response:
    # The policy of all other answers allows no form.
    policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Response(200, page.encode(), headers)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
