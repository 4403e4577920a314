"""Social accounts and their artists."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pynamodb.transactions import TransactWrite

from shared.data.dynamodb import find, transaction
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from social.models import Owner, ProviderId, SocialAccount
from social.store import calendars
from social.store.table import ACCOUNT, OWNER, SUBJECT, USER, LinkItem, OutboxItem, RecordItem

Writes = Callable[[TransactWrite], None]


class Link(NamedTuple):
    """Whom an id at a provider belongs to."""

    artist_id: str
    account_id: str


def get_owner(artist_id: str) -> Owner:
    """Return the record of an artist, read consistently."""
    return RecordItem.read(USER + artist_id, OWNER, Owner) or Owner()


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


def link(account: SocialAccount) -> Writes:
    """Return the write that gives an id at a provider to an account, if it is free."""

    def write(writes: TransactWrite) -> None:
        item = LinkItem(
            _subject_key(account.provider, account.subject),
            OWNER,
            artist_id=account.artist_id,
            account_id=account.id,
        )
        unlinked = LinkItem.pk.does_not_exist() | (LinkItem.account_id == account.id)
        writes.save(item, condition=unlinked)

    return write


def unlink(account: SocialAccount) -> Writes:
    """Return the write that frees the id of an account at its provider."""

    def write(writes: TransactWrite) -> None:
        writes.delete(LinkItem(_subject_key(account.provider, account.subject), OWNER))

    return write


def save_owner(artist_id: str, owner: Owner, until: datetime | None = None) -> None:
    """Store the next version of an artist's record, for ever or until it expires.

    Raises:
        WriteConflict: It changed since it was read.
    """
    item = RecordItem.of(USER + artist_id, OWNER, owner)
    item.expires_at = int(until.timestamp()) if until else None
    with transaction(RecordItem) as writes:
        item.write(writes, owner.version)


def delete_all(artist_id: str) -> None:
    """Delete everything of an artist but the mark of their deletion.

    Links and channels go first: they cannot be found without the accounts and calendars.
    """
    calendars.delete_channels_of(artist_id)
    with LinkItem.batch_write() as batch:
        for account in list_accounts(artist_id):
            batch.delete(LinkItem(_subject_key(account.provider, account.subject), OWNER))
    items = RecordItem.query(USER + artist_id, consistent_read=True)
    RecordItem.delete_all(item for item in items if item.sk != OWNER)


def _subject_key(provider: ProviderId, subject: str) -> str:
    return f"{SUBJECT}{provider}#{subject}"
