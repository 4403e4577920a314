"""Connecting: an artist is sent to a provider, and comes back with a code.

The request is bound to the session and to the device of the artist by its state, 256 random bits
that are stored as a hash, live for ten minutes and are used once (RFC 6749, 10.12; RFC 9700, 4.7).
What comes back is bound to the request by PKCE (RFC 7636), and by a nonce where there is an ID
token. The browser returns without an access token, so the state is all that says who it is.
"""

from datetime import datetime, timedelta

import msgspec

from domain.devices import Device
from domain.errors import DomainError, NotFound
from domain.ids import new_id
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.data.tombstones import find_deleted
from shared.events.domain_events import EventData, new_event
from shared.http.caller import Caller
from shared.platform import sealing
from shared.platform.logs import logger
from social.events import SocialAccountConnected, SocialAccountReconnected
from social.models import AccountStatus, Capability, ProviderId, SocialAccount
from social.models.attempts import ConnectAttempt
from social.providers import configuration, oauth, registry
from social.providers.failures import ProviderError, ProviderRefused
from social.providers.protocol import Authorization, Grant, Provider
from social.rules import scopes
from social.rules.errors import AccountTaken, ProviderNotConfigured, TooManyAccounts
from social.schemas import AuthorizeUrl, CallbackQuery
from social.store import accounts as accounts_store
from social.store import attempts as attempts_store
from social.store import tokens as tokens_store
from social.use_cases import vault
from social.use_cases.pages import Page

LIFETIME = timedelta(minutes=10)
MAX_ACCOUNTS = 10

_AGAIN = "Go back to your settings and connect once more."
_INVALID = Page(
    "This link is not valid",
    f"It was used before, it is older than ten minutes, or it belongs to another browser. {_AGAIN}",
    404,
)
_DENIED = Page("Nothing was connected", f"You did not allow it. {_AGAIN}", 422)
_FAILED = Page(
    "The provider does not respond", f"Nothing was connected. Wait a moment. {_AGAIN}", 503
)
# By the codes of ProviderRefused.
_REFUSED = {
    "scopes_missing": "You did not allow what is needed to read and answer anything.",
    "page_needed": "Choose the Facebook page that you want to connect.",
    "one_page_needed": "Choose one Facebook page. You can connect others one by one.",
}


class _Secrets(msgspec.Struct, frozen=True):
    nonce: str
    verifier: str


def begin(caller: Caller, provider_id: str, device: Device, now: datetime) -> AuthorizeUrl:
    """Return where the artist allows us to use their account at a provider.

    Raises:
        NotFound: There is no such provider.
        ProviderNotConfigured: This environment has no app at it.
    """
    provider = _require_provider(provider_id)
    if not provider.is_available():
        raise ProviderNotConfigured(f"{provider.name} is not set up in this environment.")
    state = oauth.new_secret()
    secrets = _Secrets(oauth.new_secret(), oauth.new_secret())
    attempt = ConnectAttempt(
        artist_id=caller.user_id,
        session_id=caller.session_id,
        device=device.fingerprint,
        provider=provider.id,
        expires_at=now + LIFETIME,
        asks_again=any(
            each.provider is provider.id for each in accounts_store.list_accounts(caller.user_id)
        ),
        sealed=sealing.seal(msgspec.json.encode(secrets), state.encode()),
    )
    attempts_store.save(state, attempt)
    return AuthorizeUrl(provider.build_authorize_url(_authorization(attempt, state, secrets)))


def finish(
    provider_id: str, query: CallbackQuery, device: Device, now: datetime
) -> tuple[Page, str]:
    """Connect the account that a browser comes back from, and return the page to show.

    Returns:
        The page, and the result in one word for the web app.

    Raises:
        NotFound: There is no such provider.
    """
    provider = _require_provider(provider_id)
    attempt = _use_attempt(provider, query.state, device, now)
    if attempt is None:
        return _INVALID, "invalid"
    if query.error or not query.code:
        return _DENIED, "denied"
    secrets = msgspec.json.decode(
        sealing.unseal(attempt.sealed, query.state.encode()), type=_Secrets
    )
    try:
        grant = provider.exchange(query.code, _authorization(attempt, query.state, secrets), now)
        return _connect(provider, attempt, grant, now)
    except ProviderRefused as error:
        logger.warning("account refused", provider=provider.id, reason=str(error))
        reason = _REFUSED.get(error.code, "Its answer does not fit this request.")
        return Page("Nothing was connected", f"{reason} {_AGAIN}", 422), "refused"
    except ProviderError as error:
        logger.error("account not connected", provider=provider.id, reason=str(error))
        return _FAILED, "failed"


