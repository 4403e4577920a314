"""Services of several sittings: booked together, at a total that every answer shows."""

from datetime import timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from tests.functional.appointments.background import sweep
from tests.functional.appointments.people import (
    CLIENT,
    People,
    entries,
    everything,
    list_events_since,
    outbox,
)
from tests.support import aws_calls
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused

HOME = "/v1/appointments"
STARTS = ["2026-03-10T10:00:00Z", "2026-03-17T10:00:00Z"]
SITTING, BOTH = {"amount": 12000, "currency": "EUR"}, {"amount": 24000, "currency": "EUR"}
HALF = {"type": "percent", "percent": 50}


def try_book_all(
    by: ApiClient, service_id: str, starts: list[str] = STARTS, **fields: Any
) -> HTTPResponse:
    sittings = [{"startsAt": start} for start in starts]
    return by.post(HOME, json={"serviceId": service_id, "sittings": sittings, **fields})


def book_all(people: People, **service: Any) -> list[dict[str, Any]]:
    """Book both sittings of a service as the client, and return its appointments."""
    answer = try_book_all(people.client, people.open_studio(sittings=2, **service))
    assert answer.status_code == 201, answer.body
    return get_all(people, answer.json_body["project"]["appointmentIds"])


def get_all(people: People, appointment_ids: list[str]) -> list[dict[str, Any]]:
    return [people.client.get(f"{HOME}/{name}").json_body for name in appointment_ids]


def test_all_sittings_are_booked_in_one_transaction(people: People) -> None:
    service_id = people.open_studio(sittings=2)
    before = outbox()
    with aws_calls.counted() as calls:
        answer = try_book_all(people.client, service_id, STARTS[::-1])
    assert calls["dynamodb:TransactWriteItems"] == 1
    first = answer.json_body
    assert (answer.status_code, first["startsAt"], first["status"]) == (201, STARTS[0], "confirmed")
    names = first["project"]["appointmentIds"]
    sittings = get_all(people, names)
    assert sittings[0] == first
    assert [each["startsAt"] for each in sittings] == STARTS
    assert [(each["price"], each["total"]) for each in sittings] == [(SITTING, BOTH)] * 2
    assert [each["project"] for each in sittings] == [
        {
            "proposalId": None,
            "sitting": number,
            "sittings": 2,
            "appointmentIds": names,
            "total": BOTH,
        }
        for number in (1, 2)
    ]
    assert set(entries()) == set(names)
    assert sorted(event.type for event in list_events_since(before)) == [
        *["appointment.confirmed"] * 2,
        *["appointment.created"] * 2,
    ]


def test_a_booking_without_all_sittings_is_refused_with_the_way_to_do_it(people: People) -> None:
    service_id, single = people.open_studio(sittings=2), people.create_service()
    hold = people.try_hold(service_id, STARTS[0]).json_body
    before = everything()
    answer = people.try_book(service_id, STARTS[1])
    assert refused(answer) == (409, "sittings_required")
    detail = answer.json_body["detail"]
    assert "2 sittings of 120.00 EUR, in total 240.00 EUR" in detail
    assert "`sittings`" in detail
    for by, body in (
        (people.client, {"holdId": hold["id"]}),
        (people.client, {"serviceId": service_id, "sittings": [{"holdId": hold["id"]}]}),
        (people.client, {"serviceId": single, "sittings": [{"startsAt": at} for at in STARTS]}),
        (people.artist, {"serviceId": service_id, "startsAt": STARTS[1], "clientId": CLIENT}),
    ):
        for path in (HOME, f"{HOME}/previews"):
            assert refused(by.post(path, json=body)) == (409, "sittings_required")
    assert everything() == before


def test_the_artist_decides_how_many_sittings_a_piece_takes(people: People) -> None:
    service_id = people.open_studio(sittings=2)
    one = try_book_all(people.artist, service_id, STARTS[:1], clientId=CLIENT).json_body
    assert (one["project"], one["price"], one["total"]) == (None, SITTING, SITTING)
    three = ["2026-03-11T10:00:00Z", "2026-03-12T10:00:00Z", "2026-03-13T10:00:00Z"]
    first = try_book_all(people.artist, service_id, three, clientId=CLIENT).json_body
    assert (first["project"]["sittings"], first["total"]["amount"]) == (3, 36000)


