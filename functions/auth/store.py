"""auth's DynamoDB table, and the only module that talks to it.

pk               sk                  what
USER#<userId>    PROFILE             UserItem: the account
USER#<userId>    SESSION#<id>        SessionItem: a device that is signed in (TTL)
EMAIL#<email>    OWNER               OwnerItem: who holds the address; there is at most one
EMAIL#<email>    REGISTRATION#<id>   RegistrationItem: an attempt waiting for its code (TTL)
OUTBOX#<userId>  <eventId>           OutboxItem: an event on its way (TTL)
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

    name: a copy of the profile's; name_version: of which, None while it is that of the
    registration.
    """

    Meta = table_meta("auth")
    user_id = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    name_version = NumberAttribute(null=True)
    role = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()


class OwnerItem(Item):
    """The account that holds an address."""

    Meta = table_meta("auth")
    user_id = UnicodeAttribute()


class RegistrationItem(Item):
    """One attempt to register an address. Its code opens this attempt only, with its password."""

    Meta = table_meta("auth")
    user_id = UnicodeAttribute()
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    code_hash = UnicodeAttribute()


class SessionItem(Item):
    """A device that is signed in. `generation` is the number of its current refresh token."""

    Meta = table_meta("auth")
    session_id = UnicodeAttribute()
    generation = NumberAttribute()
    rotated_at = UTCDateTimeAttribute()
    started_at = UTCDateTimeAttribute()
    user_agent = UnicodeAttribute()


class OutboxItem(outbox.OutboxItem):
    """An event on its way."""

    Meta = table_meta("auth")


def ping() -> None:
    """Raise unless the table answers."""
    OwnerItem.count("ready")


def find_user(user_id: str) -> UserItem | None:
    """The account, read consistently."""
    return find(UserItem, USER + user_id, PROFILE)


def find_user_by_email(email: str) -> UserItem | None:
    """The account that holds the address. Two reads whether there is one or not."""
    owner = find(OwnerItem, EMAIL + email, OWNER)
    return find_user(owner.user_id if owner else "nobody")


def find_users(user_ids: Iterable[str]) -> list[UserItem]:
    """Those of these accounts that there are, in no order; at most a hundred at once."""
    keys = [(USER + user_id, PROFILE) for user_id in dict.fromkeys(user_ids)]
    return list(UserItem.batch_get(keys, consistent_read=True))


def tell_name(user_id: str, name: str, version: int) -> None:
    """Keep the name of this version of a profile, unless a newer is kept or there is no account.

    The same version again repairs what is kept.
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
    """The session, read consistently."""
    return find(SessionItem, USER + user_id, SESSION + session_id)


def find_registrations(email: str, now: datetime) -> list[RegistrationItem]:
    """The attempts on an address whose codes are still good."""
    attempts = RegistrationItem.query(
        EMAIL + email, RegistrationItem.sk.startswith(REGISTRATION), consistent_read=True
    )
    return [attempt for attempt in attempts if attempt.expires_at > now.timestamp()]


def add_registration(
    email: str, registration: RegistrationItem, events: Iterable[DomainEvent]
) -> None:
    """Keep an attempt together with its events."""
    registration.pk, registration.sk = EMAIL + email, REGISTRATION + registration.user_id
    with transaction(UserItem) as writes:
        writes.save(registration)
        add(writes, OutboxItem, events)


def add_events(events: Iterable[DomainEvent]) -> None:
    """Tell of something that changed nothing here."""
    with transaction(UserItem) as writes:
        add(writes, OutboxItem, events)


def add_user(
    user: UserItem,
    events: Iterable[DomainEvent],
    session: SessionItem | None = None,
    attempt: RegistrationItem | None = None,
) -> None:
    """Create the account, its claim on the address, its first session and its events, or nothing.

    The attempt it comes from is used up with it. Raises Conflict when the address was taken or the
    attempt used meanwhile.
    """
    user.pk, user.sk = USER + user.user_id, PROFILE
    owner = OwnerItem(EMAIL + user.email, OWNER, user_id=user.user_id)
    with transaction(UserItem) as writes:
        writes.save(owner, condition=OwnerItem.pk.does_not_exist())
        writes.save(user, condition=UserItem.pk.does_not_exist())
        if session is not None:
            writes.save(_keyed(session, user.user_id))
        if attempt is not None:
            writes.delete(attempt, condition=RegistrationItem.pk.exists())
        add(writes, OutboxItem, events)


def delete_user(user: UserItem, events: Iterable[DomainEvent]) -> None:
    """Delete the account and its claim on the address with the event, then its sessions."""
    with transaction(UserItem) as writes:
        writes.delete(UserItem(USER + user.user_id, PROFILE))
        writes.delete(OwnerItem(EMAIL + user.email, OWNER))
        add(writes, OutboxItem, events)
    delete_sessions(user.user_id)


def add_session(user_id: str, session: SessionItem) -> None:
    """Keep a new session."""
    _keyed(session, user_id).save()


def rotate_session(session: SessionItem, now: datetime, lifetime: timedelta) -> None:
    """Move the session to its next generation. Raises Conflict if it moved meanwhile."""
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
    """End one session; one that is gone already is fine."""
    SessionItem(USER + user_id, SESSION + session_id).delete()


def delete_sessions(user_id: str) -> None:
    """End all sessions of a user."""
    sessions = SessionItem.query(USER + user_id, SessionItem.sk.startswith(SESSION))
    with SessionItem.batch_write() as batch:
        for session in sessions:
            batch.delete(session)


def _keyed(session: SessionItem, user_id: str) -> SessionItem:
    session.pk, session.sk = USER + user_id, SESSION + session.session_id
    return session
