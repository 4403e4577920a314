"""Guests: their names and pictures, which the provider shows to whom they wrote."""

from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec

from domain.errors import Unavailable
from shared.data import file_imports
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event
from shared.platform.logs import logger
from social.events import SocialGuestPictured
from social.models import SocialAccount
from social.models.messages import Guest
from social.providers import meta_messaging
from social.providers.failures import ProviderError
from social.rules.errors import NeedsReconnect
from social.store import accounts as accounts_store
from social.store import conversations as store
from social.use_cases import fetching, message_providers
from social.use_cases.work import Work

KIND = "guest_picture"
LOOKED_UP_FOR = timedelta(hours=24)
ASKED_AGAIN_AFTER = timedelta(minutes=10)  # after a failure
NAME_CHARACTERS = 100
UNNAMED = "Guest"


def refresh(account: SocialAccount, guest: Guest, now: datetime) -> Guest:
    """Return a guest with name and picture as the provider shows them, asked once a day.

    A failure changes nothing: a message is worth more than a name.
    """
    if guest.looked_up_at is not None and now < guest.looked_up_at + LOOKED_UP_FOR:
        return guest
    try:
        profile = message_providers.connect(account, now).get_profile(guest.provider_user_id, now)
    except (ProviderError, NeedsReconnect, Unavailable, meta_messaging.SendFailed) as error:
        logger.warning("guest not looked up", account_id=account.id, reason=type(error).__name__)
        again = now - LOOKED_UP_FOR + ASKED_AGAIN_AFTER
        return msgspec.structs.replace(guest, looked_up_at=again)
    if profile is None:
        return msgspec.structs.replace(guest, looked_up_at=now)
    source = _hash_source(profile.picture_url)
    is_new = profile.picture_url is not None and source != guest.picture_source
    return msgspec.structs.replace(
        guest,
        name=profile.name[:NAME_CHARACTERS],
        handle=profile.handle,
        picture_source=source,
        picture_url=(profile.picture_url or "") if is_new else guest.picture_url,
        looked_up_at=now,
    )


def order_picture(account: SocialAccount, guest: Guest) -> Work:
    """Return the work of fetching a guest's picture."""
    return Work(KIND, account.artist_id, account.id, guest.id)


@retry_on_conflict
def fetch_picture(order: Work, now: datetime) -> None:
    """Fetch the picture of a guest and have it inspected. It is shown once it was found clean.

    Raises:
        RetryLater: It could not be fetched now.
    """
    guest = store.find_guest(order.account_id, order.key)
    account = accounts_store.find_account(order.artist_id, order.account_id)
    if guest is None or account is None or not account.is_connected or not guest.picture_url:
        return
    file_id = file_imports.derive_file_id(
        guest.artist_id,
        f"guest {guest.id} {guest.picture_source}",
        guest.looked_up_at or now,
    )
    fetched = fetching.fetch(guest.picture_url, "image", file_id, guest.artist_id)
    events = [] if fetched is None else [new_event("social", file_id, fetched, now)]
    done = msgspec.structs.replace(
        guest,
        picture_url="",
        picture_file=file_id if fetched is not None else guest.picture_file,
        version=guest.version + 1,
    )
    store.save_guest(done, now, events)


@retry_on_conflict
def show_picture(account_id: str, guest_id: str, file_id: str, now: datetime) -> None:
    """Store that the picture of a guest was found clean, and publish it."""
    guest = store.find_guest(account_id, guest_id)
    if guest is None or guest.picture == file_id:
        return
    pictured = msgspec.structs.replace(guest, picture=file_id, version=guest.version + 1)
    account = accounts_store.find_account(guest.artist_id, account_id)
    events = []
    if account is not None and guest.last_sent_at is not None:
        data = SocialGuestPictured(
            account_id=account_id,
            artist_id=guest.artist_id,
            platform=account.provider,
            guest_id=guest_id,
            guest_name=name_of(guest),
            guest_handle=guest.handle,
            guest_picture=file_id,
            sent_at=guest.last_sent_at,
        )
        events.append(new_event("social", guest_id, data, now))
    store.save_guest(pictured, now, events)


def name_of(guest: Guest) -> str:
    """Return what a guest is called, also where the platform does not say it."""
    return guest.name or guest.handle or UNNAMED


def _hash_source(url: str | None) -> str | None:
    """Return a hash of a picture's address without its signature, which changes each time."""
    if not url:
        return None
    parts = urlsplit(url)
    return sha256(f"{parts.netloc}{parts.path}".encode()).hexdigest()[:32]
