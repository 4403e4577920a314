"""Slot search over HTTP: in any time zone, in pages, with one query."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from appointments.store import shown_calendars
from tests.functional.appointments.people import (
    ARTIST,
    BERLIN,
    MONDAY,
    OTHER_ARTIST,
    People,
    encode_query,
)
from tests.support import aws_calls
from tests.support.responses import error_fields, refused

NINE_TO_FIVE = [f"{hour:02}:00" for hour in range(9, 17)]


def list_dates(starts: list[str]) -> list[str]:
    """Return the distinct local dates."""
    return sorted({local[:10] for local in starts})


def list_times(starts: list[str]) -> list[str]:
    """Return the times of day with their offsets."""
    return [local[11:16] + local[19:] for local in starts]


# ---- ranges ------------------------------------------------------------------------------------


def test_a_slot_has_start_end_and_local_start(people: People) -> None:
    service = people.open_studio(durationMinutes=90)
    answer = people.get_slots(service, from_="2026-03-03", to="2026-03-03")
    assert answer.json_body["items"][0] == {
        "startsAt": "2026-03-03T08:00:00Z",
        "endsAt": "2026-03-03T09:30:00Z",
        "local": "2026-03-03T09:00:00+01:00",
        "timeZone": BERLIN,
        "location": "",
    }
    assert answer.json_body["nextCursor"] is None


def test_what_opens_when_the_range_ends_needs_no_further_day(people: People) -> None:
    """A date of Auckland is open until three and from ten in the evening, on two days of UTC."""
    people.set_hours("22:00-03:00", zone="Pacific/Auckland")
    service = people.create_service(durationMinutes=30)
    range_ = {"from_": "2026-03-11T13:00:00Z", "to": "2026-03-12T09:00:00Z"}
    starts = people.list_free_starts(service, **range_)
    assert list_times(starts) == ["02:00+13:00"]


def test_dates_are_days_of_the_artists_time_zone_or_the_requested_one(people: People) -> None:
    service = people.open_studio()
    tuesday = people.list_free_starts(service, from_="2026-03-03", to="2026-03-03")
    assert list_times(tuesday) == [f"{clock}+01:00" for clock in NINE_TO_FIVE]
    auckland = people.list_free_starts(
        service, from_="2026-03-03", to="2026-03-03", timeZone="Pacific/Auckland"
    )
    assert list_dates(auckland) == ["2026-03-03"]
    # Tuesday in Auckland lasts from noon to noon in Berlin.
    assert list_times(auckland) == [
        *("00:00+13:00", "01:00+13:00", "02:00+13:00", "03:00+13:00", "04:00+13:00"),
        *("21:00+13:00", "22:00+13:00", "23:00+13:00"),
    ]
    honolulu = people.list_free_starts(
        service, from_="2026-03-03", to="2026-03-03", timeZone="Pacific/Honolulu"
    )
    assert list_dates(honolulu) == ["2026-03-03"]
    assert list_times(honolulu) == [f"{hour:02}:00-10:00" for hour in (0, 1, 2, 3, 4, 5, 22, 23)]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-03-03T10:00:00Z", "2026-03-03T12:00:00Z", ["11:00", "12:00"]),
        ("2026-03-03T10:00:00%2B01:00", "2026-03-03T12:00%2B01:00", ["10:00", "11:00"]),
        ("2026-03-03T09:59:59.999Z", "2026-03-03T10:00:00.001Z", ["11:00"]),
        ("2026-03-03T10:00:00.001Z", "2026-03-03T10:30Z", []),
        ("2026-03-03T10:00Z", "2026-03-03T10:00Z", []),
        # In a time zone far east of Berlin it is already the next date.
        ("2026-03-04T00:00%2B14:00", "2026-03-03T13:00Z", ["11:00", "12:00", "13:00"]),
        ("2026-03-03", "2026-03-03T09:30Z", ["09:00", "10:00"]),
        ("2026-03-03T15:00Z", "2026-03-03", ["16:00"]),
    ],
)
def test_instants_bound_the_range_exactly(
    people: People, since: str, until: str, expected: list[str]
) -> None:
    service = people.open_studio()
    query = f"artistId={ARTIST}&serviceId={service}&from={since}&to={until}"
    answer = people.nobody.get(f"/v1/appointments/slots?{query}")
    assert [slot["local"][11:16] for slot in answer.json_body["items"]] == expected


@pytest.mark.parametrize(("day", "hours"), [("03-28", 24), ("03-29", 23), ("10-25", 25)])
def test_a_date_has_its_actual_number_of_hours(people: People, day: str, hours: int) -> None:
    people.set_hours("00:00-24:00")
    service = people.create_service(bookingHorizonDays=365)
    starts = people.list_free_starts(service, from_=f"2026-{day}", to=f"2026-{day}")
    assert len(starts) == len(set(starts)) == hours
    assert list_dates(starts) == [f"2026-{day}"]


def test_the_range_defaults_to_one_month_from_now(
    people: People, clock: TimeMachineFixture
) -> None:
    service = people.open_studio()
    clock.move_to(MONDAY + timedelta(hours=4, minutes=1), tick=False)
    starts = people.list_free_starts(service)
    assert starts[0] == "2026-03-02T14:00:00+01:00"
    assert starts[-1] == "2026-04-02T14:00:00+02:00"
    assert people.list_free_starts(service, from_="2026-03-10")[-1] == "2026-04-09T16:00:00+02:00"


def test_past_slots_are_not_offered(people: People) -> None:
    service = people.open_studio()
    starts = people.list_free_starts(service, from_="2026-02-01", to="2026-03-03")
    assert starts[0] == "2026-03-02T10:00:00+01:00"  # it is exactly 9:00
    assert people.list_free_starts(service, from_="2026-02-01", to="2026-03-01") == []


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-03-02", "2026-05-02"),  # one hour shorter, as the clock goes forward
        ("2026-09-01", "2026-11-01"),  # one hour longer
        ("2026-03-02T00:00Z", "2026-05-03T00:00Z"),
    ],
)
def test_a_range_of_62_days_is_allowed(people: People, since: str, until: str) -> None:
    people.set_hours("12:00-13:00")
    service = people.create_service(bookingHorizonDays=730)
    starts = people.list_free_starts(service, from_=since, to=until)
    assert len(list_dates(starts)) == 62


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from_": "2026-03-02", "to": "2026-05-03"}, "query.to"),
        ({"from_": "2026-03-02T00:00Z", "to": "2026-05-03T00:00:01Z"}, "query.to"),
        ({"from_": "2026-03-03", "to": "2026-03-01"}, "query.to"),
        ({"from_": "2026-03-03T10:00Z", "to": "2026-03-03T09:59Z"}, "query.to"),
        ({"from_": "2023-01-01"}, "query.from"),
        ({"from_": "2029-01-01"}, "query.from"),
        ({"from_": "0001-01-01"}, "query.from"),
        ({"from_": "0001-01-01T00:00:00+14:00"}, "query.from"),
        ({"from_": "9999-12-31"}, "query.from"),
        ({"from_": "9999-12-31T23:59:59-12:00"}, "query.from"),
        ({"from_": "2026-03-02", "to": "9999-12-31"}, "query.to"),
        ({"from_": "2026-02-30"}, "query.from"),
        ({"from_": "2026-13-01"}, "query.from"),
        ({"from_": "2026-03-02T25:00Z"}, "query.from"),
        ({"from_": "2026-03-02T10:00"}, "query.from"),
        ({"from_": "2026-03-02T10:00+99:99"}, "query.from"),
        ({"from_": "tomorrow"}, "query.from"),
        ({"from_": ""}, "query.from"),
        ({"to": "2026-02-29"}, "query.to"),
        ({"to": "1772438400"}, "query.to"),
        ({"timeZone": "Mars/Olympus"}, "query.timeZone"),
        ({"timeZone": "Europe"}, "query.timeZone"),
        ({"timeZone": "../../etc/passwd"}, "query.timeZone"),
        ({"timeZone": "%00"}, "query.timeZone"),
        ({"timeZone": "x" * 65}, "query.timeZone"),
        ({"timeZone": "Europe/Berl%C3%AEn"}, "query.timeZone"),
        ({"limit": 0}, "query.limit"),
        ({"limit": 1001}, "query.limit"),
        ({"cursor": "AAAA"}, "query.cursor"),
        ({"surprise": 1}, "query.surprise"),
    ],
)
def test_an_invalid_parameter_is_named(people: People, query: dict[str, Any], field: str) -> None:
    service = people.open_studio()
    assert list(error_fields(people.get_slots(service, **query))) == [field]


# ---- services and artists ----------------------------------------------------------------------


def test_a_service_is_found_only_with_its_artist(people: People) -> None:
    service = people.open_studio()
    people.set_hours(by=people.other_artist)
    other = people.create_service(by=people.other_artist)
    for artist_id, service_id in (
        (OTHER_ARTIST, service),
        (ARTIST, other),
        (ARTIST, service[:-1] + ("0" if service[-1] != "0" else "1")),
    ):
        query = encode_query({"artistId": artist_id, "serviceId": service_id})
        answer = people.nobody.get(f"/v1/appointments/slots?{query}")
        assert refused(answer) == (404, "not_found")
    assert people.artist.delete(f"/v1/appointments/services/{service}").status_code == 204
    assert people.get_slots(service).status_code == 404


def test_an_artist_without_hours_has_no_slots(people: People) -> None:
    assert people.list_free_starts(people.create_service()) == []


def test_held_and_booked_slots_are_not_offered(people: People, clock: TimeMachineFixture) -> None:
    service = people.open_studio()
    another = people.create_service(durationMinutes=120, bufferAfterMinutes=30)
    tuesday = {"from_": "2026-03-03", "to": "2026-03-03"}
    people.book(service, "2026-03-03T10:00:00Z")
    assert people.try_hold(service, "2026-03-03T13:00:00Z").status_code == 201
    assert [clock[:5] for clock in list_times(people.list_free_starts(service, **tuesday))] == [
        *("09:00", "10:00", "12:00", "13:00", "15:00", "16:00"),
    ]
    assert list_times(people.list_free_starts(another, **tuesday)) == ["15:00+01:00"]
    clock.move_to(MONDAY + timedelta(minutes=10, milliseconds=-1), tick=False)
    assert len(people.list_free_starts(service, **tuesday)) == 6
    clock.move_to(MONDAY + timedelta(minutes=10), tick=False)
    assert len(people.list_free_starts(service, **tuesday)) == 7


# ---- pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 3, 7, 16, 17, 1000])
def test_pages_contain_every_slot_once(people: People, limit: int) -> None:
    service = people.open_studio()
    query = {"from_": "2026-03-03", "to": "2026-03-04", "timeZone": "Asia/Tokyo"}
    whole = people.list_free_starts(service, **query)
    assert len(whole) == 16
    starts: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = people.get_slots(service, **query, limit=limit, **cursor)
        page = [slot["local"] for slot in answer.json_body["items"]]
        assert 0 < len(page) <= limit
        starts += page
        if answer.json_body["nextCursor"] is None:
            break
        cursor = {"cursor": answer.json_body["nextCursor"]}
    assert starts == whole


def test_a_cursor_stays_valid_while_time_passes(people: People, clock: TimeMachineFixture) -> None:
    """A search without `from` and `to` can be continued a moment later."""
    service = people.open_studio()
    first = people.get_slots(service, limit=5).json_body
    clock.shift(timedelta(seconds=20))
    answer = people.get_slots(service, limit=5, cursor=first["nextCursor"])
    assert answer.status_code == 200
    assert answer.json_body["items"][0]["local"] == "2026-03-02T15:00:00+01:00"


def test_a_cursor_is_valid_only_for_its_query(people: People) -> None:
    service, other = people.open_studio(), people.create_service()
    query = {"from_": "2026-03-03", "to": "2026-03-04"}
    cursor = people.get_slots(service, **query, limit=1).json_body["nextCursor"]
    for answer in (
        people.get_slots(other, **query, cursor=cursor),
        people.get_slots(service, **query | {"to": "2026-03-05"}, cursor=cursor),
        people.get_slots(service, **query | {"from_": "2026-03-04"}, cursor=cursor),
        people.get_slots(service, **query, timeZone="Asia/Tokyo", cursor=cursor),
        people.get_slots(service, **query, cursor=cursor[:-2] + "AA"),
    ):
        assert list(error_fields(answer)) == ["query.cursor"]
    assert people.get_slots(service, **query, timeZone=BERLIN, cursor=cursor).status_code == 200


# ---- cost and correctness ----------------------------------------------------------------------


def test_a_month_is_as_few_reads_as_a_day(people: People) -> None:
    service = people.open_studio()
    for day in range(3, 9):
        people.book(service, f"2026-03-0{day}T10:00:00Z")
    with aws_calls.counted() as calls:
        starts = people.list_free_starts(service, from_="2026-03-02", to="2026-04-01")
    assert len(list_dates(starts)) == 31
    del calls["dynamodb:UpdateItem"]  # the rate limit, counted by every route
    # Open books and the service; the hours and the days.
    assert calls == {"dynamodb:BatchGetItem": 2, "dynamodb:Query": 2}


@pytest.mark.parametrize(
    ("zone", "day"),
    [(BERLIN, "2026-03-29"), (BERLIN, "2026-10-25"), ("Australia/Lord_Howe", "2026-04-05")],
)
def test_exactly_the_offered_slots_can_be_held(people: People, zone: str, day: str) -> None:
    """Each quarter of an hour on days of a clock change is tried, each by another client."""
    people.set_hours("01:00-05:00", zone=zone)
    service = people.create_service(
        durationMinutes=30, slotIntervalMinutes=30, bookingHorizonDays=365
    )
    answer = people.get_slots(service, from_=day, to=day)
    offered = {slot["startsAt"] for slot in answer.json_body["items"]}
    assert len(offered) > 5
    first = datetime.fromisoformat(min(offered)) - timedelta(hours=1)
    taken = set()
    for quarter in range(32):
        start = f"{first + timedelta(minutes=15 * quarter):%Y-%m-%dT%H:%M:%SZ}"
        somebody = people.client.as_user(f"usr_01JD00000000000000000000{quarter:02}")
        status = people.try_hold(service, start, by=somebody).status_code
        assert status in (201, 409)
        if status == 201:
            taken.add(start)
    assert taken == offered
    assert people.list_free_starts(service, from_=day, to=day) == []


# ---- many at the same moment -------------------------------------------------------------------


def test_a_container_reads_the_same_calendar_three_times_a_second(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    service_id = people.open_studio()
    people.get_slots(service_id)  # opens the window of the rate limit
    now = 100.0
    monkeypatch.setattr(shown_calendars, "monotonic", lambda: now)
    shown_calendars.forget()

    def count_reads(searches: int) -> int:
        with aws_calls.counted() as calls:
            found = [people.get_slots(service_id).json_body for _ in range(searches)]
        assert all(each == found[0] for each in found)
        return calls["dynamodb:Query"]

    per_search = 2  # hours, and days
    assert count_reads(10) == 3 * per_search
    now += 0.9
    assert count_reads(1) == 0
    now += 0.1
    assert count_reads(1) == per_search


def test_what_was_booked_here_is_not_shown_any_more(people: People) -> None:
    service_id = people.open_studio()
    for _ in range(5):
        starts = people.list_free_starts(service_id, from_="2026-03-09", to="2026-03-09")
    people.book(service_id, starts[0])
    after = people.list_free_starts(service_id, from_="2026-03-09", to="2026-03-09")
    assert after == starts[1:]


def test_services_of_an_artist_are_not_mixed_up(people: People) -> None:
    short = people.open_studio()
    long = people.create_service(durationMinutes=240)
    found = [
        len(people.list_free_starts(each, from_="2026-03-09", to="2026-03-09"))
        for each in (short, long) * 5
    ]
    assert set(found[::2]) != set(found[1::2])
    assert len(set(found)) == 2
