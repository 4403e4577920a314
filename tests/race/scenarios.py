"""Scenarios: in each, many compete for time of one artist that only one can get."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from appointments import store
from appointments.models import Appointment, AppointmentSide, CalendarEntryKind, Service
from appointments.rules import agreements
from appointments.rules.agreements import AgreedSitting
from appointments.rules.calendar import create_entry, get_days_around
from appointments.schemas import (
    AcceptProposalRequest,
    BookingRequest,
    HoldRequest,
    ProposalRequest,
    RescheduleAppointmentRequest,
)
from appointments.use_cases import booking, holds, lifecycle, proposals
from domain.ids import new_id
from shared.http.caller import Caller
from tests.race.runner import Attempt
from tests.support import artists, relations

ATTEMPTS = 200
HALF = ATTEMPTS // 2
OVER_MIDNIGHT = timedelta(hours=3, minutes=30)  # from the evening: an hour from 23:30 to 00:30
BATCH_SIZE = 25  # appointments in one transaction, which takes a hundred writes

HOLDERS = [artists.person() for _ in range(HALF)]  # one hold per race, which is within their limit


@dataclass(frozen=True)
class Stage:
    """An artist, and everybody who competes for their time.

    Attributes:
        artist_id: The artist.
        wanted: An instant within every wanted time, so that only one can get it.
        closes_at: The latest clock of the attempts.
        attempts: The attempts to run at once.
    """

    artist_id: str
    wanted: datetime
    closes_at: datetime
    attempts: list[Attempt]


def one_slot(seed: int, now: datetime) -> Stage:
    """All book the same slot.

    With every other pair of seeds it crosses midnight UTC; with every other seed its day already
    has an entry.
    """
    artist = artists.artist()
    service = artists.service_of(artist, now)
    earlier = [_get_evening(now) - timedelta(hours=8)] * (seed % 2)
    _create_appointments(artist, service, earlier, now)
    start = _get_evening(now) if seed % 4 < 2 else _get_evening(now) + OVER_MIDNIGHT
    attempts = [_attempt_booking(service, start, now) for _ in range(ATTEMPTS)]
    return Stage(artist.user_id, start, now, attempts)


def overlapping_slots(seed: int, now: datetime) -> Stage:
    """Two slots of two services overlap by their buffers only.

    The first takes from 22:15 to 23:15 UTC and its buffer until midnight. The second starts within
    that buffer, or soon after it with a buffer of its own that reaches back into the first.
    """
    artist = artists.artist()
    long = artists.service_of(artist, now, slot_interval_minutes=5, buffer_after_minutes=45)
    short = artists.service_of(
        artist, now, slot_interval_minutes=5, duration_minutes=20, buffer_before_minutes=30
    )
    first = _get_evening(now) + timedelta(hours=2, minutes=15)
    second = first + timedelta(minutes=random.Random(seed).randrange(60, 135, 5))
    attempts = [
        *(_attempt_booking(long, first, now, "first") for _ in range(HALF)),
        *(_attempt_booking(short, second, now, "second") for _ in range(HALF)),
    ]
    return Stage(artist.user_id, second - timedelta(minutes=30), now, attempts)


def hold_or_booking(seed: int, now: datetime) -> Stage:
    """With even seeds half hold a slot and half book it; else `_race_around_hold_expiry`."""
    if seed % 2:
        return _race_around_hold_expiry(seed, now)
    artist = artists.artist()
    service = artists.service_of(artist, now)
    start = _get_evening(now)
    attempts = [
        *(_attempt_hold(client, service, start, now) for client in HOLDERS),
        *(_attempt_booking(service, start, now) for _ in range(HALF)),
    ]
    return Stage(artist.user_id, start, now, attempts)


def _race_around_hold_expiry(seed: int, now: datetime) -> Stage:
    """A client books their held slot again and again around the expiry of the hold.

    The slot crosses midnight UTC. Others book the same slot, or the next one, which overlaps it on
    one day only. Depending on the seed, the hold has expired for none, some or all of the clocks.
    """
    artist = artists.artist()
    service = artists.service_of(artist, now)
    start = _get_evening(now) + OVER_MIDNIGHT
    wanted = start + timedelta(minutes=30 * (seed // 2 % 2))
    holder = artists.person()
    hold = holds.create(holder, HoldRequest(service.id, start), now)

    def convert(at: datetime) -> Attempt:
        request = BookingRequest(hold_id=hold.id)
        return Attempt("conversion", lambda: booking.book(holder, request, at).id)

    clocks = _draw_clocks(hold.expires_at, seed)
    attempts = [
        *(convert(clock) for clock in clocks[:HALF]),
        *(_attempt_booking(service, wanted, clock) for clock in clocks[HALF:]),
    ]
    return Stage(artist.user_id, wanted, max(clocks), attempts)


def reschedule_or_booking(seed: int, now: datetime) -> Stage:
    """A quarter reschedule to the slot, the others book it."""
    artist = artists.artist()
    service = artists.service_of(artist, now)
    start = _get_evening(now) + timedelta(days=7)
    before = [_get_evening(now) + timedelta(hours=hour) for hour in range(ATTEMPTS // 4)]
    moving = _create_appointments(artist, service, before, now)
    attempts = [
        *(_attempt_move(*booked, start, now) for booked in moving),
        *(_attempt_booking(service, start, now) for _ in range(ATTEMPTS - len(moving))),
    ]
    return Stage(artist.user_id, start, now, attempts)


def accept_or_booking(seed: int, now: datetime) -> Stage:
    """A client accepts a proposal again and again around its expiry.

    It has three sittings across midnight UTC; others book the time of one of them. Slots and clocks
    are as in `_race_around_hold_expiry`.
    """
    artist = artists.artist()
    service = artists.service_of(artist, now)
    starts = tuple(_get_evening(now) + OVER_MIDNIGHT + timedelta(days=day) for day in (0, 1, 7))
    client = artists.person()
    relations.introduce(artist.user_id, client.user_id)
    request = ProposalRequest(service.id, client.user_id, starts, expires_in_hours=1)
    proposal = proposals.send(artist, request, now)
    wanted = random.Random(seed).choice(starts) + timedelta(minutes=30 * (seed // 2 % 2))

    def accept(at: datetime) -> Attempt:
        accepted = AcceptProposalRequest()
        return Attempt("accept", lambda: proposals.accept(client, proposal.id, accepted, at).id)

    clocks = _draw_clocks(proposal.expires_at, seed)
    attempts = [
        *(accept(clock) for clock in clocks[:HALF]),
        *(_attempt_booking(service, wanted, clock) for clock in clocks[HALF:]),
    ]
    return Stage(artist.user_id, wanted, max(clocks), attempts)


SCENARIOS: dict[str, Callable[[int, datetime], Stage]] = {
    scenario.__name__: scenario
    for scenario in (
        one_slot,
        overlapping_slots,
        hold_or_booking,
        reschedule_or_booking,
        accept_or_booking,
    )
}


# ---- attempts ----------------------------------------------------------------------------------


def _attempt_booking(
    service: Service, start: datetime, now: datetime, side: str = "booking"
) -> Attempt:
    client = artists.person()
    request = BookingRequest(service_id=service.id, starts_at=start)
    return Attempt(side, lambda: booking.book(client, request, now).id)


def _attempt_hold(client: Caller, service: Service, start: datetime, now: datetime) -> Attempt:
    request = HoldRequest(service.id, start)
    return Attempt("hold", lambda: holds.create(client, request, now).id)


def _attempt_move(client: Caller, appointment_id: str, start: datetime, now: datetime) -> Attempt:
    request = RescheduleAppointmentRequest(start)
    return Attempt(
        "reschedule", lambda: lifecycle.reschedule(client, appointment_id, request, now).id
    )


def _create_appointments(
    artist: Caller, service: Service, starts: Sequence[datetime], now: datetime
) -> list[tuple[Caller, str]]:
    """Create appointments of different clients that are not part of the race.

    They are written in batches and publish no events.
    """
    booked = []
    for first in range(0, len(starts), BATCH_SIZE):
        batch = starts[first : first + BATCH_SIZE]
        days = get_days_around(min(batch), max(batch))
        calendar = store.read_calendar(artist.user_id, *days, [service.id])
        records: list[Appointment] = []
        for start in batch:
            client = artists.person()
            entry = create_entry(
                service, start, entry_id=new_id("apt"), kind=CalendarEntryKind.APPOINTMENT
            )
            calendar = calendar.put(entry, now)
            records.extend(
                agreements.book(
                    calendar,
                    [AgreedSitting(service, entry)],
                    client_id=client.user_id,
                    booked_by=AppointmentSide.CLIENT,
                    notes="",
                    now=now,
                )
            )
            booked.append((client, entry.id))
        store.commit(calendar=calendar, records=records)
    return booked


# ---- time --------------------------------------------------------------------------------------


def _get_evening(now: datetime) -> datetime:
    """Return 20:00 UTC of the third day from now."""
    return (now + timedelta(days=3)).replace(hour=20, minute=0, second=0, microsecond=0)


def _draw_clocks(instant: datetime, seed: int) -> list[datetime]:
    """Draw the clocks of ATTEMPTS computers, none of them exact.

    With seeds 0 and 1 all are before the instant, with 18 and 19 all at it or later, in between a
    growing share.
    """
    chance = random.Random(seed)
    late = seed // 2 / 9
    return [
        instant + timedelta(milliseconds=chance.randrange(0, 500))
        if chance.random() < late
        else instant - timedelta(milliseconds=chance.randrange(1, 500))
        for _ in range(ATTEMPTS)
    ]
