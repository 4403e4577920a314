"""Google's OAuth 2.0 and OpenID Connect: consent page, token endpoint, keys and user info.

https://developers.google.com/identity/protocols/oauth2/web-server
https://developers.google.com/identity/openid-connect/openid-connect
"""

from __future__ import annotations

import hashlib
import threading
from html import escape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.standins import base64url
from infra.local.standins.http import Request, Response, Route, json_response
from infra.local.standins.social import grants
from infra.local.standins.social.errors import ProviderError
from infra.local.standins.social.faults import ProviderFaults
from infra.local.standins.social.google_state import AccessToken, GoogleState, RefreshToken
from infra.local.standins.social.grants import Grant
from infra.local.standins.social.kept import Clock, Kept

# What development uses; they open only the stand-in.
CLIENT_ID = "artist-booking.apps.googleusercontent.example"
CLIENT_SECRET = "google-stand-in"  # noqa: S105
CODE_SECONDS = 600
SCOPES = frozenset(
    {
        "openid",
        "email",
        "profile",
        "https://www.googleapis.com/auth/userinfo.email",
        "https://www.googleapis.com/auth/userinfo.profile",
        "https://www.googleapis.com/auth/calendar",
        "https://www.googleapis.com/auth/calendar.readonly",
        "https://www.googleapis.com/auth/calendar.events",
        "https://www.googleapis.com/auth/calendar.events.owned",
        "https://www.googleapis.com/auth/calendar.events.readonly",
        "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
        "https://www.googleapis.com/auth/calendar.freebusy",
    }
)

_SUBMITTED = (
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "code_challenge",
    "access_type",
    "prompt",
    "include_granted_scopes",
)


