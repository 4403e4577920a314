"""Inbox: marks, archive, labels and the filters of the list; each member sees only their own."""

from typing import Any
from unittest import mock

import msgspec
import pytest
from chalice.test import HTTPResponse

from messaging import app as messaging_app
from messaging.models import Conversation, Side
from messaging.rules import inbox as rules
from messaging.store import conversations as conversation_store
from messaging.store import inbox as store
from messaging.use_cases import arrivals, erasure, export
from shared.data.mongodb import to_document
from tests.functional.messaging import guests
from tests.functional.messaging.faults import Crash
from tests.functional.messaging.live import Live
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    OTHER_CLIENT,
    PATH,
    World,
    code,
    errors,
    ok,
    user_id,
)
from tests.support.gateway import ApiClient

LIST = f"{PATH}/conversations"
DEPOSIT, FRIENDS = f"lbl_{'1' * 26}", f"lbl_{'2' * 26}"


def listed(person: ApiClient, query: str = "") -> list[str]:
    """Return the ids of the conversations that a list shows, over all of its pages."""
    found: list[str] = []
    cursor = ""
    while True:
        page = ok(person.get(f"{LIST}?limit=2{query}{cursor}"))
        found += [each["id"] for each in page["items"]]
        if page["nextCursor"] is None:
            return found
        cursor = f"&cursor={page['nextCursor']}"


def save_label(person: ApiClient, label: str, name: str, color: str = "red") -> HTTPResponse:
    return person.put(f"{PATH}/labels/{label}", json={"name": name, "color": color})


def unread(person: ApiClient) -> int:
    total: int = ok(person.get(f"{PATH}/unread"))["total"]
    return total


def state(device: Any) -> dict[str, Any]:
    """Return the last state that a device received."""
    frame: dict[str, Any] = device.events("conversation.state")[-1]
    return frame


# ---- marks -------------------------------------------------------------------------------------


def test_a_mark_counts_as_unread_until_the_conversation_is_opened(world: World, live: Live) -> None:
    artist, client = live.both()
    other = live.open(world.client)
    message = world.send(world.artist)
    world.deliver()
    read = {"sequence": message["sequence"]}
    assert world.client.put(world.path("/read"), json=read).status_code == 204
    assert unread(world.client) == 0

    for _ in "ab":
        marked = ok(world.client.put(world.path("/unread")))
        assert (marked["unread"], marked["markedUnread"], marked["stateVersion"]) == (1, True, 1)
    assert unread(world.client) == 1
    assert listed(world.client, "&unread=true") == [world.cid]
    assert [state(device)["unread"] for device in (client, other)] == [1, 1]
    assert artist.events("conversation.state") == []
    assert world.conversation(world.artist)["unread"] == 0

    assert world.client.put(world.path("/read"), json=read).status_code == 204
    assert (unread(world.client), listed(world.client, "&unread=true")) == (0, [])
    assert (state(other)["markedUnread"], state(other)["stateVersion"]) == (False, 2)

    ok(world.client.put(world.path("/unread")))
    live.subscribe(other)
    assert unread(world.client) == 0
    ok(world.client.put(world.path("/unread")))
    assert world.client.delete(world.path("/unread")).status_code == 204
    assert world.conversation(world.client)["markedUnread"] is False


def test_a_mark_adds_nothing_to_unread_messages(world: World) -> None:
    world.open()
    for _ in "ab":
        world.send(world.artist)
    world.deliver()
    assert ok(world.client.put(world.path("/unread")))["unread"] == 2
    assert unread(world.client) == 2
    read = {"sequence": 1}
    assert world.client.put(world.path("/read"), json=read).status_code == 204
    assert (unread(world.client), listed(world.client, "&unread=true")) == (1, [world.cid])


# ---- archive -----------------------------------------------------------------------------------


def test_a_message_brings_an_archived_conversation_back_unless_it_is_muted(
    world: World, live: Live
) -> None:
    _, client = live.both()
    for _ in "ab":
        assert ok(world.client.put(world.path("/archive")))["archived"] is True
    assert (listed(world.client), listed(world.client, "&archived=true")) == ([], [world.cid])
    assert listed(world.artist) == [world.cid]
    world.send(world.artist)
    world.deliver()
    assert (listed(world.client), listed(world.client, "&archived=true")) == ([world.cid], [])
    assert state(client)["archived"] is False
    assert state(client)["unread"] == 1

    ok(world.client.put(world.path("/mute"), json={}))
    ok(world.client.put(world.path("/archive")))
    message = world.send(world.artist)
    world.deliver()
    assert listed(world.client, "&archived=true&unread=true") == [world.cid]
    edit = {"content": "Better"}
    ok(world.artist.patch(world.path(f"/messages/{message['id']}"), json=edit))
    world.deliver()
    assert listed(world.client) == []
    world.send(world.client)
    world.deliver()
    assert listed(world.client) == [world.cid]

    ok(world.client.put(world.path("/archive")))
    assert world.client.delete(world.path("/archive")).status_code == 204
    assert listed(world.client) == [world.cid]


