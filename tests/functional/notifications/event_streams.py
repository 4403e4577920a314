"""Streams of events: one of each type that notifications consumes, about people of its own."""

import json
import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from infra.paths import ROOT
from notifications import consumers
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.world import World

# What notifies nobody, and changes what others are told.
SILENT = {"export.requested", "user.deleted", "conversation.block_changed", "appointment.recorded"}
TYPES = sorted(set(consumers.HANDLERS) - SILENT)
WORDS = "Kanarienlied"  # of the people whom the events are about
_WORDY = {"serviceName", "location", "reason", "subject", "note", "explanation", "title"}
_ID = re.compile(r"^([a-z]{3})_\w+$")


def build(types: Sequence[str] = tuple(TYPES)) -> list[DomainEvent]:
    """Build the documented example of each type, with ids of its own."""
    return [_build(number, type_) for number, type_ in enumerate(types)]


def get_name(user_id: str) -> str:
    """Return the name of a user in these events."""
    return "Kanari" + user_id.removeprefix("usr_").title().replace("_", "")


def list_users(value: Any) -> set[str]:
    """List the ids of the users in the data of an event."""
    if isinstance(value, dict):
        return set().union(*map(list_users, value.values()), set())
    if isinstance(value, list):
        return set().union(*map(list_users, value), set())
    return {value} if isinstance(value, str) and value.startswith("usr_") else set()


def add_people(world: World, events: Sequence[DomainEvent]) -> None:
    """Add everybody whom the events name."""
    for event in events:
        for user_id in sorted(list_users(event.data)):
            world.add_contact(user_id, name=get_name(user_id))


def consume(world: World, events: Sequence[DomainEvent]) -> None:
    """Consume events in this order."""
    for event in events:
        consumers.handle(event, world.now)


def mix(events: Sequence[DomainEvent], seed: int) -> list[DomainEvent]:
    """Return the events in another order, some of them twice or three times."""
    chance = random.Random(seed)
    mixed = [*events, *chance.choices(events, k=len(events))]
    chance.shuffle(mixed)
    return mixed


def read_messages(world: World) -> dict[tuple[str, str, str], Any]:
    """Return the messages that were made, by event, recipient and channel."""
    made = [
        ((each.event_id, each.recipient_key, each.channel.value), (each.status, each.content))
        for each in world.deliveries()
    ]
    assert len(dict(made)) == len(made)
    return dict(made)


def read_inboxes(world: World) -> dict[str, Any]:
    """Return what the inboxes show, by entry."""
    entries = world.database.inbox.find({"at": {"$ne": None}})
    return {each["_id"]: (each["content"], each["at"], each["unreadAt"]) for each in entries}


def _build(number: int, type_: str) -> DomainEvent:
    example = json.loads((ROOT / "events" / "domain" / f"{type_}.json").read_text())["example"]
    data = _convert(example, f"n{number}", "")
    return DomainEvent(
        id=f"evt_{number}",
        source="/artist-booking/tests",
        type=type_,
        subject="subject",
        time=datetime(2026, 3, 2, 11, 59, tzinfo=UTC),
        data=data,
        correlationid="test-correlation-id",
    )


def _convert(value: Any, mark: str, field: str) -> Any:
    if isinstance(value, dict):
        return {name: _convert(part, mark, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_convert(part, mark, field) for part in value]
    if not isinstance(value, str):
        return value
    if field in _WORDY and value:
        return WORDS
    if field in ("name", "artistName", "clientName", "senderName"):
        return f"{WORDS} {mark}"
    found = _ID.match(value)
    return f"{value.lower()[:8]}_{mark}_{value[-4:].lower()}" if found else value
