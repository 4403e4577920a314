"""Messages: sent once, in order, by members only, with valid fields only, at a fixed cost."""

import itertools
import string
from typing import Any
from unittest import mock

import pytest
from pymongo.collection import Collection
from pymongo.errors import NetworkTimeout

from messaging.app import app
from messaging.models import AttachableFile, AttachmentKind, MessageType
from messaging.store import files
from messaging.store import messages as message_store
from messaging.use_cases import messages
from shared.data import bans
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    PATH,
    World,
    code,
    contents,
    errors,
    new_key,
    ok,
)
from tests.support import aws_calls
from tests.support.gateway import client_for
from tests.support.mongo import COMMANDS
from tests.support.readiness import Outages, assert_outages_are_named
from tests.support.threads import together

MEMBERS_TYPES = ("text", "image", "video", "voice", "file")
SERVER_FIELDS = (
    "id",
    "sequence",
    "revision",
    "senderId",
    "sender_id",
    "authorId",
    "source",
    "refer",
    "metadata",
    "counts",
    "createdAt",
    "editedAt",
    "deletedAt",
    "publishedAt",
    "status",
    "isSystem",
    "_id",
    "__proto__",
)


def attach(owner: str, file_id: str, kind: AttachmentKind = AttachmentKind.IMAGE) -> str:
    """Store a clean file of the owner. Return its id."""
    files.upsert(AttachableFile(id=file_id, owner_id=owner, kind=kind, record_version=1))
    return file_id


def test_a_message_reaches_the_other_member_and_the_list(world: World) -> None:
    world.open()
    sent = world.send(world.client, "Hello there")
    assert sent == {
        "id": sent["id"],
        "conversationId": world.cid,
        "sequence": 1,
        "revision": 1,
        "type": "text",
        "senderId": CLIENT,
        "actingId": None,
        "clientMessageId": sent["clientMessageId"],
        "content": "Hello there",
        "attachments": [],
        "refer": None,
        "createdAt": "2026-03-02T12:00:00Z",
        "editedAt": None,
        "deletedAt": None,
        "platform": None,
        "sentAt": None,
        "delivery": None,
        "repliedTo": None,
        "reactions": [],
        "pinnedAt": None,
        "pinnedBy": None,
        "hidden": None,
        "preview": None,
    }
    assert world.page(world.artist)["items"] == [sent]
    world.deliver()
    seen = world.conversation(world.artist)
    assert seen["lastMessage"]["preview"] == "Hello there"
    assert (seen["unread"], world.conversation(world.client)["unread"]) == (1, 0)
    assert seen["other"]["name"] == "Cleo Client"
    assert ok(world.artist.get(f"{PATH}/unread")) == {"total": 1}


# ---- idempotency -------------------------------------------------------------------------------


def test_the_same_client_message_id_posts_once(world: World) -> None:
    world.open()
    sent = world.send(world.client, "Once", clientMessageId="my-message-1")
    again = world.try_sending(world.client, " Once ", clientMessageId="my-message-1")
    assert ok(again, 200) == sent
    other = world.try_sending(world.client, "Another", clientMessageId="my-message-1")
    assert code(other) == (422, "client_message_id_reused")
    assert [message.content for message in world.messages()] == ["Once"]
    assert world.waiting() == 2  # for the conversation and for the message


def test_a_client_message_id_belongs_to_its_sender_and_conversation(world: World) -> None:
    world.open()
    first = world.send(world.client, clientMessageId="my-message-1")
    second = world.send(world.artist, clientMessageId="my-message-1")
    assert (first["sequence"], second["sequence"]) == (1, 2)
    world.introduce(OTHER_ARTIST, "artist")
    body = {"artistId": OTHER_ARTIST}
    world.cid = ok(world.client.post(f"{PATH}/conversations", json=body), 201)["id"]
    assert world.send(world.client, clientMessageId="my-message-1")["sequence"] == 1


def test_concurrent_requests_with_one_id_post_once(world: World) -> None:
    world.open()
    answers = together(
        10, lambda: world.try_sending(world.client, "Me", clientMessageId="my-message-1")
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json_body["id"] for answer in answers}) == 1
    assert len(world.messages()) == 1


def test_a_message_whose_write_was_not_confirmed_is_sent_once(world: World) -> None:
    """The answer is a 503, so the client sends it again; the message may have been stored."""
    world.open()
    insert = Collection.insert_one

    def insert_and_lose_the_answer(*arguments: Any, **options: Any) -> None:
        insert(*arguments, **options)
        raise NetworkTimeout("timed out")

    with mock.patch.object(Collection, "insert_one", insert_and_lose_the_answer):
        lost = world.try_sending(world.client, "Once", clientMessageId="my-message-1")
    assert code(lost) == (503, "unavailable")
    again = world.try_sending(world.client, "Once", clientMessageId="my-message-1")
    assert again.status_code == 200
    assert [message.content for message in world.messages()] == ["Once"]


