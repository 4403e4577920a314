"""Receipts: how far a device of the other member has received the messages."""

import pytest

from tests.functional.messaging.live import Live, wrong
from tests.functional.messaging.world import CLIENT, OTHER_CLIENT, World, errors, ok
from tests.support.mongo import COMMANDS
from tests.support.threads import together


def mark(world: World, sequence: int) -> None:
    ok(world.client.put(world.path("/delivered"), json={"sequence": sequence}), 204)


def seen(world: World) -> tuple[int, int]:
    """Return how far the artist sees that the client has received, and read."""
    shown = world.conversation(world.artist)
    return shown["otherDeliveredSequence"], shown["otherReadSequence"]


@pytest.fixture
def active_world(world: World) -> World:
    world.open()
    for _ in range(4):
        world.send(world.artist)
    world.deliver()
    world.published()
    return world


def test_the_delivered_cursor_only_moves_forward(active_world: World) -> None:
    assert seen(active_world) == (0, 0)
    for sequence, expected in ((2, 2), (1, 2), (2, 2), (3, 3)):
        mark(active_world, sequence)
        assert seen(active_world) == (expected, 0)
    own = active_world.conversation(active_world.client)
    assert (own["deliveredSequence"], own["unread"]) == (3, 4)
    wrong_ = {"body.sequence": "is beyond the last message"}
    beyond = active_world.client.put(active_world.path("/delivered"), json={"sequence": 5})
    assert errors(beyond) == wrong_
    stranger = active_world.as_user(OTHER_CLIENT, "client")
    answer = stranger.put(active_world.path("/delivered"), json={"sequence": 1})
    assert answer.status_code == 404
    assert active_world.published() == []


def test_what_was_read_was_received(active_world: World) -> None:
    ok(active_world.client.put(active_world.path("/read"), json={"sequence": 3}), 204)
    assert seen(active_world) == (3, 3)
    mark(active_world, 2)
    assert seen(active_world) == (3, 3)


def test_acknowledgements_in_any_order_end_at_the_highest(active_world: World) -> None:
    numbers = iter([1, 4, 2, 3])
    together(4, lambda: mark(active_world, next(numbers)))
    assert seen(active_world) == (4, 0)


def test_devices_acknowledge_over_the_websocket(live: Live, world: World) -> None:
    artist, client = live.both()
    world.send(world.artist)
    frame = {"action": "delivered", "conversationId": world.cid, "sequence": 1}
    for _ in range(2):
        assert client.say(frame) is None
    expected = {"conversationId": world.cid, "userId": CLIENT, "sequence": 1}
    for device in (artist, client):
        (received,) = device.events("conversation.delivered")
        assert received == {"event": "conversation.delivered", **expected}
    assert wrong(client.say({**frame, "sequence": 2})) == ["body.sequence"]


def test_catching_up_moves_it_and_other_pages_do_not(live: Live, world: World) -> None:
    artist, _ = live.both()
    for _ in range(3):
        world.send(world.artist)
    world.deliver()
    artist.received.clear()
    for query in ("", "after=0", "before=3", "changedAfter=0&limit=2"):
        world.page(world.client, query)
    assert (seen(world), artist.names) == ((0, 0), [])
    page = world.page(world.client, "changedAfter=0&limit=2")
    world.page(world.client, f"cursor={page['nextCursor']}")
    assert seen(world) == (3, 0)
    assert artist.names == ["conversation.delivered"]
    COMMANDS.clear()
    world.page(world.client, "changedAfter=3")
    assert "findAndModify" not in COMMANDS


def test_nobody_sees_deliveries_under_a_block(live: Live, world: World) -> None:
    artist, client = live.both()
    for _ in range(4):
        world.send(world.artist)
    world.deliver()
    mark(world, 1)
    ok(world.client.put(world.path("/block")))
    artist.received.clear()
    client.received.clear()
    mark(world, 2)
    world.page(world.client, "changedAfter=0")
    ok(world.client.put(world.path("/read"), json={"sequence": 3}), 204)
    assert seen(world) == (1, 0)
    assert not artist.received
    assert client.names == ["conversation.delivered"] * 2 + ["conversation.read"]
    assert world.client.delete(world.path("/block")).status_code == 204
    assert seen(world) == (4, 3)


def test_a_receipt_is_one_read_and_one_write(active_world: World) -> None:
    COMMANDS.clear()
    mark(active_world, 4)
    assert COMMANDS == ["find", "findAndModify"]
    assert active_world.waiting() == 0
