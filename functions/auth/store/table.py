"""The table: keys, items, and what concerns none of the subjects."""

from collections.abc import Iterable

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from shared.data.dynamodb import Item, table_meta, transaction
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

USER, EMAIL, AUDIT = "USER#", "EMAIL#", "AUDIT#"
PROFILE, OWNER = "PROFILE", "OWNER"
SESSION, REGISTRATION = "SESSION#", "REGISTRATION#"
ATTEMPT, GUESSES, DEVICE = "ATTEMPT#", "GUESSES", "DEVICE#"
ENTRY, FAILURES = "ENTRY#", "FAILURES"  # the second one sorts behind all of the first


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


class AuditItem(Item):
    """An entry of an account's audit log, or the count of failed sign-ins to it.

    Attributes:
        statement: Canonical JSON of the entry.
        hash: Hash of the statement.
        failed_sign_ins: How often signing in has failed; of the count only.
        failed_at: When that happened last.
    """

    Meta = table_meta("auth")
    statement = UnicodeAttribute(null=True)
    hash = UnicodeAttribute(null=True)
    failed_sign_ins = NumberAttribute(null=True)
    failed_at = UTCDateTimeAttribute(null=True)


class OutboxItem(outbox.OutboxItem):
    """An event to publish."""

    Meta = table_meta("auth")


def ping() -> None:
    """Raise an exception unless the table answers."""
    EmailOwnerItem.count("ready")


def add_events(events: Iterable[DomainEvent]) -> None:
    """Publish events of something that changed no record."""
    with transaction(UserItem) as writes:
        add(writes, OutboxItem, events)