def end_session(session_id: str, now: datetime) -> None:
    """Let a session that ended connect nothing more."""
    attempts_store.end_session(session_id, now + LIFETIME)


def _connect(
    provider: Provider, attempt: ConnectAttempt, grant: Grant, now: datetime
) -> tuple[Page, str]:
    capabilities = scopes.list_capabilities(grant.scopes, provider.scopes)
    if not capabilities:
        raise ProviderRefused("no capability", code="scopes_missing")
    try:
        _require_free(attempt.artist_id, provider.id, grant.profile.subject)
        provider.subscribe(grant, capabilities)
        account = save(attempt.artist_id, provider, grant, capabilities, now)
    except AccountTaken:
        text = (
            "Another artist has connected this account here. They have to disconnect it first; "
            "it cannot be taken over."
        )
        return Page("Nothing was connected", text, 422), "taken"
    except DomainError as error:
        return Page("Nothing was connected", error.detail, 422), "refused"
    title = f"{account.display_name} is connected"
    return Page(title, "You can close this page.", returns=True), "connected"


@retry_on_conflict
def save(
    artist_id: str,
    provider: Provider,
    grant: Grant,
    capabilities: tuple[Capability, ...],
    now: datetime,
) -> SocialAccount:
    """Store an account that its artist allowed us to use, and its tokens.

    An account that was connected before keeps its id.

    Raises:
        NotFound: The artist deleted their account here.
        AccountTaken: It is connected by another artist.
        TooManyAccounts: The artist has as many as are allowed.
    """
    if find_deleted(artist_id):
        raise NotFound("Your account was deleted.")
    profile = grant.profile
    _require_free(artist_id, provider.id, profile.subject)
    own = accounts_store.list_accounts(artist_id)
    former = next(
        (each for each in own if (each.provider, each.subject) == (provider.id, profile.subject)),
        None,
    )
    if former is None and sum(each.is_connected for each in own) >= MAX_ACCOUNTS:
        raise TooManyAccounts(f"You can connect {MAX_ACCOUNTS} accounts at most.")
    account = SocialAccount(
        id=former.id if former else new_id("sac"),
        artist_id=artist_id,
        provider=provider.id,
        subject=profile.subject,
        login_subject=profile.login_subject,
        display_name=profile.display_name,
        handle=profile.handle,
        picture_url=profile.picture_url,
        scopes=grant.scopes,
        capabilities=capabilities,
        status=AccountStatus.CONNECTED,
        connected_at=now,
        token_expires_at=vault.access_ends_at(grant.tokens),
        version=former.version + 1 if former else 1,
    )
    sealed = tokens_store.find_sealed(artist_id, account.id)
    version = sealed.state.version + 1 if sealed else 1
    event: EventData = (SocialAccountReconnected if former else SocialAccountConnected)(
        account_id=account.id,
        artist_id=artist_id,
        provider=account.provider,
        display_name=account.display_name,
    )
    accounts_store.save(
        account,
        events=[new_event("social", account.id, event, now)],
        also=[
            accounts_store.require_artist(artist_id),
            accounts_store.link(account, former),
            vault.store(account, grant.tokens, version),
            # Revoking the former tokens now would end this grant as well.
            tokens_store.delete_revocation(account.id),
        ],
    )
    return account


def _require_free(artist_id: str, provider: ProviderId, subject: str) -> None:
    link = accounts_store.find_link(provider, subject)
    if link is not None and link.artist_id != artist_id:
        raise AccountTaken("This account is connected by another artist.")


def _use_attempt(
    provider: Provider, state: str, device: Device, now: datetime
) -> ConnectAttempt | None:
    """Return the request of a state, and use it up; None if it is not valid here and now."""
    attempt = attempts_store.find_attempt(state) if state else None
    if (
        attempt is None
        or attempt.provider is not provider.id
        or attempt.expires_at <= now
        or attempt.device != device.fingerprint
        or attempts_store.has_ended(attempt.session_id)
    ):
        return None
    try:
        attempts_store.use(state)
    except WriteConflict:
        return None
    return attempt


def _authorization(attempt: ConnectAttempt, state: str, secrets: _Secrets) -> Authorization:
    return Authorization(
        state=state,
        nonce=secrets.nonce,
        verifier=secrets.verifier,
        redirect_url=configuration.redirect_url(attempt.provider),
        asks_again=attempt.asks_again,
    )


def _require_provider(provider_id: str) -> Provider:
    try:
        return registry.PROVIDERS[ProviderId(provider_id)]
    except (ValueError, KeyError):
        raise NotFound("There is no such provider.") from None