def test_a_repeated_request_after_an_edit_returns_the_edited_message(world: World) -> None:
    world.open()
    sent = world.send(world.client, "Once", clientMessageId="my-message-1")
    edited = {"content": "Edited"}
    ok(world.client.patch(world.path(f"/messages/{sent['id']}"), json=edited))
    again = world.try_sending(world.client, "Once", clientMessageId="my-message-1")
    assert ok(again)["content"] == "Edited"


def test_a_repeated_request_after_a_deletion_posts_nothing(world: World) -> None:
    """A deleted message keeps no hash of what it said, so that there is nothing to compare."""
    world.open()
    sent = world.send(world.client, "Once", clientMessageId="my-message-1")
    ok(world.client.delete(world.path(f"/messages/{sent['id']}")), 204)
    for content in ("Once", "Another"):
        again = ok(world.try_sending(world.client, content, clientMessageId="my-message-1"))
        assert (again["id"], again["content"]) == (sent["id"], None)
        assert again["deletedAt"] == "2026-03-02T12:00:00Z"
    assert [message.content for message in world.messages()] == [None]
    other = world.try_sending(world.artist, "Another", clientMessageId="my-message-1")
    assert other.status_code == 201


# ---- order -------------------------------------------------------------------------------------


def test_fifty_concurrent_senders_leave_no_gap(world: World) -> None:
    world.open()
    world.send(world.client)
    senders = itertools.cycle([world.artist, world.client])
    answers = together(50, lambda: world.try_sending(next(senders), "All at once"))
    assert {answer.status_code for answer in answers} == {201}
    stored = world.messages()
    assert [message.sequence for message in stored] == list(range(1, 52))
    assert sorted(message.revision for message in stored) == list(range(1, 52))
    for message in stored:
        by_artist = sum(each.sender_id == ARTIST for each in stored[: message.sequence])
        assert message.counts.artist == message.sequence - by_artist
        assert message.counts.client == by_artist


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_at_the_write_leaves_no_gap(world: World, after: bool) -> None:
    world.open()
    world.send(world.client, "First")
    body = {"clientMessageId": "my-message-1", "type": "text", "content": "Second"}
    with failing_at(0, Crash(), after=after) as tried, pytest.raises(Crash):
        world.client.post(world.path("/messages"), json=body)
    assert tried == ["insert_one"]
    answer = world.client.post(world.path("/messages"), json=body)
    assert answer.status_code == (200 if after else 201)
    world.send(world.artist, "Third")
    assert [message.sequence for message in world.messages()] == [1, 2, 3]
    assert [message.content for message in world.messages()] == ["First", "Second", "Third"]


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_an_unreachable_queue_is_left_to_the_sweeper(world: World, after: bool) -> None:
    world.open()
    world.deliver()
    with aws_calls.failing("SendMessageBatch", RuntimeError("down"), after=after):
        world.send(world.client, "Patience")
    assert world.waiting() == after
    assert world.sweep() == 0
    world.later(seconds=61)
    assert world.sweep() == 1
    world.deliver()
    assert world.conversation(world.artist)["lastMessage"]["preview"] == "Patience"
    (created,) = world.published("message.created")
    assert created.data["sequence"] == 1


# ---- access ------------------------------------------------------------------------------------


def test_strangers_find_nothing(world: World) -> None:
    world.open()
    sent = world.send(world.client)
    message = f"/messages/{sent['id']}"
    body = {"clientMessageId": new_key(), "type": "text", "content": "Hi"}
    for stranger in (
        world.as_user(OTHER_ARTIST, "artist"),
        world.as_user(OTHER_ARTIST, "client"),
        world.as_user(OTHER_ARTIST, "admin"),
    ):
        known = [
            stranger.get(world.path()),
            stranger.get(world.path("/messages")),
            stranger.post(world.path("/messages"), json=body),
            stranger.patch(world.path(message), json={"content": "Mine"}),
            stranger.delete(world.path(message)),
            stranger.put(world.path("/read"), json={"sequence": 1}),
            stranger.post(world.path("/typing")),
            stranger.put(world.path("/mute"), json={}),
            stranger.delete(world.path("/mute")),
            stranger.put(world.path("/block")),
            stranger.delete(world.path("/block")),
            stranger.post(world.path("/report"), json={"reason": "spam"}),
            stranger.get(world.path("/search?q=hi")),
            stranger.get(world.path("/export")),
        ]
        assert {answer.status_code for answer in known} == {404}
        unknown = stranger.get(f"{PATH}/conversations/cnv_none")
        assert unknown.json_body["detail"] == known[0].json_body["detail"]
    artist = world.as_user(OTHER_ARTIST, "artist")
    assert artist.put(world.path("/pin"), json={"messageId": sent["id"]}).status_code == 404
    assert artist.delete(world.path("/pin")).status_code == 404
    assert [stored.content for stored in world.messages()] == ["Hello"]