class GoogleOAuth:
    """Accounts whose owner is whoever opens the page and names an address."""

    def __init__(
        self,
        state: Kept[GoogleState],
        clock: Clock,
        faults: ProviderFaults,
        *,
        base: str,
        pages: str,
    ) -> None:
        self.issuer = base
        self._page = f"{pages}/o/oauth2/v2/auth"
        self._state = state
        self._clock = clock
        self._faults = faults
        self._lock = threading.Lock()
        self._key: rsa.RSAPrivateKey | None = None

    def routes(self) -> list[Route]:
        """Return the routes, below /google."""
        route = self._faults.route
        return [
            Route("GET", "/google/.well-known/openid-configuration", self._describe),
            Route("GET", "/google/oauth2/v3/certs", self._list_keys),
            route("GET", "/google/o/oauth2/v2/auth", "authorize", self._show_page),
            route("POST", "/google/o/oauth2/v2/auth", "authorize", self._decide),
            route("POST", "/google/token", "token", self._answer_token),
            route("GET", "/google/oauth2/v3/userinfo", "userinfo", self._answer_userinfo),
        ]

    def _describe(self, _: Request) -> Response:
        return json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/o/oauth2/v2/auth",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/oauth2/v3/userinfo",
                "revocation_endpoint": f"{self.issuer}-revocation/revoke",
                "jwks_uri": f"{self.issuer}/oauth2/v3/certs",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def _show_page(self, request: Request) -> Response:
        query = request.query
        scopes = self._check(query)
        email = escape(query.get("login_hint", ""))
        value = f'value="{email}"'
        body = (
            f'<p><label>Email <input name="email" type="email" {value} required></label></p>'
            '<p><label>Name <input name="name"></label></p>' + grants.checkboxes(scopes)
        )
        return grants.page(
            "Sign in with the stand-in of Google", self._page, query, _SUBMITTED, body
        )

    def _check(self, query: Any) -> list[str]:
        """Return the scopes asked for. Raises ProviderError for what Google refuses."""
        if query.get("client_id") != CLIENT_ID:
            raise ProviderError("google.dialog_unknown_client")
        redirect_uri = query.get("redirect_uri", "")
        with self._state.reading() as state:
            registered = list(state.redirect_uris)
        if not redirect_uri or (registered and redirect_uri not in registered):
            raise ProviderError("google.dialog_redirect_uri", redirect_uri)
        if query.get("response_type") != "code":
            raise ProviderError("google.dialog_invalid_request", "response_type")
        if not query.get("state"):
            raise ProviderError("google.dialog_invalid_request", "state")
        if not grants.is_challenge(query):
            raise ProviderError("google.dialog_invalid_request", "code_challenge")
        scopes = query.get("scope", "").split()
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise ProviderError("google.dialog_invalid_scope", " ".join(unknown))
        if "openid" in scopes and not query.get("nonce"):
            raise ProviderError("google.dialog_invalid_request", "nonce")
        return list(scopes)

    def _decide(self, request: Request) -> Response:
        form = grants.form_of(request)
        answer = {"state": form["state"]}
        if form.get("decision") == "allow":
            answer |= self.allow(form, grants.ticked(form))
        else:
            answer["error"] = "access_denied"
        return Response(303, b"", {"Location": f"{form['redirect_uri']}?{urlencode(answer)}"})

    def allow(self, form: Any, scopes: list[str]) -> dict[str, str]:
        """Grant what a person ticked; return what is added to the redirect URI."""
        code = f"4/{token_urlsafe(32)}"
        with self._state.changing() as state:
            person = state.person(form["email"], form.get("name", ""))
            if form.get("include_granted_scopes") == "true":
                scopes = [*scopes, *(each for each in person.scopes if each not in scopes)]
            # Google gives a refresh token at the first consent and whenever consent is asked for.
            is_new = not set(scopes) <= set(person.scopes)
            offline = form.get("access_type") == "offline" and (
                is_new or "consent" in form.get("prompt", "")
            )
            person.scopes = sorted({*person.scopes, *scopes})
            state.grants[code] = Grant(
                subject=person.email,
                scopes=scopes,
                redirect_uri=form["redirect_uri"],
                challenge=form["code_challenge"],
                until=self._clock.now() + CODE_SECONDS,
                nonce=form.get("nonce", ""),
                offline=offline,
            )
        return {"code": code, "scope": " ".join(scopes)}

    def _answer_token(self, request: Request) -> Response:
        form = grants.form_of(request)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise ProviderError("google.invalid_client")
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(form)
            case "refresh_token":
                return self._refresh(form)
            case other:
                raise ProviderError("google.grant_type", other or "")

    def _exchange(self, form: dict[str, str]) -> Response:
        for name in ("code", "redirect_uri"):
            if not form.get(name):
                raise ProviderError("google.missing_parameter", name)
        with self._state.changing() as state:
            grant = state.grants.get(form["code"])
            if grant is None:
                raise ProviderError("google.code_invalid")
            if grant.is_used or grant.until <= self._clock.now():
                raise ProviderError("google.code_used")
            if form["redirect_uri"] != grant.redirect_uri:
                raise ProviderError("google.redirect_uri")
            if not form.get("code_verifier"):
                raise ProviderError("google.verifier_missing")
            if not grants.fits(form["code_verifier"], grant.challenge):
                raise ProviderError("google.verifier_wrong")
            grant.is_used = True
            refresh_token = ""
            if grant.offline:
                refresh_token = f"1//{token_urlsafe(48)}"
                state.refresh_tokens[refresh_token] = RefreshToken(
                    email=grant.subject, scopes=grant.scopes
                )
            answer = self._issue(state, grant.subject, grant.scopes, refresh_token)
            if refresh_token:
                answer["refresh_token"] = refresh_token
            if "openid" in grant.scopes:
                answer["id_token"] = self._sign(state, grant, answer["access_token"])
        return json_response(answer)

    def _refresh(self, form: dict[str, str]) -> Response:
        if not form.get("refresh_token"):
            raise ProviderError("google.missing_parameter", "refresh_token")
        with self._state.changing() as state:
            token = state.refresh_tokens.get(form["refresh_token"])
            if token is None or token.is_revoked:
                raise ProviderError("google.refresh_token_revoked")
            answer = self._issue(state, token.email, token.scopes, form["refresh_token"])
        return json_response(answer)

    def _issue(
        self, state: GoogleState, email: str, scopes: list[str], refresh_token: str
    ) -> dict[str, Any]:
        access_token = f"ya29.{token_urlsafe(48)}"
        state.access_tokens[access_token] = AccessToken(
            email=email,
            scopes=scopes,
            until=self._clock.now() + state.access_token_seconds,
            refresh_token=refresh_token,
        )
        return {
            "access_token": access_token,
            "expires_in": state.access_token_seconds,
            "scope": " ".join(scopes),
            "token_type": "Bearer",
        }

    def _sign(self, state: GoogleState, grant: Grant, access_token: str) -> str:
        person = state.people[grant.subject]
        now = int(self._clock.now())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "sub": person.sub,
            "email": person.email,
            "email_verified": True,
            "name": person.name,
            "nonce": grant.nonce,
            "at_hash": base64url.encode(half),
            "iat": now,
            "exp": now + 3600,
        }
        return jwt.encode(claims, self._signing_key(), "RS256", headers={"kid": "google-1"})

    def _list_keys(self, _: Request) -> Response:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._signing_key().public_key(), as_dict=True)
        key = {**public, "kid": "google-1", "use": "sig", "alg": "RS256"}
        return json_response({"keys": [key]})

    def _answer_userinfo(self, request: Request) -> Response:
        token = grants.bearer_of(request)
        with self._state.reading() as state:
            found = state.access_tokens.get(token)
            if found is None or found.is_revoked or found.until <= self._clock.now():
                raise ProviderError("google.token_expired")
            person = state.people[found.email]
        return json_response(
            {
                "sub": person.sub,
                "name": person.name,
                "email": person.email,
                "email_verified": True,
                "picture": f"{self.issuer}/picture/{person.sub}.png",
            }
        )

    def _signing_key(self) -> rsa.RSAPrivateKey:
        with self._lock:
            if self._key is None:  # making one takes a moment, and few starts need it
                self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._key
