"""Quotes: prices and lengths that the artist sets for one piece, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from tests.functional.appointments.people import (
    CLIENT,
    People,
    entries,
    everything,
    list_events_since,
    outbox,
)
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused

HOME = "/v1/appointments"
TEN, NEXT_DAY = "2026-03-10T10:00:00Z", "2026-03-11T10:00:00Z"
HALF = {"type": "percent", "percent": 50}


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def quote(
    people: People, service_id: str, by: ApiClient | None = None, **fields: Any
) -> HTTPResponse:
    """Book TEN for the client, as the artist unless `by` says otherwise."""
    body = {"serviceId": service_id, "startsAt": TEN, "clientId": CLIENT, **fields}
    return (by or people.artist).post(HOME, json=body)


# ---- bookings ----------------------------------------------------------------------------------


def test_the_artist_quotes_price_and_length_of_a_booking(people: People) -> None:
    service_id = people.open_studio(deposit=HALF, bufferAfterMinutes=15)
    before = outbox()
    answer = quote(people, service_id, price=euros(90000), durationMinutes=330)
    booked = answer.json_body
    assert answer.status_code == 201, answer.body
    assert (booked["price"], booked["listPrice"], booked["total"]) == (euros(90000),) * 3
    assert (booked["startsAt"], booked["endsAt"]) == (TEN, "2026-03-10T15:30:00Z")
    assert booked["service"]["durationMinutes"] == 330
    assert booked["deposit"]["amount"] == 45000
    (entry,) = entries().values()
    assert entry.busy_until == datetime(2026, 3, 10, 15, 45, tzinfo=UTC)
    published = {event.type: event.data for event in list_events_since(before)}
    assert published["appointment.created"]["price"] == euros(90000)
    assert published["appointment.created"]["endsAt"] == "2026-03-10T15:30:00Z"
    assert published["deposit.requested"]["amount"] == 45000
    service = people.nobody.get(f"{HOME}/services/{service_id}").json_body
    assert (service["price"], service["durationMinutes"]) == (euros(12000), 60)


def test_a_quote_is_kept_when_the_booking_moves(people: People, clock: TimeMachineFixture) -> None:
    booked = quote(people, people.open_studio(), price=euros(90000), durationMinutes=180).json_body
    path = f"{HOME}/{booked['id']}"
    moved = people.client.post(f"{path}/reschedule", json={"startsAt": NEXT_DAY}).json_body
    assert (moved["endsAt"], moved["price"]) == ("2026-03-11T13:00:00Z", euros(90000))
    taken = people.try_book(booked["service"]["id"], "2026-03-11T12:00:00Z", people.other_client)
    assert refused(taken) == (409, "slot_taken")
    # Fees are shares of the quoted price: half of it, less than 48 hours before.
    clock.move_to(datetime(2026, 3, 10, tzinfo=UTC), tick=False)
    preview = people.client.post(f"{path}/cancel?preview=true", json={}).json_body
    assert preview["fee"] == euros(45000)


def test_a_longer_quote_needs_free_time(people: People) -> None:
    service_id = people.open_studio()
    people.book(service_id, "2026-03-10T12:00:00Z", people.other_client)
    assert refused(quote(people, service_id, durationMinutes=121)) == (409, "slot_taken")
    assert quote(people, service_id, durationMinutes=120).status_code == 201


def test_the_artist_quotes_a_hold_and_a_walk_in(people: People) -> None:
    service_id = people.open_studio()
    held = people.try_hold(service_id, TEN, people.artist).json_body
    body = {"holdId": held["id"], "clientId": CLIENT, "price": euros(5), "durationMinutes": 90}
    booked = people.artist.post(HOME, json=body).json_body
    assert (booked["price"], booked["endsAt"]) == (euros(5), "2026-03-10T11:30:00Z")
    assert list(entries()) == [booked["id"]]
    body = {"serviceId": service_id, "price": euros(0), "durationMinutes": 5}
    walked_in = people.artist.post(f"{HOME}/walk-ins", json=body).json_body
    assert (walked_in["price"], walked_in["endsAt"]) == (euros(0), "2026-03-02T08:05:00Z")


@pytest.mark.parametrize("route", ["", "/previews"])
def test_clients_cannot_quote(people: People, route: str) -> None:
    service_id = people.open_studio()
    before = everything()
    price, minutes = {"price": euros(1)}, {"durationMinutes": 5}
    for body, wrong in (
        ({"startsAt": TEN, **price, **minutes}, ["body.price", "body.durationMinutes"]),
        ({"sittings": [{"startsAt": TEN}], **price}, ["body.price"]),
        ({"sittings": [{"startsAt": TEN, **minutes}]}, ["body.sittings[0].durationMinutes"]),
        ({"sittings": [{"startsAt": TEN, **price}]}, ["body.sittings[0].price"]),
    ):
        answer = people.client.post(f"{HOME}{route}", json={"serviceId": service_id, **body})
        message = "can only be set by the artist"
        assert error_fields(answer) == dict.fromkeys(wrong, message)
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", euros(-1)),
        ("price", euros(10**12 + 1)),
        ("price", {"amount": 1, "currency": "USD"}),
        ("durationMinutes", 4),
        ("durationMinutes", 24 * 60 + 1),
    ],
)
def test_a_quote_has_the_bounds_of_the_catalogue(people: People, field: str, value: Any) -> None:
    service_id = people.open_studio()
    starts = [{"startsAt": TEN}, {"startsAt": NEXT_DAY, field: value}]
    before = everything()
    requests = [
        (HOME, {"startsAt": TEN, field: value}, f"body.{field}"),
        (HOME, {"sittings": starts}, f"body.sittings[1].{field}"),
        (f"{HOME}/proposals", {"sittings": starts}, f"body.sittings[1].{field}"),
        (
            f"{HOME}/plans",
            {"frequency": "weekly", "startsOn": "2026-03-10", field: value},
            f"body.{field}",
        ),
    ]
    for path, body, name in requests:
        whole = {"serviceId": service_id, "clientId": CLIENT, **body}
        (wrong,) = error_fields(people.artist.post(path, json=whole))
        assert wrong.startswith(name), (path, wrong)
    assert everything() == before


def test_a_total_is_bounded(people: People) -> None:
    service_id = people.open_studio()
    dear = [{"startsAt": start, "price": euros(10**12)} for start in (TEN, NEXT_DAY)]
    for path in (HOME, f"{HOME}/proposals"):
        body = {"serviceId": service_id, "clientId": CLIENT, "sittings": dear}
        assert error_fields(people.artist.post(path, json=body)) == {
            "body.sittings": "add up to more than the greatest amount"
        }


# ---- proposals and plans -----------------------------------------------------------------------


def test_the_sittings_of_a_proposal_are_booked_as_quoted(people: People) -> None:
    service_id = people.open_studio(sittings=3, deposit=HALF)
    body = {
        "serviceId": service_id,
        "clientId": CLIENT,
        "price": euros(20000),
        "durationMinutes": 120,
        "sittings": [
            {"startsAt": "2026-03-24T08:00:00Z", "price": euros(5000), "durationMinutes": 45},
            {"startsAt": TEN},
            {"startsAt": "2026-03-17T08:00:00Z", "durationMinutes": 240},
        ],
    }
    proposal = people.artist.post(f"{HOME}/proposals", json=body).json_body
    quoted = [
        (TEN, "2026-03-10T12:00:00Z", euros(20000)),
        ("2026-03-17T08:00:00Z", "2026-03-17T12:00:00Z", euros(20000)),
        ("2026-03-24T08:00:00Z", "2026-03-24T08:45:00Z", euros(5000)),
    ]
    shown = [(each["startsAt"], each["endsAt"], each["price"]) for each in proposal["sittings"]]
    assert shown == quoted
    assert (proposal["price"], proposal["total"]) == (euros(20000), euros(45000))
    assert proposal["deposit"] == euros(22500)
    held = sorted(
        (entry.starts_at, entry.ends_at - entry.starts_at) for entry in entries().values()
    )
    assert [length for _, length in held] == [
        timedelta(hours=2),
        timedelta(hours=4),
        timedelta(minutes=45),
    ]
    # The catalogue may change meanwhile: what was shown is what is booked.
    dearer = {"name": "Dearer", "durationMinutes": 30, "price": euros(99999), "sittings": 3}
    assert people.artist.put(f"{HOME}/services/{service_id}", json=dearer).status_code == 200
    path = f"{HOME}/proposals/{proposal['id']}"
    preview = people.client.post(f"{path}/preview", json={}).json_body
    assert (preview["total"], preview["deposit"]) == (euros(45000), euros(22500))
    accepted = people.client.post(f"{path}/accept").json_body
    sittings = [
        people.client.get(f"{HOME}/{name}").json_body for name in accepted["appointmentIds"]
    ]
    assert [(each["startsAt"], each["endsAt"], each["price"]) for each in sittings] == quoted
    assert {each["total"]["amount"] for each in sittings} == {45000}
    assert [each["deposit"] and each["deposit"]["amount"] for each in sittings] == [
        22500,
        None,
        None,
    ]


def test_a_plan_is_made_for_the_quoted_length_and_price(people: People) -> None:
    service_id = people.open_studio(sittings=2)
    body = {
        **{"serviceId": service_id, "clientId": CLIENT, "frequency": "weekly"},
        **{"startsOn": "2026-03-10", "durationMinutes": 480, "price": euros(70000)},
    }
    plan = people.artist.post(f"{HOME}/plans", json=body).json_body
    assert (plan["price"], plan["total"]) == (euros(70000), euros(140000))
    assert [(each["startsAt"], each["endsAt"]) for each in plan["sittings"]] == [
        ("2026-03-10T08:00:00Z", "2026-03-10T16:00:00Z"),
        ("2026-03-17T08:00:00Z", "2026-03-17T16:00:00Z"),
    ]
    body |= {"durationMinutes": 481}
    assert refused(people.artist.post(f"{HOME}/plans", json=body)) == (409, "no_slots")
