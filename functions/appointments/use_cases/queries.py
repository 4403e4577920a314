"""Appointments as those who take part in them read them."""

from datetime import datetime
from typing import Any

from appointments import store
from appointments.models import YEARS, Appointment, Side, Status
from appointments.schemas import Appointments, AppointmentsQuery, AppointmentView
from appointments.use_cases import presenter
from domain.errors import FieldError, InvalidFields, NotFound
from shared.http import cursors
from shared.http.caller import Caller, Role


def own(caller: Caller, appointment_id: str) -> tuple[Appointment, Side]:
    """The appointment and the side on which the caller takes part in it.

    Raises a 404 Problem for others.
    """
    appointment = store.find_appointment(appointment_id)
    if appointment is not None and caller.user_id == appointment.artist_id:
        return appointment, Side.ARTIST
    if appointment is not None and caller.user_id == appointment.client_id:
        return appointment, Side.CLIENT
    raise NotFound("There is no such appointment.")


def get(caller: Caller, appointment_id: str) -> AppointmentView:
    """The appointment; for a client who has to pay a deposit, with where to."""
    appointment, side = own(caller, appointment_id)
    return view(appointment, side)


def view(appointment: Appointment, side: Side) -> AppointmentView:
    """The appointment as that side sees it."""
    if presenter.shows_bank_details(appointment, side):
        return presenter.of_appointment(appointment, store.find_bank_details(appointment.artist_id))
    return presenter.of_appointment(appointment)


def list_for(caller: Caller, query: AppointmentsQuery) -> Appointments:
    """The caller's appointments, as artist or as client, by their start.

    Raises a 422 Problem for a range that is none, or a status that does not exist.
    """
    _check_range(query)
    side = side_of(caller, query.role)
    statuses = _statuses(query.status)
    listed = scope("appointments", caller, side, query.from_, query.to, *statuses)
    found, position = store.list_records(
        Appointment,
        side,
        caller.user_id,
        since=query.from_,
        until=query.to,
        statuses=statuses,
        limit=query.limit,
        after=cursors.decode(query.cursor, listed) if query.cursor else None,
    )
    items = [presenter.of_appointment(appointment) for appointment in found]
    return Appointments(items, cursors.encode(position, listed) if position else None)


def side_of(caller: Caller, role: str | None) -> Side:
    """The side that is asked about: by the caller's role unless they say so."""
    if role is not None:
        return Side(role)
    return Side.ARTIST if caller.role is Role.ARTIST else Side.CLIENT


def _check_range(query: AppointmentsQuery) -> None:
    for name, instant in (("from", query.from_), ("to", query.to)):
        if instant is not None and instant.year not in YEARS:
            raise InvalidFields(FieldError(f"query.{name}", "is too far away"))
    if query.from_ and query.to and query.to < query.from_:
        raise InvalidFields(FieldError("query.to", "must not be before from"))


def _statuses(given: str | None) -> tuple[str, ...]:
    """The statuses in a comma-separated list. Raises a 422 Problem."""
    names = given.split(",") if given else []
    if set(names) - set(Status):
        raise InvalidFields(FieldError("query.status", f"must be of {', '.join(Status)}"))
    return tuple(sorted(names))


def scope(name: str, caller: Caller, side: Side, *parts: Any) -> str:
    """The scope of cursors: which list this is, of whom, and of what in it."""
    return " ".join([name, caller.user_id, side, *(_text(part) for part in parts)])


def _text(part: Any) -> str:
    return part.isoformat() if isinstance(part, datetime) else str(part)