@pytest.mark.parametrize("blocker", ["artist", "client"])
def test_a_block_holds_in_both_directions(world: World, blocker: str) -> None:
    world.open()
    sent = world.send(world.client, "Before")
    who = getattr(world, blocker)
    assert ok(who.put(world.path("/block")))["canWrite"] is False
    for person in (world.artist, world.client):
        assert code(world.try_sending(person)) == (403, "blocked")
        assert code(person.post(world.path("/typing"))) == (403, "blocked")
        assert contents(world.page(person)) == ["Before"]
    edit = world.client.patch(world.path(f"/messages/{sent['id']}"), json={"content": "More"})
    assert code(edit) == (403, "blocked")
    other = world.client if blocker == "artist" else world.artist
    ok(other.delete(world.path("/block")), 204)  # only the block of the caller
    assert code(world.try_sending(other)) == (403, "blocked")
    ok(who.delete(world.path("/block")), 204)
    world.send(other)


def test_the_send_limit_is_exact(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.open()
    monkeypatch.setattr(messages, "SEND_LIMIT", 3)
    answers = together(5, lambda: world.try_sending(world.client))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 429, 429]
    assert len(world.messages()) == 3
    world.send(world.artist)  # the limit is per person
    edit = {"content": "More"}
    path = world.path(f"/messages/{world.messages()[0].id}")
    assert world.client.patch(path, json=edit).status_code == 429
    world.later(minutes=15)
    world.send(world.client)


# ---- validation --------------------------------------------------------------------------------


def test_nobody_posts_a_card(world: World) -> None:
    world.open()
    for forged in {kind.value for kind in MessageType} - set(MEMBERS_TYPES):
        for person in (world.artist, world.client):
            assert set(errors(world.try_sending(person, type=forged))) == {"body.type"}
    assert world.messages() == []


def test_nobody_sets_server_fields(world: World) -> None:
    world.open()
    sent = world.send(world.client)
    path = world.path(f"/messages/{sent['id']}")
    for field in SERVER_FIELDS:
        forged: dict[str, Any] = {field: {"kind": "appointment", "id": "apt_1"}}
        answer = world.try_sending(world.client, **forged)
        assert errors(answer) == {f"body.{field}": "is unknown"}
        edit = world.client.patch(path, json={"content": "Hi", field: 1})
        assert errors(edit) == {f"body.{field}": "is unknown"}
    assert world.page(world.client)["items"] == [sent]


def test_text_is_cleaned(world: World) -> None:
    world.open()
    written = " AB\r\nnew\u2028line\tcafe\u0301 "
    assert world.send(world.client, written)["content"] == "AB\nnew\nline\tcaf\u00e9"
    longest = "e\u0301" * 4_000  # 8,000 characters as they are sent
    assert world.send(world.client, longest)["content"] == "\u00e9" * 4_000
    painter = "\U0001f469\u200d\U0001f3a8"  # one picture made of three characters
    assert world.send(world.client, painter)["content"] == painter


def test_a_lone_surrogate_is_a_client_error(world: World) -> None:
    world.open()
    raw = b'{"clientMessageId": "surrogate-1", "type": "text", "content": "half \\ud83d."}'
    headers = {"content-type": "application/json"}
    answer = world.client.post(world.path("/messages"), body=raw, headers=headers)
    assert answer.status_code == 400


WRONG: list[tuple[dict[str, object], str]] = [
    ({"content": ""}, "body.content"),
    ({"content": " \u200e\n"}, "body.content"),
    ({"content": "\u3164"}, "body.content"),
    ({"content": "A\u0000B"}, "body.content"),
    ({"content": "pay \u202e05\u202c EUR"}, "body.content"),
    ({"content": "x" * 4_001}, "body.content"),
    ({"content": None}, "body.content"),
    ({"clientMessageId": "short"}, "body.clientMessageId"),
    ({"clientMessageId": "x" * 65}, "body.clientMessageId"),
    ({"clientMessageId": "with space"}, "body.clientMessageId"),
    ({"clientMessageId": "line-break\n"}, "body.clientMessageId"),
    ({"attachments": ["fil_1"]}, "body.attachments"),
    ({"type": "image", "attachments": []}, "body.attachments"),
    ({"type": "file", "attachments": ["fil_1"] * 11}, "body.attachments"),
    ({"type": "image", "attachments": ["fil_1"]}, "body.attachments[0]"),
]


