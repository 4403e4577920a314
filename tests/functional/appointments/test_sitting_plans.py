"""Sitting plans over HTTP: a slot for each sitting and the total, without storing anything."""

from typing import Any

import pytest
from chalice.test import HTTPResponse

from tests.functional.appointments import people as table
from tests.functional.appointments.people import ARTIST, CLIENT, People
from tests.support import aws_calls
from tests.support.responses import error_fields, refused


def try_plan(people: People, service_id: str, by: Any = None, **fields: Any) -> HTTPResponse:
    """Plan a project from the 3rd on, as the artist unless `by` says otherwise."""
    body = {
        "serviceId": service_id,
        "clientId": CLIENT,
        "frequency": "weekly",
        "startsOn": "2026-03-03",
        **fields,
    }
    return (by or people.artist).post("/v1/appointments/plans", json=body)


def list_starts(answer: HTTPResponse) -> list[str]:
    """Require success, and return the local starts of the plan."""
    assert answer.status_code == 200, answer.body
    return [sitting["local"] for sitting in answer.json_body["sittings"]]


def test_a_plan_has_one_slot_per_sitting_and_the_total(people: People) -> None:
    service_id = people.open_studio(
        sittings=3, deposit={"type": "percent", "percent": 25}, durationMinutes=90
    )
    answer = try_plan(people, service_id)
    assert answer.json_body == {
        "serviceId": service_id,
        "clientId": CLIENT,
        "sittings": [
            {
                "startsAt": f"2026-03-{day}T08:00:00Z",
                "endsAt": f"2026-03-{day}T09:30:00Z",
                "local": f"2026-03-{day}T09:00:00+01:00",
                "timeZone": "Europe/Berlin",
                "location": "",
            }
            for day in ("03", "10", "17")
        ],
        "price": {"amount": 12000, "currency": "EUR"},
        "total": {"amount": 36000, "currency": "EUR"},
        "deposit": {"amount": 9000, "currency": "EUR"},
        "timeZone": "Europe/Berlin",
    }


def test_a_plan_can_be_proposed_and_accepted(people: People) -> None:
    service_id = people.open_studio(bufferAfterMinutes=30, dailyLimit=1)
    planned = try_plan(people, service_id, sittings=12, frequency="consecutive").json_body
    wanted = [sitting["startsAt"] for sitting in planned["sittings"]]
    body = {"serviceId": service_id, "clientId": CLIENT, "startsAt": wanted}
    proposal = people.artist.post("/v1/appointments/proposals", json=body).json_body
    assert [sitting["startsAt"] for sitting in proposal["sittings"]] == wanted
    assert (proposal["total"], proposal["deposit"]) == (planned["total"], planned["deposit"])
    accepted = people.client.post(f"/v1/appointments/proposals/{proposal['id']}/accept")
    assert len(accepted.json_body["appointmentIds"]) == 12


def test_a_plan_without_a_deposit_rule_has_no_deposit(people: People) -> None:
    assert try_plan(people, people.open_studio(), sittings=2).json_body["deposit"] is None


def test_the_number_of_sittings_defaults_to_that_of_the_service(people: People) -> None:
    service_id = people.open_studio(sittings=2)
    assert len(list_starts(try_plan(people, service_id))) == 2
    assert len(list_starts(try_plan(people, service_id, sittings=4))) == 4


def test_a_single_frequency_allows_one_sitting(people: People) -> None:
    service_id = people.open_studio(sittings=2)
    wrong = {"body.sittings": "must be 1 where frequency is single"}
    assert error_fields(try_plan(people, service_id, frequency="single")) == wrong
    assert error_fields(try_plan(people, service_id, frequency="single", sittings=3)) == wrong
    assert len(list_starts(try_plan(people, service_id, frequency="single", sittings=1))) == 1


def test_a_plan_avoids_booked_held_and_proposed_time(people: People) -> None:
    service_id = people.open_studio()
    people.book(service_id, "2026-03-03T08:00:00Z")
    assert people.try_hold(service_id, "2026-03-03T09:00:00Z").status_code == 201
    body = {"serviceId": service_id, "clientId": CLIENT, "startsAt": ["2026-03-03T10:00:00Z"]}
    assert people.artist.post("/v1/appointments/proposals", json=body).status_code == 201
    assert list_starts(try_plan(people, service_id, sittings=1)) == ["2026-03-03T12:00:00+01:00"]


