"""Edits: authors change and delete their messages, in time, visibly for both members."""

from typing import Any

import pytest

from messaging.store import messages
from messaging.store import messages as message_store
from messaging.use_cases import edits, export
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    OTHER_CLIENT,
    World,
    code,
    contents,
    errors,
    ok,
)
from tests.support.threads import together


@pytest.fixture
def active_world(world: World) -> World:
    """Return a world with a conversation in which the client's `Hello` was delivered."""
    world.open()
    world.send(world.client)
    world.deliver()
    world.published()
    return world


def get_path(world: World) -> str:
    """Return the path of the first message."""
    return world.path(f"/messages/{world.messages()[0].id}")


def edit(world: World, content: Any = "Changed") -> Any:
    return world.client.patch(get_path(world), json={"content": content})


def test_an_edit_changes_the_message_and_the_list(active_world: World) -> None:
    active_world.later(minutes=14, seconds=59)
    changed = ok(edit(active_world, " Changed "))
    assert changed["content"] == "Changed"
    assert changed["editedAt"] == "2026-03-02T12:14:59Z"
    assert (changed["sequence"], changed["revision"]) == (1, 2)
    assert active_world.page(active_world.artist)["items"] == [changed]
    active_world.deliver()
    seen = active_world.conversation(active_world.artist)
    assert (seen["lastMessage"]["preview"], seen["unread"], seen["revision"]) == ("Changed", 1, 2)
    assert active_world.published() == []  # an edit is not an event
    assert active_world.messages()[0].due_at is None


def test_the_same_content_changes_nothing(active_world: World) -> None:
    same = ok(edit(active_world, "Hello"))
    assert (same["revision"], same["editedAt"]) == (1, None)
    assert active_world.waiting() == 0


def test_a_deleted_message_has_no_content_for_either_member(active_world: World) -> None:
    active_world.later(hours=23)
    ok(active_world.client.delete(get_path(active_world)), 204)
    (stored,) = active_world.page(active_world.artist)["items"]
    assert stored["content"] is None
    assert stored["deletedAt"] == "2026-03-03T11:00:00Z"
    assert stored["sequence"] == 1
    active_world.deliver()
    assert active_world.conversation(active_world.artist)["lastMessage"]["preview"] is None
    stored = active_world.messages()[0]
    assert (stored.folded, stored.body_hash, stored.attachments) == ("", None, ())
    ok(active_world.client.delete(get_path(active_world)), 204)
    assert active_world.messages()[0].revision == 2
    assert code(edit(active_world)) == (409, "message_deleted")


def test_a_deletion_is_published(active_world: World) -> None:
    ok(active_world.client.delete(get_path(active_world)), 204)
    active_world.deliver()
    (deleted,) = active_world.published()
    message_id = active_world.messages()[0].id
    assert (deleted.type, deleted.id) == ("message.deleted", f"evt_{message_id}.deleted")
    assert deleted.data == {
        "conversationId": active_world.cid,
        "messageId": message_id,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "senderId": CLIENT,
    }


def test_a_message_deleted_before_delivery_is_published_as_created_and_deleted(
    world: World,
) -> None:
    world.open()
    world.send(world.client)
    ok(world.client.delete(get_path(world)), 204)
    world.deliver()
    types = [event.type for event in world.published() if event.type.startswith("message.")]
    assert sorted(types) == ["message.created", "message.deleted"]


def test_a_block_does_not_stop_deleting(active_world: World) -> None:
    ok(active_world.artist.put(active_world.path("/block")))
    ok(active_world.client.delete(get_path(active_world)), 204)


def test_editing_and_deleting_have_a_time_limit(active_world: World) -> None:
    active_world.later(minutes=15)
    assert code(edit(active_world)) == (409, "too_late")
    active_world.later(hours=24)
    assert code(active_world.client.delete(get_path(active_world))) == (409, "too_late")
    assert contents(active_world.page(active_world.client)) == ["Hello"]


def test_only_ones_own_messages_can_be_changed(active_world: World) -> None:
    for answer in (
        active_world.artist.patch(get_path(active_world), json={"content": "Mine"}),
        active_world.artist.delete(get_path(active_world)),
    ):
        assert code(answer) == (403, "forbidden")
    none = active_world.path("/messages/msg_none")
    assert active_world.client.patch(none, json={"content": "Mine"}).status_code == 404
    assert active_world.client.delete(none).status_code == 404
    assert contents(active_world.page(active_world.client)) == ["Hello"]


