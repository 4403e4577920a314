"""What Meta calls when a person removes our app, or asks to delete their data.

Both are forms with a `signed_request`: the signature, and JSON that names the person as our app
knows them. They reach us once, so they are carried out before they are answered.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow#deauth-callback
https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

import hmac
import secrets
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import msgspec

from domain.errors import Forbidden, NotFound
from shared.data.conflicts import retry_on_conflict
from shared.platform.config import secret
from shared.platform.logs import logger
from social.models import ProviderId, SocialAccount
from social.models.attempts import DeletionRequest, DeletionStatus
from social.providers import meta
from social.schemas import StatusAnswer
from social.store import accounts as accounts_store
from social.store import attempts as attempts_store
from social.store import conversations
from social.store import media as media_store
from social.use_cases import disconnecting
from social.use_cases.pages import Page

KEPT_FOR = timedelta(days=90)
_ALGORITHM = "HMAC-SHA256"
_CODE_BYTES = 16  # nobody guesses it; Meta asks for letters and digits
_NOTHING = DeletionStatus.NOTHING_FOUND
_TEXTS = {
    DeletionStatus.DISCONNECTED: (
        "Your account was disconnected",
        "The keys to it were deleted, and we read and send nothing any more.",
    ),
    DeletionStatus.DELETED: (
        "Your data was deleted",
        "Your account was disconnected. Its name, its picture and the keys to it were deleted.",
    ),
    DeletionStatus.NOTHING_FOUND: ("There is nothing to delete", "We had no data of yours."),
}


class _Payload(msgspec.Struct, frozen=True):
    algorithm: str
    user_id: str


def deauthorize(provider_id: str, form: bytes, now: datetime) -> StatusAnswer:
    """Disconnect the accounts of a person who removed our app. Their tokens are void already.

    Raises:
        NotFound: It is no provider of Meta.
        Forbidden: Meta did not sign it.
    """
    provider = _require_provider(provider_id)
    accounts = _list_accounts(provider, _read_user(provider, form))
    for account in accounts:
        _end(account, now)
    return _report(provider, DeletionStatus.DISCONNECTED if accounts else _NOTHING, now)


def delete_data(provider_id: str, form: bytes, now: datetime) -> StatusAnswer:
    """Delete what we have of a person at Meta: the records and tokens of their accounts.

    That includes accounts that were disconnected before: Meta posts this after a deauthorization.
    What guests wrote to the artist belongs to the conversations, and stays. So do the pictures that
    the artist imported: they are files of theirs, which they delete where they are shown.

    Raises:
        NotFound: It is no provider of Meta.
        Forbidden: Meta did not sign it.
    """
    provider = _require_provider(provider_id)
    accounts = _list_accounts(provider, _read_user(provider, form))
    for account in accounts:
        _end(account, now)
        conversations.delete_account(account.id)
        media_store.delete_account(account.artist_id, account.id)
        accounts_store.delete_account(account)  # the last, because by it the others are found
    return _report(provider, DeletionStatus.DELETED if accounts else _NOTHING, now)


def show_deletion(code: str) -> Page:
    """Return the page that says what came of a request.

    Raises:
        NotFound: There is none of this code.
    """
    found = attempts_store.find_deletion(code)
    if found is None:
        raise NotFound("There is no such request, or it is older than 90 days.")
    title, what = _TEXTS[found.status]
    at = found.requested_at.strftime("%d %B %Y, %H:%M UTC")
    return Page(title, f"{what} The request arrived on {at}. Code: {code}.")


def _report(provider: ProviderId, status: DeletionStatus, now: datetime) -> StatusAnswer:
    """Store what came of a request, and return where a person reads it."""
    code = secrets.token_hex(_CODE_BYTES)
    attempts_store.save_deletion(code, DeletionRequest(provider, now, status), now + KEPT_FOR)
    base = secret("api").get("API_URL", "").rstrip("/")
    return StatusAnswer(url=f"{base}/v1/social/deletions/{code}", confirmation_code=code)


@retry_on_conflict
def _end(account: SocialAccount, now: datetime) -> None:
    current = accounts_store.find_account(account.artist_id, account.id)
    if current is not None and current.is_connected:
        disconnecting.end(current, now, revokes=False, publishes=True)


def _list_accounts(provider: ProviderId, user_id: str) -> list[SocialAccount]:
    """List the accounts of a person, who may be named as a person or as an account."""
    found = {each.id: each for each in accounts_store.list_by_login(provider, user_id)}
    account = accounts_store.find_by_subject(provider, user_id)
    if account is not None:
        found[account.id] = account
    if not found:
        logger.info("account of Meta unknown", provider=provider)
    return list(found.values())


def _require_provider(provider_id: str) -> ProviderId:
    if provider_id not in (ProviderId.INSTAGRAM, ProviderId.FACEBOOK):
        raise NotFound("There is no such provider.")
    return ProviderId(provider_id)


def _read_user(provider: ProviderId, form: bytes) -> str:
    """Return the user of a signed request. Nothing of it is read before its signature is right."""
    app_secret = meta.settings_of(provider).client_secret
    signed = _read_field(form)
    signature, _, payload = signed.partition(".")
    expected = hmac.digest(app_secret.encode(), payload.encode(), "sha256")
    if not app_secret or not hmac.compare_digest(expected, _decode(signature)):
        raise Forbidden("The request is not signed by the provider.")
    try:
        content = msgspec.json.decode(_decode(payload), type=_Payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Forbidden("The signed request is not readable.") from None
    if content.algorithm.upper() != _ALGORITHM or not content.user_id:
        raise Forbidden("The signed request is not readable.")
    return content.user_id


def _read_field(form: bytes) -> str:
    try:
        values = parse_qs(form.decode("ascii"), max_num_fields=10)
    except ValueError:
        return ""
    return values.get("signed_request", [""])[0]


def _decode(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