def test_wrong_fields_are_named(world: World) -> None:
    world.open()
    for fields, wrong in WRONG:
        body = {"clientMessageId": new_key(), "type": "text", "content": "Hi"} | fields
        answer = world.client.post(world.path("/messages"), json=body)
        assert set(errors(answer)) == {wrong}, fields
    assert world.messages() == []


def test_only_ones_own_clean_files_are_attached(world: World) -> None:
    world.open()
    attach(CLIENT, "fil_mine")
    attach(CLIENT, "fil_document", AttachmentKind.DOCUMENT)
    attach(ARTIST, "fil_theirs")

    def wrong(kind: str, *attachments: str) -> set[str]:
        answer = world.try_sending(world.client, "", type=kind, attachments=attachments)
        return set(errors(answer))

    assert wrong("image", "fil_mine", "fil_theirs") == {"body.attachments[1]"}
    assert wrong("image", "fil_unknown", "fil_document") == {
        "body.attachments[0]",
        "body.attachments[1]",
    }
    assert wrong("image", "fil_mine", "fil_mine") == {"body.attachments[1]"}
    assert wrong("video", "fil_mine") == {"body.attachments[0]"}
    sent = world.send(world.client, "A caption", type="image", attachments=["fil_mine"])
    assert (sent["attachments"], sent["content"]) == (["fil_mine"], "A caption")
    assert world.send(world.client, "", type="file", attachments=["fil_document"])["content"] == ""
    world.deliver()
    created = world.published("message.created")
    assert [event.data["attachments"] for event in created] == [["fil_mine"], ["fil_document"]]


# ---- cost --------------------------------------------------------------------------------------


def test_sending_is_one_write_and_one_job(world: World) -> None:
    world.open()
    for _ in range(3):
        world.send(world.artist)
    with aws_calls.counted() as calls:
        COMMANDS.clear()
        world.send(world.client)
    assert COMMANDS == ["find", "find", "find", "insert"]
    assert calls["sqs:SendMessageBatch"] == 1
    # The rate limit, and the tombstone.
    assert set(calls) == {"sqs:SendMessageBatch", "dynamodb:UpdateItem", "dynamodb:GetItem"}


def test_finding_the_next_position_does_not_depend_on_the_number_of_messages(world: World) -> None:
    """Only messages that were not delivered yet are read."""
    world.open()
    for _ in range(5):
        world.send(world.artist)
    world.deliver()
    conversation = world.stored()
    assert conversation.last is not None
    assert conversation.last.sequence == conversation.revision == 5
    with mock.patch.object(message_store, "_messages") as collection:
        collection().find_one.return_value = None
        message_store.find_last(conversation)
        message_store.get_last_revision(conversation)
    places = [call.args[0] for call in collection().find_one.call_args_list]
    assert [place.get("sequence", place.get("revision"))["$gte"] for place in places] == [5, 5]


def test_search_terms_may_hold_any_punctuation(world: World) -> None:
    world.open()
    world.send(world.client, f"a{string.punctuation}b")
    for character in string.punctuation:
        query = "".join(f"%{ord(each):02x}" for each in f"a{character}"[1:])
        found = ok(world.client.get(world.path(f"/search?q={query}")))
        assert len(found["items"]) == 1, character


def test_messaging_is_ready_when_database_and_queue_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = ConnectionError("down")
    outages: Outages = {
        "mongo": mock.patch.object(Collection, "find_one", side_effect=down),
        "sqs": aws_calls.failing("GetQueueAttributes", down),
    }
    nobody = client_for(app)
    assert_outages_are_named(nobody, "/v1/messaging/health", outages)
    with aws_calls.counted() as calls:
        COMMANDS.clear()
        assert nobody.get("/v1/messaging/health?ready=1").status_code == 200
    assert (COMMANDS, calls["sqs:GetQueueAttributes"]) == (["find"], 1)
    monkeypatch.delenv("QUEUE_URL_MESSAGING_DELIVERIES")  # the queue of the deliveries, no other
    assert nobody.get("/v1/messaging/health?ready=1").status_code == 503


def test_there_is_one_route_that_posts() -> None:
    posting = {
        path for method, path in app.operations if method == "POST" and path.endswith("/messages")
    }
    assert posting == {"/v1/messages/conversations/{id}/messages"}


def test_nobody_writes_to_a_member_who_is_banned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.open()
    monkeypatch.setattr(bans, "is_banned", lambda user_id: user_id == ARTIST)
    refused = world.try_sending(world.client)
    assert code(refused) == (403, "blocked")
    world.send(world.artist)
