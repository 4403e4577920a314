"""Republication: social accounts are published again, for features that keep copies of them.

An operator's command asks for it. Accounts that are not connected any more are published as such,
so that copies which missed an event end as they must.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from shared.events.domain_events import DomainEvent, EventData, new_event
from shared.http.decoding import Input, Output
from social.events import SocialAccountConnected, SocialAccountDisconnected
from social.models import SocialAccount
from social.store import accounts as accounts_store


class RepublishAccountsRequest(Input, frozen=True):
    """The artists whose accounts are published again."""

    user_ids: Annotated[list[str], Meta(max_length=100)]


class RepublishedAccounts(Output, frozen=True):
    """How many accounts were published."""

    social: int


def republish(request: RepublishAccountsRequest, now: datetime) -> RepublishedAccounts:
    """Publish the accounts of some artists again, and return their number."""
    published = 0
    for user_id in request.user_ids:
        events = [_event(account, now) for account in accounts_store.list_accounts(user_id)]
        if events:  # DynamoDB takes no transaction without writes
            accounts_store.publish(events)
        published += len(events)
    return RepublishedAccounts(published)


def _event(account: SocialAccount, now: datetime) -> DomainEvent:
    type_ = SocialAccountConnected if account.is_connected else SocialAccountDisconnected
    data: EventData = type_(
        account_id=account.id,
        artist_id=account.artist_id,
        provider=account.provider,
        display_name=account.display_name,
    )
    return new_event("social", account.id, data, now)
