"""The inbox: its entries, reading, archiving, and cost."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect

from notifications.inbox import conversations, entries
from notifications.inbox.entries import ConversationMessage
from notifications.models import Channel, MessageCategory, PushContent
from notifications.store import artist_clients
from notifications.use_cases.dispatch import Cause, OutgoingMessage, dispatch
from notifications.use_cases.recipients import Recipient
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment
from tests.functional.notifications.world import World
from tests.support.gateway import ApiClient
from tests.support.mongo import COMMANDS

ADA, EVE = "usr_ada", "usr_eve"
PATH = "/v1/notifications/inbox"
MAIL = {"subject": "Your sketch", "text": "It is ready.\nCome by."}


def notify(world: World, title: str, user_id: str = ADA, **sooner: float) -> str:
    """Notify the user of an earlier event. Return the entry's id."""
    message = OutgoingMessage({Channel.PUSH: PushContent(title, "Look.")})
    at = world.now - timedelta(**sooner)
    cause = Cause(f"evt_{title}", f"ntf_{title}")
    dispatch(message, Recipient(user_id, {}), cause, at)
    return entries.build_id(user_id, f"evt_{title}")


def listed(person: ApiClient, query: str = "") -> dict[str, Any]:
    answer = person.get(PATH + query)
    assert answer.status_code == 200, answer.body
    return dict(answer.json_body)


def titles(person: ApiClient, query: str = "") -> list[str]:
    return [item["title"] for item in listed(person, query)["items"]]


def unread(person: ApiClient) -> dict[str, Any]:
    return dict(person.get(f"{PATH}/unread").json_body)


# ---- entries -----------------------------------------------------------------------------------


def test_a_mail_is_in_the_inbox_too(world: World) -> None:
    ada = world.as_user(ADA)
    world.post(ada, "email", MAIL)
    (item,) = listed(ada)["items"]
    assert item.pop("id").startswith("ibx_")
    assert item == {
        "title": "Your sketch",
        "body": "It is ready.\nCome by.",
        "url": None,
        "category": "message",
        "template": None,
        "at": "2026-03-02T12:00:00Z",
        "isRead": False,
        "count": 1,
        "actions": [],
    }
    assert unread(ada) == {"total": 1, "more": False}


def test_the_inbox_shows_the_push_message_of_several_channels(world: World) -> None:
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    world.consume("appointment.created", appointment())
    (item,) = listed(world.as_user(ARTIST, "artist"))["items"]
    assert item["title"] == "New booking"
    assert item["body"].startswith('your "Half sleeve" for "Ada Byron"')
    assert item["template"] == "new-booking"
    assert listed(world.as_user(CLIENT))["items"] == []


def test_an_sms_and_the_url_of_a_push_are_shown(world: World) -> None:
    ada = world.as_user(ADA)
    world.add_contact(ADA, phone="+61491570156")
    world.post(ada, "sms", {"text": "Hi"})
    world.later(seconds=1)
    world.subscribe(ada, "ada")
    world.post(ada, "push", {"title": "Look", "body": "Here", "url": "/x"})
    items = listed(ada)["items"]
    assert [(item["title"], item["body"], item["url"]) for item in items] == [
        ("Look", "Here", "/x"),
        ("A message for you", "Hi", None),
    ]


def test_a_user_without_any_channel_has_the_entry_in_their_inbox(world: World) -> None:
    world.consume("appointment.created", appointment(), hours=2)
    assert world.deliveries() == []
    assert titles(world.as_user(ARTIST, "artist")) == ["New booking"]


def test_a_refused_request_adds_no_entry(world: World) -> None:
    ada = world.as_user(ADA)
    world.post(ada, "push", {"title": "Hi", "body": "Hi"}, 409)
    world.subscribe(ada, "ada")
    world.post(ada, "push", {"title": "Hi", "body": "é" * 1_000, "data": {"a": "é" * 1_000}}, 422)
    assert listed(ada)["items"] == []


def test_a_long_mail_is_shortened(world: World) -> None:
    ada = world.as_user(ADA)
    world.post(ada, "email", MAIL | {"text": "x" * 20_000})
    assert listed(ada)["items"][0]["body"] == "x" * 1_999 + "…"


def test_codes_are_not_in_the_inbox(world: World) -> None:
    ada = world.as_user(ADA)
    world.post(ada, "contact/phone", {"phone": "+61491570156"})
    registration = {"userId": ADA, "email": "ada@example.com", "name": "Ada"}
    until = (world.now + timedelta(minutes=15)).isoformat()
    world.consume(
        "user.verification_requested", registration | {"code": "482913", "expiresAt": until}
    )
    world.consume("user.registration_repeated", registration)
    assert {delivery.category for delivery in world.deliveries()} == {MessageCategory.SECURITY}
    assert listed(ada)["items"] == []
    assert world.database.inbox.count_documents({}) == 0


