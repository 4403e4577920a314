"""The DynamoDB table of auth.

pk               sk                  item
USER#<userId>    PROFILE             UserItem: an account
USER#<userId>    SESSION#<id>        SessionItem: a signed-in device (TTL)
EMAIL#<email>    OWNER               EmailOwnerItem: the account of an address, at most one
EMAIL#<email>    REGISTRATION#<id>   RegistrationItem: a registration waiting for its code (TTL)
OUTBOX#<shard>   <eventId>           OutboxItem: an event to publish, until it is
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import UpdateError

from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import Item, find, is_condition_failure, table_meta, transaction
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

USER, EMAIL = "USER#", "EMAIL#"
PROFILE, OWNER = "PROFILE", "OWNER"
SESSION, REGISTRATION = "SESSION#", "REGISTRATION#"


class UserItem(Item):
    """An account.

    Attributes:
        name: A copy of the name in the user's profile.
        name_version: Version of that profile; None while the name is that of the registration.
    """

    Meta = table_meta("auth")
    user_id = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    name_version = NumberAttribute(null=True)
    role = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()


class EmailOwnerItem(Item):
    """The account that an email address belongs to."""

    Meta = table_meta("auth")
    user_id = UnicodeAttribute()


class RegistrationItem(Item):
    """A registration of an address. Its code creates the account with its password, no other."""

    Meta = table_meta("auth")
    user_id = UnicodeAttribute()
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    code_hash = UnicodeAttribute()


class SessionItem(Item):
    """A device that is signed in.

    Attributes:
        generation: Number of the current refresh token, counted from 0.
    """

    Meta = table_meta("auth")
    session_id = UnicodeAttribute()
    generation = NumberAttribute()
    rotated_at = UTCDateTimeAttribute()
    started_at = UTCDateTimeAttribute()
    user_agent = UnicodeAttribute()


class OutboxItem(outbox.OutboxItem):
    """An event to publish."""

    Meta = table_meta("auth")


def ping() -> None:
    """Raise an exception unless the table answers."""
    EmailOwnerItem.count("ready")


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


def find_session(user_id: str, session_id: str) -> SessionItem | None:
    """Return a session, read consistently."""
    return find(SessionItem, USER + user_id, SESSION + session_id)


def list_registrations(email: str, now: datetime) -> list[RegistrationItem]:
    """List the registrations of an address whose codes have not expired."""
    registrations = RegistrationItem.query(
        EMAIL + email, RegistrationItem.sk.startswith(REGISTRATION), consistent_read=True
    )
    return [item for item in registrations if item.expires_at > now.timestamp()]


def add_registration(
    email: str, registration: RegistrationItem, events: Iterable[DomainEvent]
) -> None:
    """Store a registration together with its events."""
    registration.pk, registration.sk = EMAIL + email, REGISTRATION + registration.user_id
    with transaction(UserItem) as writes:
        writes.save(registration)
        add(writes, OutboxItem, events)


def add_events(events: Iterable[DomainEvent]) -> None:
    """Publish events of something that changed no record."""
    with transaction(UserItem) as writes:
        add(writes, OutboxItem, events)


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
            writes.save(_with_keys(session, user.user_id))
        if registration is not None:
            writes.delete(registration, condition=RegistrationItem.pk.exists())
        add(writes, OutboxItem, events)


def delete_user(user: UserItem, events: Iterable[DomainEvent]) -> None:
    """Delete an account, release its address and add the events, then delete its sessions."""
    with transaction(UserItem) as writes:
        writes.delete(UserItem(USER + user.user_id, PROFILE))
        writes.delete(EmailOwnerItem(EMAIL + user.email, OWNER))
        add(writes, OutboxItem, events)
    delete_sessions(user.user_id)


def add_session(user_id: str, session: SessionItem) -> None:
    """Store a new session."""
    _with_keys(session, user_id).save()


def rotate_session(session: SessionItem, now: datetime, lifetime: timedelta) -> None:
    """Move a session to its next generation.

    Raises:
        WriteConflict: The session was rotated or ended in the meantime.
    """
    try:
        session.update(
            actions=[
                SessionItem.generation.set(session.generation + 1),
                SessionItem.rotated_at.set(now),
                SessionItem.expires_at.set(int((now + lifetime).timestamp())),
            ],
            condition=SessionItem.generation == session.generation,
        )
    except UpdateError as error:
        if is_condition_failure(error):
            raise WriteConflict from error
        raise


def delete_session(user_id: str, session_id: str) -> None:
    """Delete a session, if it still exists."""
    SessionItem(USER + user_id, SESSION + session_id).delete()


def delete_sessions(user_id: str) -> None:
    """Delete all sessions of a user."""
    sessions = SessionItem.query(USER + user_id, SessionItem.sk.startswith(SESSION))
    with SessionItem.batch_write() as batch:
        for session in sessions:
            batch.delete(session)


def _with_keys(session: SessionItem, user_id: str) -> SessionItem:
    session.pk, session.sk = USER + user_id, SESSION + session.session_id
    return session
