"""Meta: Instagram professional accounts and Facebook pages.

Instagram API with Instagram Login, and Facebook Login for pages:

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from shared.platform.outside_calls import Answer
from social.models import Capability, ProviderId, Tokens
from social.providers import calls, configuration, graph_answers, oauth
from social.providers.configuration import ProviderSettings
from social.providers.failures import ProviderFailed, ProviderRefused, RateLimited, TokenRefused
from social.providers.protocol import Authorization, Grant, Profile
from social.rules.graph_errors import GraphError

VERSION = "v23.0"
_INSTAGRAM_DEFAULTS = {
    "authorize_url": "https://www.instagram.com/oauth/authorize",
    "token_url": "https://api.instagram.com/oauth/access_token",
    "api_url": f"https://graph.instagram.com/{VERSION}",
    "profile_url": f"https://graph.instagram.com/{VERSION}/me",
    "revoke_url": f"https://graph.instagram.com/{VERSION}/me/permissions",
}
_FACEBOOK_DEFAULTS = {
    "authorize_url": f"https://www.facebook.com/{VERSION}/dialog/oauth",
    "token_url": f"https://graph.facebook.com/{VERSION}/oauth/access_token",
    "api_url": f"https://graph.facebook.com/{VERSION}",
    "profile_url": f"https://graph.facebook.com/{VERSION}/me",
    "revoke_url": f"https://graph.facebook.com/{VERSION}/me/permissions",
}
# Echoes of Instagram come with its messages.
_INSTAGRAM_FIELDS = "messages,messaging_seen"
_FACEBOOK_FIELDS = "messages,message_echoes,message_deliveries,message_reads"
_VERSION_OF_URL = re.compile(r"/v\d+\.\d+$")


class _InstagramToken(msgspec.Struct, frozen=True):
    access_token: str
    permissions: str | list[str] = ""


class _InstagramTokens(msgspec.Struct, frozen=True):
    data: list[_InstagramToken]


class _LongToken(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int | None = None


class _InstagramProfile(msgspec.Struct, frozen=True):
    id: str
    user_id: str
    username: str
    name: str = ""
    account_type: str = ""
    profile_picture_url: str | None = None


class _Person(msgspec.Struct, frozen=True):
    id: str


class _Picture(msgspec.Struct, frozen=True):
    url: str | None = None


class _PictureData(msgspec.Struct, frozen=True):
    data: _Picture = _Picture()


class _Page(msgspec.Struct, frozen=True):
    id: str
    name: str
    access_token: str = ""
    tasks: list[str] = []
    picture: _PictureData = _PictureData()


class _Pages(msgspec.Struct, frozen=True):
    data: list[_Page]


class _Permission(msgspec.Struct, frozen=True):
    permission: str
    status: str


class _Permissions(msgspec.Struct, frozen=True):
    data: list[_Permission]


class Instagram:
    """Instagram professional accounts. See `social.providers.protocol.Provider`."""

    id = ProviderId.INSTAGRAM
    name = "Instagram"
    scopes: Mapping[Capability, tuple[str, ...]] = {
        Capability.MEDIA: ("instagram_business_basic",),
        Capability.MESSAGES: ("instagram_business_basic", "instagram_business_manage_messages"),
    }
    # A token lives for 60 days, and can be refreshed from its second day on.
    refresh_ahead_seconds = 10 * 86_400

    def is_available(self) -> bool:
        """Return whether the operator configured it."""
        return is_complete(instagram_settings())

    def build_authorize_url(self, authorization: Authorization) -> str:
        """Return the URL of the consent page. Instagram ignores what it does not know of PKCE."""
        found = instagram_settings()
        more = {"force_reauth": "true"} if authorization.asks_again else {}
        return oauth.build_authorize_url(
            found.authorize_url,
            found.client_id,
            ",".join(_all_scopes(self.scopes)),
            authorization,
            **more,
        )

    def exchange(self, code: str, authorization: Authorization, now: datetime) -> Grant:
        """Exchange a code for a long-lived token. Raises as the protocol says."""
        found = instagram_settings()
        form = {
            "client_id": found.client_id,
            "client_secret": found.client_secret,
            "grant_type": "authorization_code",
            "redirect_uri": authorization.redirect_url,
            "code": code.removesuffix("#_"),
            "code_verifier": authorization.verifier,
        }
        answer = calls.send("POST", found.token_url, form=form)
        if answer.status >= 400:
            raise ProviderRefused(f"code: status {answer.status}", status=answer.status)
        short = oauth.decode(answer, _InstagramTokens).data
        if not short:
            raise ProviderFailed("there is no token")
        query = {"grant_type": "ig_exchange_token", "client_secret": found.client_secret}
        tokens = self._get_token("access_token", query, short[0].access_token, now)
        permissions = short[0].permissions
        scopes = permissions.split(",") if isinstance(permissions, str) else permissions
        return Grant(tokens, self.fetch_profile(tokens), tuple(sorted(filter(None, scopes))))

    def refresh(self, tokens: Tokens, now: datetime) -> Tokens:
        """Return the next token, which lives for 60 days. Raises as the protocol says."""
        query = {"grant_type": "ig_refresh_token"}
        return self._get_token("refresh_access_token", query, tokens.access_token, now)

    def revoke(self, tokens: Tokens) -> None:
        """Have Instagram forget what was allowed. Raises as the protocol says."""
        _revoke(instagram_settings(), tokens.access_token)

    def subscribe(self, grant: Grant, capabilities: Collection[Capability]) -> None:
        """Have webhooks sent for the account. Raises as the protocol says."""
        if Capability.MESSAGES in capabilities:
            _subscribe(instagram_settings(), grant, _INSTAGRAM_FIELDS)

    def fetch_profile(self, tokens: Tokens) -> Profile:
        """Return who the account is now. Raises as the protocol says."""
        fields = "id,user_id,username,name,account_type,profile_picture_url"
        answer = calls.send(
            "GET",
            instagram_settings().profile_url,
            token=tokens.access_token,
            query={"fields": fields},
        )
        profile = oauth.decode(check(answer), _InstagramProfile)
        return Profile(
            subject=profile.user_id,
            login_subject=profile.id,
            display_name=profile.name or profile.username,
            handle=profile.username,
            picture_url=profile.profile_picture_url,
        )

    def _get_token(self, path: str, query: Mapping[str, str], token: str, now: datetime) -> Tokens:
        """Get a long-lived token. These two paths have no version."""
        root = _VERSION_OF_URL.sub("", instagram_settings().api_url)
        # The documentation has the token as a parameter; the header keeps it out of the URL.
        answer = check(calls.send("GET", f"{root}/{path}", token=token, query=query))
        long = oauth.decode(answer, _LongToken)
        return Tokens(long.access_token, expires_at=_expiry(long, now))


class Facebook:
    """Facebook pages. See `social.providers.protocol.Provider`.

    The person who logs in has a token that lives for 60 days; the page's token, which is got with
    it, lives until the person takes their permission back.
    """

    id = ProviderId.FACEBOOK
    name = "Facebook"
    scopes: Mapping[Capability, tuple[str, ...]] = {
        Capability.MEDIA: ("pages_show_list", "pages_read_engagement"),
        Capability.MESSAGES: ("pages_show_list", "pages_manage_metadata", "pages_messaging"),
    }
    refresh_ahead_seconds = 10 * 86_400

    def is_available(self) -> bool:
        """Return whether the operator configured it."""
        return is_complete(facebook_settings())

    def build_authorize_url(self, authorization: Authorization) -> str:
        """Return the URL of the consent page."""
        found = facebook_settings()
        more = {"auth_type": "rerequest"} if authorization.asks_again else {}
        return oauth.build_authorize_url(
            found.authorize_url,
            found.client_id,
            ",".join(_all_scopes(self.scopes)),
            authorization,
            **more,
        )

    def exchange(
        self,
        code: str,
        authorization: Authorization,
        now: datetime,  # noqa: ARG002
    ) -> Grant:
        """Exchange a code for the token of a page. Raises as the protocol says."""
        found = facebook_settings()
        client = {"client_id": found.client_id, "client_secret": found.client_secret}
        form = {
            **client,
            "redirect_uri": authorization.redirect_url,
            "code": code,
            "code_verifier": authorization.verifier,
        }
        short = oauth.decode(
            check(calls.send("POST", found.token_url, form=form)), _LongToken
        ).access_token
        form = {**client, "grant_type": "fb_exchange_token", "fb_exchange_token": short}
        answer = check(calls.send("POST", found.token_url, form=form))
        person_token = oauth.decode(answer, _LongToken).access_token
        person = oauth.decode(
            check(calls.send("GET", found.profile_url, token=person_token, query={"fields": "id"})),
            _Person,
        )
        scopes = self._list_scopes(found, person_token)
        page = self._choose_page(found, person_token)
        tokens = Tokens(page.access_token, login_token=person_token)
        return Grant(tokens, _present_page(page, person.id), scopes)

    def refresh(self, tokens: Tokens, now: datetime) -> Tokens:  # noqa: ARG002
        """Return the tokens: a page's does not expire. Raises as the protocol says."""
        return tokens

    def revoke(self, tokens: Tokens) -> None:
        """Have Facebook forget what was allowed. Raises as the protocol says.

        The person's token may have expired, the page's has not: webhooks end in any case.
        """
        found = facebook_settings()
        url = f"{found.api_url}/me/subscribed_apps"
        with suppress(TokenRefused, ProviderRefused):  # it has none, or the grant has ended
            check(calls.send("DELETE", url, token=tokens.access_token, is_repeatable=True))
        _revoke(found, tokens.login_token or tokens.access_token)

    def subscribe(self, grant: Grant, capabilities: Collection[Capability]) -> None:
        """Have webhooks sent for the account. Raises as the protocol says."""
        if Capability.MESSAGES in capabilities:
            _subscribe(facebook_settings(), grant, _FACEBOOK_FIELDS)

    def fetch_profile(self, tokens: Tokens) -> Profile:
        """Return who the page is now. Raises as the protocol says."""
        answer = calls.send(
            "GET",
            facebook_settings().profile_url,
            token=tokens.access_token,
            query={"fields": "id,name,picture"},
        )
        return _present_page(oauth.decode(check(answer), _Page), None)

    def _list_scopes(self, found: ProviderSettings, token: str) -> tuple[str, ...]:
        answer = check(calls.send("GET", f"{found.api_url}/me/permissions", token=token))
        given = oauth.decode(answer, _Permissions).data
        return tuple(sorted(each.permission for each in given if each.status == "granted"))

    def _choose_page(self, found: ProviderSettings, token: str) -> _Page:
        """Return the page that the person chose in the dialog.

        Raises:
            ProviderRefused: They chose none or several.
        """
        query = {"fields": "id,name,access_token,tasks,picture"}
        answer = check(calls.send("GET", f"{found.api_url}/me/accounts", token=token, query=query))
        pages = [page for page in oauth.decode(answer, _Pages).data if page.access_token]
        if len(pages) != 1:
            raise ProviderRefused(
                f"{len(pages)} pages", code="one_page_needed" if pages else "page_needed"
            )
        return pages[0]


