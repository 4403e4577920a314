"""Sealed tokens and the leases of those who refresh them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, is_conflict, sortable
from shared.data.record_items import due_text
from shared.events.sweeper import DueRecord
from social.models import TokenState
from social.store.table import OWNER, REFRESH, REVOCATION, REVOKE, TOKENS, USER, TokenItem

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
    return _read(item)


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


def put_revocation(sealed: Sealed, due_at: datetime, until: datetime) -> Writes:
    """Return the write that keeps tokens of a former account until they are revoked."""

    def write(writes: TransactWrite) -> None:
        state = sealed.state
        item = TokenItem.of(REVOCATION + state.account_id, OWNER, state)
        item.sealed_tokens, item.sealed_key = sealed.tokens, sealed.key
        item.schedule(REVOKE, state.artist_id, due_at)
        item.expires_at = int(until.timestamp())
        writes.save(item)

    return write


def find_revocation(account_id: str) -> tuple[Sealed, datetime] | None:
    """Return the tokens of a former account that are to be revoked, and until when to try."""
    item = find(TokenItem, REVOCATION + account_id, OWNER)
    if item is None or item.expires_at is None:
        return None
    sealed = Sealed(item.decoded(TokenState), item.sealed_tokens, item.sealed_key)
    return sealed, datetime.fromtimestamp(float(item.expires_at), UTC)


def delete_revocation(account_id: str) -> Writes:
    """Return the write that deletes the tokens of a former account."""

    def write(writes: TransactWrite) -> None:
        writes.delete(TokenItem(REVOCATION + account_id, OWNER))

    return write


def remove_revocation(account_id: str) -> None:
    """Delete the tokens of a former account."""
    TokenItem(REVOCATION + account_id, OWNER).delete()


def lease(state: TokenState, now: datetime, until: datetime) -> None:
    """Take the right to refresh these tokens for a while.

    Raises:
        WriteConflict: Somebody else has it, or the tokens changed since they were read.
    """
    is_free = TokenItem.lease_until.does_not_exist() | (TokenItem.lease_until <= sortable(now))
    item = TokenItem(USER + state.artist_id, TOKENS + state.account_id)
    actions = [TokenItem.lease_until.set(due_text(until))]
    _update(item, actions, (TokenItem.version == state.version) & is_free)


def release(state: TokenState, refresh_at: datetime) -> None:
    """Give the right back after a failure, and have the tokens refreshed later.

    Raises:
        WriteConflict: The tokens changed, or were deleted.
    """
    item = TokenItem(USER + state.artist_id, TOKENS + state.account_id)
    actions = [TokenItem.lease_until.remove(), TokenItem.due_at.set(due_text(refresh_at))]
    _update(item, actions, TokenItem.version == state.version)


def stop_refreshing(state: TokenState) -> None:
    """Give the right back and have the tokens refreshed no more.

    Raises:
        WriteConflict: The tokens changed, or were deleted.
    """
    item = TokenItem(USER + state.artist_id, TOKENS + state.account_id)
    removed = (TokenItem.lease_until, TokenItem.due, TokenItem.due_at)
    _update(item, [attribute.remove() for attribute in removed], TokenItem.version == state.version)


def list_due(now: datetime, limit: int) -> list[DueRecord]:
    """List tokens that are due to be refreshed, the longest due first."""
    return TokenItem.find_due(REFRESH, now, limit)


def list_revocations(now: datetime, limit: int) -> list[DueRecord]:
    """List tokens that are to be revoked, the longest due first."""
    return TokenItem.find_due(REVOKE, now, limit)


def decode(due: DueRecord) -> TokenState:
    """Return what is known of due tokens."""
    return msgspec.json.decode(due.record, type=TokenState)


def scan(after: str | None, limit: int) -> tuple[list[Sealed], str | None]:
    """Return a page of the sealed tokens of all accounts, for an operator.

    Args:
        after: Where the page before it ended.
        limit: How many items of the table are looked at.
    """
    key = dict(zip(("pk", "sk"), after.split(" ", 1), strict=True)) if after else None
    page = TokenItem.scan(
        TokenItem.sk.startswith(TOKENS),
        limit=limit,
        page_size=limit,
        last_evaluated_key={name: {"S": value} for name, value in key.items()} if key else None,
        consistent_read=True,
    )
    found = [_read(item) for item in page]
    last = page.last_evaluated_key
    return found, f"{last['pk']['S']} {last['sk']['S']}" if last else None


def replace(sealed: Sealed, former: Sealed) -> None:
    """Store the same tokens under another data key.

    Raises:
        WriteConflict: They changed since they were read, or are being refreshed.
    """
    state = former.state
    item = TokenItem(USER + state.artist_id, TOKENS + state.account_id)
    actions = [
        TokenItem.sealed_tokens.set(sealed.tokens),
        TokenItem.sealed_key.set(sealed.key),
    ]
    is_same = (TokenItem.version == state.version) & (TokenItem.sealed_key == former.key)
    _update(item, actions, is_same)


def postpone(due: DueRecord, until: datetime) -> None:
    """Postpone due work on an item of the table, unless it changed meanwhile."""
    TokenItem.postpone(due, until)


def _read(item: TokenItem) -> Sealed:
    until = datetime.fromisoformat(item.lease_until) if item.lease_until else None
    return Sealed(item.decoded(TokenState), item.sealed_tokens, item.sealed_key, until)


def _update(item: TokenItem, actions: Sequence[Action], condition: Condition) -> None:
    try:
        item.update(actions=list(actions), condition=condition)
    except UpdateError as error:
        if is_conflict(error):
            raise WriteConflict from error
        raise
