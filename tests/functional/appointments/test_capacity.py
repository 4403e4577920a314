"""Capacity that slots and bookings use, and what a booking costs at list prices."""

from datetime import date, timedelta
from types import ModuleType
from typing import Any

import msgspec
import pytest

from appointments import consumers as appointments
from appointments import store
from appointments.models import CalendarEntryKind
from appointments.rules.calendar import Calendar, create_entry, list_days_between
from appointments.store import agreed_terms
from appointments.store.table import RecordItem
from auth import consumers as auth
from consultations import consumers as consultations
from domain.ids import new_id
from domain.policy_terms import CancellationRules, Fixed, Kind, Terms, Tier, text_hash, version_id
from files import consumers as files
from messaging import consumers as messaging
from notifications import consumers as notifications
from policies import consumers as policies
from profiles import consumers as profiles
from quick_actions import consumers as quick_actions
from shared.data.record_items import json_of
from shared.events.domain_events import DomainEvent
from shared.events.outbox import read_events, relay
from social import consumers as social
from tests.functional.appointments.people import ARTIST, MONDAY, People, appointment, everything
from tests.support import capacity, streams

DAY = "2026-03-16"


def fill_other_days(service_id: str) -> None:
    """Book eight hours of each day of three weeks, except for DAY and the days next to it."""
    service = store.find_service(ARTIST, service_id)
    assert service is not None
    free = list_days_between(date(2026, 3, 15), date(2026, 3, 17))
    for number in range(21):
        day = MONDAY + timedelta(days=number)
        if day.date() in free:
            continue
        calendar = store.read_days(Calendar(ARTIST), [day.date()])
        for hour in range(8):
            start = day + timedelta(hours=hour)
            entry = create_entry(
                service, start, entry_id=new_id("apt"), kind=CalendarEntryKind.APPOINTMENT
            )
            calendar = calendar.put(entry, MONDAY)
        store.commit(calendar=calendar)


def publish_terms(number: int, service_id: str | None) -> None:
    """Put a policy of a service, or of all services, in force."""
    rules = CancellationRules(tiers=(Tier(48, Fixed(number)),))
    kind = Kind.CANCELLATION
    store.save_terms(
        Terms(
            artist_id=ARTIST,
            service_id=service_id,
            kind=kind,
            number=number,
            version_id=version_id(ARTIST, service_id, kind, number),
            text_hash=text_hash("Fee."),
            rules=rules,
            published_at=MONDAY,
        )
    )


def import_busy_times() -> None:
    """Import an event for each day of three weeks, except for DAY and the days next to it."""
    mornings = [int((MONDAY + timedelta(days=number)).timestamp()) for number in range(21)]
    spans = [(start, start + 1800) for start in (*mornings[:13], *mornings[16:])]
    store.save_busy_times(ARTIST, "cal_1", spans, MONDAY.date())


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland"])
def test_slots_of_a_day_cost_the_same_whatever_lies_elsewhere(people: People, zone: str) -> None:
    people.set_hours(zone=zone)
    limited = people.create_service(dailyLimit=20, bufferAfterMinutes=30)
    people.nobody.get("/v1/appointments/services/none")  # opens the window of the rate limit
    people.book(limited, "2026-03-16T00:00:00Z" if zone.startswith("P") else f"{DAY}T10:00:00Z")

    def search() -> tuple[int, float, int, int]:
        with capacity.counted() as used:
            starts = people.list_free_starts(limited, from_=DAY, to=DAY)
        return len(starts), used.read_units, used.items, used.bytes_read

    before = search()
    fill_other_days(limited)
    import_busy_times()
    for number in range(1, 4):
        publish_terms(number, people.create_service())
    assert search() == before
    found, units, items, _ = before
    assert found > 0
    # Hours, service, day, and whether books are open: each half a unit.
    assert (units, items) == (2, 3)


TYPICAL: dict[str, Any] = {
    "durationMinutes": 120,
    "bufferBeforeMinutes": 15,
    "bufferAfterMinutes": 30,
    "location": "12 Gertrude St, Fitzroy VIC 3065",
}
# What a request of a warm container costs besides, in dollars a million: docs/performance.md.
INVOCATION = 0.20 + 0.27
READ_UNIT, WRITE_UNIT, REQUEST = 0.125, 0.625, 3.50 + INVOCATION
QUEUE_REQUEST, PUBLISH = 0.40, 0.50
BOOKED = 9.98
BOOKED_ALONE = 25.35  # where no message shares its batch
CONSUMERS = (
    appointments,
    auth,
    consultations,
    files,
    messaging,
    notifications,
    policies,
    profiles,
    quick_actions,
    social,
)
WITHOUT_UNITS = {messaging, notifications}  # they use MongoDB


def measure_booking(people: People, day: str = DAY) -> capacity.Used:
    """Book in a container that has booked for the artist before."""
    service_id = people.create_service(**TYPICAL)
    people.book(service_id, f"{day}T08:00:00Z")
    with capacity.counted() as used:
        people.book(service_id, f"{day}T11:00:00Z", notes="A fern on the left wrist.")
    return used


