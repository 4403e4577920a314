"""The share of social in the export of a user's data. Tokens are no part of it."""

from typing import Any

from shared.data.exports import MAX_RECORDS
from social.store import accounts as accounts_store
from social.store import bookings as bookings_store
from social.store import calendars as calendars_store
from social.store import conversations
from social.store import media as media_store


def gather(user_id: str) -> dict[str, Any]:
    """Return what is stored about a user, by kind."""
    accounts = accounts_store.list_accounts(user_id)
    guests = [
        each for account in accounts for each in conversations.list_guests(account.id, MAX_RECORDS)
    ]
    return {
        "accounts": accounts,
        "calendars": [
            {
                "id": calendar.id,
                "accountId": calendar.account_id,
                "name": calendar.name,
                "isRead": calendar.is_read,
                "isWritten": calendar.is_written,
            }
            for calendar in calendars_store.list_calendars(user_id)
        ],
        "calendarTitles": bookings_store.get_settings(user_id).title,
        "appointmentsInCalendars": [
            {
                "appointmentId": booking.appointment_id,
                "startsAt": booking.starts_at,
                "calendars": [copy.calendar_id for copy in booking.copies],
            }
            for booking in bookings_store.list_bookings(user_id)
        ][:MAX_RECORDS],
        "person": bookings_store.find_person(user_id),
        "guests": guests[:MAX_RECORDS],
        "mediaImports": media_store.list_all(user_id),
    }