def test_a_mail_to_a_bare_address_is_in_no_inbox(world: World) -> None:
    world.post(world.as_user("usr_root", "admin"), "email", MAIL | {"to": "x@example.com"})
    assert world.database.inbox.count_documents({}) == 0


def test_an_artists_mail_is_in_the_clients_inbox_only(world: World) -> None:
    world.add_contact(CLIENT)
    artist_clients.add(ARTIST, CLIENT)
    artist = world.as_user(ARTIST, "artist")
    world.post(artist, "email", MAIL | {"userId": CLIENT})
    assert titles(world.as_user(CLIENT)) == ["From your artist: Your sketch"]
    assert listed(artist)["items"] == []


def test_a_scheduled_message_is_listed_when_it_is_due(world: World) -> None:
    ada = world.as_user(ADA)
    at = (world.now + timedelta(hours=1)).isoformat()
    world.post(ada, "email", MAIL | {"sendAt": at})
    (document,) = world.database.inbox.find()
    for path, method in (
        (f"{PATH}/{document['_id']}/read", "PUT"),
        (f"{PATH}/{document['_id']}", "DELETE"),
    ):
        assert ada.request(method, path).status_code == 404
    ada.put(f"{PATH}/read", json={"until": "2030-01-01T00:00:00Z"})
    assert (listed(ada)["items"], unread(ada)["total"]) == ([], 0)
    world.later(hours=1)
    assert (titles(ada), unread(ada)["total"]) == (["Your sketch"], 1)


def test_a_repeated_event_adds_no_entry_even_after_archiving(world: World) -> None:
    ada = world.as_user(ADA)
    id_ = notify(world, "a")
    notify(world, "a")
    assert titles(ada) == ["a"]
    ada.put(f"{PATH}/{id_}/read")
    notify(world, "a")
    assert unread(ada)["total"] == 0
    ada.delete(f"{PATH}/{id_}")
    notify(world, "a")
    assert titles(ada) == []


def test_nothing_is_sent_when_the_entry_cannot_be_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = world.as_user(ADA)
    insert = Collection.insert_one

    def failing(collection: Collection[Any], *arguments: Any) -> Any:
        if collection.name == "inbox":
            raise AutoReconnect
        return insert(collection, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Collection, "insert_one", failing)
        world.post(ada, "email", MAIL, 503)
    assert world.deliveries() == []
    assert world.waiting("email") == 0


# ---- lists -------------------------------------------------------------------------------------