def test_a_change_while_a_message_is_delivered_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has summarized the message, and computes the views of what it wrote."""
    world.open()
    message = world.send(world.artist)
    update_summary = conversation_store.update_summary

    def update_and_change(*given: Any) -> Conversation | None:
        summarized = update_summary(*given)
        ok(world.client.put(world.path("/archive")))
        ok(save_label(world.client, DEPOSIT, "Deposit"))
        ok(world.client.put(world.path("/labels"), json={"labels": [DEPOSIT]}))
        return summarized

    with monkeypatch.context() as changing:
        changing.setattr(conversation_store, "update_summary", update_and_change)
        arrivals.summarize(world.messages()[0], world.now)
    assert listed(world.client, f"&label={DEPOSIT}&unread=true") == [world.cid]
    read = {"sequence": message["sequence"]}
    assert world.client.put(world.path("/read"), json=read).status_code == 204
    assert listed(world.client, f"&label={DEPOSIT}&unread=true") == []
    assert world.stored() == world.stored().with_views()


# ---- labels ------------------------------------------------------------------------------------


def test_labels_are_named_coloured_and_limited(world: World, live: Live) -> None:
    _, client = live.both()
    made = ok(save_label(world.client, DEPOSIT, "Deposit", "orange"))
    assert made == {"id": DEPOSIT, "name": "Deposit", "color": "orange"}
    ok(save_label(world.client, DEPOSIT, "Deposit", "orange"))  # again, from a device in a lift
    assert client.events("labels.changed")[-1]["version"] == 1
    assert set(errors(save_label(world.client, FRIENDS, "DEPOSIT"))) == {"body.name"}
    assert set(errors(save_label(world.client, FRIENDS, "Friends", "mauve"))) == {"body.color"}
    assert set(errors(save_label(world.client, "lbl_1", "Friends"))) == {"path.id"}
    ok(save_label(world.client, DEPOSIT, "Waiting"))
    assert ok(world.client.get(f"{PATH}/labels")) == {
        "items": [{"id": DEPOSIT, "name": "Waiting", "color": "red"}],
        "version": 2,
    }
    assert ok(world.artist.get(f"{PATH}/labels")) == {"items": [], "version": 0}
    for number in range(1, rules.MAX_LABELS):
        ok(save_label(world.client, f"lbl_{number:026}", f"Label {number}"))
    refused = save_label(world.client, f"lbl_{99:026}", "One more")
    assert code(refused) == (409, "too_many_labels")
    ok(save_label(world.artist, DEPOSIT, "The artist's own"))  # the same id, another user


def test_labels_of_a_conversation_are_the_members_own(
    world: World, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist, client = live.both()
    for label, name in ((DEPOSIT, "Deposit"), (FRIENDS, "Friends")):
        ok(save_label(world.client, label, name))
    body = {"labels": [DEPOSIT, FRIENDS]}
    assert ok(world.client.put(world.path("/labels"), json=body))["labels"] == body["labels"]
    assert state(client)["labels"] == body["labels"]
    assert artist.events("conversation.state") == artist.events("labels.changed") == []
    assert world.conversation(world.artist)["labels"] == []
    assert listed(world.client, f"&label={FRIENDS}") == [world.cid]
    assert set(errors(world.artist.put(world.path("/labels"), json=body))) == {
        "body.labels[0]",
        "body.labels[1]",
    }
    twice = {"labels": [DEPOSIT, DEPOSIT]}
    assert set(errors(world.client.put(world.path("/labels"), json=twice))) == {"body.labels[1]"}

    with monkeypatch.context() as dying:
        dying.setattr(store, "remove_label", mock.Mock(side_effect=Crash))
        with pytest.raises(Crash):
            world.client.delete(f"{PATH}/labels/{FRIENDS}")
    assert world.client.delete(f"{PATH}/labels/{FRIENDS}").status_code == 404  # and repaired
    assert listed(world.client, f"&label={FRIENDS}") == []
    assert world.conversation(world.client)["labels"] == [DEPOSIT]
    assert world.client.delete(f"{PATH}/labels/{DEPOSIT}").status_code == 204
    assert world.conversation(world.client)["labels"] == []
    assert world.stored() == world.stored().with_views()


# ---- filters -----------------------------------------------------------------------------------


def test_filters_combine_and_their_cursors_are_stable(world: World) -> None:
    """Three clients and a guest; what becomes active meanwhile moves to the first page."""
    world.introduce(ARTIST, "artist")
    ids = []
    for person in (CLIENT, OTHER_CLIENT, user_id("E")):
        world.later(minutes=1)
        world.introduce(person, "client")
        world.cid = ok(world.as_user(person).post(LIST, json={"artistId": ARTIST}), 201)["id"]
        ids.append(world.cid)
        world.send(world.as_user(person))
    world.later(minutes=1)
    guests.write(world)
    ids.append(world.cid)
    world.deliver()
    newest = ids[::-1]
    assert listed(world.artist) == newest
    assert listed(world.artist, "&guests=true") == [ids[3]]
    assert listed(world.artist, "&guests=false") == newest[1:]
    world.cid = ids[1]
    assert world.artist.put(world.path("/read"), json={"sequence": 1}).status_code == 204
    assert listed(world.artist, "&unread=true") == [ids[3], ids[2], ids[0]]
    assert listed(world.artist, "&unread=true&guests=false") == [ids[2], ids[0]]

    first = ok(world.artist.get(f"{LIST}?unread=true&limit=1"))
    cursor = first["nextCursor"]
    world.cid = ids[0]
    world.later(minutes=1)
    world.send(world.client)
    world.deliver()
    rest = ok(world.artist.get(f"{LIST}?unread=true&limit=5&cursor={cursor}"))
    assert [each["id"] for each in rest["items"]] == [ids[2]]
    # A cursor belongs to its filters.
    assert set(errors(world.artist.get(f"{LIST}?limit=1&cursor={cursor}"))) == {"query.cursor"}
    assert set(errors(world.artist.get(f"{LIST}?label=x"))) == {"query.label"}


def test_every_filter_reads_what_it_shows_and_nothing_else(world: World) -> None:
    """Of 30 conversations, two are labelled, unread and archived: an index finds just these."""
    world.open()
    usual = msgspec.structs.replace(world.stored(), due_at=None)
    rare = {"marked_unread": True, "archived": True, "labels": (DEPOSIT,)}
    documents = []
    for number in range(30):
        member = usual.artist if number % 15 else msgspec.structs.replace(usual.artist, **rare)
        conversation = msgspec.structs.replace(
            usual, id=f"cnv_{number:026}", client_id=f"usr_{number:026}", artist=member
        )
        documents.append(to_document(conversation.with_views()))
    world.database.conversations.insert_many(documents)
    for filters, shown in (
        ({"archived": True}, 2),
        ({"archived": True, "unread": True, "label": DEPOSIT, "guests": False}, 2),
        ({"archived": True, "guests": True}, 0),
        ({"unread": True}, 0),
    ):
        wanted = {"artistId": ARTIST, "artist.views": rules.make_view(**filters)}
        newest = [("activeAt", -1), ("_id", -1)]
        found = world.database.conversations.find(wanted).sort(newest).limit(21).explain()
        plan = found["queryPlanner"]["winningPlan"]
        while "inputStage" in plan:
            plan = plan["inputStage"]
        assert (plan["stage"], plan["indexName"]) == ("IXSCAN", "views_of_artist")
        assert found["executionStats"]["totalDocsExamined"] == shown


# ---- what else depends on it -------------------------------------------------------------------


def test_conversations_of_earlier_versions_get_their_views_with_the_indexes(world: World) -> None:
    world.open()
    world.send(world.artist)
    world.deliver()
    unset = {f"{side}.{name}": "" for side in Side for name in ("views", "stateVersion", "labels")}
    world.database.conversations.update_one({"_id": world.cid}, {"$unset": unset})
    assert listed(world.client) == []
    world.database.conversations.drop_index("views_of_client")
    messaging_app.ensure_indexes({}, None)
    assert listed(world.client, "&unread=true") == [world.cid]
    assert store.add_views() == 0


def test_an_export_has_the_members_own_state_and_an_erasure_removes_it(world: World) -> None:
    world.open()
    ok(save_label(world.client, DEPOSIT, "Deposit"))
    ok(world.client.put(world.path("/labels"), json={"labels": [DEPOSIT]}))
    own, others = export.gather(CLIENT), export.gather(ARTIST)
    assert [label.name for label in own["labels"].labels] == ["Deposit"]  # type: ignore[attr-defined]
    assert own["conversations"][0].client.labels == (DEPOSIT,)  # type: ignore[index]
    assert others["conversations"][0].client.labels == ()  # type: ignore[index]
    erasure.erase(CLIENT, world.now)
    assert world.database.labels.count_documents({}) == 0
    assert world.stored().client.labels == ()
    assert code(save_label(world.client, DEPOSIT, "Again"))[0] == 401