def test_a_booking_writes_nine_units(people: People) -> None:
    people.set_hours()
    used = measure_booking(people)
    assert used.parts == {
        "user": 1,  # the count of the rate limit
        "CALENDAR DAY": 2,
        "APPOINTMENT RECORD": 2,
        "APPOINTMENT RECORD by-artist": 1,
        "APPOINTMENT RECORD by-client": 1,
        "OUTBOX": 2,  # created and confirmed
    }
    # Hours with general terms, the service, the day, the relation, whether books are open, and
    # whether the account was deleted: half each.
    assert used.read_units == 3
    assert used.bytes_written <= 4_500
    dollars = REQUEST + used.read_units * READ_UNIT + used.write_units * WRITE_UNIT
    assert dollars <= 10, dollars


def consume(feature: ModuleType, events: list[DomainEvent]) -> capacity.Used:
    """Consume the events that a feature is subscribed to, and return what that used."""
    with capacity.counted() as used:
        for event in events:
            if event.type in feature.HANDLERS:
                feature.handle(event, MONDAY)
    return used


def list_messages() -> list[list[DomainEvent]]:
    """Return the events of each message that waits for the relay, the latest last."""
    items = sorted((item for item in everything() if "event" in item), key=lambda i: i["sk"]["S"])
    return [read_events(item) for item in items]


def relay_messages() -> None:
    """Publish what waits."""
    records = [streams.record(item) for item in everything() if "event" in item]
    relay(streams.read(records), "appointments")


def test_the_events_of_a_booking_are_one_message_and_six_units(people: People) -> None:
    people.set_hours()
    service_id = people.create_service(**TYPICAL)
    people.book(service_id, f"{DAY}T08:00:00Z")
    first = list_messages()[-1]
    for feature in CONSUMERS:
        if feature not in WITHOUT_UNITS:
            consume(feature, first)
    relay_messages()
    people.book(service_id, f"{DAY}T11:00:00Z", notes="A fern on the left wrist.")

    (message,) = list_messages()
    assert [event.type for event in message] == ["appointment.created", "appointment.confirmed"]
    assert len(msgspec.json.encode(message)) <= 1_800
    receivers = [
        feature for feature in CONSUMERS if any(event.type in feature.HANDLERS for event in message)
    ]
    assert {feature.__name__.partition(".")[0] for feature in receivers} == {
        "messaging",
        "notifications",
        "policies",
        "profiles",
        "social",
    }
    used = {feature: consume(feature, message) for feature in set(receivers) - WITHOUT_UNITS}
    assert used[profiles].parts == {
        "VISIT RECORD": 1,
        "VISITS VISIT": 1,
        "VISITS VISIT by-list": 1,
        "CLIENTS CLIENT": 1,
    }
    assert used[profiles].bytes_written <= 2_500
    # The client and the visit, and whether one of the accounts was deleted.
    assert used[profiles].read_units == 4
    assert used[policies].parts == {"USER BOOKED": 1}
    assert used[policies].read_units == 1
    # Whether a calendar has the appointment, and whether one is to have it.
    assert (used[social].read_units, used[social].write_units) == (2, 0)
    with capacity.counted() as relayed:
        relay_messages()
    assert relayed.parts == {"OUTBOX": 1}

    units = [*used.values(), relayed]
    by_units = sum(each.write_units * WRITE_UNIT + each.read_units * READ_UNIT for each in units)
    by_messages = (
        INVOCATION
        + PUBLISH  # of the relay
        + len(receivers) * (2 * QUEUE_REQUEST + INVOCATION)  # received and deleted
        + 2 * (3 * QUEUE_REQUEST + INVOCATION)  # of the mails to both, sent as well
    )
    assert by_units + by_messages <= BOOKED_ALONE - BOOKED, (by_units, by_messages)
    assert by_units + by_messages / 2 <= 20 - BOOKED, (by_units, by_messages)


def test_published_policies_make_a_booking_write_no_more(people: People) -> None:
    people.set_hours()
    before = measure_booking(people)
    for number in range(2, 5):
        publish_terms(number, None)
    assert measure_booking(people, "2026-03-18").parts == before.parts


def test_what_was_agreed_stays_when_policies_change(people: People) -> None:
    """Bookings share their terms by digest, and a fresh container reads them."""
    service_id = people.open_studio()
    publish_terms(2, None)
    first, second = (people.book(service_id, f"{DAY}T{hour}:00:00Z")["id"] for hour in ("10", "12"))
    publish_terms(3, None)
    third = people.book(service_id, f"{DAY}T14:00:00Z")["id"]
    agreed_terms.forget()
    numbers = [
        appointment(booked).terms[Kind.CANCELLATION].number for booked in (first, second, third)
    ]
    assert numbers == [2, 2, 3]
    stored = [item for item in everything() if item["pk"]["S"].startswith("AGREED#")]
    assert len(stored) == 2
    records = [item for item in everything() if item["pk"]["S"].startswith("APPOINTMENT#")]
    assert all('"terms":' not in item["record"]["S"] for item in records)


def test_an_appointment_of_version_0_2_keeps_its_terms(people: People) -> None:
    """It holds them itself, until it changes."""
    booked = people.book(people.open_studio(), f"{DAY}T10:00:00Z")
    stored = appointment(booked["id"])
    earlier = RecordItem.get(f"APPOINTMENT#{stored.id}", "RECORD")
    earlier.record = json_of(msgspec.to_builtins(stored))
    assert '"terms":' in earlier.record
    earlier.save()
    agreed_terms.forget()
    assert appointment(stored.id) == stored
    path = f"/v1/appointments/{stored.id}/cancel"
    assert people.artist.post(path, json={}).status_code == 200
    assert appointment(stored.id).terms == stored.terms
