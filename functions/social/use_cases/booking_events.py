"""Events of appointments in the calendars that artists chose: writing, moving, deleting them.

An event of appointments is stored first, the newest version of an appointment wins, and a worker
brings the calendars up to date. It holds a lease on the appointment meanwhile, so that two never
write one event, and stores what it is about to write before it does: after a crash, what stands in
the calendar is recognized as ours. See docs/social.md.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from domain.errors import Unavailable
from domain.ids import new_id
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, new_event
from shared.events.sweeper import DueRecord
from shared.platform.logs import logger
from social.events import ConsumedAppointment, SocialCalendarBookingChangedElsewhere
from social.models import SocialAccount
from social.models.bookings import Booking, EventCopy, EventTitle, TimeSpan
from social.models.calendars import OwnEvent, SocialCalendar
from social.providers import configuration
from social.providers.calendar_registry import get_calendar
from social.providers.calendars import (
    Calendar,
    EventChanged,
    EventGone,
    WrittenEvent,
)
from social.providers.failures import ProviderError, RateLimited
from social.rules import booking_events
from social.rules.booking_events import Check, Delete, Forget, Step, Target, Write
from social.rules.errors import NeedsReconnect
from social.store import accounts as accounts_store
from social.store import bookings as bookings_store
from social.store import calendars as calendars_store
from social.use_cases import calendar_access, work
from social.use_cases.work import Work

WRITE = "booking_write"  # kind of work: bring the events of an appointment up to date
MAX_STEPS = 20  # of one message; what is left comes with the next one
AHEAD = frozenset({"pending", "confirmed"})
ON = AHEAD | {"completed", "no_show"}

Result = TypeVar("Result")


class _Setting(msgspec.Struct, frozen=True):
    """The calendars of an artist, at one moment."""

    targets: frozenset[Target]
    calendars: dict[str, SocialCalendar]
    accounts: dict[str, SocialAccount]


class _Place(msgspec.Struct, frozen=True):
    """A calendar at its provider.

    Attributes:
        key: Its id there.
    """

    account: SocialAccount
    key: str

    @property
    def provider(self) -> Calendar:
        return get_calendar(self.account.provider)

    def call(self, use: Callable[[str], Result], now: datetime) -> Result:
        return calendar_access.call(self.account, use, now)


# ---- events of appointments ----------------------------------------------------------------------


def record(appointment: ConsumedAppointment, now: datetime) -> None:
    """Store what an event says about an appointment, if it is the newest, and have it written.

    Nothing is stored for artists who have no calendar written.
    """
    if _store(appointment, now):
        send(appointment.artist_id, appointment.appointment_id)


@retry_on_conflict
def _store(appointment: ConsumedAppointment, now: datetime) -> bool:
    """Return whether there may be something to write, also when an event comes again."""
    artist_id = appointment.artist_id
    known = bookings_store.find_booking(artist_id, appointment.appointment_id)
    if known is None and not _writes_somewhere(artist_id):
        return False
    if tombstones.find_deleted(artist_id):
        return False
    is_on = appointment.status in ON
    # Who the client is is only kept where a title names them.
    is_ahead = appointment.status in AHEAD
    is_named = is_ahead and bookings_store.get_settings(artist_id).title is not EventTitle.BOOKED
    newest = Booking(
        appointment_id=appointment.appointment_id,
        artist_id=artist_id,
        client_id=appointment.client_id if is_named else None,
        service_name=appointment.service_name,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        time_zone=appointment.time_zone,
        is_on=is_on,
        record_version=appointment.record_version,
    )
    if known is not None and known.record_version > newest.record_version:
        return False
    booking = booking_events.take_newest(known, newest, by_artist=appointment.by == "artist")
    _save(booking, now + booking_events.LEASE)
    return True


def send(artist_id: str, appointment_id: str) -> None:
    """Have the events of an appointment brought up to date."""
    work.send(Work(WRITE, artist_id, "", appointment_id))


def send_all(artist_id: str) -> None:
    """Have the events of all appointments of an artist brought up to date."""
    works = [
        Work(WRITE, artist_id, "", booking.appointment_id)
        for booking in bookings_store.list_bookings(artist_id)
    ]
    work.send(*works)


def process_due(due: DueRecord, now: datetime) -> None:
    """Have the worker look at an appointment whose events are not up to date."""
    booking = msgspec.json.decode(due.record, type=Booking)
    bookings_store.postpone_booking(due, now + 2 * booking_events.LEASE)
    send(booking.artist_id, booking.appointment_id)


# ---- what is changed in a calendar ---------------------------------------------------------------


@retry_on_conflict
def compare_with_appointment(
    account: SocialAccount, calendar: SocialCalendar, found: OwnEvent, now: datetime
) -> None:
    """Have an event of ours compared with its appointment, if it is not as we wrote it.

    What was read may be older than what was written since, so nothing is decided by it: the worker
    asks for the event again, while nobody writes it.

    Args:
        account: The account.
        calendar: The calendar in which it was read.
        found: What was read.
        now: The current instant.
    """
    booking = bookings_store.find_booking(account.artist_id, found.appointment_id)
    copy = booking.find_copy(account.id, calendar.id) if booking else None
    if booking is None or copy is None or copy.key != found.key:
        return
    if not booking.is_on or booking.ends_at <= now:
        return
    if found.etag and found.etag == copy.etag and not found.is_deleted:
        return
    if not copy.must_check:
        checked = msgspec.structs.replace(copy, must_check=True)
        _save(booking_events.put_copy(booking, checked), now + booking_events.LEASE)
    send(booking.artist_id, booking.appointment_id)


def compare_missing(
    account: SocialAccount, calendar: SocialCalendar, keys: Collection[str], now: datetime
) -> None:
    """Have the events of ours compared that are missing in a calendar that was read as a whole.

    Args:
        account: The account.
        calendar: The calendar.
        keys: Ids of all events that were read.
        now: The current instant.
    """
    for booking in bookings_store.list_bookings(account.artist_id):
        copy = booking.find_copy(account.id, calendar.id)
        if copy is not None and copy.key not in keys:
            gone = OwnEvent(key=copy.key, appointment_id=booking.appointment_id, is_deleted=True)
            compare_with_appointment(account, calendar, gone, now)


# ---- the worker ----------------------------------------------------------------------------------


def write(message: Work, now: datetime) -> None:
    """Bring the events of an appointment up to date.

    Whatever fails is tried again later, with longer and longer pauses.
    """
    lease = new_id("lse")
    booking, step = _begin(message, lease, now)
    if booking is None:
        return
    for _ in range(MAX_STEPS):
        if step is None:
            return
        try:
            copy = _perform(step, booking, _read_setting(message.artist_id), now)
        except NeedsReconnect:  # everything is written when the account is connected again
            _give_back(message, lease, None)
            return
        except (ProviderError, Unavailable) as error:
            logger.warning("event not written", reason=type(error).__name__)
            until = error.until if isinstance(error, RateLimited) else None
            _give_back(message, lease, booking_events.plan_retry(booking, now, until), failed=True)
            return
        booking, step = _go_on(message, lease, step, copy, now)
        if booking is None:
            return
    _give_back(message, lease, now)
    send(message.artist_id, message.key)


@retry_on_conflict
def _begin(message: Work, lease: str, now: datetime) -> tuple[Booking | None, Step | None]:
    """Take the lease of an appointment, if there is something to do and nobody else does it."""
    booking = bookings_store.find_booking(message.artist_id, message.key)
    if booking is None or (booking.lease_until is not None and booking.lease_until > now):
        return None, None
    step = _find_step(booking, _read_setting(message.artist_id), now)
    if step is None:
        if booking.lease or booking.attempts:
            booking = msgspec.structs.replace(booking, lease="", lease_until=None, attempts=0)
        _save(booking, None)
        return None, None
    until = now + booking_events.LEASE
    booking = msgspec.structs.replace(
        booking_events.announce(booking, step), lease=lease, lease_until=until
    )
    return _save(booking, until), step


@retry_on_conflict
def _go_on(
    message: Work, lease: str, step: Step, copy: EventCopy | None, now: datetime
) -> tuple[Booking | None, Step | None]:
    """Store what a step did, and return the next one; the lease ends with the last.

    Only who has the lease changes the events, while others change the appointment, answer the
    artist's question, or ask for a check.
    """
    booking = bookings_store.find_booking(message.artist_id, message.key)
    if booking is None or booking.lease != lease:
        return None, None
    setting = _read_setting(message.artist_id)
    events = []
    if copy is None:
        booking = booking_events.drop_copy(booking, step.copy)
    else:
        before = booking.find_copy(copy.account_id, copy.calendar_id)
        copy = booking_events.merge(copy, step.copy, before, booking)
        if copy.change is not None and (before is None or before.change != copy.change):
            events = [_create_event(booking, copy, setting, now)]
        booking = booking_events.put_copy(booking, copy)
    following = _find_step(booking, setting, now)
    if following is None:
        booking = msgspec.structs.replace(booking, lease="", lease_until=None, attempts=0)
        return _save(booking, None, events), None
    until = now + booking_events.LEASE
    booking = msgspec.structs.replace(
        booking_events.announce(booking, following), lease_until=until
    )
    return _save(booking, until, events), following


@retry_on_conflict
def _give_back(message: Work, lease: str, due_at: datetime | None, *, failed: bool = False) -> None:
    booking = bookings_store.find_booking(message.artist_id, message.key)
    if booking is None or booking.lease != lease:
        return
    attempts = booking.attempts + failed
    booking = msgspec.structs.replace(booking, lease="", lease_until=None, attempts=attempts)
    _save(booking, due_at)


def _perform(step: Step, booking: Booking, setting: _Setting, now: datetime) -> EventCopy | None:
    """Do a step, and return its event as it is then; None if there is none any more."""
    if isinstance(step, Forget):
        return None
    copy = step.copy
    calendar = setting.calendars.get(copy.calendar_id)
    if calendar is None:
        return None
    place = _Place(setting.accounts[copy.account_id], calendar.key)
    match step:
        case Delete():
            place.call(lambda token: place.provider.delete(token, place.key, copy.key, None), now)
            return None
        case Check():
            return _check(place, copy, booking, now)
        case Write():
            known = booking.find_copy(copy.account_id, copy.calendar_id) or copy
            return _write(place, known, booking, now)


def _check(place: _Place, copy: EventCopy, booking: Booking, now: datetime) -> EventCopy:
    found = place.call(lambda token: place.provider.find(token, place.key, copy.key), now)
    if found is None or found.is_deleted:
        return booking_events.record_deleted(copy, now)
    there = None
    if found.starts_at is not None and found.ends_at is not None:
        there = TimeSpan(found.starts_at, found.ends_at)
    return booking_events.compare(copy, there, booking, now, etag=found.etag)


def _write(place: _Place, copy: EventCopy, booking: Booking, now: datetime) -> EventCopy:
    """Write an event; where it is not there as expected, find out why."""
    event = _build_event(booking, copy)

    def replace(token: str, etag: str) -> str:
        return place.provider.replace(token, place.key, event, etag or None)

    def put(token: str) -> str:
        if copy.etag:
            return replace(token, copy.etag)
        return place.provider.insert(token, place.key, event)

    try:
        etag = place.call(put, now)
    except EventChanged:
        # Ours, of a call whose answer was lost; or it was changed there, or deleted before.
        checked = _check(place, copy, booking, now)
        if not copy.is_forced and not booking_events.may_overwrite(checked):
            return checked
        etag = place.call(lambda token: replace(token, checked.etag), now)
    except EventGone:
        if not copy.etag:  # the calendar is gone
            raise
        return booking_events.record_deleted(copy, now)
    return booking_events.record_written(copy, booking.span, event.title, etag)


# ---- what is written -----------------------------------------------------------------------------


def _read_setting(artist_id: str) -> _Setting:
    accounts = {
        account.id: account
        for account in accounts_store.list_accounts(artist_id)
        if account.is_connected
    }
    calendars = {each.id: each for each in calendars_store.list_calendars(artist_id)}
    targets = frozenset(
        Target(each.account_id, each.id)
        for each in calendars.values()
        if each.is_written and each.account_id in accounts
    )
    return _Setting(targets, calendars, accounts)


def _writes_somewhere(artist_id: str) -> bool:
    """Return whether an artist has a calendar written. Most have none, which one read finds out."""
    is_chosen = any(each.is_written for each in calendars_store.list_calendars(artist_id))
    return is_chosen and bool(_read_setting(artist_id).targets)


def _find_step(booking: Booking, setting: _Setting, now: datetime) -> Step | None:
    return booking_events.find_step(
        booking, setting.targets, setting.accounts.keys(), _build_title(booking), now
    )


def _build_title(booking: Booking) -> str:
    title = bookings_store.get_settings(booking.artist_id).title
    name = ""
    if title is not EventTitle.BOOKED and booking.client_id is not None:
        client = bookings_store.find_person(booking.client_id)
        name = client.name if client else ""
    return booking_events.build_title(title, booking.service_name, name)


def _build_event(booking: Booking, copy: EventCopy) -> WrittenEvent:
    base = configuration.settings().web_app_url.rstrip("/")
    return WrittenEvent(
        key=copy.key,
        appointment_id=booking.appointment_id,
        artist_id=booking.artist_id,
        title=_build_title(booking),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        time_zone=booking.time_zone,
        url=f"{base}/appointments/{booking.appointment_id}" if base else "",
    )


def _create_event(
    booking: Booking, copy: EventCopy, setting: _Setting, now: datetime
) -> DomainEvent:
    assert copy.change is not None
    span = copy.change.span
    data = SocialCalendarBookingChangedElsewhere(
        account_id=copy.account_id,
        artist_id=booking.artist_id,
        appointment_id=booking.appointment_id,
        calendar_name=setting.calendars[copy.calendar_id].name,
        service_name=booking.service_name,
        change=copy.change.kind,
        starts_at=span.starts_at if span else None,
        ends_at=span.ends_at if span else None,
        booked_starts_at=booking.starts_at,
        time_zone=booking.time_zone,
        record_version=booking.version + 1,
    )
    return new_event("social", booking.appointment_id, data, now)


def _save(booking: Booking, due_at: datetime | None, events: Iterable[DomainEvent] = ()) -> Booking:
    booking = msgspec.structs.replace(booking, version=booking.version + 1)
    bookings_store.save_booking(booking, due_at, events)
    return booking
