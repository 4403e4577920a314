"""Texts of messages: their length is counted as they are stored, and they show something."""

import pytest

from messaging.app import import_rows
from tests.functional.messaging.live import Live, wrong
from tests.functional.messaging.test_messages import attach
from tests.functional.messaging.world import ARTIST, CLIENT, World, errors, ok

GROWING = "\ufb2c"  # three characters in NFC, which has no composed form of it
TOO_LONG = {"body.content": "must have at most 4000 characters"}
HIDDEN = {"body.content": "must hold visible characters"}
INVISIBLE = ["\u200b\u200d", "\u2800", "\u3164\u115f", "\u00ad", "\ufe0f", "\ufffc", "\u00a0"]


def test_the_length_is_that_of_the_normalized_text(world: World, live: Live) -> None:
    world.open()
    device = live.open(world.client)
    sent = world.send(world.client, 1_333 * GROWING)
    assert len(sent["content"]) == 3_999
    edit = world.path(f"/messages/{sent['id']}")
    for count in (1_334, 4_000):
        assert errors(world.try_sending(world.client, count * GROWING)) == TOO_LONG
        assert errors(world.client.patch(edit, json={"content": count * GROWING})) == TOO_LONG
        assert wrong(live.say(device, count * GROWING)) == ["body.content"]
    # Two characters that become one are one.
    assert len(world.send(world.client, 4_000 * "e\u0301")["content"]) == 4_000
    assert [len(each.content or "") for each in world.messages()] == [3_999, 4_000]


def test_a_message_that_shows_nothing_is_refused(world: World, live: Live) -> None:
    world.open()
    device = live.open(world.client)
    picture = {"type": "image", "attachments": [attach(CLIENT, "fil_1")]}
    sent = world.send(world.client)
    edit = world.path(f"/messages/{sent['id']}")
    for text in INVISIBLE:
        assert errors(world.try_sending(world.client, text)) == HIDDEN
        assert errors(world.try_sending(world.client, text, **picture)) == HIDDEN
        assert errors(world.client.patch(edit, json={"content": text})) == HIDDEN
        assert wrong(live.say(device, text)) == ["body.content"]
    for text in ("", " \n\t "):
        assert errors(world.try_sending(world.client, text)) == {"body.content": "must hold text"}
    assert len(world.messages()) == 1


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        (1_333 * GROWING, 3_999),
        (1_334 * GROWING, None),
        ("e\u0301\x00", 1),
        ("\u200b", None),
        (" ", None),
    ],
)
def test_imported_texts_are_cleaned_before_they_are_measured(
    world: World, content: str, stored: int | None
) -> None:
    world.open()
    row = {
        "id": "msg_01JD0000000000000000000000",
        "conversationId": world.cid,
        "type": "text",
        "senderId": ARTIST,
        "content": content,
        "createdAt": "2026-03-01T12:00:00Z",
    }
    for outcome in ("written", "unchanged"):
        (result,) = import_rows({"kind": "messages", "rows": [row]}, None)["results"]
        assert result["outcome"] == ("set_aside" if stored is None else outcome)
    lengths = [len(each.content or "") for each in world.messages()]
    assert lengths == ([] if stored is None else [stored])
    assert ok(world.client.get(world.path("/messages")))["lastSequence"] == len(lengths)
