"""The overview of an artist and of a client."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from tests.functional.appointments.people import People
from tests.support.gateway import ApiClient
from tests.support.responses import refused

TODAY = "2026-03-02T09:00:00Z"
TOMORROW = "2026-03-03T09:00:00Z"
NEXT_WEEK = "2026-03-09T09:00:00Z"


def get_overview(person: ApiClient, query: str = "") -> Any:
    answer = person.get(f"/v1/appointments/overview{query}")
    assert answer.status_code == 200, answer.body
    return answer.json_body


def list_ids(appointments: list[Any]) -> list[str]:
    return [appointment["id"] for appointment in appointments]


def test_the_overview_without_bookings_is_empty(people: People) -> None:
    assert get_overview(people.artist) == {
        "role": "artist",
        "today": [],
        "next": None,
        "pending": [],
        "depositsDue": [],
        "proposals": [],
        "revenue": [],
    }


def test_today_and_next_follow_the_local_time(people: People) -> None:
    service_id = people.open_studio()
    today = people.book(service_id, TODAY)
    tomorrow = people.book(service_id, TOMORROW)
    seen = get_overview(people.artist)
    assert list_ids(seen["today"]) == [today["id"]]
    assert seen["next"]["id"] == today["id"]
    # In Auckland the 2nd lasts until 11:00 UTC.
    elsewhere = get_overview(people.client, "?timeZone=Pacific/Auckland")
    assert list_ids(elsewhere["today"]) == [today["id"]]
    assert elsewhere["role"] == "client"
    # In Kiritimati it is 22:00 on the 2nd now, and 23:00 when it starts.
    assert list_ids(get_overview(people.client, "?timeZone=Pacific/Kiritimati")["today"]) == [
        today["id"]
    ]
    assert get_overview(people.client)["next"]["id"] != tomorrow["id"]


def test_an_appointment_that_has_started_is_not_next(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    people.book(service_id, TODAY)
    tomorrow = people.book(service_id, TOMORROW)
    clock.shift(timedelta(hours=1))
    assert get_overview(people.client)["next"]["id"] == tomorrow["id"]


def test_pending_requests_and_due_deposits_are_listed(people: People) -> None:
    request = people.book(people.open_studio(mode="request"), TOMORROW)
    deposit = people.book(
        people.create_service(deposit={"type": "percent", "percent": 50}), NEXT_WEEK
    )
    for person in (people.artist, people.client):
        seen = get_overview(person)
        assert list_ids(seen["pending"]) == [request["id"], deposit["id"]]
        assert list_ids(seen["depositsDue"]) == [deposit["id"]]
    path = f"/v1/appointments/{deposit['id']}/deposit"
    people.client.post(f"{path}/proof", json={"reference": "TX"})
    assert list_ids(get_overview(people.artist)["depositsDue"]) == [deposit["id"]]
    people.artist.post(f"{path}/confirm")
    assert get_overview(people.artist)["depositsDue"] == []


def test_a_cancelled_appointment_is_not_listed(people: People) -> None:
    appointment = people.book(people.open_studio(), TODAY)
    people.artist.post(f"/v1/appointments/{appointment['id']}/cancel")
    seen = get_overview(people.client)
    assert (seen["today"], seen["next"]) == ([], None)


def test_revenue_sums_the_completed_appointments_of_the_month_by_currency(
    people: People, clock: TimeMachineFixture
) -> None:
    euros = people.book(people.open_studio(), TODAY)
    pounds = people.create_service(price={"amount": 5000, "currency": "GBP"}, name="Flash")
    other = people.book(pounds, "2026-03-02T10:00:00Z")
    people.book(pounds, "2026-03-02T11:00:00Z")  # not completed
    clock.shift(timedelta(hours=4))
    for completed in (euros, other):
        people.artist.post(f"/v1/appointments/{completed['id']}/complete")
    assert get_overview(people.artist)["revenue"] == [
        {"amount": 12000, "currency": "EUR"},
        {"amount": 5000, "currency": "GBP"},
    ]
    assert get_overview(people.client)["revenue"] == []
    clock.shift(timedelta(days=31))
    assert get_overview(people.artist)["revenue"] == []


def test_open_proposals_are_listed_until_they_expire(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    body = {"serviceId": service_id, "clientId": "usr_01JD0000000000000000000CCC"}
    sent = people.artist.post(
        "/v1/appointments/proposals", json={**body, "startsAt": [NEXT_WEEK], "expiresInHours": 2}
    )
    assert sent.status_code == 201, sent.body
    assert list_ids(get_overview(people.client)["proposals"]) == [sent.json_body["id"]]
    clock.shift(timedelta(hours=2))
    assert get_overview(people.client)["proposals"] == []


def test_an_artist_may_request_the_overview_of_a_client(people: People) -> None:
    people.set_hours(by=people.other_artist)
    service_id = people.create_service(by=people.other_artist)
    booked = people.book(service_id, TODAY, by=people.artist)
    assert get_overview(people.artist)["next"] is None
    assert get_overview(people.artist, "?role=client")["next"]["id"] == booked["id"]


@pytest.mark.parametrize("query", ["?timeZone=Mars/Olympus", "?role=system", "?who=me"])
def test_an_invalid_parameter_is_refused(people: People, query: str) -> None:
    answer = people.artist.get(f"/v1/appointments/overview{query}")
    assert refused(answer) == (422, "invalid_fields")