def test_an_artist_plans_beyond_the_booking_horizon_but_within_notice(people: People) -> None:
    service_id = people.open_studio(bookingHorizonDays=7, minimumNoticeMinutes=24 * 60)
    far = try_plan(people, service_id, startsOn="2027-03-03", sittings=1)
    assert list_starts(far) == ["2027-03-03T09:00:00+01:00"]
    soon = try_plan(people, service_id, startsOn="2026-03-02", sittings=1)
    assert list_starts(soon) == ["2026-03-03T09:00:00+01:00"]


def test_a_plan_is_a_few_reads_and_stores_nothing(people: People) -> None:
    service_id = people.open_studio(sittings=12)
    before = table.everything()
    with aws_calls.counted() as calls:
        assert try_plan(people, service_id).status_code == 200
    del calls["dynamodb:UpdateItem"]  # the rate limit's count
    del calls["dynamodb:GetItem"]  # whether the artist's account was deleted
    # Consent and the service; the hours with the policies, and two pages of days.
    assert calls == {"dynamodb:BatchGetItem": 2, "dynamodb:Query": 3}
    assert table.everything() == before


def test_a_plan_of_a_year_reads_the_weeks_around_its_dates(people: People) -> None:
    """The days of each month that a sitting can be on are one query."""
    service_id = people.open_studio()
    with aws_calls.counted() as calls:
        planned = try_plan(people, service_id, frequency="monthly", sittings=12)
    assert list_starts(planned)[::11] == ["2026-03-03T09:00:00+01:00", "2027-02-03T09:00:00+01:00"]
    assert calls["dynamodb:Query"] == 1 + 12


def test_a_sitting_without_a_slot_is_named(people: People) -> None:
    off = {"startsAt": "2026-03-09T00:00:00Z", "endsAt": "2026-04-30T00:00:00Z"}
    people.set_hours(timeOff=[off])
    answer = try_plan(people, people.create_service(sittings=3))
    assert refused(answer) == (409, "no_slots")
    assert "sitting 2 from 2026-03-10 to 2026-03-23" in answer.json_body["detail"]


def test_an_artist_without_hours_gets_no_plan(people: People) -> None:
    assert refused(try_plan(people, people.create_service())) == (409, "no_slots")


def test_only_artists_plan_and_only_their_own_services(people: People) -> None:
    service_id = people.open_studio()
    assert refused(try_plan(people, service_id, people.client)) == (403, "forbidden")
    assert refused(try_plan(people, service_id, people.other_artist)) == (404, "not_found")
    gone = f"svc_{ARTIST.removeprefix('usr_')}_01JD0000000000000000000000"
    assert refused(try_plan(people, gone)) == (404, "not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("serviceId", "svc_1"),
        ("clientId", "usr_1"),
        ("clientId", ARTIST),
        ("frequency", "daily"),
        ("startsOn", "3 March"),
        ("startsOn", "2026-02-28"),
        ("startsOn", "0001-01-01"),
        ("startsOn", "9999-12-31"),
        ("startsOn", "2028-05-11"),
        ("sittings", 0),
        ("sittings", 13),
        ("price", 1),
        ("total", 1),
    ],
)
def test_an_invalid_field_is_named(people: People, field: str, value: Any) -> None:
    answer = try_plan(people, people.open_studio(), **{field: value})
    assert error_fields(answer).keys() == {f"body.{field}"}


def test_today_anywhere_on_earth_is_not_the_past(people: People) -> None:
    """In Honolulu it is still 1 March; 28 February is over everywhere."""
    people.set_hours("00:00-24:00", zone="Pacific/Honolulu")
    answer = try_plan(people, people.create_service(), startsOn="2026-03-01", sittings=1)
    assert list_starts(answer) == ["2026-03-01T23:00:00-10:00"]


def test_a_total_beyond_the_limit_is_refused(people: People) -> None:
    service_id = people.open_studio(price={"amount": 10**12, "currency": "IRR"}, sittings=1)
    assert try_plan(people, service_id).status_code == 200
    answer = try_plan(people, service_id, sittings=2)
    assert error_fields(answer).keys() == {"body.sittings"}


def test_time_off_for_longer_than_is_searched_leaves_no_slot_of_a_limited_service(
    people: People,
) -> None:
    service_id = people.open_studio(dailyLimit=3, monthlyLimit=30)
    time_off = [{"startsAt": "2026-03-12T00:00:00Z", "endsAt": "2026-12-31T00:00:00Z"}]
    people.set_hours(timeOff=time_off)
    # The search for the second sitting reaches into April, whose days decide nothing.
    answer = try_plan(people, service_id, frequency="biweekly", sittings=3, startsOn="2026-03-10")
    assert refused(answer) == (409, "no_slots")
