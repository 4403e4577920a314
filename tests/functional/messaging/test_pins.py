"""Pins: messages at the top of a conversation, for both, beside the card of a consultation."""

from typing import Any

import pytest

from messaging.use_cases import export
from tests.functional.messaging import guests
from tests.functional.messaging.live import Live
from tests.functional.messaging.world import ARTIST, CLIENT, OTHER_CLIENT, World, code, ok
from tests.support.gateway import ApiClient
from tests.support.threads import together


def path(world: World, message: int = 0) -> str:
    return world.path(f"/messages/{world.messages()[message].id}/pin")


def pinned(world: World, person: ApiClient | None = None) -> list[int]:
    """Return the sequences of the pinned messages."""
    found = ok((person or world.client).get(world.path("/pins")))["items"]
    return [each["sequence"] for each in found]


@pytest.fixture
def active_world(world: World) -> World:
    world.open()
    for person in (world.client, world.artist, world.client):
        world.send(person)
    world.deliver()
    world.published()
    return world


def test_either_member_pins_any_message(active_world: World) -> None:
    changed = ok(active_world.client.put(path(active_world, 1)))
    assert (changed["pinnedBy"], changed["pinnedAt"]) == (CLIENT, "2026-03-02T12:00:00Z")
    active_world.later(minutes=1)
    ok(active_world.artist.put(path(active_world, 0)))
    assert ok(active_world.artist.put(path(active_world, 1))) == changed  # again changes nothing
    for person in (active_world.artist, active_world.client):
        assert pinned(active_world, person) == [1, 2]
    ok(active_world.artist.delete(path(active_world, 1)), 204)  # whoever pinned it
    ok(active_world.artist.delete(path(active_world, 1)), 204)
    assert pinned(active_world) == [1]
    assert active_world.conversation(active_world.client)["pinned"] is None
    stranger = active_world.as_user(OTHER_CLIENT, "client")
    for answer in (
        stranger.put(path(active_world)),
        stranger.delete(path(active_world)),
        stranger.get(active_world.path("/pins")),
        active_world.client.put(active_world.path("/messages/msg_none/pin")),
    ):
        assert answer.status_code == 404


def test_pins_are_live_and_caught_up(live: Live, world: World) -> None:
    artist, client = live.both()
    world.send(world.client)
    world.deliver()
    for device in (artist, client):
        device.received.clear()
    ok(world.client.put(path(world)))
    world.deliver()
    for device in (artist, client):
        (frame,) = device.events("message.changed")
        assert frame["message"]["pinnedBy"] == CLIENT
    ok(world.artist.delete(path(world)), 204)
    (missed,) = world.page(world.client, "changedAfter=2")["items"]
    assert (missed["pinnedAt"], missed["pinnedBy"]) == (None, None)


def test_a_conversation_has_twenty_pins_even_at_the_same_moment(active_world: World) -> None:
    for _ in range(19):
        active_world.send(active_world.client)
    for number in range(19):
        ok(active_world.client.put(path(active_world, number)))
    paths = iter([path(active_world, 19), path(active_world, 20), path(active_world, 21)])
    answers: list[Any] = []
    together(3, lambda: answers.append(active_world.client.put(next(paths)).status_code))
    assert sorted(answers) == [200, 409, 409]
    assert len(pinned(active_world)) == 20
    refused = [active_world.client.put(path(active_world, number)) for number in (19, 20, 21)]
    assert {code(each)[1] for each in refused if each.status_code == 409} == {"too_many_pins"}


def test_a_deleted_message_is_not_pinned(active_world: World) -> None:
    ok(active_world.artist.put(path(active_world)))
    message = active_world.path(f"/messages/{active_world.messages()[0].id}")
    ok(active_world.client.delete(message), 204)
    assert pinned(active_world) == []
    assert code(active_world.artist.put(path(active_world))) == (409, "message_deleted")


def test_nobody_pins_across_a_block_or_for_a_guest(active_world: World) -> None:
    ok(active_world.client.put(path(active_world)))
    ok(active_world.artist.put(active_world.path("/block")))
    assert code(active_world.client.put(path(active_world, 1))) == (403, "blocked")
    ok(active_world.client.delete(path(active_world)), 204)
    guests.change_account(active_world, "connected")
    guests.write(active_world)
    assert code(active_world.artist.put(path(active_world))) == (409, "guest_conversation")
    assert pinned(active_world, active_world.artist) == []


def test_pins_are_exported_and_end_with_the_authors_account(active_world: World) -> None:
    ok(active_world.artist.put(path(active_world, 0)))
    ok(active_world.artist.put(path(active_world, 1)))
    exported: Any = export.gather(ARTIST)["pins"]
    ids = {each.id for each in active_world.messages()[:2]}
    assert {each["messageId"] for each in exported} == ids
    assert export.gather(CLIENT)["pins"] == []
    active_world.consume("user.deleted", {"userId": CLIENT})
    assert pinned(active_world, active_world.artist) == [2]
