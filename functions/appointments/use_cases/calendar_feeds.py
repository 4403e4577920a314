"""Calendar feeds: appointments in other calendar programs, by a secret feed or as a single file."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from appointments import store
from appointments.icalendar.writer import Event, write_calendar
from appointments.models import Appointment, AppointmentSide, AppointmentStatus
from appointments.rules.transitions import LIVE
from appointments.schemas import CalendarFeed
from appointments.use_cases import queries
from domain import quotation
from domain.errors import NotFound
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller

UID_DOMAIN = "artist-booking"
SUFFIX = ".ics"
PAST, AHEAD = timedelta(days=30), timedelta(days=400)
NAME = "Appointments"
SUMMARY = "Appointment"  # of one whose service has no name that can be shown


def get(caller: Caller) -> CalendarFeed:
    """Return whether the caller has a feed. Its path is only shown when it is created."""
    return CalendarFeed(active=store.find_feed_token_hash(caller.user_id) is not None)


@retry_on_conflict
def renew(caller: Caller) -> CalendarFeed:
    """Create the caller's feed at a new secret path. An earlier path stops working."""
    token = secrets.token_urlsafe(32)
    before = store.find_feed_token_hash(caller.user_id)
    store.replace_feed(caller.user_id, before, _hash(token))
    return CalendarFeed(active=True, path=f"/v1/appointments/calendar/{token}{SUFFIX}")


@retry_on_conflict
def delete(user_id: str) -> None:
    """Delete a user's feed, if there is one. Its path stops working."""
    store.replace_feed(user_id, store.find_feed_token_hash(user_id), None)


def render_feed(file_name: str, now: datetime) -> str:
    """Render the feed with this file name as an iCalendar document.

    Raises:
        NotFound: There is no such feed.
    """
    owner = store.find_feed_owner(_hash(file_name.removesuffix(SUFFIX)))
    if owner is None or not file_name.endswith(SUFFIX):
        raise NotFound("There is no such calendar.")
    events: list[Event] = []
    for side in (AppointmentSide.ARTIST, AppointmentSide.CLIENT):
        appointments, _ = store.list_records(
            Appointment, side, owner, since=now - PAST, until=now + AHEAD
        )
        events += [_create_event(appointment, side) for appointment in appointments]
    return write_calendar(events, method="PUBLISH", name=NAME)


def render_appointment(caller: Caller, appointment_id: str) -> str:
    """Render an appointment as an iCalendar document.

    Its method adds the appointment to a calendar or, when it is off, removes it (RFC 5546).

    Raises:
        NotFound: The caller takes no part in it.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    is_on = appointment.status in LIVE or appointment.status is AppointmentStatus.COMPLETED
    event = _create_event(appointment, side)
    return write_calendar([event], method="REQUEST" if is_on else "CANCEL")


def _create_event(appointment: Appointment, side: AppointmentSide) -> Event:
    service = appointment.service
    show = quotation.flatten if side is AppointmentSide.ARTIST else quotation.quote
    return Event(
        uid=f"{appointment.id}@{UID_DOMAIN}",
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        status=_get_event_status(appointment.status),
        summary=show(service.name) or SUMMARY,
        description="\n".join(_describe(appointment, side)),
        location=quotation.flatten(service.location, quotation.MAX_PLACE) or None,
        updated_at=appointment.updated_at,
    )


def _describe(appointment: Appointment, side: AppointmentSide) -> Iterable[str]:
    yield f"Status: {appointment.status.replace('_', ' ')}"
    if side is AppointmentSide.ARTIST and appointment.walk_in_name:
        yield f"Walk-in: {quotation.quote(appointment.walk_in_name)}"
    if appointment.project is not None:
        yield f"Sitting {appointment.project.sitting} of {appointment.project.sittings}"
    if appointment.notes:
        yield f"Notes: {quotation.quote_lines(appointment.notes)}"


def _get_event_status(
    status: AppointmentStatus,
) -> Literal["tentative", "confirmed", "cancelled"]:
    if status is AppointmentStatus.PENDING:
        return "tentative"
    is_on = status in (AppointmentStatus.CONFIRMED, AppointmentStatus.COMPLETED)
    return "confirmed" if is_on else "cancelled"


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
