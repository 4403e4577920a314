"""Drafts: the latest edit wins on all devices of a user, and sending ends it."""

from datetime import datetime, timedelta
from typing import Any

from messaging.use_cases import erasure, export
from tests.functional.messaging.live import Live
from tests.functional.messaging.world import ARTIST, CLIENT, World, errors, ok
from tests.support.mongo import COMMANDS


def save(world: World, content: str, at: datetime | None = None, **fields: Any) -> Any:
    body = {"content": content, "editedAt": (at or world.now).isoformat(), **fields}
    return ok(world.client.put(world.path("/draft"), json=body))


def get(world: World) -> Any:
    return ok(world.client.get(world.path("/draft")))["content"]


def test_the_latest_edit_wins_in_any_order(world: World, live: Live) -> None:
    artist, client = live.both()
    other = live.open(world.client)
    first, second = world.now - timedelta(minutes=2), world.now - timedelta(minutes=1)
    assert ok(world.client.get(world.path("/draft")))["editedAt"] is None
    reply = "msg_01JD0000000000000000000000"
    save(world, "Second", second, attachments=["fil_1"], replyTo=reply)
    won = save(world, "First", first)  # from a device that was offline
    assert (won["content"], won["attachments"], won["replyTo"]) == ("Second", ["fil_1"], reply)
    assert [frame["draft"]["content"] for frame in other.events("draft.changed")] == ["Second"]
    assert client.events("draft.changed") == other.events("draft.changed")
    assert artist.events("draft.changed") == []
    assert ok(world.artist.get(world.path("/draft")))["content"] == ""

    deleted = world.client.delete(world.path(f"/draft?editedAt={first:%Y-%m-%dT%H:%M:%SZ}"))
    assert (deleted.status_code, get(world)) == (204, "Second")
    assert world.client.delete(world.path("/draft")).status_code == 204
    assert (get(world), other.events("draft.changed")[-1]["draft"]["content"]) == ("", "")
    assert save(world, "Second", second)["content"] == ""  # sent again, and late
    world.later(minutes=1)
    assert save(world, "Third")["content"] == "Third"
    assert save(world, " ", world.now + timedelta(days=1))["content"] == ""  # a clock that is ahead
    world.later(minutes=1)
    assert save(world, "Fourth")["content"] == "Fourth"
    for limit in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        body = {"content": "Fourth", "editedAt": limit}
        assert ok(world.client.put(world.path("/draft"), json=body))["content"] == "Fourth"
    wrong = {"content": "x" * 4_001, "editedAt": "today"}
    answer = world.client.put(world.path("/draft"), json=wrong)
    assert set(errors(answer)) == {"body.content", "body.editedAt"}


def test_sending_ends_the_draft_and_costs_nothing_without_one(world: World, live: Live) -> None:
    live.both()
    other = live.open(world.client)
    save(world, "Hell")
    world.later(seconds=5)
    world.send(world.client, "Hello")
    assert (get(world), other.events("draft.changed")[-1]["draft"]["content"]) == ("", "")
    assert world.stored().client.drafted_at is None
    assert save(world, "Hell", world.now - timedelta(seconds=5))["content"] == ""
    COMMANDS.clear()
    world.send(world.client, "Hello")
    assert [name for name in COMMANDS if name != "find"] == ["insert"]
    world.later(seconds=5)
    save(world, "Next")
    live.say(live.open(world.client), "Over the WebSocket")
    assert get(world) == ""


def test_drafts_are_in_the_export_and_go_with_the_account(world: World) -> None:
    world.open()
    save(world, "Mine")
    own: Any = export.gather(CLIENT)["drafts"]
    assert [draft.content for draft in own] == ["Mine"]
    assert export.gather(ARTIST)["drafts"] == []
    erasure.erase(CLIENT, world.now)
    assert world.database.drafts.count_documents({}) == 0
