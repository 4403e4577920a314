"""Birthdays of clients: month and day, which they set themselves, and never the year."""

from datetime import date, datetime

from domain.errors import FieldError, InvalidFields
from notifications.models import Birthday
from notifications.schemas import BirthdayDetails, BirthdayRequest
from notifications.store import artist_clients, contacts, reminders
from notifications.use_cases import recipients
from shared.http.caller import Caller
from shared.platform import time_zones

LEAP_YEAR = 2000


def save(caller: Caller, request: BirthdayRequest, now: datetime) -> BirthdayDetails:
    """Save the caller's birthday, on which their artists may greet them.

    Raises:
        InvalidFields: There is no such day, or no such time zone.
        SessionEnded: The caller's account was deleted.
    """
    try:
        date(LEAP_YEAR, request.month, request.day)
    except ValueError:
        raise InvalidFields(FieldError("body.day", "is not a day of this month")) from None
    time_zones.parse_zone(request.time_zone, "body.timeZone")
    recipients.get_contact(caller)
    birthday = Birthday(month=request.month, day=request.day, time_zone=request.time_zone)
    contacts.save_birthday(caller.user_id, birthday)
    for artist_id in artist_clients.list_artists(caller.user_id):
        reminders.save_birthday(artist_id, caller.user_id, now)
    return BirthdayDetails(request.month, request.day, request.time_zone)


def delete(caller: Caller) -> None:
    """Delete the caller's birthday, if they have set it."""
    contacts.save_birthday(caller.user_id, None)
    reminders.delete_birthdays(caller.user_id)


def add_client(artist_id: str, client_id: str, now: datetime) -> None:
    """Make a user an artist's client, who may be greeted on their birthday."""
    artist_clients.add(artist_id, client_id)
    contact = contacts.find_active(client_id)
    # Read afterwards: a birthday that is set at this very moment finds the artist.
    if contact is not None and contact.birthday is not None:
        reminders.save_birthday(artist_id, client_id, now)
