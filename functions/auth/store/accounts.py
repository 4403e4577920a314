"""Accounts and the addresses that they own."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import UpdateError

from auth.store import audit, sessions
from auth.store.table import (
    EMAIL,
    OWNER,
    PROFILE,
    USER,
    AuditItem,
    EmailOwnerItem,
    OutboxItem,
    RegistrationItem,
    SessionItem,
    UserItem,
)
from shared.data import tombstone_items
from shared.data.dynamodb import find, is_condition_failure, transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add


def find_user(user_id: str) -> UserItem | None:
    """Return an account, read consistently."""
    return find(UserItem, USER + user_id, PROFILE)


def find_user_by_email(email: str) -> UserItem | None:
    """Return the account of an email address.

    Makes two reads whether or not there is one, so that timing reveals nothing.
    """
    owner = find(EmailOwnerItem, EMAIL + email, OWNER)
    return find_user(owner.user_id if owner else "nobody")


def list_users(user_ids: Iterable[str]) -> list[UserItem]:
    """List the existing accounts among these ids, in any order; at most a hundred ids."""
    keys = [(USER + user_id, PROFILE) for user_id in dict.fromkeys(user_ids)]
    return list(UserItem.batch_get(keys, consistent_read=True))


def update_name(user_id: str, name: str, version: int) -> None:
    """Store the name from this version of a profile.

    Does nothing if a newer one is stored or the account does not exist. The same version is
    written again, which repairs a damaged copy.
    """
    not_newer = UserItem.name_version.does_not_exist() | (UserItem.name_version <= version)
    try:
        UserItem(USER + user_id, PROFILE).update(
            actions=[UserItem.name.set(name), UserItem.name_version.set(version)],
            condition=UserItem.pk.exists() & not_newer,
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise


def add_user(
    user: UserItem,
    events: Iterable[DomainEvent],
    session: SessionItem | None = None,
    registration: RegistrationItem | None = None,
) -> None:
    """Create an account with its email address, first session and events in one transaction.

    The registration that it comes from is deleted in the same transaction.

    Raises:
        WriteConflict: The address was taken or the registration used in the meantime.
    """
    user.pk, user.sk = USER + user.user_id, PROFILE
    owner = EmailOwnerItem(EMAIL + user.email, OWNER, user_id=user.user_id)
    with transaction(UserItem) as writes:
        writes.save(owner, condition=EmailOwnerItem.pk.does_not_exist())
        writes.save(user, condition=UserItem.pk.does_not_exist())
        if session is not None:
            writes.save(sessions.with_keys(session, user.user_id))
        if registration is not None:
            writes.delete(registration, condition=RegistrationItem.pk.exists())
        add(writes, OutboxItem, events)


def delete_user(
    user: UserItem, events: Iterable[DomainEvent], entry: AuditItem, now: datetime
) -> None:
    """Delete an account, release its address and add the events, then delete its sessions.

    Its tombstone stops all features at once from writing for the user.

    Raises:
        WriteConflict: The account was deleted, or its audit log grew, in the meantime.
    """
    with transaction(UserItem) as writes:
        writes.delete(UserItem(USER + user.user_id, PROFILE), condition=UserItem.pk.exists())
        tombstone_items.add(writes, user.user_id, now)
        audit.add_audit_entries(writes, [entry])
        writes.delete(EmailOwnerItem(EMAIL + user.email, OWNER))
        add(writes, OutboxItem, events)
    sessions.delete_sessions(user.user_id)
