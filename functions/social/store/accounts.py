"""Social accounts, and whose the ids at providers are."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from pynamodb.transactions import TransactWrite

from shared.data import tombstone_items
from shared.data.dynamodb import find, transaction
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from social.models import ProviderId, SocialAccount
from social.store import calendars
from social.store.table import (
    ACCOUNT,
    LOGIN,
    OWNER,
    SUBJECT,
    USER,
    LinkItem,
    OutboxItem,
    RecordItem,
)

Writes = Callable[[TransactWrite], None]


class Link(NamedTuple):
    """Whom an id at a provider belongs to."""

    artist_id: str
    account_id: str


def find_account(artist_id: str, account_id: str) -> SocialAccount | None:
    """Return a social account of an artist, connected or not, read consistently."""
    return RecordItem.read(USER + artist_id, ACCOUNT + account_id, SocialAccount)


def find_by_subject(provider: ProviderId, subject: str) -> SocialAccount | None:
    """Return the connected account that has this id at its provider, as webhooks name it."""
    link = find_link(provider, subject)
    return find_account(*link) if link else None


def find_link(provider: ProviderId, subject: str) -> Link | None:
    """Return whom an id at a provider belongs to."""
    item = find(LinkItem, _subject_key(provider, subject), OWNER)
    return Link(item.artist_id, item.account_id) if item else None


def list_accounts(artist_id: str) -> list[SocialAccount]:
    """List all accounts of an artist, connected or not, the oldest first."""
    items = RecordItem.query(
        USER + artist_id, RecordItem.sk.startswith(ACCOUNT), consistent_read=True
    )
    return [item.decoded(SocialAccount) for item in items]


def save(
    account: SocialAccount, events: Iterable[DomainEvent] = (), also: Sequence[Writes] = ()
) -> None:
    """Store the next version of an account, with events and other writes, all or nothing.

    Raises:
        WriteConflict: It changed since it was read, or a condition of the other writes failed.
    """
    with transaction(RecordItem) as writes:
        item = RecordItem.of(USER + account.artist_id, ACCOUNT + account.id, account)
        item.write(writes, account.version)
        for write in also:
            write(writes)
        outbox.add(writes, OutboxItem, events)


def publish(events: Sequence[DomainEvent]) -> None:
    """Publish events without another change."""
    with transaction(RecordItem) as writes:
        outbox.add(writes, OutboxItem, events)


def erase_kept_events(artist_id: str) -> None:
    """Delete the events that cannot be published and name an artist."""
    outbox.erase_kept(OutboxItem, artist_id)


def link(account: SocialAccount, former: SocialAccount | None = None) -> Writes:
    """Return the write that gives an id at a provider to an account, if it is free.

    Args:
        account: The account.
        former: The same account as it was linked before, perhaps by another person.
    """

    def write(writes: TransactWrite) -> None:
        subject, *logins = _link_keys(account)
        owner: dict[str, Any] = {"artist_id": account.artist_id, "account_id": account.id}
        unlinked = LinkItem.pk.does_not_exist() | (LinkItem.account_id == account.id)
        writes.save(LinkItem(*subject, **owner), condition=unlinked)
        for key in logins:
            writes.save(LinkItem(*key, **owner))
        for key in _link_keys(former)[1:] if former else ():
            if key not in logins:
                writes.delete(LinkItem(*key))

    return write


def unlink(account: SocialAccount) -> Writes:
    """Return the write that frees the id of a connected account at its provider.

    The person who allowed it is still known: they may ask to delete what is left of the account.
    """

    def write(writes: TransactWrite) -> None:
        writes.delete(LinkItem(*_link_keys(account)[0]))

    return write


def require_artist(artist_id: str) -> Writes:
    """Return the check that the account of an artist was not deleted meanwhile."""

    def write(writes: TransactWrite) -> None:
        tombstone_items.require_accounts(writes, artist_id)

    return write


def list_by_login(provider: ProviderId, login_subject: str) -> list[SocialAccount]:
    """List the accounts that a person at a provider allowed, as Meta names the person."""
    links = LinkItem.query(_login_key(provider, login_subject), consistent_read=True)
    found = [find_account(link.artist_id, link.account_id) for link in links]
    return [account for account in found if account is not None]


def delete_all(artist_id: str) -> None:
    """Delete everything of an artist, whose accounts were disconnected before.

    Links and channels go first: they cannot be found without the accounts and calendars. The ids at
    providers are free already, and may be another artist's by now.
    """
    calendars.delete_channels_of(artist_id)
    with LinkItem.batch_write() as batch:
        for account in list_accounts(artist_id):
            for key in _link_keys(account)[1:]:
                batch.delete(LinkItem(*key))
    RecordItem.delete_all(RecordItem.query(USER + artist_id, consistent_read=True))


def delete_account(account: SocialAccount) -> None:
    """Delete the record of an account that was disconnected, and who allowed it."""
    with transaction(RecordItem) as writes:
        writes.delete(RecordItem(USER + account.artist_id, ACCOUNT + account.id))
        for key in _link_keys(account)[1:]:
            writes.delete(LinkItem(*key))


def _link_keys(account: SocialAccount) -> list[tuple[str, str]]:
    """Return the keys of the links of an account: that of its own id first."""
    keys = [(_subject_key(account.provider, account.subject), OWNER)]
    if account.login_subject is not None:
        keys.append((_login_key(account.provider, account.login_subject), ACCOUNT + account.id))
    return keys


def _subject_key(provider: ProviderId, subject: str) -> str:
    return f"{SUBJECT}{provider}#{subject}"


def _login_key(provider: ProviderId, login_subject: str) -> str:
    return f"{LOGIN}{provider}#{login_subject}"
