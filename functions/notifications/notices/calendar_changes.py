"""Notices of appointments that their artist moved or deleted in their own calendar."""

from datetime import datetime

from notifications.events import BookingChangedElsewhere, Side
from notifications.notices import booking_notice, parties
from notifications.notices.booking_notice import Variables, Words
from notifications.rules import local_time
from shared.events.domain_events import DomainEvent, decode_data


def handle_changed_elsewhere(event: DomainEvent, now: datetime) -> None:
    """Ask the artist whether the appointment is kept, or follows their calendar.

    The notice leads to the appointment, and brings along the routes of both answers.
    """
    changed = decode_data(event, BookingChangedElsewhere)
    artist = parties.find(changed.artist_id, None).artist
    variables: Variables = {
        **booking_notice.build_service_variables(changed.service_name),
        "calendarName": Words(changed.calendar_name, Side.ARTIST, "calendar"),
        "isDeleted": changed.change == "deleted",
        "startsAt": local_time.convert(changed.booked_starts_at, changed.time_zone),
        "timeZone": changed.time_zone,
        "newStartsAt": (
            local_time.convert(changed.starts_at, changed.time_zone) if changed.starts_at else None
        ),
    }
    booking_notice.send(
        artist, "booking-changed-elsewhere", variables, event, now, link=changed.link
    )