def test_sittings_that_are_held_are_booked_together(people: People) -> None:
    service_id, other = people.open_studio(sittings=2), people.create_service()
    held = people.try_hold(service_id, STARTS[1]).json_body
    assert (held["price"], held["sittings"], held["total"]) == (SITTING, 2, BOTH)
    body = {
        "serviceId": service_id,
        "sittings": [{"holdId": held["id"]}, {"startsAt": STARTS[0]}],
    }
    elsewhere = people.try_hold(other, "2026-03-12T10:00:00Z").json_body
    for hold_id, by in (
        (elsewhere["id"], people.client),
        (held["id"], people.other_client),
    ):
        wrong = body | {"sittings": [{"holdId": hold_id}, {"startsAt": STARTS[0]}]}
        assert refused(by.post(HOME, json=wrong)) == (409, "hold_expired")
    twice = body | {"sittings": [{"holdId": held["id"]}] * 2}
    assert error_fields(people.client.post(HOME, json=twice)) == {
        "body.sittings": "has sittings that overlap, with buffers"
    }
    answer = people.client.post(HOME, json=body)
    names = answer.json_body["project"]["appointmentIds"]
    assert [each["startsAt"] for each in get_all(people, names)] == STARTS
    assert set(entries()) == {*names, elsewhere["id"]}


def test_no_sitting_is_booked_where_one_cannot_be(people: People) -> None:
    service_id = people.open_studio(sittings=2, dailyLimit=1)
    single = people.create_service()
    people.book(single, STARTS[1], people.other_client)
    before = everything()
    assert refused(try_book_all(people.client, service_id)) == (409, "slot_taken")
    closed = [STARTS[0], "2026-03-17T22:00:00Z"]
    same_day = [STARTS[0], "2026-03-10T12:00:00Z"]
    for starts in (closed, same_day):
        answer = try_book_all(people.client, service_id, starts)
        assert refused(answer) == (409, "slot_unavailable")
    assert everything() == before


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"sittings": []}, "body.sittings"),
        ({"sittings": [{"startsAt": at} for at in STARTS] * 7}, "body.sittings"),
        ({"sittings": [{}]}, "body.sittings[0]"),
        ({"sittings": [{"startsAt": "2026-03-10T10:00:30Z"}]}, "body.sittings[0].startsAt"),
        ({"sittings": [{"startsAt": STARTS[0]}], "startsAt": STARTS[0]}, "body"),
        ({}, "body"),
    ],
)
def test_wrong_sittings_are_named(people: People, fields: dict[str, Any], wrong: str) -> None:
    body = {"serviceId": people.open_studio(sittings=2), **fields}
    assert list(error_fields(people.client.post(HOME, json=body))) == [wrong]


# ---- waiting for the artist --------------------------------------------------------------------


def test_the_deposit_confirms_all_sittings(people: People, clock: TimeMachineFixture) -> None:
    first, second = book_all(people, deposit=HALF)
    assert (first["deposit"]["amount"], second["deposit"]) == (12000, None)
    assert [each["status"] for each in (first, second)] == ["pending"] * 2
    assert first["answerBy"] == second["answerBy"] == "2026-03-05T08:00:00Z"
    path = f"{HOME}/{first['id']}/deposit"
    clock.shift(timedelta(hours=1))
    assert people.client.post(f"{path}/proof", json={"reference": "x"}).status_code == 200
    sittings = get_all(people, first["project"]["appointmentIds"])
    assert [each["answerBy"] for each in sittings] == ["2026-03-05T09:00:00Z"] * 2
    before = outbox()
    confirmed = people.artist.post(f"{path}/confirm", json={})
    assert (confirmed.json_body["id"], confirmed.json_body["status"]) == (first["id"], "confirmed")
    sittings = get_all(people, first["project"]["appointmentIds"])
    assert [each["status"] for each in sittings] == ["confirmed"] * 2
    assert sorted(event.type for event in list_events_since(before)) == [
        *["appointment.confirmed"] * 2,
        "deposit.confirmed",
    ]


