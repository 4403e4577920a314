"""Cards of people: the newest wins in whatever order events come; copies for the operator."""

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from messaging import consumers
from messaging.app import copies
from messaging.store import conversations, people
from messaging.use_cases import presenter
from shared.data.mongodb import to_document
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.people import (
    ARTIST,
    CLIENT,
    NOON,
    OTHER_ARTIST,
    PATH,
    World,
    card,
    code,
    event_of,
    ok,
    user_id,
)
from tests.support import repeatable  # noqa: F401

VERIFIED = {"userId": ARTIST, "name": "First", "role": "artist", "email": "a@example.com"}


def updated(version: int) -> dict[str, Any]:
    return card(ARTIST, "artist", f"Name {version}", version) | {
        "avatar": f"fil_{version}",
        "handle": f"handle-{version}",
    }


def told(number: int) -> tuple[str, dict[str, Any]]:
    """Event of version 1 and so on; 0 is auth's."""
    return ("user.profile.updated", updated(number)) if number else ("user.verified", VERIFIED)


def test_cards_converge_in_any_order_however_often(world: World) -> None:
    @settings(max_examples=60)
    @given(st.lists(st.integers(0, 4), min_size=1, max_size=8))
    def converge(order: list[int]) -> None:
        world.database.people.delete_many({})
        for number in order:
            consumers.handle(event_of(*told(number), NOON), NOON)
        known = people.find(ARTIST)
        newest = max(order)
        assert known is not None
        assert known.record_version == newest
        assert known.name == (f"Name {newest}" if newest else "First")
        assert known.avatar == (f"fil_{newest}" if newest else None)

    converge()


def test_nobody_comes_back(world: World) -> None:
    @settings(max_examples=30)
    @given(st.permutations([0, 1, 2, 3]), st.integers(0, 4))
    def stay_away(order: list[int], place: int) -> None:
        world.database.people.delete_many({})
        events = [told(number) for number in order]
        events.insert(place, ("user.deleted", {"userId": ARTIST}))
        for event in events:
            consumers.handle(event_of(*event, NOON), NOON)
        (kept,) = world.database.people.find({})
        assert kept["erasedAt"] == NOON
        assert (kept["name"], kept["avatar"], kept["role"], kept["handle"]) == (
            "",
            None,
            None,
            None,
        )

    stay_away()


def test_the_same_version_again_mends_a_damaged_copy(world: World) -> None:
    world.hear("user.profile.updated", updated(3))
    world.database.people.update_one({"_id": ARTIST}, {"$set": {"name": "Damaged"}})
    world.hear("user.profile.updated", updated(3))
    known = people.find(ARTIST)
    assert known is not None
    assert known.name == "Name 3"


def test_a_new_name_shows_everywhere(world: World) -> None:
    world.open()
    world.send(world.artist)
    world.hear("user.profile.updated", updated(9))
    world.deliver()
    assert world.conversation(world.client)["other"] == {
        "userId": ARTIST,
        "name": "Name 9",
        "avatar": "fil_9",
        "handle": "handle-9",
        "role": "artist",
        "isDeleted": False,
    }
    (created,) = world.published("message.created")
    assert created.data["senderName"] == "Name 9"


def test_operators_read_the_copies_page_by_page(world: World) -> None:
    ids = [user_id(letter) for letter in "EFGHJ"]
    for person, version in zip(ids, itertools.count(), strict=False):
        world.know(person, "client", f"Name {version}", version)
    world.hear("user.deleted", {"userId": ids[1]})
    items, at = [], None
    for _ in range(5):
        page = copies({"next": at, "limit": 2}, None)
        items += page["items"]
        at = page["next"]
        if at is None:
            break
    assert [item["userId"] for item in items] == [ids[0], *ids[2:]]
    assert items[1] == {
        "userId": ids[2],
        "name": "Name 2",
        "avatar": None,
        "recordVersion": 2,
    }


# ---- erasure -----------------------------------------------------------------------------------


