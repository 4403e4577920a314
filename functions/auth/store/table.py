"""The table: keys, items, and what concerns none of the subjects."""

from collections.abc import Iterable
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex

from auth.store.outbox_secrets import outbox_secret
from shared.data.dynamodb import Item, index_meta, table_meta, transaction
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

USER, EMAIL, AUDIT = "USER#", "EMAIL#", "AUDIT#"
PROFILE, OWNER = "PROFILE", "OWNER"
SESSION, ATTEMPT = "SESSION#", "ATTEMPT#"
ASSISTANT, STUDIO = "ASSISTANT#", "STUDIO#"
SESSION, ATTEMPT, PASSKEY = "SESSION#", "ATTEMPT#", "PASSKEY#"
GUESSES, DEVICE = "GUESSES", "DEVICE#"
EXPORT = "EXPORT"
DECISION = "DECISION#"
ENTRY, FAILURES = "ENTRY#", "FAILURES"  # the second one sorts behind all of the first


class ByName(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """The accounts of a role, by name."""

    Meta = index_meta("by-name")
    listed_in = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class UserItem(Item):
    """An account.

    Attributes:
        name: A copy of the name in the user's profile.
        name_version: Version of that profile; None while the name is that of the registration.
        password_hash: Hash of its password; None if it has none.
        session_epoch: Changes whenever all sessions are ended. A session lives in the epoch in
            which it started, and starts in the one in which its password or code was checked.
        banned_at: When the account was banned; None for all others.
        ban_reason: Why it was.
        ban_report: Id of the report because of which it was; None if an admin did it otherwise.
        ban_ends_at: When the ban is lifted; None where an admin lifts it.
        account_version: How often it was banned or unbanned, or its role was changed.
        listed_in: Its role, in which lists of admins find it.
        listed_as: Where it stands there: see `rules.directory`.
        has_totp: Whether an authenticator app is asked for when signing in.
        identities: Its identities at other providers, as JSON; None without any.
        has_unread_address: Whether its address is one that only a provider vouched for: no code
            that was mailed to it came back.
        reported_times: When it was in doubt (`rules.reported_times`), as JSON; None if never.
    """

    Meta = table_meta("auth")
    user_id = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    name_version = NumberAttribute(null=True)
    role = UnicodeAttribute()
    password_hash = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    session_epoch = UnicodeAttribute(null=True)
    banned_at = UTCDateTimeAttribute(null=True)
    ban_reason = UnicodeAttribute(null=True)
    ban_report = UnicodeAttribute(null=True)
    ban_ends_at = UTCDateTimeAttribute(null=True)
    account_version = NumberAttribute(null=True)
    listed_in = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    by_name = ByName()
    has_totp = BooleanAttribute(null=True)
    identities = UnicodeAttribute(null=True)
    has_unread_address = BooleanAttribute(null=True)
    reported_times = UnicodeAttribute(null=True)


class EmailOwnerItem(Item):
    """The account that an email address belongs to."""

    Meta = table_meta("auth")
    user_id = UnicodeAttribute()


class SessionItem(Item):
    """A device that is signed in.

    Attributes:
        generation: Number of the current refresh token, counted from 0.
        rotated_at: When it was last used: its refresh token was exchanged, or it started.
        user_agent: User-Agent of the device that signed in.
        network: Network of its last use, as `rules.devices` groups addresses.
        amr: How its user signed in (RFC 8176), such as `pwd`.
        authenticated_at: When its user last proved who they are.
        epoch: The `session_epoch` of its user in which it started.
    """

    Meta = table_meta("auth")
    session_id = UnicodeAttribute()
    generation = NumberAttribute()
    rotated_at = UTCDateTimeAttribute()
    started_at = UTCDateTimeAttribute()
    user_agent = UnicodeAttribute()
    network = UnicodeAttribute(null=True)
    amr: ListAttribute[str] = ListAttribute(null=True)
    authenticated_at = UTCDateTimeAttribute(null=True)
    epoch = UnicodeAttribute(null=True)


class AssistantItem(Item):
    """An account that may act in the studio of an artist, or is invited to.

    Attributes:
        email: Address that was invited, normalized.
        assistant_id: The account that accepted; None until one does.
        scopes: What the assistant may do.
        grant: Random part of the ids of sessions in this studio; it is replaced with the scopes.
    """

    Meta = table_meta("auth")
    assistance_id = UnicodeAttribute()
    artist_id = UnicodeAttribute()
    email = UnicodeAttribute()
    assistant_id = UnicodeAttribute(null=True)
    scopes: ListAttribute[str] = ListAttribute()
    grant = UnicodeAttribute()
    invited_at = UTCDateTimeAttribute()
    accepted_at = UTCDateTimeAttribute(null=True)


class StudioItem(Item):
    """Where an assistant, or an invited address, finds the record in the artist's partition."""

    Meta = table_meta("auth")
    artist_id = UnicodeAttribute()


class EndedSessionsItem(Item):
    """Sessions that were ended together, for as long as access tokens of theirs may be valid."""

    Meta = table_meta("auth")
    session_ids: ListAttribute[str] = ListAttribute()


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


class ExportItem(Item):
    """The last request of a user for an export of their data; another one once it has expired."""

    Meta = table_meta("auth")
    export_id = UnicodeAttribute()


class DecisionItem(Item):
    """A decision about a report that was carried out, so that it is once."""

    Meta = table_meta("auth")


class OutboxItem(outbox.OutboxItem):
    """An event to publish. Its data may hold a code, an address or a name, and is sealed."""

    Meta = table_meta("auth")

    @classmethod
    def secret(cls) -> bytes:
        """Return the secret that seals the data of events."""
        return outbox_secret()


def ping() -> None:
    """Raise an exception unless the table answers."""
    EmailOwnerItem.count("ready")


def add_events(events: Iterable[DomainEvent]) -> None:
    """Publish events of something that changed no record."""
    with transaction(UserItem) as writes:
        add(writes, OutboxItem, events)
