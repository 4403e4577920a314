"""Meta's logins and tokens: Business Login for Instagram, and Facebook Login for pages.

Below /meta every host of Meta has its own path: `instagram` is www.instagram.com, `instagram-api`
api.instagram.com, `instagram-graph` graph.instagram.com, `facebook` www.facebook.com and `graph`
graph.facebook.com. Both dialogs ask for PKCE by S256: Facebook Login knows it, and a client that
sends it to Instagram as well loses nothing.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
https://developers.facebook.com/docs/facebook-login/guides/advanced/oidc-token
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from secrets import token_hex, token_urlsafe
from typing import Any
from urllib.parse import urlencode

from infra.local.standins.http import Request, Response, Route, json_response
from infra.local.standins.social import grants
from infra.local.standins.social.errors import ProviderError, http_date
from infra.local.standins.social.faults import ProviderFaults
from infra.local.standins.social.grants import Grant
from infra.local.standins.social.kept import Clock, Kept
from infra.local.standins.social.meta_state import (
    Account,
    MetaState,
    Platform,
    Token,
    person_id,
)

# What development uses; they open only the stand-in. An app has a pair for each of the two logins.
INSTAGRAM_APP_ID = "990602627938098"
INSTAGRAM_APP_SECRET = "instagram-stand-in"  # noqa: S105
FACEBOOK_APP_ID = "1234567890123456"
FACEBOOK_APP_SECRET = "facebook-stand-in"  # noqa: S105
CODE_SECONDS = {"instagram": 3600, "facebook": 600}
SHORT_SECONDS = 3600
LONG_SECONDS = 60 * 86400
_REFRESHABLE_AFTER_SECONDS = 86400

SCOPES: Mapping[Platform, frozenset[str]] = {
    "instagram": frozenset(
        {
            "instagram_business_basic",
            "instagram_business_content_publish",
            "instagram_business_manage_comments",
            "instagram_business_manage_messages",
            "instagram_business_manage_insights",
        }
    ),
    "facebook": frozenset(
        {
            "public_profile",
            "email",
            "business_management",
            "instagram_basic",
            "instagram_manage_messages",
            "pages_manage_metadata",
            "pages_messaging",
            "pages_read_engagement",
            "pages_read_user_content",
            "pages_show_list",
        }
    ),
}
_APPS: Mapping[Platform, tuple[str, str]] = {
    "instagram": (INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET),
    "facebook": (FACEBOOK_APP_ID, FACEBOOK_APP_SECRET),
}
_SUBMITTED = ("client_id", "redirect_uri", "state", "code_challenge")


class MetaLogin:
    """Logins of accounts that exist as soon as somebody names them."""

    def __init__(
        self, state: Kept[MetaState], clock: Clock, faults: ProviderFaults, *, pages: str
    ) -> None:
        self._state = state
        self._clock = clock
        self._faults = faults
        self._pages = pages

    def routes(self) -> list[Route]:
        """Return the routes, with and without a version of the API."""
        route = self._faults.route
        instagram = "/meta/instagram/oauth/authorize"
        exchange = "/meta/instagram-api/oauth/access_token"
        routes = [
            route("GET", instagram, "authorize", self._show_instagram),
            route("POST", instagram, "authorize", self._decide_instagram),
            route("POST", exchange, "token", self._exchange_instagram),
        ]
        for version in ("", "/{version}"):
            dialog = f"/meta/facebook{version}/dialog/oauth"
            host = f"/meta/instagram-graph{version}"
            graph = f"/meta/graph{version}"
            routes += [
                route("GET", dialog, "authorize", self._show_facebook),
                route("POST", dialog, "authorize", self._decide_facebook),
                route("GET", f"{host}/access_token", "token.long", self._lengthen_instagram),
                route("GET", f"{host}/refresh_access_token", "refresh", self._refresh_instagram),
                route("GET", f"{graph}/oauth/access_token", "token", self._answer_facebook_token),
                route("POST", f"{graph}/oauth/access_token", "token", self._answer_facebook_token),
                route("GET", f"{graph}/debug_token", "debug_token", self._debug_token),
            ]
        return routes

    # The dialogs.

    def _show_instagram(self, request: Request) -> Response:
        scopes = self._check("instagram", request.query)
        body = (
            '<p><label>Username <input name="username" required autofocus></label></p>'
            '<p><label>Name <input name="name"></label></p>'
            '<p><label><input type="checkbox" name="professional" value="true" checked> '
            "Professional account</label></p>" + grants.checkboxes(scopes)
        )
        action = f"{self._pages}/instagram/oauth/authorize"
        title = "Log in with the stand-in of Instagram"
        return grants.page(title, action, request.query, _SUBMITTED, body)

    def _show_facebook(self, request: Request) -> Response:
        scopes = self._check("facebook", request.query)
        body = (
            '<p><label>Email <input name="email" type="email" required autofocus></label></p>'
            '<p><label>Pages <input name="page" required></label></p>' + grants.checkboxes(scopes)
        )
        action = f"{self._pages}/facebook/dialog/oauth"
        title = "Log in with the stand-in of Facebook"
        return grants.page(title, action, request.query, _SUBMITTED, body)

    def _check(self, platform: Platform, query: Mapping[str, str]) -> list[str]:
        if query.get("client_id") != _APPS[platform][0]:
            raise ProviderError("meta.dialog_unknown_app", query.get("client_id", ""))
        redirect_uri = query.get("redirect_uri", "")
        with self._state.reading() as state:
            registered = list(state.redirect_uris)
        if not redirect_uri or (registered and redirect_uri not in registered):
            raise ProviderError("meta.dialog_redirect_uri", redirect_uri)
        if query.get("response_type") != "code":
            raise ProviderError("meta.dialog_invalid_request", "response_type")
        if not query.get("state"):
            raise ProviderError("meta.dialog_invalid_request", "state")
        if not grants.is_challenge(query):
            raise ProviderError("meta.dialog_invalid_request", "code_challenge")
        scopes = query.get("scope", "").replace(",", " ").split()
        unknown = [scope for scope in scopes if scope not in SCOPES[platform]]
        if unknown or not scopes:
            raise ProviderError("meta.dialog_invalid_scope", ", ".join(unknown))
        return scopes

    def _decide_instagram(self, request: Request) -> Response:
        form = grants.form_of(request)
        # Instagram appends `#_` to the redirect; it is not part of the code.
        return self._redirect(form, self._allow_instagram, suffix="#_")

    def _decide_facebook(self, request: Request) -> Response:
        return self._redirect(grants.form_of(request), self._allow_facebook)

    def _redirect(self, form: dict[str, str], allow: Any, suffix: str = "") -> Response:
        if form.get("decision") == "allow":
            answer = {"code": allow(form, grants.ticked(form)), "state": form["state"]}
        else:
            answer = {
                "error": "access_denied",
                "error_reason": "user_denied",
                "error_description": "The user denied your request",
                "state": form["state"],
            }
        separator = "&" if "?" in form["redirect_uri"] else "?"
        location = f"{form['redirect_uri']}{separator}{urlencode(answer)}{suffix}"
        return Response(303, b"", {"Location": location})

    def _allow_instagram(self, form: dict[str, str], scopes: list[str]) -> str:
        username = form["username"].strip().removeprefix("@").lower()
        with self._state.changing() as state:
            known = state.find_account("instagram", username)
            kind = "BUSINESS" if form.get("professional") == "true" else "PERSONAL"
            if (known.account_type if known else kind) == "PERSONAL":
                raise ProviderError("meta.dialog_not_professional", username)
            account = state.add_account("instagram", username, name=form.get("name", ""))
            account.scopes = scopes
            return self._grant(state, "instagram", account.id, form, scopes)

    def _allow_facebook(self, form: dict[str, str], scopes: list[str]) -> str:
        person = person_id(form["email"])
        with self._state.changing() as state:
            state.people[person] = form["email"]
            for account in state.accounts.values():
                account.is_chosen = account.is_chosen and account.owner != person
            for name in form["page"].split(","):
                account = state.add_account("facebook", name.strip(), owner=person)
                account.owner, account.scopes, account.is_chosen = person, scopes, True
            return self._grant(state, "facebook", person, form, scopes)

    def _grant(
        self,
        state: MetaState,
        platform: Platform,
        subject: str,
        form: dict[str, str],
        scopes: list[str],
    ) -> str:
        code = f"AQ{token_urlsafe(60)}"
        state.grants[code] = Grant(
            subject=subject,
            scopes=scopes,
            redirect_uri=form["redirect_uri"],
            challenge=form["code_challenge"],
            until=self._clock.now() + CODE_SECONDS[platform],
        )
        return code

    # Tokens of Instagram.

    def _exchange_instagram(self, request: Request) -> Response:
        form = grants.form_of(request)
        if (form.get("client_id"), form.get("client_secret")) != _APPS["instagram"]:
            raise ProviderError("meta.instagram_invalid_client")
        if form.get("grant_type") != "authorization_code":
            raise ProviderError("meta.instagram_grant_type", form.get("grant_type", ""))
        with self._state.changing() as state:
            grant = state.grants.get(form.get("code", ""))
            if grant is None or grant.is_used:
                raise ProviderError("meta.instagram_code_invalid")
            if grant.until <= self._clock.now():
                raise ProviderError("meta.instagram_code_expired")
            if form.get("redirect_uri") != grant.redirect_uri:
                raise ProviderError("meta.instagram_redirect_uri")
            if not grants.fits(form.get("code_verifier", ""), grant.challenge):
                raise ProviderError("meta.instagram_verifier")
            grant.is_used = True
            token = self._issue(state, "instagram", grant.subject, grant.scopes, "short")
        answer = {
            "access_token": token,
            "user_id": grant.subject,
            "permissions": ",".join(grant.scopes),
        }
        return json_response({"data": [answer]})

    def _lengthen_instagram(self, request: Request) -> Response:
        query = request.query
        if query.get("grant_type") != "ig_exchange_token":
            raise ProviderError("meta.grant_type", query.get("grant_type", ""))
        if query.get("client_secret") != INSTAGRAM_APP_SECRET:
            raise ProviderError("meta.invalid_client")
        with self._state.changing() as state:
            token = self.read(state, grants.bearer_of(request))
            return self._long(state, "instagram", token)

    def _refresh_instagram(self, request: Request) -> Response:
        query = request.query
        if query.get("grant_type") != "ig_refresh_token":
            raise ProviderError("meta.grant_type", query.get("grant_type", ""))
        with self._state.changing() as state:
            token = self.read(state, grants.bearer_of(request))
            is_old = self._clock.now() - token.made >= _REFRESHABLE_AFTER_SECONDS
            if token.kind != "long" or not is_old:
                raise ProviderError("meta.token_too_young")
            return self._long(state, "instagram", token)

    # Tokens of Facebook.

    def _answer_facebook_token(self, request: Request) -> Response:
        form = grants.form_of(request)
        app_id, secret = _APPS["facebook"]
        if form.get("client_id") != app_id:
            raise ProviderError("meta.unknown_app")
        if form.get("client_secret") != secret:
            raise ProviderError("meta.invalid_client")
        match form.get("grant_type", "authorization_code"):
            case "fb_exchange_token":
                with self._state.changing() as state:
                    token = self.read(state, form.get("fb_exchange_token", ""))
                    return self._long(state, "facebook", token)
            case "authorization_code":
                return self._exchange_facebook(form)
            case other:
                raise ProviderError("meta.grant_type", other)

    def _exchange_facebook(self, form: dict[str, str]) -> Response:
        with self._state.changing() as state:
            grant = state.grants.get(form.get("code", ""))
            if grant is None or grant.is_used:
                raise ProviderError("meta.code_used")
            if grant.until <= self._clock.now():
                raise ProviderError("meta.code_expired")
            if form.get("redirect_uri") != grant.redirect_uri:
                raise ProviderError("meta.redirect_uri")
            if not grants.fits(form.get("code_verifier", ""), grant.challenge):
                raise ProviderError("meta.verifier")
            grant.is_used = True
            token = self._issue(state, "facebook", grant.subject, grant.scopes, "short")
        answer = {"access_token": token, "token_type": "bearer", "expires_in": SHORT_SECONDS}
        return json_response(answer)

    def _debug_token(self, request: Request) -> Response:
        app_token = "|".join(_APPS["facebook"])
        if grants.bearer_of(request) != app_token:
            raise ProviderError("meta.token_invalid")
        with self._state.reading() as state:
            token = state.tokens.get(request.query.get("input_token", ""))
            if token is None:
                raise ProviderError("meta.token_invalid")
            is_valid = token.ended is None and not self._is_expired(token)
            data = {
                "app_id": FACEBOOK_APP_ID,
                "type": "PAGE" if token.kind == "page" else "USER",
                "is_valid": is_valid,
                "scopes": token.scopes,
                "user_id": token.subject,
                "issued_at": int(token.made),
                "expires_at": int(token.until or 0),
            }
        return json_response({"data": data})

    # Both.

    def _long(self, state: MetaState, platform: Platform, token: Token) -> Response:
        made = self._issue(state, platform, token.subject, token.scopes, "long")
        answer: dict[str, Any] = {"access_token": made, "token_type": "bearer"}
        answer["expires_in"] = LONG_SECONDS
        if platform == "instagram":
            answer["permissions"] = ",".join(token.scopes)
        return json_response(answer)

    def _issue(
        self, state: MetaState, platform: Platform, subject: str, scopes: list[str], kind: Any
    ) -> str:
        lifetime = {"short": SHORT_SECONDS, "long": LONG_SECONDS, "page": None}[kind]
        now = self._clock.now()
        made = ("IGAA" if platform == "instagram" else "EAAB") + token_hex(60)
        state.tokens[made] = Token(
            subject=subject,
            platform=platform,
            scopes=scopes,
            kind=kind,
            made=now,
            until=None if lifetime is None else now + lifetime,
        )
        return made

    def page_token(self, state: MetaState, token: Token, account: Account) -> str:
        """Return a token of a page for a person's token; it ends only with the permission."""
        for made, known in state.tokens.items():
            if known.kind == "page" and known.subject == account.id and known.ended is None:
                known.scopes = token.scopes  # what the person allows now
                return made
        return self._issue(state, "facebook", account.id, token.scopes, "page")

    def read(self, state: MetaState, text: str) -> Token:
        """Return the token that a request has. Raises ProviderError when it is not valid."""
        if not text:
            raise ProviderError("meta.token_missing")
        token = state.tokens.get(text)
        if token is None:
            raise ProviderError("meta.token_invalid")
        if token.ended is not None:
            raise ProviderError(token.ended, _APPS[token.platform][0])
        if self._is_expired(token):
            raise ProviderError("meta.token_expired", http_date(token.until or 0))
        return token

    def check_proof(self, request: Request, token: Token, text: str) -> None:
        """Check `appsecret_proof`, where a call has one: HMAC-SHA256 of the token by the secret.

        https://developers.facebook.com/docs/graph-api/guides/secure-requests
        """
        proof = request.query.get("appsecret_proof")
        if proof is not None:
            secret = secret_of(token.platform).encode()
            expected = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
            if not hmac.compare_digest(proof, expected):
                raise ProviderError("meta.signature")

    def _is_expired(self, token: Token) -> bool:
        return token.until is not None and token.until <= self._clock.now()


def end_tokens(state: MetaState, account: Account, error: str) -> None:
    """End every token of an account and of its owner with the error that calls then get."""
    for token in state.tokens.values():
        if token.ended is None and token.subject in (account.id, account.owner):
            token.ended = error


def secret_of(platform: Platform) -> str:
    """Return the secret that webhooks of the platform are signed with."""
    return _APPS[platform][1]
