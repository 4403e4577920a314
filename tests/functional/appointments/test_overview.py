"""What matters now to an artist and to a client."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from tests.functional.appointments.people import People, refused
from tests.support.gateway import ApiClient

TODAY = "2026-03-02T09:00:00Z"
TOMORROW = "2026-03-03T09:00:00Z"
NEXT_WEEK = "2026-03-09T09:00:00Z"


def overview(person: ApiClient, query: str = "") -> Any:
    answer = person.get(f"/v1/appointments/overview{query}")
    assert answer.status_code == 200, answer.body
    return answer.json_body


def ids(appointments: list[Any]) -> list[str]:
    return [appointment["id"] for appointment in appointments]


def test_nothing_is_booked(people: People) -> None:
    assert overview(people.artist) == {
        "role": "artist",
        "today": [],
        "next": None,
        "pending": [],
        "depositsDue": [],
        "proposals": [],
        "revenue": [],
    }


def test_today_and_next_are_by_the_artists_wall_clock(people: People) -> None:
    service_id = people.studio()
    today = people.has_booked(service_id, TODAY)
    tomorrow = people.has_booked(service_id, TOMORROW)
    seen = overview(people.artist)
    assert ids(seen["today"]) == [today["id"]]
    assert seen["next"]["id"] == today["id"]
    # In Auckland it is the 2nd until 11:00 UTC, and the 3rd at 09:00 UTC of the 3rd.
    elsewhere = overview(people.client, "?timeZone=Pacific/Auckland")
    assert ids(elsewhere["today"]) == [today["id"]]
    assert elsewhere["role"] == "client"
    # In Kiritimati it is 22:00 of the 2nd now, and 23:00 when it starts.
    assert ids(overview(people.client, "?timeZone=Pacific/Kiritimati")["today"]) == [today["id"]]
    assert overview(people.client)["next"]["id"] != tomorrow["id"]


def test_what_has_started_is_not_next(people: People, clock: TimeMachineFixture) -> None:
    service_id = people.studio()
    people.has_booked(service_id, TODAY)
    tomorrow = people.has_booked(service_id, TOMORROW)
    clock.shift(timedelta(hours=1))
    assert overview(people.client)["next"]["id"] == tomorrow["id"]


def test_requests_wait_and_deposits_are_due(people: People) -> None:
    request = people.has_booked(people.studio(mode="request"), TOMORROW)
    deposit = people.has_booked(people.offers(deposit={"percent": 50}), NEXT_WEEK)
    for person in (people.artist, people.client):
        seen = overview(person)
        assert ids(seen["pending"]) == [request["id"], deposit["id"]]
        assert ids(seen["depositsDue"]) == [deposit["id"]]
    path = f"/v1/appointments/{deposit['id']}/deposit"
    people.client.post(f"{path}/proof", json={"reference": "TX"})
    assert ids(overview(people.artist)["depositsDue"]) == [deposit["id"]]
    people.artist.post(f"{path}/confirm")
    assert overview(people.artist)["depositsDue"] == []


def test_what_is_off_is_not_in_it(people: People) -> None:
    appointment = people.has_booked(people.studio(), TODAY)
    people.artist.post(f"/v1/appointments/{appointment['id']}/cancel")
    seen = overview(people.client)
    assert (seen["today"], seen["next"]) == ([], None)


def test_revenue_is_what_was_completed_this_month_per_currency(
    people: People, clock: TimeMachineFixture
) -> None:
    euros = people.has_booked(people.studio(), TODAY)
    pounds = people.offers(price={"amount": 5000, "currency": "GBP"}, name="Flash")
    other = people.has_booked(pounds, "2026-03-02T10:00:00Z")
    people.has_booked(pounds, "2026-03-02T11:00:00Z")  # not completed
    clock.shift(timedelta(hours=4))
    for one in (euros, other):
        people.artist.post(f"/v1/appointments/{one['id']}/complete")
    assert overview(people.artist)["revenue"] == [
        {"amount": 12000, "currency": "EUR"},
        {"amount": 5000, "currency": "GBP"},
    ]
    assert overview(people.client)["revenue"] == []
    clock.shift(timedelta(days=31))
    assert overview(people.artist)["revenue"] == []


def test_sent_proposals_are_in_it_until_they_end(people: People, clock: TimeMachineFixture) -> None:
    service_id = people.studio()
    body = {"serviceId": service_id, "clientId": "usr_01JD0000000000000000000CCC"}
    sent = people.artist.post(
        "/v1/appointments/proposals", json={**body, "startsAt": [NEXT_WEEK], "expiresInHours": 2}
    )
    assert sent.status_code == 201, sent.body
    assert ids(overview(people.client)["proposals"]) == [sent.json_body["id"]]
    clock.shift(timedelta(hours=2))
    assert overview(people.client)["proposals"] == []


def test_an_artist_may_look_as_the_client_of_another(people: People) -> None:
    people.opens(by=people.other_artist)
    service_id = people.offers(by=people.other_artist)
    booked = people.has_booked(service_id, TODAY, by=people.artist)
    assert overview(people.artist)["next"] is None
    assert overview(people.artist, "?role=client")["next"]["id"] == booked["id"]


@pytest.mark.parametrize("query", ["?timeZone=Mars/Olympus", "?role=system", "?who=me"])
def test_nonsense_is_refused(people: People, query: str) -> None:
    answer = people.artist.get(f"/v1/appointments/overview{query}")
    assert refused(answer) == (422, "invalid_fields")
