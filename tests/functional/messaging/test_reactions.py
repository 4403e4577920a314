"""Reactions: an emoji of a member to a message, live, quiet and gone with the message."""

from typing import Any
from urllib.parse import quote

import pytest

from messaging.use_cases import export
from tests.functional.messaging import guests
from tests.functional.messaging.live import Live
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    OTHER_CLIENT,
    World,
    code,
    errors,
    ok,
)
from tests.support.gateway import ApiClient
from tests.support.threads import together

UP, HEART, KEYCAP = "\U0001f44d", "\u2764\ufe0f", "1\ufe0f\u20e3"


def path(world: World, emoji: str, message: int = 0) -> str:
    return world.path(f"/messages/{world.messages()[message].id}/reactions/{quote(emoji)}")


def react(world: World, person: ApiClient, emoji: str = UP) -> Any:
    return person.put(path(world, emoji))


def shown(world: World) -> list[tuple[str, list[str]]]:
    (message,) = world.page(world.artist)["items"]
    return [(each["emoji"], each["userIds"]) for each in message["reactions"]]


@pytest.fixture
def active_world(world: World) -> World:
    world.open()
    world.send(world.client)
    world.deliver()
    world.published()
    return world


def test_reactions_of_both_are_shown_by_kind(active_world: World) -> None:
    ok(react(active_world, active_world.artist, UP))
    ok(react(active_world, active_world.client, KEYCAP))
    changed = ok(react(active_world, active_world.client, UP))
    assert changed["reactions"] == [
        {"emoji": UP, "userIds": [ARTIST, CLIENT]},
        {"emoji": KEYCAP, "userIds": [CLIENT]},
    ]
    assert changed["revision"] == 4
    ok(active_world.artist.delete(path(active_world, UP)), 204)
    assert shown(active_world) == [(KEYCAP, [CLIENT]), (UP, [CLIENT])]


def test_repetitions_change_nothing(active_world: World) -> None:
    revisions = [ok(react(active_world, active_world.artist, HEART))["revision"]]
    # The same emoji as another keyboard writes it.
    revisions.append(ok(react(active_world, active_world.artist, "\u2764"))["revision"])
    assert revisions == [2, 2]
    for _ in range(2):
        ok(active_world.artist.delete(path(active_world, "\u2764")), 204)
    assert shown(active_world) == []
    assert active_world.messages()[0].revision == 3


def test_reactions_are_live_and_caught_up_and_notify_nobody(live: Live, world: World) -> None:
    artist, client = live.both()
    world.send(world.client)
    world.deliver()
    world.published()
    before = world.conversation(world.client)
    for device in (artist, client):
        device.received.clear()
    ok(react(world, world.artist))
    world.deliver()
    for device in (artist, client):
        (frame,) = device.events("message.changed")
        assert frame["message"]["reactions"] == [{"emoji": UP, "userIds": [ARTIST]}]
    assert world.published() == []
    caught_up = world.page(world.client, "changedAfter=1")["items"]
    assert [each["reactions"] for each in caught_up] == [[{"emoji": UP, "userIds": [ARTIST]}]]
    after = world.conversation(world.client)
    assert (after["unread"], after["activeAt"]) == (before["unread"], before["activeAt"])


@pytest.mark.parametrize("written", ["ok", "\U0001f44d\U0001f44d", "1", "\u200b", "\u2764\ufe0e"])
def test_only_a_single_emoji_is_one(active_world: World, written: str) -> None:
    wrong = {"path.emoji": "must be a single emoji"}
    assert errors(react(active_world, active_world.artist, written)) == wrong
    assert errors(active_world.artist.delete(path(active_world, written))) == wrong


def test_a_message_has_twenty_kinds(active_world: World) -> None:
    kinds = [chr(0x1F600 + number) for number in range(21)]
    for kind in kinds[:20]:
        ok(react(active_world, active_world.artist, kind))
    refused = react(active_world, active_world.client, kinds[20])
    assert code(refused) == (409, "too_many_reactions")
    ok(react(active_world, active_world.client, kinds[0]))  # a kind that is there


def test_reactions_at_the_same_moment_are_all_kept(active_world: World) -> None:
    kinds = iter([(active_world.artist, UP), (active_world.client, UP)] * 3)
    together(6, lambda: ok(react(active_world, *next(kinds))))
    ((emoji, user_ids),) = shown(active_world)
    assert (emoji, sorted(user_ids)) == (UP, [ARTIST, CLIENT])


def test_nobody_reacts_across_a_block_or_to_what_is_not_theirs(active_world: World) -> None:
    ok(react(active_world, active_world.client))
    stranger = active_world.as_user(OTHER_CLIENT, "client")
    assert react(active_world, stranger).status_code == 404
    absent = active_world.path(f"/messages/msg_01JD0000000000000000000000/reactions/{quote(UP)}")
    assert active_world.client.put(absent).status_code == 404
    ok(active_world.artist.put(active_world.path("/block")))
    assert code(react(active_world, active_world.client, HEART)) == (403, "blocked")
    ok(active_world.client.delete(path(active_world, UP)), 204)  # as a message can be deleted
    assert shown(active_world) == []


def test_a_deleted_message_has_no_reactions(active_world: World) -> None:
    ok(react(active_world, active_world.artist))
    message = active_world.path(f"/messages/{active_world.messages()[0].id}")
    ok(active_world.client.delete(message), 204)
    assert shown(active_world) == []
    assert code(react(active_world, active_world.artist)) == (409, "message_deleted")


def test_guests_get_no_reactions(world: World) -> None:
    guests.introduce(world)
    guests.change_account(world, "connected")
    guests.write(world)
    assert code(react(world, world.artist)) == (409, "guest_conversation")


def test_reactions_are_exported_and_erased_with_the_account(active_world: World) -> None:
    active_world.send(active_world.artist, "Mine")
    for person in (active_world.artist, active_world.client):
        ok(react(active_world, person))
        ok(person.put(path(active_world, HEART, 1)))
    exported: Any = export.gather(CLIENT)["reactions"]
    assert [(each["messageId"], each["emoji"]) for each in exported] == [
        (message.id, emoji)
        for message, emoji in zip(active_world.messages(), (UP, HEART), strict=True)
    ]
    known = active_world.page(active_world.artist)["revision"]
    active_world.consume("user.deleted", {"userId": CLIENT})
    first, second = active_world.page(active_world.artist, f"changedAfter={known}")["items"]
    assert {first["sequence"], second["sequence"]} == {1, 2}
    kept = [each["reactions"] for each in active_world.page(active_world.artist)["items"]]
    assert kept == [[], [{"emoji": HEART, "userIds": [ARTIST]}]]
