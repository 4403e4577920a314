"""Rebuild: conversations of earlier versions, damaged counters, steps."""

from typing import Any

import pytest

from messaging import app as messaging_app
from messaging.use_cases import rebuilding
from messaging.use_cases.rebuilding import RebuildRequest
from tests.functional.messaging.world import ARTIST, PATH, World, contents, ok

SEARCHED = ("words", "timeline", "artistId", "clientId", "folded")


@pytest.fixture
def old_world(world: World) -> World:
    """Return a world whose conversation an earlier version has written."""
    world.open()
    for text in ("tat\u00adtoo", "secret", "Łukasz"):
        world.send(world.client, text)
    world.deliver()
    secret = world.messages()[1].id
    ok(world.client.delete(world.path(f"/messages/{secret}")), 204)
    world.deliver()
    world.database.messages.update_many({}, {"$unset": dict.fromkeys(SEARCHED[:4], "")})
    world.database.messages.update_many({}, {"$set": {"folded": "as it was"}})
    missing = ("artistNames", "clientNames", "unreadVersion", "artist.withdrawn")
    world.database.conversations.update_many({}, {"$unset": dict.fromkeys(missing, "")})
    world.database.unread.delete_many({})
    return world


def search(world: World, q: str) -> dict[str, Any]:
    return ok(world.artist.get(f"{PATH}/search?q={q}"))


def test_what_an_earlier_version_wrote_is_found_and_counted(old_world: World) -> None:
    assert contents(search(old_world, "lukasz")) == []
    rebuilding.rebuild_all(old_world.now)
    assert contents(search(old_world, "lukasz")) == ["Łukasz"]
    found = ok(old_world.client.get(old_world.path("/search?q=tattoo")))
    assert contents(found) == ["tat\u00adtoo"]
    assert len(search(old_world, "cleo")["conversations"]) == 1
    assert old_world.conversation(old_world.artist)["unread"] == 2
    assert ok(old_world.artist.get(f"{PATH}/unread")) == {"total": 2}
    before = old_world.everything()
    rebuilding.rebuild_all(old_world.now)
    after = old_world.everything()
    assert after["messages"] == before["messages"]
    assert after["conversations"] == before["conversations"]


def test_a_deployment_rebuilds_once_and_an_operator_in_steps(old_world: World) -> None:
    old_world.database.messages.drop_index("words")
    assert "messages.words" in messaging_app.ensure_indexes({}, None)["created"]
    assert contents(search(old_world, "lukasz")) == ["Łukasz"]
    old_world.database.unread.update_one({"_id": ARTIST}, {"$set": {"total": 99}})
    steps, following = [], None
    while True:
        step = messaging_app.rebuild({"next": following, "limit": 1}, None)
        steps.append((step["conversations"], step["messages"], step["counters"]))
        following = step["next"]
        if following is None:
            break
    assert sum(counters for _, _, counters in steps) == 1
    assert steps[0] == (1, 0, 0)
    assert ok(old_world.artist.get(f"{PATH}/unread")) == {"total": 2}


def test_a_step_ends_after_many_messages(old_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "MAX_MESSAGES", 1)
    step = rebuilding.rebuild(RebuildRequest(), old_world.now)
    assert (step.messages, step.next) == (3, old_world.cid)
