"""Connected accounts, whose calendars social reads, and their busy times in the days they touch."""

from collections.abc import Iterable
from datetime import date
from hashlib import sha256

from appointments.models import ConnectedAccount
from appointments.store.days import EXTERNAL_PREFIX
from appointments.store.external_busy import Guard, save_busy_times
from appointments.store.table import CALENDAR, CONNECTED, RecordItem
from domain.opening_hours import Span


def find_connected_account(artist_id: str, account_id: str) -> ConnectedAccount | None:
    """Return one of an artist's connected accounts, read consistently."""
    return RecordItem.read(CALENDAR + artist_id, CONNECTED + account_id, ConnectedAccount)


def list_connected_accounts(artist_id: str) -> list[ConnectedAccount]:
    """Return all connected accounts of an artist, ended ones too."""
    items = RecordItem.query(
        CALENDAR + artist_id, RecordItem.sk.startswith(CONNECTED), consistent_read=True
    )
    return [item.decoded(ConnectedAccount) for item in items]


def save_connected_account(account: ConnectedAccount) -> None:
    """Store the next version of a connected account.

    Raises:
        WriteConflict: It was changed meanwhile.
    """
    item = RecordItem.of(CALENDAR + account.artist_id, CONNECTED + account.id, account)
    item.version = account.version
    item.put(RecordItem.unchanged_since(account.version - 1))


def save_connected_busy_times(
    account: ConnectedAccount, calendar_id: str, spans: Iterable[Span], since: date
) -> None:
    """Replace the busy times of one calendar of an account from a UTC day on.

    Each write holds only while the account has this version, so that of two runs the one with the
    older busy times never overwrites the newer ones.

    Raises:
        WriteConflict: The account was changed meanwhile.
    """
    guard = Guard(CALENDAR + account.artist_id, CONNECTED + account.id, account.version)
    save_busy_times(account.artist_id, _name(account.id, calendar_id), spans, since, guard)


def delete_connected_busy_times(
    account: ConnectedAccount, calendar_ids: Iterable[str], since: date
) -> None:
    """Delete the busy times of calendars of an account from a UTC day on.

    Raises:
        WriteConflict: The account was changed meanwhile.
    """
    for calendar_id in calendar_ids:
        save_connected_busy_times(account, calendar_id, (), since)


def _name(account_id: str, calendar_id: str) -> str:
    """Return the attribute of a calendar in the days: ids of other platforms are of any form."""
    digest = sha256(f"{account_id} {calendar_id}".encode()).hexdigest()
    return f"{EXTERNAL_PREFIX}{digest[:32]}"
