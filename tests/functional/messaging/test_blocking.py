"""Whoever blocks whom is told to the others, once for each change."""

from typing import Any

import pytest

from tests.functional.messaging.people import ARTIST, CLIENT, World, ok

TYPE = "conversation.block_changed"


def told(world: World) -> list[dict[str, Any]]:
    world.deliver()
    return [dict(event.data) for event in world.published(TYPE)]


@pytest.mark.parametrize(("side", "user_id"), [("artist", ARTIST), ("client", CLIENT)])
def test_a_block_and_its_end_are_told(world: World, side: str, user_id: str) -> None:
    world.open()
    member = getattr(world, side)
    ok(member.put(world.path("/block")))
    (first,) = told(world)
    pair = {"artistId": ARTIST, "clientId": CLIENT, "conversationId": world.cid}
    assert first == {**pair, "userId": user_id, "blocked": True} | {
        "recordVersion": first["recordVersion"]
    }
    assert member.delete(world.path("/block")).status_code == 204
    (second,) = told(world)
    assert (second["userId"], second["blocked"]) == (user_id, False)
    assert second["recordVersion"] > first["recordVersion"]


def test_what_changes_nothing_is_not_told(world: World) -> None:
    world.open()
    assert world.artist.delete(world.path("/block")).status_code == 204
    ok(world.client.put(world.path("/block")))
    ok(world.client.put(world.path("/block")))
    assert [each["blocked"] for each in told(world)] == [True]


def test_the_sweeper_tells_what_the_queue_was_not_given(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.open()
    world.deliver()
    with monkeypatch.context() as broken:
        broken.setattr("shared.events.queues.send", _fails)
        ok(world.client.put(world.path("/block")))
    assert told(world) == []
    world.later(minutes=2)
    world.sweep()
    assert [each["userId"] for each in told(world)] == [CLIENT]


def _fails(*_: object) -> None:
    raise ConnectionError
