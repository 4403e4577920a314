"""Erasure: what remains of a member, and what must not."""

from typing import Any
from unittest import mock

import pytest
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from messaging import consumers
from messaging.store import conversations
from messaging.use_cases import presenter
from shared.data.mongodb import to_document
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    PATH,
    World,
    card,
    code,
    event_of,
    ok,
)


def delete(world: World, person: str = CLIENT) -> None:
    world.consume("user.deleted", {"userId": person})


def test_an_erased_members_messages_lose_their_content(world: World) -> None:
    world.open()
    world.send(world.client, "My address is Elm Street 1")
    world.send(world.artist, "Noted")
    world.send(world.client, "Bye")
    world.deliver()
    known = world.page(world.artist)["revision"]
    delete(world)
    for page in (world.page(world.artist), ok(world.artist.get(world.path("/export")))):
        assert [message["content"] for message in page["items"]] == [None, "Noted", None]
        assert page["items"][0]["deletedAt"] is not None
    caught_up = world.page(world.artist, f"changedAfter={known}")["items"]
    assert [message["sequence"] for message in caught_up] == [1, 3]
    assert [message["revision"] for message in caught_up] == [4, 5]
    seen = world.conversation(world.artist)
    assert seen["other"]["name"] is None
    assert seen["other"]["isDeleted"] is True
    assert seen["lastMessage"]["preview"] is None
    assert seen["canWrite"] is False
    left = str(world.everything())
    for personal in ("Elm", "elm", "Bye", "Cleo"):
        assert personal not in left
    assert ok(world.artist.get(world.path("/search?q=elm")))["items"] == []


def test_an_erased_member_can_do_nothing(world: World) -> None:
    world.open()
    sent = world.send(world.client)
    delete(world)
    before = world.everything()
    assert code(world.try_sending(world.client)) == (401, "session_ended")
    assert world.client.get(world.path("/messages")).status_code == 404
    deletion = world.client.delete(world.path(f"/messages/{sent['id']}"))
    assert code(deletion) == (401, "session_ended")
    again = world.client.post(f"{PATH}/conversations", json={"artistId": ARTIST})
    assert code(again) == (401, "session_ended")
    assert code(world.try_sending(world.artist)) == (409, "person_gone")
    theirs = world.artist.post(f"{PATH}/conversations", json={"clientId": CLIENT})
    assert code(theirs) == (409, "person_gone")
    assert world.everything() == before


def test_events_after_the_erasure_change_nothing(world: World) -> None:
    world.open()
    world.send(world.client)
    world.deliver()
    delete(world)
    world.deliver()
    before = world.everything()
    pair = {"artistId": ARTIST, "clientId": CLIENT}
    world.consume("proposal.sent", {"proposalId": "prp_1", **pair})
    world.consume("deposit.requested", {"appointmentId": "apt_1", **pair})
    world.introduce(OTHER_ARTIST, "artist")
    world.database.people.delete_one({"_id": OTHER_ARTIST})
    world.consume("user.profile.updated", card(CLIENT, "client", "Cleo", 9))
    delete(world)
    after = world.everything()
    times = {"erasedAt": None, "eraseAgainAt": None}
    erased_again = [person | times for person in after["people"]]
    assert erased_again == [person | times for person in before["people"]]
    assert after["messages"] == before["messages"]
    assert after["conversations"] == before["conversations"]


def test_an_artists_instructions_and_settings_are_erased(world: World) -> None:
    world.open()
    words = {"sendDepositInstructions": True, "depositInstructions": "Ring at Elm Street"}
    ok(world.artist.put(f"{PATH}/settings", json=words))
    pair = {"artistId": ARTIST, "clientId": CLIENT}
    world.consume("deposit.requested", {"appointmentId": "apt_1", **pair})
    world.deliver()
    assert world.conversation(world.client)["lastMessage"]["preview"] == "Ring at Elm Street"
    delete(world, ARTIST)
    assert "elm street" not in str(world.everything()).lower()
    card_, emptied = world.page(world.client)["items"]
    assert card_["deletedAt"] is None  # a card holds no words of a person
    assert emptied["deletedAt"] is not None
    refused = world.artist.put(f"{PATH}/settings", json=words)
    assert code(refused) == (401, "session_ended")
    assert world.database.settings.count_documents({}) == 0


