"""Availability over HTTP."""

from typing import Any

import pytest

from tests.functional.appointments.background import consume
from tests.functional.appointments.people import (
    ARTIST,
    BERLIN,
    WEEKDAYS,
    People,
    everything,
    list_created,
    outbox,
    week,
)
from tests.support import threads
from tests.support.responses import error_fields, refused

PATH = "/v1/appointments/availability"
COMPLETE: dict[str, Any] = {
    "timeZone": "Pacific/Chatham",
    "weekly": {day: [] for day in WEEKDAYS}
    | {
        "monday": [{"start": "09:00", "end": "12:00"}, {"start": "13:00", "end": "24:00"}],
        "friday": [{"start": "20:00", "end": "04:00"}],
    },
    "overrides": [
        {"date": "2026-12-24", "windows": [{"start": "09:00", "end": "12:00"}]},
        {"date": "2026-12-25", "windows": []},
    ],
    "timeOff": [{"startsAt": "2026-07-01T00:00:00Z", "endsAt": "2026-07-15T00:00:00Z"}],
}


def test_availability_is_stored_as_sent(people: People) -> None:
    answer = people.artist.put(PATH, json=COMPLETE)
    assert answer.status_code == 200
    assert answer.json_body == COMPLETE | {"version": 1}
    assert people.artist.get(PATH).json_body == COMPLETE | {"version": 1}


def test_availability_is_replaced_as_a_whole(people: People) -> None:
    people.artist.put(PATH, json=COMPLETE)
    answer = people.artist.put(PATH, json={"timeZone": BERLIN})
    nothing = {"weekly": {day: [] for day in WEEKDAYS}, "overrides": [], "timeOff": []}
    assert answer.json_body == {"timeZone": BERLIN, **nothing, "version": 2}


def test_everybody_sees_the_weekly_hours_and_nothing_else(people: People) -> None:
    path = f"/v1/appointments/opening-hours?artistId={ARTIST}"
    closed: dict[str, Any] = {"timeZone": None, "weekly": {day: [] for day in WEEKDAYS}}
    assert people.nobody.get(path).json_body == closed
    people.artist.put(PATH, json=COMPLETE)
    answer = people.nobody.get(path)
    assert answer.status_code == 200
    assert answer.json_body == {"timeZone": COMPLETE["timeZone"], "weekly": COMPLETE["weekly"]}


def test_time_off_is_converted_to_utc(people: People) -> None:
    off = {"startsAt": "2026-07-01T00:00:00+02:00", "endsAt": "2026-07-01T10:30:00-05:00"}
    answer = people.artist.put(PATH, json={"timeZone": BERLIN, "timeOff": [off]})
    assert answer.json_body["timeOff"] == [
        {"startsAt": "2026-06-30T22:00:00Z", "endsAt": "2026-07-01T15:30:00Z"}
    ]


def test_a_date_has_one_override(people: People) -> None:
    closed = {"date": "2026-12-25", "windows": []}
    answer = people.artist.put(
        PATH, json=COMPLETE | {"overrides": [*COMPLETE["overrides"], closed]}
    )
    assert error_fields(answer) == {"body.overrides[2].date": "has an override already"}


def test_availability_that_was_never_set_is_not_found(people: People) -> None:
    assert refused(people.artist.get(PATH)) == (404, "not_found")