def delete(world: World, person: str = CLIENT) -> None:
    world.hear("user.deleted", {"userId": person})


def test_who_is_deleted_leaves_an_empty_place(world: World) -> None:
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


def test_who_is_deleted_can_do_nothing_any_more(world: World) -> None:
    world.open()
    sent = world.send(world.client)
    delete(world)
    before = world.everything()
    assert world.try_sending(world.client).status_code == 404
    assert world.client.get(world.path("/messages")).status_code == 404
    assert world.client.delete(world.path(f"/messages/{sent['id']}")).status_code == 404
    again = world.client.post(f"{PATH}/conversations", json={"artistId": ARTIST})
    assert again.status_code in (401, 403, 409)
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
    world.hear("proposal.sent", {"proposalId": "prp_1", **pair})
    world.hear("deposit.requested", {"appointmentId": "apt_1", **pair})
    world.know(OTHER_ARTIST, "artist")
    world.database.people.delete_one({"_id": OTHER_ARTIST})
    world.hear("user.profile.updated", card(CLIENT, "client", "Cleo", 9))
    delete(world)
    after = world.everything()
    erased_again = [person | {"erasedAt": None} for person in after["people"]]
    assert erased_again == [person | {"erasedAt": None} for person in before["people"]]
    assert after["messages"] == before["messages"]
    assert after["conversations"] == before["conversations"]


def test_an_artists_instructions_and_settings_go_with_them(world: World) -> None:
    world.open()
    words = {"sendDepositInstructions": True, "depositInstructions": "Ring at Elm Street"}
    ok(world.artist.put(f"{PATH}/settings", json=words))
    pair = {"artistId": ARTIST, "clientId": CLIENT}
    world.hear("deposit.requested", {"appointmentId": "apt_1", **pair})
    world.deliver()
    assert world.conversation(world.client)["lastMessage"]["preview"] == "Ring at Elm Street"
    delete(world, ARTIST)
    assert "elm street" not in str(world.everything()).lower()
    card_, emptied = world.page(world.client)["items"]
    assert card_["deletedAt"] is None  # a card holds nobody's words
    assert emptied["deletedAt"] is not None
    refused = world.artist.put(f"{PATH}/settings", json=words)
    assert code(refused) == (401, "session_ended")
    assert world.database.settings.count_documents({}) == 0


def test_words_written_in_the_very_moment_are_emptied(world: World) -> None:
    """The sender's membership was read before the erasure, the message is written after it."""
    world.open()
    sent = world.send(world.client, "Elm Street 1")
    kept = world.messages()[0]
    delete(world)
    world.database.messages.replace_one(
        {"_id": sent["id"]}, {"_id": kept.id, **_document(kept)}, upsert=True
    )
    world.deliver()
    assert world.messages()[0].content is None
    assert "Elm" not in str(world.everything())


def test_a_late_summary_shows_no_words_of_the_erased(world: World) -> None:
    """A worker has read the message; it is erased; then the worker writes the summary."""
    world.open()
    world.send(world.client, "Elm Street 1")
    read = world.messages()[0]
    delete(world)
    conversations.summarize(read, presenter.summary(read))
    assert "Elm" not in str(world.everything())


def test_a_thread_that_nobody_can_read_is_removed(world: World) -> None:
    world.open()
    world.send(world.client)
    ok(world.artist.post(world.path("/report"), json={"reason": "spam"}), 201)
    delete(world, CLIENT)
    assert world.database.messages.count_documents({}) == 1
    delete(world, ARTIST)
    for collection in ("messages", "conversations", "reports"):
        assert world.database[collection].count_documents({}) == 0
    world.work("deliveries")  # orders about it that were on their way
    assert world.published("message.created") == []


def test_an_erasure_that_was_interrupted_is_finished(world: World) -> None:
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


def _document(message: Any) -> dict[str, Any]:
    return {name: value for name, value in to_document(message).items() if name != "_id"}
