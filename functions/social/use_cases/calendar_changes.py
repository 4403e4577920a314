"""Changes of our events in calendars: the artist decides, and nothing follows silently."""

from datetime import datetime
from typing import Literal

import msgspec

from domain.errors import NotFound
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller
from social.models.bookings import Booking, ElsewhereChange, EventCopy, EventTitle, WritingSettings
from social.models.calendars import SocialCalendar
from social.rules import booking_events as rules
from social.schemas.bookings import (
    Acceptance,
    CalendarChangeList,
    CalendarChangeView,
    WritingRequest,
    WritingView,
)
from social.store import accounts as accounts_store
from social.store import bookings as bookings_store
from social.store import calendars as calendars_store
from social.use_cases import booking_events, calendars


def list_own(caller: Caller, now: datetime) -> CalendarChangeList:
    """List the changes about which the caller has to decide, the earliest appointment first."""
    connected = {
        account.id
        for account in accounts_store.list_accounts(caller.user_id)
        if account.is_connected
    }
    names = {each.id: each for each in calendars_store.list_calendars(caller.user_id)}
    open_bookings = (
        booking
        for booking in bookings_store.list_bookings(caller.user_id)
        if booking.is_on and booking.ends_at > now
    )
    found = [
        _present(booking, copy, copy.change, names.get(copy.calendar_id))
        for booking in sorted(open_bookings, key=lambda each: each.starts_at)
        for copy in booking.copies
        if copy.change is not None and copy.account_id in connected
    ]
    return CalendarChangeList(found)


@retry_on_conflict
def keep_ours(caller: Caller, appointment_id: str, now: datetime) -> None:
    """Have the events of an appointment written again, as it is; harmless if they are.

    Raises:
        NotFound: The caller has no such appointment in a calendar.
    """
    booking = bookings_store.find_booking(caller.user_id, appointment_id)
    if booking is None:
        raise NotFound("You have no such appointment in a calendar.")
    if any(copy.change is not None for copy in booking.copies):
        kept = rules.keep_ours(booking)
        kept = msgspec.structs.replace(kept, version=booking.version + 1)
        bookings_store.save_booking(kept, now + rules.LEASE)
    booking_events.send(caller.user_id, appointment_id)


def get_writing(caller: Caller) -> WritingView:
    """Return how the caller has appointments written."""
    return WritingView(bookings_store.get_settings(caller.user_id).title)


@retry_on_conflict
def change_writing(caller: Caller, request: WritingRequest, now: datetime) -> WritingView:
    """Change how the caller has appointments written, and have those ahead written again."""
    known = bookings_store.get_settings(caller.user_id)
    if known.title is not request.title:
        changed = WritingSettings(request.title, known.version + 1)
        event = calendars.create_writing_event(caller.user_id, caller.user_id, changed.version, now)
        bookings_store.save_settings(caller.user_id, changed, [event])
    return WritingView(EventTitle(request.title))


def _present(
    booking: Booking, copy: EventCopy, change: ElsewhereChange, calendar: SocialCalendar | None
) -> CalendarChangeView:
    span = change.span
    action: Literal["reschedule", "cancel"]
    action = "cancel" if change.kind == "deleted" else "reschedule"
    return CalendarChangeView(
        appointment_id=booking.appointment_id,
        calendar_id=copy.calendar_id,
        calendar_name=calendar.name if calendar else "",
        service_name=booking.service_name,
        change=change.kind,
        booked_starts_at=booking.starts_at,
        booked_ends_at=booking.ends_at,
        starts_at=span.starts_at if span else None,
        ends_at=span.ends_at if span else None,
        noticed_at=change.noticed_at,
        keep=f"/v1/social/calendar-changes/{booking.appointment_id}/keep",
        accept=Acceptance(
            action,
            f"/v1/appointments/{booking.appointment_id}/{action}",
            span.starts_at if span else None,
        ),
    )