def test_a_message_written_during_the_erasure_is_redacted(world: World) -> None:
    """The membership is read before the erasure, and the message stored after it."""
    world.open()
    sent = world.send(world.client, "Elm Street 1")
    stored = world.messages()[0]
    delete(world)
    world.database.messages.replace_one(
        {"_id": sent["id"]}, {"_id": stored.id, **_document(stored)}, upsert=True
    )
    world.deliver()
    assert world.messages()[0].content is None
    assert "Elm" not in str(world.everything())


def test_a_late_summary_shows_no_words_of_an_erased_member(world: World) -> None:
    """The worker reads the message before the erasure and writes the summary after it."""
    world.open()
    world.send(world.client, "Elm Street 1")
    read = world.messages()[0]
    delete(world)
    conversations.update_summary(read, presenter.summarize_message(read))
    assert "Elm" not in str(world.everything())


def test_a_conversation_without_members_is_deleted(world: World) -> None:
    world.open()
    world.send(world.client)
    ok(world.artist.post(world.path("/report"), json={"reason": "spam"}), 201)
    delete(world, CLIENT)
    assert world.database.messages.count_documents({}) == 1
    delete(world, ARTIST)
    for collection in ("messages", "conversations", "reports"):
        assert world.database[collection].count_documents({}) == 0
    world.work("deliveries")  # jobs that were still queued
    assert world.published("message.created") == []


def test_an_interrupted_erasure_is_completed(world: World) -> None:
    world.open()
    world.send(world.client, "Elm Street 1")
    world.send(world.client, "Elm Street 2")
    world.deliver()
    event = event_of("user.deleted", {"userId": CLIENT}, world.now)
    position = 0
    while True:
        with failing_at(position, Crash()) as tried:
            try:
                consumers.handle(event, world.now)
            except Crash:
                position += 1
                continue
        break
    assert position == len(tried)
    assert position > 8
    assert "Elm" not in str(world.everything())
    revisions = [message.revision for message in world.messages()]
    assert sorted(revisions) == revisions
    assert min(revisions) > 2
    assert world.database.messages.count_documents({"unrevised": True}) == 0


@pytest.mark.parametrize("codes", [[121], [11000, 121], [121, 11000]])
def test_a_failed_bulk_write_is_no_conflict(world: World, codes: list[int]) -> None:
    """Only a taken revision is tried again with the next one; MongoDB refuses the rest for good."""
    world.open()
    world.send(world.client, "Elm Street 1")
    world.deliver()
    event = event_of("user.deleted", {"userId": CLIENT}, world.now)
    refusal = BulkWriteError({"writeErrors": [{"index": 0, "code": code} for code in codes]})
    with (
        mock.patch.object(Collection, "bulk_write", side_effect=refusal) as tried,
        pytest.raises(BulkWriteError),
    ):
        consumers.handle(event, world.now)
    assert tried.call_count == 1
    consumers.handle(event, world.now)
    assert "Elm" not in str(world.everything())


def test_a_revision_that_is_taken_is_tried_again(world: World) -> None:
    world.open()
    world.send(world.client, "Elm Street 1")
    world.deliver()
    refusal = BulkWriteError({"writeErrors": [{"index": 0, "code": 11000}]})
    write = Collection.bulk_write
    with mock.patch.object(Collection, "bulk_write", autospec=True) as tried:
        tried.side_effect = _failing_twice(refusal, write)
        delete(world)
    assert tried.call_count == 3
    assert [message.revision for message in world.messages()] == [2]
    assert world.database.messages.count_documents({"unrevised": True}) == 0


def _failing_twice(error: Exception, write: Any) -> Any:
    errors = iter([error, error])

    def call(*arguments: Any) -> Any:
        for failure in errors:
            raise failure
        return write(*arguments)

    return call


def _document(message: Any) -> dict[str, Any]:
    return {name: value for name, value in to_document(message).items() if name != "_id"}
