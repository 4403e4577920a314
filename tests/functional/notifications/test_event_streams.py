"""Event streams: duplicates and other orders give the same messages."""

from typing import Any

import pytest

from notifications import store
from shared.events.domain_events import DomainEvent
from tests.functional.notifications import event_streams as streams
from tests.functional.notifications.event_data import (
    ALL,
    appointment,
    consultation,
    proposal,
)
from tests.functional.notifications.world import World


def run(world: World, events: list[DomainEvent]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Consume events in an empty world; return the messages and the inboxes."""
    for collection in store.INDEXES:
        world.database[collection].delete_many({})
    streams.add_people(world, events)
    streams.consume(world, events)
    return streams.read_messages(world), streams.read_inboxes(world)


def test_the_events_of_every_consumer_give_the_same_messages_in_any_order(world: World) -> None:
    events = streams.build()
    messages, inboxes = run(world, events)
    notified = {event_id for event_id, _, _ in messages}
    assert len(notified) > 45
    assert run(world, streams.mix(events, 1)) == (messages, inboxes)


LIVES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "appointment": [
        ("appointment.created", appointment(status="pending")),
        ("appointment.confirmed", appointment(by="artist", recordVersion=2)),
        ("appointment.rescheduled", appointment(recordVersion=3, sequence=1)),
        ("appointment.cancelled", appointment(status="cancelled", recordVersion=4)),
    ],
    "deposit": [
        (name, ALL[name] | {"recordVersion": version})
        for version, name in enumerate(
            ("deposit.requested", "deposit.due_soon", "deposit.proof_submitted",
             "deposit.confirmed", "deposit.refunded"),
            1,
        )
    ],
    "proposal": [
        ("proposal.sent", proposal()),
        ("proposal.declined", ALL["proposal.declined"] | {"recordVersion": 2}),
    ],
    "consultation": [
        ("consultation.requested", consultation()),
        ("consultation.nudged", ALL["consultation.nudged"] | {"recordVersion": 2}),
        ("consultation.declined", ALL["consultation.declined"] | {"recordVersion": 3}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("record", LIVES)
def test_a_record_whose_events_come_late_is_told_of_as_it_is(world: World, record: str) -> None:
    """Nothing is said twice or of what is over, and the newest is always said."""
    events = [
        DomainEvent(
            id=f"evt_{number}",
            source="/artist-booking/appointments",
            type=type_,
            subject="subject",
            time=world.now,
            data=data,
            correlationid="test-correlation-id",
        )
        for number, (type_, data) in enumerate(LIVES[record])
    ]
    in_order, _ = run(world, events)
    newest = {key: message for key, message in in_order.items() if key[0] == events[-1].id}
    assert newest
    backwards, _ = run(world, events[::-1])
    assert set(backwards) == set(newest)  # nobody is notified of what is over
    for seed in range(2):
        mixed, _ = run(world, streams.mix(events, seed))
        assert set(mixed) <= set(in_order)
        assert newest.items() <= mixed.items()
