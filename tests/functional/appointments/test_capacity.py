"""Capacity that reads of a calendar use, whatever else is booked, offered or imported."""

from datetime import date, timedelta

import pytest

from appointments import store
from appointments.models import CalendarEntryKind
from appointments.rules.calendar import Calendar, create_entry, list_days_between
from domain.ids import new_id
from domain.policy_terms import CancellationRules, Fixed, Kind, Terms, Tier, text_hash, version_id
from tests.functional.appointments.people import ARTIST, MONDAY, People
from tests.support import capacity

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


def publish_terms(number: int, service_id: str) -> None:
    """Put a policy of a service in force."""
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