def test_only_the_artist_reads_and_replaces_their_availability(people: People) -> None:
    people.artist.put(PATH, json=COMPLETE)
    before = everything()
    assert people.other_artist.get(PATH).status_code == 404
    for somebody, status in ((people.client, 403), (people.nobody, 401)):
        assert somebody.get(PATH).status_code == status
        assert somebody.put(PATH, json=COMPLETE).status_code == status
    assert everything() == before
    people.other_artist.put(PATH, json={"timeZone": "UTC"})
    assert people.artist.get(PATH).json_body == COMPLETE | {"version": 1}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"timeZone": "Europe/Atlantis"}, "body.timeZone"),
        ({"timeZone": ""}, "body.timeZone"),
        ({"timeZone": "../UTC"}, "body.timeZone"),
        ({"timeZone": "right/Europe/Berlin"}, "body.timeZone"),
        ({"timeZone": "localtime"}, "body.timeZone"),
        ({"timeZone": None}, "body.timeZone"),
        ({"weekly": {"funday": []}}, "body.weekly.funday"),
        ({"weekly": {"monday": [{"start": "9:00", "end": "17:00"}]}}, "body.weekly.monday"),
        ({"weekly": {"monday": [{"start": "24:00", "end": "17:00"}]}}, "body.weekly.monday"),
        ({"weekly": {"monday": [{"start": "09:00", "end": "24:01"}]}}, "body.weekly.monday"),
        ({"weekly": {"monday": [{"start": "09:60", "end": "17:00"}]}}, "body.weekly.monday"),
        ({"weekly": {"monday": [{"start": "09:00"}]}}, "body.weekly.monday"),
        ({"weekly": {"monday": [{"start": "09:00\n", "end": "17:00"}]}}, "body.weekly.monday"),
        ({"weekly": week(*["09:00-17:00"] * 25)}, "body.weekly"),
        ({"overrides": [{"date": "2026-02-30"}]}, "body.overrides"),
        ({"overrides": [{"windows": []}]}, "body.overrides"),
        ({"overrides": [{"date": "2026-03-03"}] * 401}, "body.overrides"),
        ({"timeOff": [{"startsAt": "2026-07-01T00:00:00Z"}]}, "body.timeOff"),
        (
            {"timeOff": [{"startsAt": "2026-07-01T00:00", "endsAt": "2026-07-02T00:00"}]},
            "body.timeOff",
        ),
        (
            {"timeOff": [{"startsAt": "2026-07-01T00:00Z", "endsAt": "2026-07-01T00:00Z"}]},
            "body.timeOff",
        ),
    ],
)
def test_an_invalid_field_is_named(people: People, changed: dict[str, Any], field: str) -> None:
    fields = error_fields(people.artist.put(PATH, json={"timeZone": BERLIN} | changed))
    assert fields
    assert all(name.startswith(field) for name in fields)
    assert list_created() == []


@pytest.mark.parametrize(
    "off",
    [
        {"startsAt": "0001-01-01T00:00:00+14:00", "endsAt": "2026-07-01T00:00:00Z"},
        {"startsAt": "2026-07-01T00:00:00Z", "endsAt": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_time_off_at_the_limits_of_datetime_does_not_fail(
    people: People, off: dict[str, str]
) -> None:
    answer = people.artist.put(PATH, json={"timeZone": BERLIN, "timeOff": [off]})
    assert answer.status_code in (200, 422)


def test_changed_hours_leave_bookings_alone(people: People) -> None:
    service = people.open_studio()
    booked = people.book(service, "2026-03-03T09:00:00Z")
    people.set_hours("18:00-20:00")
    again = people.client.get(f"/v1/appointments/{booked['id']}").json_body
    assert again == booked
    tuesday = people.list_free_starts(service, from_="2026-03-03", to="2026-03-03")
    assert [local[11:16] for local in tuesday] == ["18:00", "19:00"]


def test_a_booking_keeps_the_time_zone_it_was_made_in(people: People) -> None:
    service = people.open_studio()
    booked = people.book(service, "2026-03-03T09:00:00Z")
    people.set_hours(zone="America/New_York")
    again = people.client.get(f"/v1/appointments/{booked['id']}").json_body
    assert (again["timeZone"], again["local"]) == (BERLIN, "2026-03-03T10:00:00+01:00")


def test_concurrent_replacements_are_serialized(people: People) -> None:
    answers = threads.together(4, lambda: people.artist.put(PATH, json=COMPLETE))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(answer.json_body["version"] for answer in answers) == [1, 2, 3, 4]
    (stored,) = [item for item in everything() if item["sk"]["S"] == "HOURS"]
    assert stored["pk"] == {"S": f"CALENDAR#{ARTIST}"}
    assert stored["version"] == {"N": "4"}


def test_the_hours_are_published_and_again_when_messaging_asks(people: People) -> None:
    people.artist.put(PATH, json=COMPLETE)
    (saved,) = [event.data for event in outbox("availability.saved")]
    assert saved == {
        "artistId": ARTIST,
        "timeZone": "Pacific/Chatham",
        "weekly": [["09:00-12:00", "13:00-24:00"], [], [], [], ["20:00-04:00"], [], []],
        "overrides": [
            {"date": "2026-12-24", "windows": ["09:00-12:00"]},
            {"date": "2026-12-25", "windows": []},
        ],
        "timeOff": COMPLETE["timeOff"],
        "recordVersion": 1,
    }
    consume("away_message.enabled", {"artistId": ARTIST})
    consume("away_message.enabled", {"artistId": "usr_without_hours"})
    assert [event.data for event in outbox("availability.saved")] == [saved, saved]
