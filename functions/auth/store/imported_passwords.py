"""Passwords of imported accounts: their highest cost, and their replacement."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import UpdateError

from auth.store.table import UserItem
from shared.data.dynamodb import Item, find, is_conflict, table_meta

IMPORTED, PASSWORDS = "IMPORTED", "PASSWORDS"
READ_AFTER = timedelta(minutes=5)


class ImportedPasswordsItem(Item):
    """What is known of all imported passwords together.

    Attributes:
        cost: The highest cost of their hashes.
    """

    Meta = table_meta("auth")
    cost = NumberAttribute()


@dataclass
class _Known:
    cost: int = 0
    read_at: datetime | None = None


_known = _Known()


def find_highest_cost(now: datetime) -> int:
    """Return the highest cost of imported hashes, 0 if there are none.

    It is read every few minutes in a container. Meanwhile the time of a wrong password differs
    from what it is afterwards.
    """
    if _known.read_at is None or now - _known.read_at >= READ_AFTER:
        item = find(ImportedPasswordsItem, IMPORTED, PASSWORDS)
        _known.cost, _known.read_at = int(item.cost) if item else 0, now
    return _known.cost


def note_cost(cost: int) -> None:
    """Store the cost of an imported hash, if it is the highest one."""
    item = ImportedPasswordsItem(IMPORTED, PASSWORDS)
    is_higher = ImportedPasswordsItem.cost.does_not_exist() | (ImportedPasswordsItem.cost < cost)
    try:
        item.update(actions=[ImportedPasswordsItem.cost.set(cost)], condition=is_higher)
    except UpdateError as error:
        if not is_conflict(error):
            raise


def replace_hash(user: UserItem, password_hash: str) -> None:
    """Replace the hash of an account, unless another request did so or changed the password."""
    try:
        UserItem(user.pk, user.sk).update(
            actions=[UserItem.password_hash.set(password_hash)],
            condition=UserItem.password_hash == user.password_hash,
        )
    except UpdateError as error:
        if not is_conflict(error):
            raise


def forget() -> None:
    """Forget the cost, so that tests can change it."""
    _known.cost, _known.read_at = 0, None
