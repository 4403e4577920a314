"""Google: OAuth 2.0 and OpenID Connect, for its Calendar.

https://developers.google.com/identity/protocols/oauth2/web-server
https://developers.google.com/identity/openid-connect/openid-connect
https://developers.google.com/workspace/calendar/api/auth
https://developers.google.com/workspace/calendar/api/guides/errors
"""

from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import msgspec

from shared.platform import clock, retry_after
from shared.platform.outside_calls import Answer
from social.models import Capability, ProviderId, Tokens
from social.providers import calls, configuration, oauth
from social.providers.configuration import ProviderSettings
from social.providers.failures import ProviderRefused, RateLimited, TokenRefused
from social.providers.protocol import Authorization, Grant, Profile

_IDENTITY = ("openid", "email", "profile")
_CALENDAR = "https://www.googleapis.com/auth/calendar"
# https://developers.google.com/identity/protocols/oauth2/scopes: "email" and "profile" are granted
# under their full names.
_FULL_NAMES = {
    "https://www.googleapis.com/auth/userinfo.email": "email",
    "https://www.googleapis.com/auth/userinfo.profile": "profile",
}
_LIMIT_REASONS = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded")
_LEEWAY = timedelta(minutes=5)  # between clocks
_DEFAULTS = {
    "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
    "token_url": "https://oauth2.googleapis.com/token",
    "revoke_url": "https://oauth2.googleapis.com/revoke",
    "profile_url": "https://openidconnect.googleapis.com/v1/userinfo",
    "api_url": "https://www.googleapis.com/calendar/v3",
    "issuer": "https://accounts.google.com",
}


class _TokenAnswer(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int
    refresh_token: str | None = None
    scope: str = ""
    id_token: str = ""


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str
    sub: str
    exp: int
    nonce: str = ""


class _UserInfo(msgspec.Struct, frozen=True):
    sub: str
    name: str = ""
    email: str = ""
    picture: str | None = None


class Google:
    """Google accounts. See `social.providers.protocol.Provider`."""

    id = ProviderId.GOOGLE
    name = "Google"
    scopes: Mapping[Capability, tuple[str, ...]] = {
        # To read and write events, and to list calendars so that the artist can choose among them.
        Capability.CALENDAR: (f"{_CALENDAR}.events", f"{_CALENDAR}.calendarlist.readonly"),
    }
    refresh_ahead_seconds = 600  # an access token lives for an hour

    def is_available(self) -> bool:
        """Return whether the operator configured it."""
        found = settings()
        return bool(found.client_id and found.client_secret)

    def build_authorize_url(self, authorization: Authorization) -> str:
        """Return the URL of the consent page.

        Consent is asked for each time, because only then there is a refresh token for sure.
        """
        found = settings()
        scopes = [*_IDENTITY, *self.scopes[Capability.CALENDAR]]
        return oauth.build_authorize_url(
            found.authorize_url,
            found.client_id,
            " ".join(scopes),
            authorization,
            nonce=authorization.nonce,
            access_type="offline",
            prompt="consent",
            include_granted_scopes="true",
        )

    def exchange(self, code: str, authorization: Authorization, now: datetime) -> Grant:
        """Exchange a code for tokens. Raises as the protocol says."""
        found = settings()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": authorization.redirect_url,
            "code_verifier": authorization.verifier,
        }
        answer = _request_token(found, form)
        if answer.refresh_token is None:
            raise ProviderRefused("there is no refresh token")
        subject = _read_subject(answer.id_token, found, authorization.nonce, now)
        tokens = _read_tokens(answer, answer.refresh_token, now)
        profile = self.fetch_profile(tokens)
        if profile.subject != subject:  # OpenID Connect Core, 5.3.2
            raise ProviderRefused("the user info is of another user")
        return Grant(tokens, profile, read_scopes(answer.scope))

    def refresh(self, tokens: Tokens, now: datetime) -> Tokens:
        """Return the next tokens. Raises as the protocol says."""
        if tokens.refresh_token is None:
            raise TokenRefused("there is no refresh token")
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        try:
            answer = _request_token(settings(), form)
        except ProviderRefused as error:
            # Expired, revoked, not used for six months, or one too many of this account.
            if error.code == "invalid_grant":
                raise TokenRefused("invalid_grant") from None
            raise
        return _read_tokens(answer, answer.refresh_token or tokens.refresh_token, now)

    def revoke(self, tokens: Tokens) -> None:
        """Have Google forget the grant, with all its tokens. Raises as the protocol says."""
        form = {"token": tokens.refresh_token or tokens.access_token}
        answer = calls.send("POST", settings().revoke_url, form=form, is_repeatable=True)
        if answer.status == 200:
            return
        error = oauth.decode_error(answer).get("error")
        if error == "invalid_token":  # it was revoked before
            return
        check(answer)

    def subscribe(self, grant: Grant, capabilities: Collection[Capability]) -> None:
        """Do nothing: each calendar is watched on its own, once the artist has chosen it."""

    def fetch_profile(self, tokens: Tokens) -> Profile:
        """Return who the account is now. Raises as the protocol says."""
        answer = calls.send("GET", settings().profile_url, token=tokens.access_token)
        check(answer)
        info = oauth.decode(answer, _UserInfo)
        return Profile(
            subject=info.sub,
            display_name=info.name or info.email or "Google",
            handle=info.email or None,
            picture_url=info.picture,
        )


