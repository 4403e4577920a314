"""Second factors of accounts: the secret of an authenticator app, and recovery codes."""

from collections.abc import Iterable

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.transactions import TransactWrite

from auth.store import audit
from auth.store.sessions import Changes, Writes, is_as_read
from auth.store.table import USER, AuditItem, OutboxItem, UserItem
from shared.data.dynamodb import Item, find, table_meta, transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

TOTP = "TOTP"


class TotpItem(Item):
    """The authenticator app of an account.

    Attributes:
        key_label: What the secret that seals the shared secret is derived from.
        shared_secret: What app and server derive codes from, sealed.
        last_step: Time step of the last code that was used.
        recovery_hashes: Hashes of the recovery codes that are left.
        confirmed_at: When a code of the app was entered; None until then.
    """

    Meta = table_meta("auth")
    key_label = UnicodeAttribute()
    shared_secret = BinaryAttribute(legacy_encoding=False)
    last_step = NumberAttribute(default=0)
    recovery_hashes = UnicodeSetAttribute(null=True)
    confirmed_at = UTCDateTimeAttribute(null=True)


def find_totp(user_id: str) -> TotpItem | None:
    """Return the authenticator app of an account, read consistently."""
    return find(TotpItem, USER + user_id, TOTP)


def save_pending_totp(user: UserItem, item: TotpItem) -> None:
    """Store an app that has to be confirmed, instead of another such one.

    Raises:
        WriteConflict: The account has one that is confirmed, or was deleted.
    """
    item.pk, item.sk = USER + user.user_id, TOTP
    with transaction(UserItem) as writes:
        writes.condition_check(UserItem, user.pk, user.sk, condition=UserItem.pk.exists())
        writes.save(item, condition=TotpItem.confirmed_at.does_not_exist())


def change_factors(
    user: UserItem,
    changes: Changes,
    change_factor: Writes,
    entry: AuditItem,
    *,
    events: Iterable[DomainEvent] = (),
) -> None:
    """Change what an account is signed in to with, with its events, in one transaction.

    Args:
        user: The account.
        changes: What changes in the account.
        change_factor: Changes the authenticator app, or a passkey.
        entry: Entry of the audit log.
        events: Events of the change.

    Raises:
        WriteConflict: Factor or audit log were changed, or the account was deleted or signed out
            everywhere, in the meantime.
    """
    unchanged = is_as_read(user)
    with transaction(UserItem) as writes:
        if changes:
            writes.update(UserItem(user.pk, user.sk), actions=list(changes), condition=unchanged)
        else:
            writes.condition_check(UserItem, user.pk, user.sk, condition=unchanged)
        change_factor(writes)
        audit.add_audit_entries(writes, [entry])
        add(writes, OutboxItem, events)


def confirm_totp(item: TotpItem) -> Writes:
    """Return the write that stores a confirmed app; it conflicts if it was replaced."""

    def write(writes: TransactWrite) -> None:
        unconfirmed = TotpItem.confirmed_at.does_not_exist()
        writes.save(item, condition=unconfirmed & (TotpItem.key_label == item.key_label))

    return write


def use_step(item: TotpItem, step: int) -> Writes:
    """Return the write that uses up the code of a time step; it conflicts if it was used."""

    def write(writes: TransactWrite) -> None:
        writes.update(
            TotpItem(item.pk, item.sk),
            actions=[TotpItem.last_step.set(step)],
            condition=(TotpItem.last_step < step) & TotpItem.confirmed_at.exists(),
        )

    return write


def use_recovery_code(item: TotpItem, hashed: str) -> Writes:
    """Return the write that uses up a recovery code; it conflicts if it was used."""

    def write(writes: TransactWrite) -> None:
        writes.update(
            TotpItem(item.pk, item.sk),
            actions=[TotpItem.recovery_hashes.delete({hashed})],
            condition=TotpItem.recovery_hashes.contains(hashed),
        )

    return write


def replace_recovery_codes(item: TotpItem, hashes: set[str], step: int) -> Writes:
    """Return the write that replaces all recovery codes, by a code of the app."""

    def write(writes: TransactWrite) -> None:
        writes.update(
            TotpItem(item.pk, item.sk),
            actions=[TotpItem.recovery_hashes.set(hashes), TotpItem.last_step.set(step)],
            condition=(TotpItem.last_step < step) & TotpItem.confirmed_at.exists(),
        )

    return write


def delete_unchanged_totp(item: TotpItem) -> Writes:
    """Return the write that removes an app; it conflicts if a code was used since it was read."""
    left = TotpItem.recovery_hashes
    same = left == item.recovery_hashes if item.recovery_hashes else left.does_not_exist()

    def write(writes: TransactWrite) -> None:
        writes.delete(
            TotpItem(item.pk, item.sk), condition=(TotpItem.last_step == item.last_step) & same
        )

    return write


def delete_totp(user_id: str) -> Writes:
    """Return the write that removes the app of an account; it conflicts if it was removed."""

    def write(writes: TransactWrite) -> None:
        writes.delete(TotpItem(USER + user_id, TOTP), condition=TotpItem.pk.exists())

    return write