def test_entries_are_listed_newest_first_page_by_page(world: World) -> None:
    ada = world.as_user(ADA)
    for number in range(7):
        notify(world, f"{number}", minutes=number // 2)  # some of the same instant
    seen, query = [], "?limit=3"
    while True:
        page = listed(ada, query)
        seen += [item["title"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        query = f"?limit=3&cursor={page['nextCursor']}"
    assert sorted(seen) == [f"{number}" for number in range(7)]
    assert [int(title) // 2 for title in seen] == [0, 0, 1, 1, 2, 2, 3]


def test_unread_entries_can_be_listed_alone(world: World) -> None:
    ada = world.as_user(ADA)
    ids = [notify(world, f"{number}", minutes=number) for number in range(6)]
    for id_ in ids[::2]:
        assert ada.put(f"{PATH}/{id_}/read").status_code == 204
    assert [item["isRead"] for item in listed(ada)["items"]] == [True, False] * 3
    page = listed(ada, "?unread=true&limit=2")
    assert [item["title"] for item in page["items"]] == ["1", "3"]
    # An entry read meanwhile makes no gap.
    ada.put(f"{PATH}/{ids[1]}/read")
    assert titles(ada, f"?unread=true&limit=2&cursor={page['nextCursor']}") == ["5"]


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=101", "?cursor=x", "?unread=maybe", "?folder=all"]
)
def test_a_wrong_query_is_refused(world: World, query: str) -> None:
    answer = world.as_user(ADA).get(PATH + query)
    assert answer.status_code == 422
    (error,) = answer.json_body["errors"]
    assert error["field"] == "query." + query[1:].partition("=")[0]


def test_a_cursor_is_valid_for_its_own_list_only(world: World) -> None:
    ada, eve = world.as_user(ADA), world.as_user(EVE)
    for number in range(3):
        notify(world, f"{number}", minutes=number)
    cursor = listed(ada, "?limit=1")["nextCursor"]
    assert eve.get(f"{PATH}?cursor={cursor}").status_code == 422
    assert ada.get(f"{PATH}?unread=true&cursor={cursor}").status_code == 422
    assert ada.get(f"{PATH}?cursor={cursor}").status_code == 200


def test_unread_entries_are_counted_to_a_hundred(world: World) -> None:
    ada = world.as_user(ADA)
    for number in range(100):
        notify(world, f"{number}")
    assert unread(ada) == {"total": 100, "more": False}
    notify(world, "one more")
    notify(world, "and one")
    assert unread(ada) == {"total": 100, "more": True}


# ---- reading and archiving ---------------------------------------------------------------------


def test_entries_up_to_an_instant_are_marked_read(world: World) -> None:
    ada = world.as_user(ADA)
    notify(world, "old", hours=2)
    notify(world, "shown", hours=1)
    notify(world, "unseen", minutes=30)
    notify(world, "eve's", user_id=EVE, hours=2)
    shown = listed(ada)["items"][1]["at"]
    assert ada.put(f"{PATH}/read", json={"until": shown}).status_code == 204
    assert titles(ada, "?unread=true") == ["unseen"]
    assert unread(world.as_user(EVE))["total"] == 1


@pytest.mark.parametrize("body", [{}, {"until": "yesterday"}, {"until": "2026-03-02T12:00:00"}])
def test_until_must_be_an_instant(world: World, body: dict[str, str]) -> None:
    answer = world.as_user(ADA).put(f"{PATH}/read", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == ["body.until"]


def test_an_archived_entry_and_its_content_are_gone(world: World) -> None:
    ada = world.as_user(ADA)
    id_ = notify(world, "a private thing")
    assert ada.delete(f"{PATH}/{id_}").status_code == 204
    assert (listed(ada)["items"], unread(ada)["total"]) == ([], 0)
    assert "private" not in str(world.find_document("inbox", {})["content"])
    assert ada.delete(f"{PATH}/{id_}").status_code == 404
    assert ada.put(f"{PATH}/{id_}/read").status_code == 404


@pytest.mark.parametrize("role", ["client", "admin"])
def test_a_foreign_entry_looks_like_a_missing_one(world: World, role: str) -> None:
    id_ = notify(world, "a")
    eve = world.as_user(EVE, role)
    answers = [
        eve.request(method, path)
        for method, path in [
            ("PUT", f"{PATH}/{id_}/read"),
            ("PUT", f"{PATH}/ibx_none/read"),
            ("DELETE", f"{PATH}/{id_}"),
            ("DELETE", f"{PATH}/ibx_none"),
        ]
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json_body["detail"] for answer in answers}) == 1
    assert listed(eve)["items"] == []
    assert (titles(world.as_user(ADA)), unread(world.as_user(ADA))["total"]) == (["a"], 1)


def test_the_paths_of_the_inbox_are_not_taken_for_notification_ids(world: World) -> None:
    ada = world.as_user(ADA)
    assert "items" in ada.get(PATH).json_body
    assert "total" in ada.get(f"{PATH}/unread").json_body
    assert ada.get("/v1/notifications/inboxes").status_code == 404


# ---- conversations -----------------------------------------------------------------------------


def test_reading_while_a_message_arrives_loses_neither(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = world.as_user(ADA)
    id_ = add_message(world, 1)
    original = conversations.add_message
    interrupted: list[int] = []

    def with_a_reader(*arguments: Any) -> Any:
        if not interrupted:
            interrupted.append(1)
            ada.put(f"{PATH}/{id_}/read")
        return original(*arguments)

    monkeypatch.setattr(conversations, "add_message", with_a_reader)
    add_message(world, 2)
    (item,) = listed(ada)["items"]
    assert (item["isRead"], item["count"]) == (False, 1)


def test_two_first_messages_at_once_are_both_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = conversations.add_message
    interrupted: list[int] = []

    def with_another(*arguments: Any) -> Any:
        if not interrupted:
            interrupted.append(1)
            add_message(world, 2)
        return original(*arguments)

    monkeypatch.setattr(conversations, "add_message", with_another)
    add_message(world, 1)
    (item,) = listed(world.as_user(ADA))["items"]
    assert (item["title"], item["count"]) == ("number 2", 2)


def add_message(world: World, sequence: int) -> str:
    entries.add(
        ADA,
        f"evt_{sequence}",
        contents={Channel.PUSH: PushContent(f"number {sequence}", "Look.")},
        category=MessageCategory.BOOKING,
        template=None,
        at=world.now,
        message=ConversationMessage(
            "cnv_1", sequence, world.now + timedelta(seconds=sequence - 60)
        ),
    )
    return entries.build_id(ADA, "cnv_1")


# ---- snoozing ----------------------------------------------------------------------------------


def snooze(world: World, person: ApiClient, entry_id: str, **ahead: float) -> Any:
    until = (world.now + timedelta(**ahead)).isoformat()
    return person.put(f"{PATH}/{entry_id}/snooze", json={"until": until})


def test_a_snoozed_entry_comes_back_unread(world: World) -> None:
    ada = world.as_user(ADA)
    id_ = notify(world, "later", minutes=5)
    notify(world, "now")
    ada.put(f"{PATH}/{id_}/read")
    assert snooze(world, ada, id_, hours=1).status_code == 204
    assert (titles(ada), unread(ada)["total"]) == (["now"], 1)
    assert ada.put(f"{PATH}/{id_}/read").status_code == 404  # it is not listed
    assert snooze(world, ada, id_, hours=2).status_code == 204
    world.later(hours=1, minutes=59, seconds=59)
    assert (titles(ada), unread(ada)["total"]) == (["now"], 1)
    world.later(seconds=1)
    assert (titles(ada), titles(ada, "?unread=true")) == (["later", "now"], ["later", "now"])
    assert unread(ada)["total"] == 2
    expires_at: datetime = world.find_document("inbox", {"_id": id_})["expiresAt"]
    assert expires_at == world.now + timedelta(days=90)


def test_a_snoozed_conversation_comes_back_unread(world: World) -> None:
    ada = world.as_user(ADA)
    world.add_contact(ADA)
    id_ = add_message(world, 1)
    assert snooze(world, ada, id_, hours=1).status_code == 204
    read = {"conversationId": "cnv_1", "userId": ADA, "sequence": 1}
    world.consume("conversation.read", read)
    assert listed(ada)["items"] == []
    world.later(hours=1)
    (item,) = listed(ada)["items"]
    assert (item["isRead"], item["count"]) == (False, 1)
    world.consume("conversation.read", read)
    assert unread(ada)["total"] == 0


@pytest.mark.parametrize("ahead", [{"seconds": 0}, {"hours": -1}, {"days": 91}])
def test_an_entry_cannot_be_snoozed_into_the_past_or_for_ever(
    world: World, ahead: dict[str, float]
) -> None:
    answer = snooze(world, world.as_user(ADA), notify(world, "a"), **ahead)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == ["body.until"]


def test_only_what_is_in_the_callers_inbox_can_be_snoozed(world: World) -> None:
    ada = world.as_user(ADA)
    id_ = notify(world, "a")
    assert snooze(world, world.as_user(EVE, "admin"), id_, hours=1).status_code == 404
    assert snooze(world, ada, "ibx_none", hours=1).status_code == 404
    ada.delete(f"{PATH}/{id_}")
    assert snooze(world, ada, id_, hours=1).status_code == 404
    at = (world.now + timedelta(hours=1)).isoformat()
    world.post(ada, "email", MAIL | {"sendAt": at})
    (due,) = world.database.inbox.find({"at": {"$gt": world.now}})
    assert snooze(world, ada, due["_id"], hours=2).status_code == 404  # nobody knows of it yet


# ---- lifetime and cost -------------------------------------------------------------------------


def test_an_entry_expires_after_ninety_days_and_is_erased_with_its_user(world: World) -> None:
    notify(world, "a")
    notify(world, "eve's", user_id=EVE)
    (expiry,) = [
        index for index in world.database.inbox.list_indexes() if index["name"] == "expiry"
    ]
    assert expiry["key"] == {"expiresAt": 1}
    expires_at: datetime = world.find_document("inbox", {"userId": ADA})["expiresAt"]
    assert expires_at == world.now + timedelta(days=90)
    world.consume("user.deleted", {"userId": ADA})
    assert [document["userId"] for document in world.database.inbox.find()] == [EVE]


def test_listing_and_counting_are_one_read_each(world: World) -> None:
    ada = world.as_user(ADA)
    notify(world, "a")
    unread(ada)
    world.later(minutes=2)
    unread(ada)  # which is kept, because nothing changes any more
    for path, commands in ((PATH, ["find"]), (f"{PATH}/unread", ["find"])):
        COMMANDS.clear()
        ada.get(path)
        assert commands == COMMANDS


@pytest.mark.parametrize(("by", "index"), [("at", "listed"), ("unreadAt", "unread")])
def test_the_lists_have_indexes_that_serve_them(world: World, by: str, index: str) -> None:
    keys = world.database.inbox.index_information()[index]["key"]
    assert keys == [("userId", 1), (by, -1), ("_id", -1)]
