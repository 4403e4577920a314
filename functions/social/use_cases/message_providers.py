"""Providers of messages, with what an account needs to call them."""

from datetime import datetime

from social.models import SocialAccount
from social.providers import meta
from social.providers.meta_messaging import Messaging
from social.use_cases import vault


def connect(account: SocialAccount, now: datetime) -> Messaging:
    """Return the messages of an account.

    Raises:
        NeedsReconnect: It has no valid token.
    """
    return Messaging(
        meta.settings_of(account.provider).api_url,
        account.provider,
        account.subject,
        vault.token(account, now),
    )