def settings() -> ProviderSettings:
    """Return the settings of Google."""
    return configuration.read(ProviderId.GOOGLE, _DEFAULTS)


def read_scopes(text: str) -> tuple[str, ...]:
    """Return scopes by the names under which they are requested."""
    return tuple(sorted({_FULL_NAMES.get(scope, scope) for scope in text.split()}))


def check(answer: Answer) -> Answer:
    """Return an answer of Google's APIs that is no error.

    Raises:
        TokenRefused: 401: the access token is not valid any more.
        RateLimited: 429, or 403 with a reason that says so.
        ProviderRefused: Another error; its `code` is Google's reason.
    """
    if answer.status < 400:
        return answer
    code = _read_reason(answer)
    if answer.status == 401:
        raise TokenRefused(f"status 401 {code}")
    if answer.status == 429 or (answer.status == 403 and code in _LIMIT_REASONS):
        seconds = retry_after.parse(answer.headers.get("retry-after"), clock.now())
        until = clock.now() + timedelta(seconds=seconds) if seconds else None
        raise RateLimited(f"status {answer.status} {code}", until)
    raise ProviderRefused(f"status {answer.status} {code}", status=answer.status, code=code)


def _read_reason(answer: Answer) -> str:
    """Return the reason of an error: of OAuth a text, of the APIs that of the first of `errors`."""
    error = oauth.decode_error(answer).get("error")
    if isinstance(error, dict):
        details = error.get("errors")
        error = details[0].get("reason", "") if isinstance(details, list) and details else ""
    # It gets into the log: whatever else a server sends does not.
    return error if isinstance(error, str) and len(error) <= 64 and error.isidentifier() else ""


def _request_token(found: ProviderSettings, form: Mapping[str, str]) -> _TokenAnswer:
    body = {"client_id": found.client_id, "client_secret": found.client_secret, **form}
    answer = calls.send("POST", found.token_url, form=body)
    if answer.status in (400, 401):
        code = _read_reason(answer)
        raise ProviderRefused(f"token: {code}", status=answer.status, code=code)
    return oauth.decode(check(answer), _TokenAnswer)


def _read_tokens(answer: _TokenAnswer, refresh_token: str, now: datetime) -> Tokens:
    return Tokens(
        access_token=answer.access_token,
        refresh_token=refresh_token,
        expires_at=now + timedelta(seconds=answer.expires_in),
    )


def _read_subject(id_token: str, found: ProviderSettings, nonce: str, now: datetime) -> str:
    """Return the user of an ID token.

    It came from the token endpoint over TLS, which proves its issuer instead of its signature
    (OpenID Connect Core, 3.1.3.7, item 6).

    Raises:
        ProviderRefused: It is not for us, not for this request, or expired.
    """
    try:
        segment = id_token.split(".")[1]
        padded = segment + "=" * (-len(segment) % 4)
        claims = msgspec.json.decode(urlsafe_b64decode(padded), type=_Claims)
    except (IndexError, ValueError, msgspec.MsgspecError):
        raise ProviderRefused("the ID token is not readable") from None
    issuers = (found.issuer, found.issuer.removeprefix("https://"))
    if claims.iss not in issuers or claims.aud != found.client_id:
        raise ProviderRefused("the ID token is not for us")
    if claims.exp <= (now - _LEEWAY).timestamp():
        raise ProviderRefused("the ID token has expired")
    if claims.nonce != nonce:
        raise ProviderRefused("the ID token is of another request")
    return claims.sub
