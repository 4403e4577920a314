"""Replies: they show what they reply to, as it is now."""

from typing import Any

import pytest

from tests.functional.messaging import guests
from tests.functional.messaging.live import Live, wrong
from tests.functional.messaging.world import ARTIST, CLIENT, PATH, World, code, errors, ok
from tests.support.mongo import COMMANDS


@pytest.fixture
def active_world(world: World) -> World:
    world.open()
    world.send(world.client, "Could we start with\nthe outline? " + "x" * 200)
    world.deliver()
    return world


def reply(world: World, message_id: str = "", **fields: Any) -> dict[str, Any]:
    return world.send(world.artist, replyTo=message_id or world.messages()[0].id, **fields)


def originals(world: World, query: str = "") -> list[Any]:
    return [each["repliedTo"] for each in world.page(world.client, query)["items"]]


def test_a_reply_shows_the_beginning_of_the_other(active_world: World) -> None:
    shown = reply(active_world)["repliedTo"]
    assert shown == {
        "messageId": active_world.messages()[0].id,
        "sequence": 1,
        "senderId": CLIENT,
        "type": "text",
        "excerpt": shown["excerpt"],
        "isDeleted": False,
    }
    assert shown["excerpt"].startswith("Could we start with the outline? xxx")
    assert len(shown["excerpt"]) == 120
    assert originals(active_world) == [None, shown]
    assert originals(active_world, "after=1") == [shown]
    exported = ok(active_world.client.get(active_world.path("/export")))["items"]
    assert exported[1]["repliedTo"] == shown


def test_the_excerpt_follows_edits_and_deletion(active_world: World) -> None:
    reply(active_world)
    path = active_world.path(f"/messages/{active_world.messages()[0].id}")
    ok(active_world.client.patch(path, json={"content": "Shading first"}))
    assert originals(active_world)[1]["excerpt"] == "Shading first"
    ok(active_world.client.delete(path), 204)
    gone = originals(active_world)[1]
    assert (gone["excerpt"], gone["isDeleted"]) == (None, True)
    reply(active_world)  # it was written before the deletion arrived
    assert originals(active_world)[2] == gone


def test_replies_are_live(live: Live, world: World) -> None:
    _, client = live.both()
    world.send(world.client, "Friday?")
    frame = live.message("Yes", replyTo=world.messages()[0].id)
    device = live.open(world.artist)
    sent = device.say(frame)["message"]
    assert sent["repliedTo"]["excerpt"] == "Friday?"
    world.deliver()
    assert client.events("message.created")[-1]["message"] == sent
    assert wrong(device.say(live.message("Yes", replyTo="msg_1"))) == ["body.replyTo"]


def test_only_messages_of_the_conversation_are_replied_to(active_world: World) -> None:
    first = active_world.messages()[0].id
    other = active_world.as_user("usr_01JD" + "B" * 22)
    active_world.introduce("usr_01JD" + "B" * 22, "client")
    active_world.cid = ok(other.post(f"{PATH}/conversations", json={"artistId": ARTIST}), 201)["id"]
    refused = {"body.replyTo": "is not a message of this conversation"}
    assert errors(active_world.try_sending(other, replyTo=first)) == refused


def test_the_same_id_with_another_reply_is_another_body(active_world: World) -> None:
    second = active_world.send(active_world.client, "Second")["id"]
    sent = reply(active_world, clientMessageId="my-reply-1")
    again = {"replyTo": sent["repliedTo"]["messageId"], "clientMessageId": "my-reply-1"}
    assert ok(active_world.try_sending(active_world.artist, **again), 200) == sent
    for other in ({**again, "replyTo": second}, {"clientMessageId": "my-reply-1"}):
        refused = active_world.try_sending(active_world.artist, **other)
        assert code(refused) == (422, "client_message_id_reused")


def test_a_page_costs_one_read_for_what_it_replies_to(active_world: World) -> None:
    for _ in range(3):
        reply(active_world)
    COMMANDS.clear()
    active_world.page(active_world.client)
    without = len(COMMANDS)  # all that is replied to is on the page
    COMMANDS.clear()
    active_world.page(active_world.client, "after=1")
    assert len(COMMANDS) == without + 1


def test_guests_get_no_replies(world: World) -> None:
    guests.introduce(world)
    guests.change_account(world, "connected")
    guests.write(world)
    refused = world.try_sending(world.artist, replyTo=world.messages()[0].id)
    assert code(refused) == (409, "guest_conversation")


def test_an_erased_authors_words_stand_in_no_reply(active_world: World) -> None:
    reply(active_world)
    active_world.consume("user.deleted", {"userId": CLIENT})
    original = active_world.page(active_world.artist)["items"][1]["repliedTo"]
    assert (original["excerpt"], original["isDeleted"]) == (None, True)
