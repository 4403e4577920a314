"""Notices of external calendars, to the artist whose slots they block."""

from datetime import datetime

from notifications.events import ExternalCalendarFailed, Side
from notifications.notices import booking_notice, parties
from notifications.notices.booking_notice import Variables, Words
from notifications.rules import local_time, throttling
from shared.events.domain_events import DomainEvent, decode_data


def handle_failed(event: DomainEvent, now: datetime) -> None:
    """Notify the artist that a calendar cannot be read any more, and why."""
    failed = decode_data(event, ExternalCalendarFailed)
    artist = parties.find(failed.artist_id, None).artist
    variables: Variables = {
        "calendarName": Words(failed.name, Side.ARTIST, "calendar"),
        "problem": failed.problem,
        "failingSince": local_time.convert(failed.failing_since, failed.time_zone),
        "timeZone": failed.time_zone,
    }
    booking_notice.send(
        artist,
        "external-calendar-failed",
        variables,
        event,
        now,
        link=failed.link,
        throttle=throttling.limit_calendar(failed.calendar_id),
    )
