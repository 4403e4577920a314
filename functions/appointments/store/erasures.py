"""Erasures of deleted accounts, and the data that they delete at once."""

from datetime import date

from appointments.models import Erasure
from appointments.store.calendars import list_external_calendars
from appointments.store.connected_accounts import (
    delete_connected_busy_times,
    list_connected_accounts,
)
from appointments.store.external_busy import delete_busy_times
from appointments.store.next_free import delete_next_free
from appointments.store.table import (
    CALENDAR,
    CONNECTED,
    DUE,
    ERASURE,
    EXTERNAL,
    PERSON,
    POLICY,
    PROFILE,
    RECORD,
    TALLY,
    VOUCHER,
    RecordItem,
)


def find_erasure(user_id: str) -> Erasure | None:
    """Return the unfinished erasure of a deleted account."""
    return RecordItem.read(ERASURE + user_id, RECORD, Erasure)


def save_erasure(erasure: Erasure) -> None:
    """Store an erasure that has to run, or to run again."""
    item = RecordItem.of(ERASURE + erasure.user_id, RECORD, erasure)
    item.schedule(DUE, erasure.user_id, erasure.due_at)
    item.save()


def delete_erasure(user_id: str) -> None:
    """Delete an erasure that is finished."""
    RecordItem(ERASURE + user_id, RECORD).delete()


def delete_artist_data(artist_id: str) -> None:
    """Delete an artist's schedules, external calendars, tallies, next free date and copies."""
    pk = CALENDAR + artist_id
    delete_next_free(artist_id)
    for external in list_external_calendars(artist_id):
        delete_busy_times(artist_id, external.id, date.min)
    for account in list_connected_accounts(artist_id):
        delete_connected_busy_times(account, account.calendars, date.min)
    RecordItem.delete_all(RecordItem.query(pk, RecordItem.sk.startswith(VOUCHER)))
    RecordItem.delete_all(RecordItem.query(pk, RecordItem.sk.between(EXTERNAL, POLICY + "~")))
    RecordItem.delete_all(RecordItem.query(pk, RecordItem.sk.startswith(TALLY)))
    RecordItem.delete_all(RecordItem.query(pk, RecordItem.sk.startswith(CONNECTED)))


def delete_person_data(user_id: str) -> None:
    """Delete a user's feed, bank details, list of waitlists, and relations as a client."""
    items = RecordItem.query(PERSON + user_id)
    RecordItem.delete_all(item for item in items if item.sk != PROFILE)  # the mark
