"""Events of blocks: one for each change."""

from typing import Any

import pytest

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


def _fail(*_: object) -> None:
    raise ConnectionError
