"""Appointments in calendars, how their artists have them written, and copies of people."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.data import tombstones
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, transaction
from shared.data.tombstone_items import require_accounts
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.sweeper import DueRecord
from social.models.bookings import Booking, Person, WritingSettings
from social.store.table import (
    BOOKING,
    PERSON,
    PROFILE,
    USER,
    WRITE,
    WRITING,
    OutboxItem,
    RecordItem,
)

# After an appointment nothing is written any more; its last events may come late.
KEPT_AFTER = timedelta(days=30)


def find_booking(artist_id: str, appointment_id: str) -> Booking | None:
    """Return an appointment of an artist, read consistently."""
    return RecordItem.read(USER + artist_id, BOOKING + appointment_id, Booking)


def list_bookings(artist_id: str) -> list[Booking]:
    """List the appointments of an artist that calendars have, or had until not long ago."""
    items = RecordItem.query(
        USER + artist_id, RecordItem.sk.startswith(BOOKING), consistent_read=True
    )
    return [item.decoded(Booking) for item in items]


def save_booking(
    booking: Booking, due_at: datetime | None, events: Iterable[DomainEvent] = ()
) -> None:
    """Store the next version of an appointment, with events, all or nothing.

    Args:
        booking: The appointment.
        due_at: When its events are looked at again; None if nothing is left to do.
        events: Events to publish.

    Raises:
        WriteConflict: It was changed since it was read, or is new and the artist was deleted.
    """
    item = RecordItem.of(USER + booking.artist_id, BOOKING + booking.appointment_id, booking)
    item.expires_at = int((booking.ends_at + KEPT_AFTER).timestamp())
    if due_at is not None:
        item.schedule(WRITE, booking.artist_id, due_at)
    with transaction(RecordItem) as writes:
        item.write(writes, booking.version)
        if booking.version == 1:
            require_accounts(writes, booking.artist_id)
        outbox.add(writes, OutboxItem, events)


def list_due_bookings(now: datetime, limit: int) -> list[DueRecord]:
    """List appointments whose events are due to be looked at, the longest due first."""
    return RecordItem.find_due(WRITE, now, limit)


def postpone_booking(due: DueRecord, until: datetime) -> None:
    """Have an appointment looked at later, unless it was changed meanwhile."""
    RecordItem.postpone(due, until)


def get_settings(artist_id: str) -> WritingSettings:
    """Return how an artist has appointments written, read consistently."""
    return RecordItem.read(USER + artist_id, WRITING, WritingSettings) or WritingSettings()


def save_settings(artist_id: str, settings: WritingSettings, events: Iterable[DomainEvent]) -> None:
    """Store the next version of an artist's settings, with events, all or nothing.

    Raises:
        WriteConflict: They were changed since they were read, or the artist was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, artist_id)
        RecordItem.of(USER + artist_id, WRITING, settings).write(writes, settings.version)
        outbox.add(writes, OutboxItem, events)


def find_person(user_id: str) -> Person | None:
    """Return the copy of a user."""
    return RecordItem.read(PERSON + user_id, PROFILE, Person)


def find_people(user_ids: Iterable[str]) -> list[Person]:
    """Return the copies of at most a hundred users, in no order; unknown ids are left out."""
    keys = [(PERSON + user_id, PROFILE) for user_id in dict.fromkeys(user_ids)]
    return [item.decoded(Person) for item in RecordItem.batch_get(keys, consistent_read=True)]


def save_person(person: Person) -> None:
    """Save a copy of a user, unless a newer one is stored or the account was deleted."""
    if tombstones.find_deleted(person.id):
        return
    item = RecordItem.of(PERSON + person.id, PROFILE, person)
    item.version = person.record_version
    try:
        item.put(RecordItem.pk.does_not_exist() | (RecordItem.version <= person.record_version))
    except WriteConflict:
        if find(RecordItem, item.pk, item.sk) is None:
            raise


def delete_person(user_id: str) -> None:
    """Delete the copy of a user."""
    RecordItem(PERSON + user_id, PROFILE).delete()
