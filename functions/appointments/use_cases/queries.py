"""Queries: appointments as their artist and their client read them."""

from datetime import datetime
from typing import Any

from appointments import store
from appointments.models import (
    YEARS,
    Appointment,
    AppointmentSide,
    AppointmentStatus,
)
from appointments.schemas import AppointmentList, AppointmentsQuery, AppointmentView
from appointments.use_cases import presenter
from domain.errors import FieldError, InvalidFields, NotFound
from shared.http import cursors
from shared.http.caller import Caller, Role


def require_own(caller: Caller, appointment_id: str) -> tuple[Appointment, AppointmentSide]:
    """Return an appointment and the caller's side of it.

    Raises:
        NotFound: The caller takes no part in it.
    """
    appointment = store.find_appointment(appointment_id)
    if appointment is not None and caller.user_id == appointment.artist_id:
        return appointment, AppointmentSide.ARTIST
    if appointment is not None and caller.user_id == appointment.client_id:
        return appointment, AppointmentSide.CLIENT
    raise NotFound("There is no such appointment.")


def get(caller: Caller, appointment_id: str) -> AppointmentView:
    """Return an appointment of the caller.

    Raises:
        NotFound: The caller takes no part in it.
    """
    appointment, side = require_own(caller, appointment_id)
    return present(appointment, side)


def present(appointment: Appointment, side: AppointmentSide) -> AppointmentView:
    """Return an appointment as one side sees it: with bank details where payment is due."""
    if presenter.shows_bank_details(appointment, side):
        bank_details = store.find_bank_details(appointment.artist_id)
        return presenter.present_appointment(appointment, bank_details)
    return presenter.present_appointment(appointment)


def list_own(caller: Caller, query: AppointmentsQuery) -> AppointmentList:
    """List the caller's appointments on one side, by their start.

    Raises:
        InvalidFields: The range is invalid, or a status does not exist.
    """
    _require_valid_range(query)
    side = get_listed_side(caller, query.role)
    statuses = _parse_statuses(query.status)
    scope = create_cursor_scope("appointments", caller, side, query.from_, query.to, *statuses)
    appointments, position = store.list_records(
        Appointment,
        side,
        caller.user_id,
        since=query.from_,
        until=query.to,
        statuses=statuses,
        limit=query.limit,
        after=cursors.decode(query.cursor, scope) if query.cursor else None,
    )
    items = [presenter.present_appointment(appointment) for appointment in appointments]
    return AppointmentList(items, cursors.encode(position, scope) if position else None)


def get_listed_side(caller: Caller, role: str | None) -> AppointmentSide:
    """Return the side to list: the one that was asked for, else that of the caller's role."""
    if role is not None:
        return AppointmentSide(role)
    return AppointmentSide.ARTIST if caller.role is Role.ARTIST else AppointmentSide.CLIENT


def get_booking_side(caller: Caller, artist_id: str) -> AppointmentSide:
    """Return the side on which a caller books a service of an artist.

    An artist is a client of the services of other artists.
    """
    is_artist = caller.user_id == artist_id
    return AppointmentSide.ARTIST if is_artist else AppointmentSide.CLIENT


def create_cursor_scope(name: str, caller: Caller, side: AppointmentSide, *parts: Any) -> str:
    """Return the scope of a cursor: the list it belongs to, whose it is, and its filters."""
    return " ".join([name, caller.user_id, side, *(_to_text(part) for part in parts)])


def _require_valid_range(query: AppointmentsQuery) -> None:
    for name, instant in (("from", query.from_), ("to", query.to)):
        if instant is not None and instant.year not in YEARS:
            raise InvalidFields(FieldError(f"query.{name}", "is too far away"))
    if query.from_ and query.to and query.to < query.from_:
        raise InvalidFields(FieldError("query.to", "must not be before from"))


def _parse_statuses(text: str | None) -> tuple[str, ...]:
    """Return the statuses of a comma-separated list."""
    names = text.split(",") if text else []
    if set(names) - set(AppointmentStatus):
        allowed = ", ".join(AppointmentStatus)
        raise InvalidFields(FieldError("query.status", f"must be of {allowed}"))
    return tuple(sorted(names))


def _to_text(part: Any) -> str:
    return part.isoformat() if isinstance(part, datetime) else str(part)