def instagram_settings() -> ProviderSettings:
    """Return the settings of Instagram."""
    return configuration.read(ProviderId.INSTAGRAM, _INSTAGRAM_DEFAULTS)


def facebook_settings() -> ProviderSettings:
    """Return the settings of Facebook."""
    return configuration.read(ProviderId.FACEBOOK, _FACEBOOK_DEFAULTS)


def settings_of(provider: ProviderId) -> ProviderSettings:
    """Return the settings of one of the two."""
    return instagram_settings() if provider is ProviderId.INSTAGRAM else facebook_settings()


def is_complete(found: ProviderSettings) -> bool:
    """Return whether an app of Meta is configured."""
    return bool(found.client_id and found.client_secret)


def check(answer: Answer) -> Answer:
    """Return an answer of the Graph API that is no error.

    Raises:
        TokenRefused: The access token is not valid any more.
        RateLimited: There were too many calls of the app or the account.
        ProviderFailed: Meta says that the error may pass.
        ProviderRefused: Another error; its `code` is Meta's, with the sub-code behind a slash.
    """
    if answer.status < 400:
        return answer
    refusal = graph_answers.read_refusal(answer)
    match refusal.error:
        case GraphError.TOKEN_INVALID:
            raise TokenRefused(str(refusal))
        case GraphError.LIMITED:
            raise RateLimited(str(refusal), graph_answers.read_until(answer))
        case GraphError.TEMPORARY:
            raise ProviderFailed(str(refusal))
    raise ProviderRefused(str(refusal), status=refusal.status, code=refusal.code)


def _revoke(found: ProviderSettings, token: str) -> None:
    with suppress(TokenRefused):  # it was revoked before
        check(calls.send("DELETE", found.revoke_url, token=token, is_repeatable=True))


def _subscribe(found: ProviderSettings, grant: Grant, fields: str) -> None:
    """Subscribe the app to an account's webhooks, which the dashboard does not do.

    https://developers.facebook.com/docs/instagram-platform/webhooks#enable-subscriptions
    https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
    """
    url = f"{found.api_url}/{grant.profile.subject}/subscribed_apps"
    form = {"subscribed_fields": fields}
    check(calls.send("POST", url, token=grant.tokens.access_token, form=form, is_repeatable=True))


def _all_scopes(scopes: Mapping[Capability, Iterable[str]]) -> list[str]:
    return sorted({scope for needed in scopes.values() for scope in needed})


def _expiry(token: _LongToken, now: datetime) -> datetime | None:
    return now + timedelta(seconds=token.expires_in) if token.expires_in else None


def _present_page(page: _Page, person_id: str | None) -> Profile:
    return Profile(
        subject=page.id,
        login_subject=person_id,
        display_name=page.name,
        picture_url=page.picture.data.url,
    )