def test_nobody_can_change_a_card(active_world: World) -> None:
    proposal = {"proposalId": "prp_1", "artistId": ARTIST, "clientId": CLIENT}
    active_world.consume("proposal.sent", proposal)
    card = active_world.path(f"/messages/{active_world.messages()[1].id}")
    before = active_world.messages()[1]
    for person in (active_world.artist, active_world.client):
        assert code(person.patch(card, json={"content": "Accepted"})) == (403, "forbidden")
        assert code(person.delete(card)) == (403, "forbidden")
    assert active_world.messages()[1] == before


def test_invalid_content_is_refused(active_world: World) -> None:
    for content in ("", " \n", "x" * 4_001, None, 7):
        assert set(errors(edit(active_world, content))) == {"body.content"}


def test_concurrent_edits_each_take_a_revision(active_world: World) -> None:
    active_world.send(active_world.artist)
    numbers = iter(range(100))
    answers = together(10, lambda: edit(active_world, f"Edit {next(numbers)}"))
    assert {answer.status_code for answer in answers} == {200}
    revisions = sorted(answer.json_body["revision"] for answer in answers)
    assert revisions == list(range(3, 13))
    last = next(answer for answer in answers if answer.json_body["revision"] == 12)
    assert active_world.messages()[0].content == last.json_body["content"]


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_at_the_write_is_recovered(active_world: World, after: bool) -> None:
    with failing_at(0, Crash(), after=after) as tried, pytest.raises(Crash):
        active_world.client.delete(get_path(active_world))
    assert tried == ["update_one"]
    ok(active_world.client.delete(get_path(active_world)), 204)
    (stored,) = active_world.messages()
    assert (stored.content, stored.revision) == (None, 2)
    active_world.later(seconds=61)
    active_world.sweep()
    active_world.deliver()
    assert active_world.conversation(active_world.artist)["lastMessage"]["preview"] is None
    assert messages.find_due(active_world.now, 10) == []


# ---- versions ----------------------------------------------------------------------------------


def versions(world: World, person: Any = None) -> list[tuple[str, str]]:
    """Return what the first message said before, and since when."""
    found = ok((person or world.artist).get(f"{get_path(world)}/versions"))["items"]
    return [(each["content"], each["writtenAt"]) for each in found]


def test_both_members_see_what_a_message_said_before(active_world: World) -> None:
    assert versions(active_world) == []
    for content in ("First", "Second", "Second"):
        active_world.later(minutes=1)
        ok(edit(active_world, content))
    before = [("Hello", "2026-03-02T12:00:00Z"), ("First", "2026-03-02T12:01:00Z")]
    for person in (active_world.artist, active_world.client):
        assert versions(active_world, person) == before
    stranger = active_world.as_user(OTHER_CLIENT, "client")
    assert stranger.get(f"{get_path(active_world)}/versions").status_code == 404
    absent = active_world.path("/messages/msg_01JD0000000000000000000000/versions")
    assert active_world.artist.get(absent).status_code == 404
    exported: Any = export.gather(CLIENT)["messages"]
    assert [each.content for each in exported[0].versions] == ["Hello", "First"]


def test_deletion_and_erasure_take_all_versions(active_world: World) -> None:
    ok(edit(active_world, "First"))
    ok(active_world.client.delete(get_path(active_world)), 204)
    assert versions(active_world) == []
    active_world.send(active_world.client, "Elm Street")
    path = active_world.path(f"/messages/{active_world.messages()[1].id}")
    ok(active_world.client.patch(path, json={"content": "Nothing"}))
    active_world.deliver()
    active_world.consume("user.deleted", {"userId": CLIENT})
    left = str(active_world.everything())
    assert not [word for word in ("Hello", "First", "Elm", "Nothing") if word in left]


def test_a_message_is_edited_twenty_times(active_world: World) -> None:
    for number in range(20):
        ok(edit(active_world, f"Edit {number}"))
    assert code(edit(active_world, "Edit 20")) == (409, "too_many_edits")
    assert len(versions(active_world)) == 20
    assert active_world.messages()[0].content == "Edit 19"


def test_lists_read_no_versions(active_world: World) -> None:
    ok(edit(active_world))
    assert active_world.messages()[0].versions
    assert message_store.list_range(active_world.cid, 1, 1)[0].versions == ()
    assert message_store.list_changed_after(active_world.cid, 0, 9, 1)[0].versions == ()


def test_a_change_does_not_forget_that_the_message_was_published(active_world: World) -> None:
    """The worker publishes the message between the reading and the writing of a change."""
    active_world.send(active_world.client, "Fresh")
    fresh = message_store.find_last(active_world.stored())
    assert fresh is not None
    active_world.deliver()
    edits.save(active_world.stored(), fresh, active_world.now)
    assert active_world.messages()[1].published_at is not None
    active_world.published()
    active_world.deliver()
    assert active_world.published() == []
