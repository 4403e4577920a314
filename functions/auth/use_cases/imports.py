"""Import of accounts from an earlier system.

Their owners sign in by their old passwords. Nobody is mailed: the event says that an account was
imported. No code was mailed to its address either, so it counts as one that nobody has read yet.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from auth import store
from auth.events import UserVerified, new_event
from auth.rules import emails, imported_passwords
from auth.schemas import ImportedUser
from auth.store import UserItem
from auth.store import imported_passwords as costs
from shared.data import tombstones
from shared.data.imported_rows import Kind, Reasons, write_together
from shared.http.caller import Role

TAKEN = "The email address belongs to another account."
DELETED = "The account was deleted here."
COSTLY = f"The hash of the password costs more than {imported_passwords.HIGHEST_COST}."
TOGETHER = 25  # accounts in a transaction, of three items each
UNKNOWN_HASH = "The hash of the password is none of bcrypt."


def find(rows: Sequence[ImportedUser]) -> Mapping[str, ImportedUser]:
    """Return those of the accounts that exist.

    A password that its owner has replaced, by signing in or otherwise, is that of the row.
    """
    given = {row.id: row for row in rows}
    return {
        item.user_id: _present(item, given[item.user_id]) for item in store.list_users(list(given))
    }


def check(rows: Sequence[ImportedUser], _now: datetime) -> Reasons:
    """Return why accounts cannot be created."""
    deleted = tombstones.find_deleted(*(row.id for row in rows))
    addresses = {row.id: emails.normalize(row.email) for row in rows}
    taken = store.find_owned(addresses.values())
    reasons: Reasons = {}
    for row in rows:
        address = addresses[row.id]
        reason = _find_fault(row, address)
        if row.id in deleted:
            reason = DELETED
        elif address in taken:
            reason = TAKEN
        if reason is not None:
            reasons[row.id] = reason
        else:
            taken.add(address)  # two rows may have the same one
    return reasons


def write(rows: Sequence[ImportedUser], now: datetime) -> Reasons:
    """Create accounts, with the events from which other features know them."""
    found = [cost for row in rows if (cost := imported_passwords.read_cost(row.password_hash))]
    if found:
        costs.note_cost(max(found))
    return write_together(rows, lambda some: _write(some, now), TOGETHER, TAKEN)


def _write(rows: Sequence[ImportedUser], now: datetime) -> None:
    created = []
    for row in rows:
        user = UserItem(
            user_id=row.id,
            email=emails.normalize(row.email),
            name=row.name,
            role=row.role,
            created_at=row.created_at,
            password_hash=row.password_hash,
            has_unread_address=True,
        )
        verified = UserVerified(
            user_id=row.id, email=user.email, name=row.name, role=Role(row.role), imported=True
        )
        created.append((user, [new_event(row.id, verified, now)]))
    store.add_users(created)


def _find_fault(row: ImportedUser, email: str) -> str | None:
    if error := emails.find_error(email):
        return f"The email address {error}."
    if row.password_hash is None:
        return None
    cost = imported_passwords.read_cost(row.password_hash)
    if cost is None or cost < imported_passwords.LOWEST_COST:
        return UNKNOWN_HASH
    return COSTLY if cost > imported_passwords.HIGHEST_COST else None


def _present(item: UserItem, given: ImportedUser) -> ImportedUser:
    is_same_address = item.email == emails.normalize(given.email)
    is_imported = imported_passwords.read_cost(item.password_hash) is not None
    return ImportedUser(
        id=item.user_id,
        email=given.email if is_same_address else item.email,
        name=item.name,
        role="artist" if item.role == Role.ARTIST else "client",
        created_at=item.created_at,
        password_hash=item.password_hash if is_imported else given.password_hash,
    )


KINDS = {"users": Kind(ImportedUser, find, write, check)}
