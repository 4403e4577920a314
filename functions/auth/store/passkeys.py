"""Passkeys of accounts."""

from datetime import datetime

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.transactions import TransactWrite

from auth.store.sessions import Writes
from auth.store.table import PASSKEY, USER
from shared.data.dynamodb import Item, find, table_meta


class PasskeyItem(Item):
    """A passkey of an account.

    Attributes:
        passkey_id: Our id of it.
        credential_id: The id that its authenticator chose.
        public_key: The COSE key that verifies it.
        sign_count: How often it was used, if its authenticator counts.
        name: What its owner calls it.
        synced: Whether it may be copied to other devices of its owner.
        last_used_at: When it was last signed in with; None before.
    """

    Meta = table_meta("auth")
    passkey_id = UnicodeAttribute()
    credential_id = BinaryAttribute(legacy_encoding=False)
    public_key = BinaryAttribute(legacy_encoding=False)
    sign_count = NumberAttribute()
    name = UnicodeAttribute()
    synced = BooleanAttribute()
    created_at = UTCDateTimeAttribute()
    last_used_at = UTCDateTimeAttribute(null=True)


def find_passkey(user_id: str, passkey_id: str) -> PasskeyItem | None:
    """Return a passkey of an account, read consistently."""
    return find(PasskeyItem, USER + user_id, PASSKEY + passkey_id)


def list_passkeys(user_id: str) -> list[PasskeyItem]:
    """List the passkeys of an account, read consistently."""
    return list(
        PasskeyItem.query(USER + user_id, PasskeyItem.sk.startswith(PASSKEY), consistent_read=True)
    )


def add_passkey(user_id: str, item: PasskeyItem) -> Writes:
    """Return the write that adds a passkey; it conflicts if the account has it."""
    item.pk, item.sk = USER + user_id, PASSKEY + item.passkey_id

    def write(writes: TransactWrite) -> None:
        writes.save(item, condition=PasskeyItem.pk.does_not_exist())

    return write


def use_passkey(item: PasskeyItem, sign_count: int, now: datetime) -> Writes:
    """Return the write that notes a use of a passkey.

    It conflicts if the passkey was removed, or used in the meantime by an authenticator that
    counts.
    """

    def write(writes: TransactWrite) -> None:
        writes.update(
            PasskeyItem(item.pk, item.sk),
            actions=[PasskeyItem.sign_count.set(sign_count), PasskeyItem.last_used_at.set(now)],
            condition=PasskeyItem.sign_count == item.sign_count,
        )

    return write


def delete_passkey(item: PasskeyItem) -> Writes:
    """Return the write that removes a passkey; it conflicts if it was removed."""

    def write(writes: TransactWrite) -> None:
        writes.delete(PasskeyItem(item.pk, item.sk), condition=PasskeyItem.pk.exists())

    return write