@pytest.mark.parametrize(("action", "status"), [("confirm", "confirmed"), ("decline", "declined")])
def test_an_answer_is_for_all_sittings(people: People, action: str, status: str) -> None:
    first, second = book_all(people, mode="request")
    with aws_calls.counted() as calls:
        answer = people.artist.post(f"{HOME}/{second['id']}/{action}", json={})
    assert calls["dynamodb:TransactWriteItems"] == 1
    assert (answer.json_body["id"], answer.json_body["status"]) == (second["id"], status)
    assert people.client.get(f"{HOME}/{first['id']}").json_body["status"] == status
    assert len(entries()) == (2 if status == "confirmed" else 0)


def test_a_sitting_that_was_cancelled_is_not_confirmed(people: People) -> None:
    first, second = book_all(people, mode="request")
    assert people.client.post(f"{HOME}/{second['id']}/cancel", json={}).status_code == 200
    assert people.artist.post(f"{HOME}/{first['id']}/confirm").status_code == 200
    sittings = get_all(people, first["project"]["appointmentIds"])
    assert [each["status"] for each in sittings] == ["confirmed", "cancelled"]


def test_a_deposit_moves_between_sittings_booked_together(people: People) -> None:
    first, second = book_all(people, deposit=HALF)
    other = people.book(people.create_service(), "2026-03-12T10:00:00Z")
    path = f"{HOME}/{first['id']}/deposit"
    assert people.artist.post(f"{path}/confirm", json={}).status_code == 200
    wrong = people.artist.post(f"{path}/transfer", json={"appointmentId": other["id"]})
    assert "body.appointmentId" in error_fields(wrong)
    moved = people.artist.post(f"{path}/transfer", json={"appointmentId": second["id"]})
    assert moved.status_code == 200


def test_an_unpaid_deposit_releases_all_sittings_and_no_others(
    people: People, clock: TimeMachineFixture
) -> None:
    sittings = book_all(people, deposit=HALF)
    later = ["2026-03-11T10:00:00Z", "2026-03-18T10:00:00Z"]
    other = try_book_all(people.client, people.create_service(sittings=2), later).json_body
    clock.shift(timedelta(hours=48))
    sweep()
    ended = get_all(people, sittings[0]["project"]["appointmentIds"])
    assert [each["status"] for each in ended] == ["cancelled"] * 2
    kept = other["project"]["appointmentIds"]
    assert [each["status"] for each in get_all(people, kept)] == ["confirmed"] * 2
    assert set(entries()) == set(kept)


# ---- what is shown -----------------------------------------------------------------------------


def test_every_answer_with_a_price_shows_the_total(people: People) -> None:
    service_id = people.open_studio(sittings=2)
    service = people.nobody.get(f"{HOME}/services/{service_id}").json_body
    slots = people.get_slots(service_id, from_="2026-03-10", limit=1).json_body
    body = {"serviceId": service_id, "sittings": [{"startsAt": start} for start in STARTS]}
    preview = people.client.post(f"{HOME}/previews", json=body).json_body
    for shown in (service, slots):
        assert (shown["price"], shown["sittings"], shown["total"]) == (SITTING, 2, BOTH)
    assert [each["price"] for each in preview["sittings"]] == [SITTING] * 2
    assert (preview["total"], preview["discount"]["amount"]) == (BOTH, 0)
    assert entries() == {}
    try_book_all(people.client, service_id)
    overview = people.client.get(f"{HOME}/overview").json_body
    assert (overview["next"]["price"], overview["next"]["total"]) == (SITTING, BOTH)
    (first, _) = people.client.get(HOME).json_body["items"]
    assert (first["price"], first["total"]) == (SITTING, BOTH)
