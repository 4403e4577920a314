"""Streams of events, duplicated and reordered: the same messages, each once."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from notifications.models import Delivery
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment, deposit
from tests.functional.notifications.world import World

APPOINTMENTS = 2
COLLECTIONS = ("deliveries", "inbox", "seen_events", "reminders")
Sent = tuple[str, str | None, str]  # event, recipient and template


def build_stream(world: World) -> list[DomainEvent]:
    """Build the events of three appointments: the newest of each record are the last."""
    steps: list[tuple[str, dict[str, Any]]] = []
    for number in range(APPOINTMENTS):
        ids = {"appointmentId": f"apt_{number}"}
        steps += [
            ("appointment.created", appointment(**ids, status="pending")),
            ("appointment.confirmed", appointment(**ids, by="artist", recordVersion=2)),
            ("deposit.requested", deposit(**ids)),
            ("deposit.confirmed", deposit(**ids, state="paid", by="artist", recordVersion=2)),
            (
                "appointment.cancelled",
                appointment(**ids, status="cancelled", sequence=1, recordVersion=3),
            ),
        ]
    return [
        DomainEvent(
            id=f"evt_{number}",
            source="/artist-booking/appointments",
            type=type_,
            subject=data["appointmentId"],
            time=world.now + timedelta(seconds=number),
            data=data,
            correlationid="test-correlation-id",
        )
        for number, (type_, data) in enumerate(steps)
    ]


def consume(world: World, events: list[DomainEvent]) -> list[Delivery]:
    """Consume events in a world in which nothing has happened. Return the deliveries."""
    for collection in COLLECTIONS:
        world.database[collection].delete_many({})
    for event in events:
        world.consume_event(event)
    return world.deliveries()


def describe(deliveries: list[Delivery]) -> Counter[Sent]:
    """Count what was sent to whom because of which event."""
    return Counter(
        (each.event_id, each.recipient_id, each.template.name if each.template else "")
        for each in deliveries
    )


@pytest.fixture
def people(world: World) -> World:
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    return world


def test_duplicates_change_nothing(people: World) -> None:
    stream = build_stream(people)
    once = describe(consume(people, stream))
    assert set(once.values()) == {1}
    assert {event_id for event_id, _, _ in once} == {event.id for event in stream}
    assert describe(consume(people, [event for event in stream for _ in range(2)])) == once
    assert describe(consume(people, stream + stream)) == once


@pytest.mark.parametrize("seed", range(2))
def test_in_any_order_the_newest_is_sent_and_nothing_that_was_not(people: World, seed: int) -> None:
    """An event that arrives after a newer one of its record is outdated, and says nothing."""
    stream = build_stream(people)
    in_order = describe(consume(people, stream))
    shuffled = stream * 2
    random.Random(seed).shuffle(shuffled)
    sent = describe(consume(people, shuffled))
    assert set(sent.values()) == {1}
    assert sent.keys() <= in_order.keys()
    newest = {
        event.id for event in stream if event.type in ("appointment.cancelled", "deposit.confirmed")
    }
    missing = {key for key in in_order if key[0] in newest} - sent.keys()
    assert not missing


@pytest.mark.parametrize("seed", range(2))
def test_events_of_different_records_are_the_same_in_every_order(people: World, seed: int) -> None:
    stream = [event for event in build_stream(people) if event.type == "appointment.confirmed"]
    in_order = describe(consume(people, stream))
    shuffled = stream * 3
    random.Random(seed).shuffle(shuffled)
    assert describe(consume(people, shuffled)) == in_order
