"""What a quick action states is what appointments charges for a booking of the same service."""

from datetime import datetime, timedelta

import pytest
from time_machine import TimeMachineFixture

from appointments import store
from domain.money import format_money
from domain.policy_terms import CancellationRules, Kind, Percent, Terms, Tier, text_hash, version_id
from tests.functional.appointments import people as booking
from tests.functional.quick_actions.people import CONVERSATION, HOME, SYSTEM, People, publish, texts

START = "2026-03-16T08:00:00Z"


def state(people: People, action: str, service_id: str) -> str:
    """Return the line about a service in the message of a system action."""
    body = {"conversationId": CONVERSATION, "serviceId": service_id}
    (text,) = texts(people.artist.post(f"{HOME}/{action}/preview", json=body))
    return text.splitlines()[1]


def test_the_stated_costs_are_those_of_the_booking(
    people: People, clock: TimeMachineFixture
) -> None:
    studio = booking.People()
    service_id = studio.open_studio(
        deposit={"type": "percent", "percent": 30}, depositRefundableUntilHours=72
    )
    (saved,) = [event for event in booking.outbox() if event.type == "service.saved"]
    publish("service.saved", saved.data)

    booked = studio.book(service_id, START)
    path = f"/v1/appointments/{booked['id']}"
    assert state(people, SYSTEM[1], service_id).split(": ")[1].startswith("36.00 EUR, returned")
    assert booked["deposit"]["amount"] == 3600
    studio.artist.post(f"{path}/deposit/confirm", json={})

    stated = state(people, SYSTEM[2], service_id).split(": ", 1)[1].split("; ")
    for hours_left, part in zip((72, 48, 47), stated, strict=True):
        clock.move_to(datetime.fromisoformat(START) - timedelta(hours=hours_left))
        cost = studio.client.post(f"{path}/cancel?preview=true", json={}).json_body
        kept, due = cost["depositForfeited"]["amount"], cost["due"]["amount"]
        if kept + due:
            assert format_money(kept + due, "EUR") in part
            assert format_money(kept, "EUR") in part
        assert ("free of charge" in part) == (kept + due == 0)


def save_cancellation_policy(number: int, percent: int) -> None:
    """Let cancelling cost so much of the price in the last 72 hours, for bookings from now on."""
    artist, kind = booking.ARTIST, Kind.CANCELLATION
    rules = CancellationRules((Tier(72, Percent(percent)),))
    published_id = version_id(artist, None, kind, number)
    text = text_hash("Cancelling")
    terms = Terms(artist, None, kind, number, published_id, text, rules, booking.MONDAY)
    store.save_terms(terms)
    publish("policy.published", {"terms": terms})


def test_a_text_about_a_booking_states_its_frozen_terms(
    people: People, clock: TimeMachineFixture
) -> None:
    studio = booking.People()
    save_cancellation_policy(1, 10)
    booked = studio.book(studio.open_studio(), START)
    save_cancellation_policy(2, 100)
    path = f"/v1/appointments/{booked['id']}"
    stated = studio.artist.get(f"{path}/statement").json_body
    body = {"conversationId": CONVERSATION, "bookingStatement": stated["statement"]}
    (text,) = texts(people.artist.post(f"{HOME}/{SYSTEM[2]}/preview", json=body))
    assert stated["cancellation"] in text
    assert "12.00 EUR" in text
    clock.move_to(datetime.fromisoformat(START) - timedelta(hours=1))
    assert studio.client.post(f"{path}/cancel?preview=true", json={}).json_body["due"] == {
        "amount": 1200,
        "currency": "EUR",
    }
    late = people.artist.post(f"{HOME}/{SYSTEM[2]}/preview", json=body)
    assert late.status_code == 422  # the statement has expired
    clock.move_to(datetime.fromisoformat(START))
    assert studio.artist.get(f"{path}/statement").status_code == 409


@pytest.mark.parametrize("wrong", ["x", "", "another"])
def test_only_statements_of_appointments_are_sent(people: People, wrong: str) -> None:
    studio = booking.People()
    service_id = studio.open_studio()
    path = f"/v1/appointments/{studio.book(service_id, START)['id']}"
    statement = studio.artist.get(f"{path}/statement").json_body["statement"]
    if wrong == "another":
        other = studio.book(service_id, "2026-03-17T08:00:00Z", studio.other_client)["id"]
        answer = studio.artist.get(f"/v1/appointments/{other}/statement")
        wrong = answer.json_body["statement"]
    fine = people.execute(SYSTEM[1], "tap-0001", bookingStatement=statement)
    assert fine.status_code == 202
    assert people.execute(SYSTEM[1], "tap-0002", bookingStatement=wrong).status_code == 422
