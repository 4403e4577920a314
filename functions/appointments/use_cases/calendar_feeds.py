"""Appointments in people's own calendar programs: a secret feed each, and single files."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from appointments import store
from appointments.icalendar.writer import Event, document
from appointments.models import Appointment, Side, Status
from appointments.rules.transitions import LIVE
from appointments.schemas import Feed
from appointments.use_cases import queries
from domain.errors import NotFound
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller

UID_DOMAIN = "artist-booking"
SUFFIX = ".ics"
BEFORE, AHEAD = timedelta(days=30), timedelta(days=400)
NAME = "Appointments"


def of(caller: Caller) -> Feed:
    """Whether the caller has a feed. Its address was told once, when it was made."""
    return Feed(active=store.find_feed(caller.user_id) is not None)


def renew(caller: Caller) -> Feed:
    """Make the caller's feed, at a new secret address; an address from before stops working."""
    token = secrets.token_urlsafe(32)

    def work() -> None:
        store.replace_feed(caller.user_id, store.find_feed(caller.user_id), _hash(token))

    retry_on_conflict(work)()
    return Feed(active=True, path=f"/v1/appointments/calendar/{token}{SUFFIX}")


def revoke(caller: Caller) -> None:
    """Let the address of the caller's feed work no more; without a feed that is fine."""

    forget(caller.user_id)


def forget(user_id: str) -> None:
    """Drop the feed of somebody, whoever asks for it."""
    retry_on_conflict(lambda: store.replace_feed(user_id, store.find_feed(user_id), None))()


def text(file: str, now: datetime) -> str:
    """The calendar of whoever owns the feed. Raises a 404 Problem for an address that is none."""
    owner = store.find_feed_owner(_hash(file.removesuffix(SUFFIX)))
    if owner is None or not file.endswith(SUFFIX):
        raise NotFound("There is no such calendar.")
    found: list[Event] = []
    for side in (Side.ARTIST, Side.CLIENT):
        appointments, _ = store.list_records(
            Appointment, side, owner, since=now - BEFORE, until=now + AHEAD
        )
        found += [_event(appointment, side) for appointment in appointments]
    return document(found, method="PUBLISH", name=NAME)


def file_of(caller: Caller, appointment_id: str) -> str:
    """One appointment as a calendar file: to take it in or, once it is off, to take it out.

    Raises a 404 Problem for others' appointments.
    """
    appointment, side = queries.own(caller, appointment_id)
    on = appointment.status in LIVE or appointment.status is Status.COMPLETED
    return document([_event(appointment, side)], method="REQUEST" if on else "CANCEL")


def _event(appointment: Appointment, side: Side) -> Event:
    service = appointment.service
    return Event(
        uid=f"{appointment.id}@{UID_DOMAIN}",
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        status=_status(appointment.status),
        summary=service.name,
        description="\n".join(_lines(appointment, side)),
        location=service.location or None,
        updated_at=appointment.updated_at,
    )


def _lines(appointment: Appointment, side: Side) -> Iterable[str]:
    yield f"Status: {appointment.status.replace('_', ' ')}"
    if side is Side.ARTIST and appointment.walk_in_name:
        yield f"Walk-in: {appointment.walk_in_name}"
    if appointment.project is not None:
        yield f"Sitting {appointment.project.sitting} of {appointment.project.sittings}"
    if appointment.notes:
        yield appointment.notes


def _status(status: Status) -> Literal["tentative", "confirmed", "cancelled"]:
    if status is Status.PENDING:
        return "tentative"
    return "confirmed" if status in (Status.CONFIRMED, Status.COMPLETED) else "cancelled"


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
