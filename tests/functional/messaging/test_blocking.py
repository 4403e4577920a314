"""Events of blocks: one for each change."""

from typing import Any

import pytest

from messaging.app import publish_again
from tests.functional.messaging.world import ARTIST, CLIENT, World, ok

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


def _fail(*_: object) -> None:
    raise ConnectionError
