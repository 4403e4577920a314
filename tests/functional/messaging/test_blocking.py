"""Events of blocks: one for each change."""

from typing import Any
from unittest import mock

import pytest

from messaging.app import publish_again
from messaging.use_cases import membership
from tests.functional.messaging.world import ARTIST, CLIENT, PATH, World, ok

TYPE = "conversation.block_changed"


def publish(world: World) -> list[dict[str, Any]]:
    world.deliver()
    return [dict(event.data) for event in world.published(TYPE)]


@pytest.mark.parametrize(("side", "user_id"), [("artist", ARTIST), ("client", CLIENT)])
def test_setting_and_removing_a_block_are_published(world: World, side: str, user_id: str) -> None:
    world.open()
    member = getattr(world, side)
    ok(member.put(world.path("/block")))
    (first,) = publish(world)
    pair = {"artistId": ARTIST, "clientId": CLIENT, "conversationId": world.cid}
    assert first == {**pair, "userId": user_id, "blocked": True} | {
        "recordVersion": first["recordVersion"]
    }
    assert member.delete(world.path("/block")).status_code == 204
    (second,) = publish(world)
    assert (second["userId"], second["blocked"]) == (user_id, False)
    assert second["recordVersion"] > first["recordVersion"]


def test_a_repeated_block_is_published_once(world: World) -> None:
    world.open()
    assert world.artist.delete(world.path("/block")).status_code == 204
    ok(world.client.put(world.path("/block")))
    ok(world.client.put(world.path("/block")))
    assert [each["blocked"] for each in publish(world)] == [True]


def test_the_sweeper_publishes_what_the_queue_missed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.open()
    world.deliver()
    with monkeypatch.context() as broken:
        broken.setattr("shared.events.queues.send", _fail)
        ok(world.client.put(world.path("/block")))
    assert publish(world) == []
    world.later(minutes=2)
    world.sweep()
    assert [each["userId"] for each in publish(world)] == [CLIENT]


def test_operators_have_openings_and_blocks_published_again(world: World) -> None:
    world.open()
    ok(world.client.put(world.path("/block")))
    world.deliver()
    old = {"_id": world.cid}
    world.database.conversations.update_one(old, {"$unset": {"openedBy": ""}})  # as before 0.3
    world.published()
    assert publish_again({}, None) == {"conversations": 1}
    world.sweep()
    world.deliver()
    opened, blocked = sorted(world.published(), key=lambda event: event.type, reverse=True)
    assert (opened.type, blocked.type) == ("conversation.opened", TYPE)
    pair = {"conversationId": world.cid, "artistId": ARTIST, "clientId": CLIENT}
    assert opened.data == pair  # who opened it is not known
    assert (blocked.data["userId"], blocked.data["blocked"]) == (CLIENT, True)


def test_conversations_of_deleted_accounts_are_not_published_again(world: World) -> None:
    world.open()
    world.deliver()
    world.consume("user.deleted", {"userId": CLIENT})
    world.published()
    assert publish_again({}, None) == {"conversations": 0}
    world.sweep()
    world.deliver()
    assert world.published("conversation.opened", TYPE) == []


def read(world: World, sequence: int) -> None:
    ok(world.client.put(world.path("/read"), json={"sequence": sequence}), 204)


def seen_by_artist(world: World) -> int:
    """Return how far the artist sees that the client has read, in every response with it."""
    get = world.artist.get
    (listed,) = ok(get(f"{PATH}/conversations"))["items"]
    shown = {
        each["otherReadSequence"]
        for each in (
            listed,
            ok(get(world.path())),
            ok(get(world.path("/export")))["conversation"],
            ok(world.artist.put(world.path("/mute"), json={})),
        )
    }
    assert len(shown) == 1
    return int(shown.pop())


@pytest.mark.parametrize("blocker", ["artist", "client"])
def test_nobody_sees_reading_under_a_block(world: World, blocker: str) -> None:
    world.open()
    for _ in range(4):
        world.send(world.artist)
    world.deliver()
    read(world, 1)
    ok(getattr(world, blocker).put(world.path("/block")))
    read(world, 2)
    read(world, 3)
    assert seen_by_artist(world) == 1
    own = world.conversation(world.client)
    assert (own["readSequence"], own["unread"]) == (3, 1)
    other = world.artist if blocker == "client" else world.client
    ok(other.put(world.path("/block")))
    assert getattr(world, blocker).delete(world.path("/block")).status_code == 204
    read(world, 4)
    assert seen_by_artist(world) == 1  # the other block still stands
    assert other.delete(world.path("/block")).status_code == 204
    assert seen_by_artist(world) == 4


def test_a_block_set_while_a_cursor_moves_hides_it(world: World) -> None:
    """The block is set between the reading of the conversation and the move of the cursor."""
    world.open()
    world.send(world.artist)
    world.deliver()
    before = membership.require_member(CLIENT, world.cid)
    ok(world.artist.put(world.path("/block")))
    found = iter([before])
    real = membership.require_member
    with mock.patch.object(membership, "require_member", lambda *args: next(found, real(*args))):
        read(world, 1)
    assert seen_by_artist(world) == 0
    assert world.conversation(world.client)["readSequence"] == 1


def _fail(*_: object) -> None:
    raise ConnectionError
