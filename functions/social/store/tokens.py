"""Sealed tokens and the leases of those who refresh them."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, is_conflict, sortable
from shared.data.record_items import due_text
from shared.events.sweeper import DueRecord
from social.models import TokenState
from social.store.table import REFRESH, TOKENS, USER, TokenItem

Writes = Callable[[TransactWrite], None]


class Sealed(NamedTuple):
    """Sealed tokens, as they are stored.

    Attributes:
        state: What is known of them.
        tokens: The tokens, under the data key.
        key: The data key, under the key of KMS.
        lease_until: Until when somebody is refreshing them.
    """

    state: TokenState
    tokens: bytes
    key: bytes
    lease_until: datetime | None = None


def find_sealed(artist_id: str, account_id: str) -> Sealed | None:
    """Return the sealed tokens of an account, read consistently."""
    item = find(TokenItem, USER + artist_id, TOKENS + account_id)
    if item is None:
        return None
    until = datetime.fromisoformat(item.lease_until) if item.lease_until else None
    return Sealed(item.decoded(TokenState), item.sealed_tokens, item.sealed_key, until)


def save(sealed: Sealed, refresh_at: datetime | None) -> Writes:
    """Return the write that stores the next version of sealed tokens, and ends a lease.

    Args:
        sealed: The tokens, with the version that they have from now on.
        refresh_at: When they are due to be refreshed; None for never.
    """

    def write(writes: TransactWrite) -> None:
        state = sealed.state
        item = TokenItem.of(USER + state.artist_id, TOKENS + state.account_id, state)
        item.sealed_tokens, item.sealed_key = sealed.tokens, sealed.key
        if refresh_at is not None:
            item.schedule(REFRESH, state.artist_id, refresh_at)
        item.write(writes, state.version)

    return write


def delete(artist_id: str, account_id: str) -> Writes:
    """Return the write that deletes the tokens of an account."""

    def write(writes: TransactWrite) -> None:
        writes.delete(TokenItem(USER + artist_id, TOKENS + account_id))

    return write


def lease(state: TokenState, now: datetime, until: datetime) -> None:
    """Take the right to refresh these tokens for a while.

    Raises:
        WriteConflict: Somebody else has it, or the tokens changed since they were read.
    """
    is_free = TokenItem.lease_until.does_not_exist() | (TokenItem.lease_until <= sortable(now))
    try:
        TokenItem(USER + state.artist_id, TOKENS + state.account_id).update(
            actions=[TokenItem.lease_until.set(due_text(until))],
            condition=(TokenItem.version == state.version) & is_free,
        )
    except UpdateError as error:
        if is_conflict(error):
            raise WriteConflict from error
        raise


def release(state: TokenState, refresh_at: datetime) -> None:
    """Give the right back after a failure, and have the tokens refreshed later.

    Raises:
        WriteConflict: The tokens changed, or were deleted.
    """
    item = TokenItem(USER + state.artist_id, TOKENS + state.account_id)
    try:
        item.update(
            actions=[TokenItem.lease_until.remove(), TokenItem.due_at.set(due_text(refresh_at))],
            condition=TokenItem.version == state.version,
        )
    except UpdateError as error:
        if is_conflict(error):
            raise WriteConflict from error
        raise


def list_due(now: datetime, limit: int) -> list[DueRecord]:
    """List tokens that are due to be refreshed, the longest due first."""
    return TokenItem.find_due(REFRESH, now, limit)


def postpone(due: DueRecord, until: datetime) -> None:
    """Postpone due work on an item of the table, unless it changed meanwhile."""
    TokenItem.postpone(due, until)
