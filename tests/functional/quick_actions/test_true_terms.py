"""What a quick action states is what appointments charges for a booking of the same service."""

from datetime import datetime, timedelta

from time_machine import TimeMachineFixture

from domain.money import format_money
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
