"""Identities at other providers: the account of each, and those of each account."""

from collections.abc import Iterable, Sequence

import msgspec
from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from auth.rules.identities import LinkedIdentity
from auth.store import attempts, audit
from auth.store.attempts import AttemptItem
from auth.store.sessions import Change, Writes
from auth.store.table import OWNER, AuditItem, OutboxItem, UserItem
from shared.data.dynamodb import Item, find, table_meta, transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add as add_events

IDENTITY = "IDENTITY#"


class IdentityItem(Item):
    """The account that an identity at a provider belongs to."""

    Meta = table_meta("auth")
    user_id = UnicodeAttribute()


def find_owner_id(key: str) -> str | None:
    """Return the id of the account that an identity belongs to, read consistently."""
    item = find(IdentityItem, IDENTITY + key, OWNER)
    return item.user_id if item is not None else None


def list_identities(user: UserItem) -> list[LinkedIdentity]:
    """List the identities of an account."""
    return msgspec.json.decode(user.identities or "[]", type=list[LinkedIdentity])


def set_identities(user: UserItem, identities: Sequence[LinkedIdentity]) -> None:
    """Set the identities of an account that is created."""
    user.identities = _encode(identities)


def add(user_id: str, key: str) -> Writes:
    """Return the write that gives an identity to an account; it conflicts if another has it."""

    def write(writes: TransactWrite) -> None:
        item = IdentityItem(IDENTITY + key, OWNER, user_id=user_id)
        writes.save(item, condition=IdentityItem.pk.does_not_exist())

    return write


def remove(key: str) -> Writes:
    """Return the write that takes an identity from its account; it conflicts if it has none."""

    def write(writes: TransactWrite) -> None:
        item = IdentityItem(IDENTITY + key, OWNER)
        writes.delete(item, condition=IdentityItem.pk.exists())

    return write


def change_to(identities: Sequence[LinkedIdentity]) -> Change:
    """Return the change of an account that makes these its identities."""
    if identities:
        return UserItem.identities.set(_encode(identities))
    return UserItem.identities.remove()


def are_as_read(user: UserItem) -> Condition:
    """Return the condition that an account has the identities that were read."""
    identities = UserItem.identities
    if user.identities is None:
        return identities.does_not_exist()
    return identities == user.identities


def save(
    user: UserItem,
    identities: Sequence[LinkedIdentity],
    change: Writes,
    entry: AuditItem,
    *,
    events: Iterable[DomainEvent],
    used: AttemptItem | None = None,
) -> None:
    """Change the identities of an account, in one transaction.

    Args:
        user: The account, as it was read.
        identities: Those that it has from now on.
        change: What adds or removes one.
        entry: Entry of the audit log.
        events: Events of the change.
        used: The attempt that proved the identity, which is used up.

    Raises:
        WriteConflict: The account lost its password, was signed out everywhere, or its identities
            or its audit log changed, or the identity or the attempt was taken, in the meantime.
    """
    password, epoch = UserItem.password_hash, UserItem.session_epoch
    unchanged = UserItem.pk.exists() & are_as_read(user)
    unchanged &= password.exists() if user.password_hash else password.does_not_exist()
    unchanged &= epoch == user.session_epoch if user.session_epoch else epoch.does_not_exist()
    with transaction(UserItem) as writes:
        writes.update(
            UserItem(user.pk, user.sk), actions=[change_to(identities)], condition=unchanged
        )
        change(writes)
        if used is not None:
            attempts.use(writes, used)
        audit.add_audit_entries(writes, [entry])
        add_events(writes, OutboxItem, events)


def _encode(identities: Sequence[LinkedIdentity]) -> str:
    return msgspec.json.encode(list(identities)).decode()
