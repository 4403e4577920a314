"""Editing and deleting: one's own, in time, seen by both."""

from typing import Any

import pytest

from messaging.store import messages
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.people import ARTIST, CLIENT, World, code, contents, errors, ok
from tests.support.threads import together


@pytest.fixture
def thread(world: World) -> World:
    """A conversation in which the client wrote `Hello`, delivered."""
    world.open()
    world.send(world.client)
    world.deliver()
    world.published()
    return world


def path(world: World) -> str:
    """The path of the first message."""
    return world.path(f"/messages/{world.messages()[0].id}")


def edited(world: World, content: Any = "Changed") -> Any:
    return world.client.patch(path(world), json={"content": content})


def test_an_edit_shows_in_the_message_and_the_list(thread: World) -> None:
    thread.later(minutes=14, seconds=59)
    changed = ok(edited(thread, " Changed\u0000 "))
    assert changed["content"] == "Changed"
    assert changed["editedAt"] == "2026-03-02T12:14:59Z"
    assert (changed["sequence"], changed["revision"]) == (1, 2)
    assert thread.page(thread.artist)["items"] == [changed]
    thread.deliver()
    seen = thread.conversation(thread.artist)
    assert (seen["lastMessage"]["preview"], seen["unread"], seen["revision"]) == ("Changed", 1, 2)
    assert thread.published() == []  # a fact of the conversation, and no new message
    assert thread.messages()[0].due_at is None


def test_the_same_again_changes_nothing(thread: World) -> None:
    same = ok(edited(thread, "Hello"))
    assert (same["revision"], same["editedAt"]) == (1, None)
    assert thread.waiting() == 0


def test_a_deleted_message_is_empty_for_both(thread: World) -> None:
    thread.later(hours=23)
    ok(thread.client.delete(path(thread)), 204)
    (kept,) = thread.page(thread.artist)["items"]
    assert kept["content"] is None
    assert kept["deletedAt"] == "2026-03-03T11:00:00Z"
    assert kept["sequence"] == 1
    thread.deliver()
    assert thread.conversation(thread.artist)["lastMessage"]["preview"] is None
    stored = thread.messages()[0]
    assert (stored.folded, stored.body_hash, stored.attachments) == ("", None, ())
    ok(thread.client.delete(path(thread)), 204)
    assert thread.messages()[0].revision == 2
    assert code(edited(thread)) == (409, "message_deleted")


def test_others_hear_that_a_message_was_deleted(thread: World) -> None:
    ok(thread.client.delete(path(thread)), 204)
    thread.deliver()
    (deleted,) = thread.published()
    message_id = thread.messages()[0].id
    assert (deleted.type, deleted.id) == ("message.deleted", f"evt_{message_id}.deleted")
    assert deleted.data == {
        "conversationId": thread.cid,
        "messageId": message_id,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "senderId": CLIENT,
    }


def test_what_is_deleted_before_its_delivery_is_told_as_both(world: World) -> None:
    world.open()
    world.send(world.client)
    ok(world.client.delete(path(world)), 204)
    world.deliver()
    told = [event.type for event in world.published() if event.type.startswith("message.")]
    assert sorted(told) == ["message.created", "message.deleted"]


def test_a_message_can_be_deleted_where_one_blocked_the_other(thread: World) -> None:
    ok(thread.artist.put(thread.path("/block")))
    ok(thread.client.delete(path(thread)), 204)


def test_time_runs_out(thread: World) -> None:
    thread.later(minutes=15)
    assert code(edited(thread)) == (409, "too_late")
    thread.later(hours=24)
    assert code(thread.client.delete(path(thread))) == (409, "too_late")
    assert contents(thread.page(thread.client)) == ["Hello"]


def test_only_ones_own_can_be_changed(thread: World) -> None:
    for answer in (
        thread.artist.patch(path(thread), json={"content": "Mine"}),
        thread.artist.delete(path(thread)),
    ):
        assert code(answer) == (403, "forbidden")
    none = thread.path("/messages/msg_none")
    assert thread.client.patch(none, json={"content": "Mine"}).status_code == 404
    assert thread.client.delete(none).status_code == 404
    assert contents(thread.page(thread.client)) == ["Hello"]


def test_cards_can_be_changed_by_nobody(thread: World) -> None:
    proposal = {"proposalId": "prp_1", "artistId": ARTIST, "clientId": CLIENT}
    thread.hear("proposal.sent", proposal)
    card = thread.path(f"/messages/{thread.messages()[1].id}")
    before = thread.messages()[1]
    for person in (thread.artist, thread.client):
        assert code(person.patch(card, json={"content": "Accepted"})) == (403, "forbidden")
        assert code(person.delete(card)) == (403, "forbidden")
    assert thread.messages()[1] == before


def test_wrong_content_is_named(thread: World) -> None:
    for content in ("", " \n", "x" * 4_001, None, 7):
        assert set(errors(edited(thread, content))) == {"body.content"}


def test_edits_at_once_each_take_a_revision(thread: World) -> None:
    thread.send(thread.artist)
    numbers = iter(range(100))
    answers = together(10, lambda: edited(thread, f"Edit {next(numbers)}"))
    assert {answer.status_code for answer in answers} == {200}
    revisions = sorted(answer.json_body["revision"] for answer in answers)
    assert revisions == list(range(3, 13))
    last = next(answer for answer in answers if answer.json_body["revision"] == 12)
    assert thread.messages()[0].content == last.json_body["content"]


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_at_the_write_leaves_it_whole(thread: World, after: bool) -> None:
    with failing_at(0, Crash(), after=after) as tried, pytest.raises(Crash):
        thread.client.delete(path(thread))
    assert tried == ["update_one"]
    ok(thread.client.delete(path(thread)), 204)
    (kept,) = thread.messages()
    assert (kept.content, kept.revision) == (None, 2)
    thread.later(seconds=61)
    thread.sweep()
    thread.deliver()
    assert thread.conversation(thread.artist)["lastMessage"]["preview"] is None
    assert messages.due(thread.now, 10) == []
