"""Events of appointments in calendars: what is written next, and what was changed there.

An event in a calendar is written only while it is as we wrote it. Where its artist moved or deleted
it, they are asked, and it stays as it is until they answer.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

import msgspec

from domain import quotation
from social.models.bookings import (
    Booking,
    ChangeKind,
    ElsewhereChange,
    EventCopy,
    EventTitle,
    TimeSpan,
)
from social.rules import event_keys

BOOKED = "Booked"
ANY_VERSION = "*"  # of a server that gives no versions (RFC 9110, 13.1.1)
# A worker that is stopped midway leaves its lease behind; a call takes ten seconds at most.
LEASE = timedelta(minutes=2)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
MAX_ATTEMPTS = 48


class Target(NamedTuple):
    """A calendar that appointments are written to."""

    account_id: str
    calendar_id: str


class Forget(NamedTuple):
    """An event is left where it is, because it is over."""

    copy: EventCopy


class Check(NamedTuple):
    """An event is compared with what we wrote."""

    copy: EventCopy


class Delete(NamedTuple):
    """An event is deleted."""

    copy: EventCopy


class Write(NamedTuple):
    """An event is written."""

    copy: EventCopy


Step = Forget | Check | Delete | Write


def find_step(
    booking: Booking,
    targets: Collection[Target],
    connected: Collection[str],
    title: str,
    now: datetime,
) -> Step | None:
    """Return what is to be done next for the events of an appointment; None for nothing.

    Args:
        booking: The appointment.
        targets: The calendars that its artist chose.
        connected: Ids of their connected accounts.
        title: The title to write.
        now: The current instant.
    """
    for copy in booking.copies:
        if copy.account_id not in connected:
            continue  # it cannot be called; what stands there counts when it is connected again
        is_wanted = booking.is_on and Target(copy.account_id, copy.calendar_id) in targets
        if not is_wanted:
            return Forget(copy) if booking.is_on and booking.ends_at <= now else Delete(copy)
        if copy.must_check:
            return Check(copy)
    if not booking.is_on or booking.ends_at <= now:
        return None
    for target in sorted(targets):
        found = booking.find_copy(*target) or EventCopy(
            account_id=target.account_id,
            calendar_id=target.calendar_id,
            key=event_keys.build(booking.appointment_id),
        )
        if found.change is None and not _is_written(found, booking.span, title):
            return Write(found)
    return None


def announce(booking: Booking, step: Step | None) -> Booking:
    """Return an appointment with what a step is about to write, so that a crash is understood."""
    if not isinstance(step, Write):
        return booking
    spans = tuple(dict.fromkeys((*step.copy.spans, booking.span)))
    return put_copy(booking, msgspec.structs.replace(step.copy, spans=spans))


def put_copy(booking: Booking, copy: EventCopy) -> Booking:
    """Return an appointment with a new version of its event in a calendar."""
    return msgspec.structs.replace(booking, copies=(*_list_others(booking, copy), copy))


def drop_copy(booking: Booking, copy: EventCopy) -> Booking:
    """Return an appointment without its event in a calendar."""
    return msgspec.structs.replace(booking, copies=_list_others(booking, copy))


def record_written(copy: EventCopy, span: TimeSpan, title: str, etag: str) -> EventCopy:
    """Return an event that was written."""
    return msgspec.structs.replace(
        copy,
        etag=etag or ANY_VERSION,
        spans=(span,),
        title_hash=hash_title(title),
        change=None,
        must_check=False,
        is_forced=False,
    )


def compare(
    copy: EventCopy, there: TimeSpan | None, booking: Booking, now: datetime, *, etag: str
) -> EventCopy:
    """Return an event that is in its calendar, with what was changed of its time there, if any.

    Args:
        copy: The event as we wrote it.
        there: When the event is in its calendar; None if that is no time that can be read.
        booking: Its appointment.
        now: The current instant.
        etag: Its version in the calendar.
    """
    checked = msgspec.structs.replace(copy, must_check=False, etag=etag)
    if there is not None and (there in copy.spans or there == booking.span):
        return msgspec.structs.replace(checked, spans=(there,), change=None)
    return _ask(checked, ElsewhereChange(ChangeKind.MOVED, now, there))


def record_deleted(copy: EventCopy, now: datetime) -> EventCopy:
    """Return an event that is not in its calendar any more."""
    checked = msgspec.structs.replace(copy, must_check=False)
    return _ask(checked, ElsewhereChange(ChangeKind.DELETED, now))


def may_overwrite(checked: EventCopy) -> bool:
    """Return whether an event may be written, of which it was found out how it is.

    One that is deleted may if it is not known that it was there since it was chosen to be.
    """
    is_deleted = checked.change is not None and checked.change.kind is ChangeKind.DELETED
    return checked.change is None or (is_deleted and not checked.etag)


def merge(
    copy: EventCopy, started_from: EventCopy, stored: EventCopy | None, booking: Booking
) -> EventCopy:
    """Return an event as a step left it, with what others stored of it during the step.

    Args:
        copy: As the step left it.
        started_from: As the step found it.
        stored: As it is stored now.
        booking: Its appointment as it is stored now.
    """
    if copy.change is not None and copy.change.span == booking.span:  # it follows the calendar
        copy = msgspec.structs.replace(copy, change=None, spans=(booking.span,))
    if stored is None:
        return copy
    if stored.must_check and not started_from.must_check:
        copy = msgspec.structs.replace(copy, must_check=True)
    if stored.is_forced and not started_from.is_forced:
        copy = msgspec.structs.replace(copy, change=None, etag="", is_forced=True)
    return copy


def keep_ours(booking: Booking) -> Booking:
    """Return an appointment whose events are written again, whatever was changed there."""
    copies = tuple(
        copy
        if copy.change is None
        else msgspec.structs.replace(copy, change=None, etag="", title_hash="", is_forced=True)
        for copy in booking.copies
    )
    return msgspec.structs.replace(booking, copies=copies, attempts=0)


def take_newest(known: Booking | None, newest: Booking, *, by_artist: bool) -> Booking:
    """Return an appointment as its newest event says, with the events that it has in calendars.

    Where it was moved to the time that its event was moved to, nothing is left to ask. Where the
    artist moved it to another time, they have answered: the event follows.

    Args:
        known: The appointment as it is stored; None if it is not.
        newest: What the event says.
        by_artist: Whether the artist acted.
    """
    if known is None:
        return newest
    merged = msgspec.structs.replace(
        newest,
        copies=tuple(_follow(copy, known, newest) for copy in known.copies),
        lease=known.lease,
        lease_until=known.lease_until,
        version=known.version,
    )
    is_moved = known.span != newest.span
    return keep_ours(merged) if by_artist and is_moved else merged


def build_title(title: EventTitle, service_name: str, client_name: str) -> str:
    """Build the title of an event: by default it tells nothing to whoever sees the calendar."""
    if title is EventTitle.BOOKED:
        return BOOKED
    service = quotation.flatten(service_name) or BOOKED
    first_name = quotation.flatten(client_name.split(maxsplit=1)[0]) if client_name.split() else ""
    return f"{service}: {first_name}" if first_name else service


def hash_title(title: str) -> str:
    """Return what is kept of a title, which may name a client."""
    return sha256(title.encode()).hexdigest()[:16]


def plan_retry(booking: Booking, now: datetime, until: datetime | None = None) -> datetime | None:
    """Return when writing is tried again after a failure; None if it was tried often enough."""
    if booking.attempts >= MAX_ATTEMPTS:
        return None
    doublings: int = 2 ** min(booking.attempts, 10)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * doublings)
    return max(now + pause, until or now)


def _follow(copy: EventCopy, known: Booking, newest: Booking) -> EventCopy:
    """Return an event without its question where its appointment was moved to its time."""
    is_accepted = copy.change is not None and copy.change.span == newest.span
    if not is_accepted or known.span == newest.span:
        return copy
    return msgspec.structs.replace(copy, change=None, spans=(newest.span,))


def _ask(copy: EventCopy, change: ElsewhereChange) -> EventCopy:
    """Return an event with a change to ask about, which stays the same if it is the same."""
    known = copy.change
    is_known = known is not None and (known.kind, known.span) == (change.kind, change.span)
    return copy if is_known else msgspec.structs.replace(copy, change=change)


def _is_written(copy: EventCopy, span: TimeSpan, title: str) -> bool:
    return (
        bool(copy.etag)
        and not copy.is_forced
        and copy.spans == (span,)
        and copy.title_hash == hash_title(title)
    )


def _list_others(booking: Booking, copy: EventCopy) -> tuple[EventCopy, ...]:
    place = copy.account_id, copy.calendar_id
    return tuple(
        other for other in booking.copies if (other.account_id, other.calendar_id) != place
    )
