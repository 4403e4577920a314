"""Accounts and the addresses that they own."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from auth.rules import directory, emails
from auth.store import attempts, audit, identities, sessions
from auth.store.attempts import AttemptItem
from auth.store.sessions import Writes
from auth.store.table import (
    EMAIL,
    OWNER,
    PROFILE,
    USER,
    AuditItem,
    EmailOwnerItem,
    OutboxItem,
    SessionItem,
    UserItem,
)
from shared.data import tombstone_items
from shared.data.dynamodb import find, is_condition_failure, transaction
from shared.data.shards import shard_partition
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add
from shared.http.caller import Role


def find_user(user_id: str) -> UserItem | None:
    """Return an account, read consistently."""
    return find(UserItem, USER + user_id, PROFILE)


def find_user_by_email(email: str) -> UserItem | None:
    """Return the account of an email address, as it was typed or normalized.

    Makes as many reads whether or not there is one, so that timing reveals nothing: one for each
    spelling that it may be stored under, which is one for an address in ASCII, and one for the
    account.
    """
    spellings = emails.list_spellings(email)
    owners = [find(EmailOwnerItem, EMAIL + spelling, OWNER) for spelling in spellings]
    owner = next(filter(None, owners), None)
    return find_user(owner.user_id if owner else nobody(spellings[0]))


def nobody(email: str) -> str:
    """Return the id under which what an address without an account costs is read and counted.

    It is never that of an account. There are several, so that strangers who try many addresses make
    no item of the table hot.
    """
    return shard_partition("nobody", email)


def list_users(user_ids: Iterable[str]) -> list[UserItem]:
    """List the existing accounts among these ids, in any order; at most a hundred ids."""
    keys = [(USER + user_id, PROFILE) for user_id in dict.fromkeys(user_ids)]
    return list(UserItem.batch_get(keys, consistent_read=True))


def list_users_by_name(role: str, prefix: str, after: str | None, limit: int) -> list[UserItem]:
    """List accounts of a role whose folded names begin with a prefix, in order.

    Args:
        role: The role.
        prefix: What `rules.directory.fold` returned.
        after: `listed_as` of the account before the first; None for the first page.
        limit: How many to return at most.
    """
    # The highest character that DynamoDB sorts behind all others.
    last = prefix + chr(0x10FFFF)
    first = after + " " if after is not None else prefix or " "
    position = UserItem.listed_as.between(first, last)
    return list(UserItem.by_name.query(role, position, limit=limit))


def require_admin(writes: TransactWrite, user_id: str) -> None:
    """Let a transaction fail unless this account is that of an admin who is not banned."""
    is_admin = (UserItem.role == Role.ADMIN.value) & UserItem.banned_at.does_not_exist()
    writes.condition_check(UserItem, USER + user_id, PROFILE, condition=is_admin)


def update_name(user_id: str, name: str, version: int) -> None:
    """Store the name from this version of a profile.

    Does nothing if a newer one is stored or the account does not exist. The same version is
    written again, which repairs a damaged copy.
    """
    not_newer = UserItem.name_version.does_not_exist() | (UserItem.name_version <= version)
    try:
        UserItem(USER + user_id, PROFILE).update(
            actions=[
                UserItem.name.set(name),
                UserItem.name_version.set(version),
                UserItem.listed_as.set(directory.build_key(name, user_id)),
                UserItem.listed_in.set(UserItem.role),
            ],
            condition=UserItem.pk.exists() & not_newer,
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise


def note_mail_was_read(user: UserItem) -> None:
    """Store that a code which was mailed to the address of an account came back.

    Raises:
        WriteConflict: The account was deleted, or has another address.
    """
    with transaction(UserItem) as writes:
        writes.update(
            UserItem(user.pk, user.sk),
            actions=[UserItem.has_unread_address.remove()],
            condition=UserItem.email == user.email,
        )


def add_user(user: UserItem, events: Iterable[DomainEvent]) -> None:
    """Create an account with its email address and events in one transaction.

    Raises:
        WriteConflict: The address was taken in the meantime.
    """
    with transaction(UserItem) as writes:
        create_user(user, events)(writes)


def add_users(created: Iterable[tuple[UserItem, Sequence[DomainEvent]]]) -> None:
    """Create some accounts with their email addresses and events in one transaction.

    Raises:
        WriteConflict: An address was taken in the meantime.
    """
    with transaction(UserItem) as writes:
        for user, events in created:
            create_user(user, events)(writes)


def find_owned(addresses: Iterable[str]) -> set[str]:
    """Return those of some normalized addresses that have an account, at most a hundred."""
    spelled = {
        EMAIL + spelling: address
        for address in addresses
        for spelling in emails.list_spellings(address)
    }
    keys = [(key, OWNER) for key in spelled]
    items = EmailOwnerItem.batch_get(keys, consistent_read=True) if keys else ()
    return {spelled[item.pk] for item in items}


def create_user(
    user: UserItem,
    events: Iterable[DomainEvent],
    attempt: AttemptItem | None = None,
    entry: AuditItem | None = None,
) -> Writes:
    """Return the writes that create an account with its email address and events.

    They conflict if the address was taken, or the attempt that it comes from was used.

    Args:
        user: The account.
        events: Events of its creation.
        attempt: The attempt that it comes from, which is used up.
        entry: The first entry of its audit log.
    """

    def write(writes: TransactWrite) -> None:
        owner = EmailOwnerItem(EMAIL + user.email, OWNER, user_id=user.user_id)
        writes.save(owner, condition=EmailOwnerItem.pk.does_not_exist())
        user.pk, user.sk = USER + user.user_id, PROFILE
        user.listed_in = user.role
        user.listed_as = directory.build_key(user.name, user.user_id)
        writes.save(user, condition=UserItem.pk.does_not_exist())
        if attempt is not None:
            attempts.use(writes, attempt)
        if entry is not None:
            audit.add_audit_entries(writes, [entry])
        add(writes, OutboxItem, events)

    return write


def change_email_owner(writes: TransactWrite, user: UserItem, email: str) -> None:
    """Give an account another address, and release its current one, in a transaction.

    The transaction fails if the address has an account.
    """
    owner = EmailOwnerItem(EMAIL + email, OWNER, user_id=user.user_id)
    writes.save(owner, condition=EmailOwnerItem.pk.does_not_exist())
    writes.delete(EmailOwnerItem(EMAIL + user.email, OWNER))


def delete_user(
    user: UserItem,
    ended: Sequence[SessionItem],
    events: Iterable[DomainEvent],
    entry: AuditItem,
    now: datetime,
    *,
    denied: Sequence[str] = (),
) -> None:
    """Delete an account with at most 35 of its sessions, and release its address.

    Its tombstone stops all features at once from writing for the user.

    Raises:
        WriteConflict: The account was deleted or its identities changed, or its audit log grew, in
            the meantime.
    """

    def delete(writes: TransactWrite) -> None:
        writes.delete(
            UserItem(USER + user.user_id, PROFILE),
            condition=UserItem.pk.exists() & identities.are_as_read(user),
        )
        tombstone_items.add(writes, user.user_id, now)
        if user.banned_at is not None:
            tombstone_items.remove_ban(writes, user.user_id)
        writes.delete(EmailOwnerItem(EMAIL + user.email, OWNER))
        for identity in identities.list_identities(user):
            writes.delete(identities.IdentityItem(identities.IDENTITY + identity.key, OWNER))

    sessions.end_sessions(
        user.user_id, ended, events, now, entry=entry, denied=denied, writes_alongside=delete
    )


def delete_items(user_id: str) -> None:
    """Delete all items of an account, such as sessions and known devices, of whatever class."""
    items = UserItem.query(USER + user_id, attributes_to_get=["pk", "sk"])
    with UserItem.batch_write() as batch:
        for item in items:
            batch.delete(item)
