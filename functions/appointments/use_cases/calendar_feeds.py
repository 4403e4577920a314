"""Calendar feeds: appointments in other calendar programs, by a secret feed or as a single file."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

import msgspec

from appointments import store
from appointments.models import Appointment, AppointmentSide, AppointmentStatus, Person
from appointments.rules.transitions import LIVE
from appointments.schemas import CalendarFeed
from appointments.use_cases import queries
from domain import calendar_files, quotation
from domain.calendar_files import CalendarFile, Event, Method, Participant
from domain.errors import NotFound
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller

SUFFIX = ".ics"
PAST, AHEAD = timedelta(days=30), timedelta(days=400)
NAME = "Appointments"


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


def render_feed(file_name: str, now: datetime) -> CalendarFile:
    """Render the feed with this file name as an iCalendar document.

    Raises:
        NotFound: There is no such feed.
    """
    owner = store.find_feed_owner(_hash(file_name.removesuffix(SUFFIX)))
    if owner is None or not file_name.endswith(SUFFIX):
        raise NotFound("There is no such calendar.")
    listed = [
        (appointment, side)
        for side in (AppointmentSide.ARTIST, AppointmentSide.CLIENT)
        for appointment in store.list_records(
            Appointment, side, owner, since=now - PAST, until=now + AHEAD
        )[0]
    ]
    people = store.find_people(_get_other_id(*each) or owner for each in listed)
    events = (_create_event(appointment, side, people) for appointment, side in listed)
    return CalendarFile(
        "PUBLISH", calendar_files.write_calendar(events, method="PUBLISH", name=NAME)
    )


def render_appointment(caller: Caller, appointment_id: str) -> CalendarFile:
    """Render an appointment as an iCalendar document.

    Its method adds the appointment to a calendar or, when it is off, removes it (RFC 5546).

    Raises:
        NotFound: The caller takes no part in it.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    is_on = appointment.status in LIVE or appointment.status is AppointmentStatus.COMPLETED
    ids = (caller.user_id, appointment.artist_id, _get_other_id(appointment, side))
    people = store.find_people(each for each in ids if each is not None)
    event = msgspec.structs.replace(
        _create_event(appointment, side, people),
        organizer=Participant(_get_name(people, appointment.artist_id)),
        attendees=(Participant(_get_name(people, caller.user_id), caller.email),),
    )
    method: Method = "REQUEST" if is_on else "CANCEL"
    return CalendarFile(method, calendar_files.write_calendar([event], method=method))


def _create_event(
    appointment: Appointment, side: AppointmentSide, people: Mapping[str, Person]
) -> Event:
    service = appointment.service
    is_own = side is AppointmentSide.ARTIST
    other = _find_other_name(appointment, side, people)
    return Event(
        uid=calendar_files.build_uid(appointment.id),
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        status=_get_event_status(appointment.status),
        summary=calendar_files.build_summary(service.name, other, is_own=is_own),
        description="\n".join(_describe(appointment, side, other)),
        location=quotation.flatten(service.location, quotation.MAX_PLACE) or None,
        updated_at=appointment.updated_at,
    )


def _describe(appointment: Appointment, side: AppointmentSide, other: str) -> Iterable[str]:
    yield f"Status: {appointment.status.replace('_', ' ')}"
    if other and appointment.client_id is None:
        yield f"Walk-in: {other}"
    elif other:
        yield f"Client: {other}" if side is AppointmentSide.ARTIST else f"Artist: {other}"
    if appointment.service.location:
        yield f"Place: {quotation.quote(appointment.service.location, quotation.MAX_PLACE)}"
    if appointment.project is not None:
        yield f"Sitting {appointment.project.sitting} of {appointment.project.sittings}"
    if appointment.notes:
        yield f"Notes: {quotation.quote_lines(appointment.notes)}"


def _get_other_id(appointment: Appointment, side: AppointmentSide) -> str | None:
    is_artist = side is AppointmentSide.ARTIST
    return appointment.client_id if is_artist else appointment.artist_id


def _find_other_name(
    appointment: Appointment, side: AppointmentSide, people: Mapping[str, Person]
) -> str:
    """Return the quoted name of the other side; empty if it is not known, or was erased."""
    other_id = _get_other_id(appointment, side)
    if other_id is None:
        return quotation.quote(appointment.walk_in_name)
    return quotation.quote(people[other_id].name) if other_id in people else ""


def _get_name(people: Mapping[str, Person], user_id: str) -> str:
    return quotation.flatten(people[user_id].name) if user_id in people else ""


def _get_event_status(
    status: AppointmentStatus,
) -> Literal["tentative", "confirmed", "cancelled"]:
    if status is AppointmentStatus.PENDING:
        return "tentative"
    is_on = status in (AppointmentStatus.CONFIRMED, AppointmentStatus.COMPLETED)
    return "confirmed" if is_on else "cancelled"


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
