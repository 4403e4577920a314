"""The inbox: what gets there, who sees it, reading it, taking out of it, and what it costs."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect

from notifications.inbox import entries
from notifications.inbox.entries import Collapse
from notifications.models import Category, Channel, PushContent
from notifications.store import relations
from notifications.use_cases import inbox
from notifications.use_cases.dispatch import Message, dispatch, of_event
from notifications.use_cases.recipients import Recipient
from tests.functional.notifications.bookings import ARTIST, CLIENT, appointment
from tests.functional.notifications.world import World
from tests.support.gateway import ApiClient
from tests.support.mongo import COMMANDS

ADA, EVE = "usr_ada", "usr_eve"
PATH = "/v1/notifications/inbox"
MAIL = {"subject": "Your sketch", "text": "It is ready.\nCome by."}


def tell(world: World, title: str, user_id: str = ADA, **sooner: float) -> str:
    """Let an event of a while ago tell the user something; the entry's id."""
    message = Message({Channel.PUSH: PushContent(title, "Look.")})
    at = world.now - timedelta(**sooner)
    dispatch(message, Recipient(user_id, {}), of_event(f"evt_{title}"), at)
    return entries._id(user_id, f"evt_{title}")


def listed(person: ApiClient, query: str = "") -> dict[str, Any]:
    answer = person.get(PATH + query)
    assert answer.status_code == 200, answer.body
    return dict(answer.json_body)


def titles(person: ApiClient, query: str = "") -> list[str]:
    return [item["title"] for item in listed(person, query)["items"]]


def unread(person: ApiClient) -> dict[str, Any]:
    return dict(person.get(f"{PATH}/unread").json_body)


# ---- what gets there ---------------------------------------------------------------------------


def test_a_mail_is_in_the_inbox_too(world: World) -> None:
    ada = world.as_user(ADA)
    world.post(ada, "email", MAIL)
    (item,) = listed(ada)["items"]
    assert item.pop("id").startswith("ibx_")
    assert item == {
        "title": "Your sketch",
        "body": "It is ready.\nCome by.",
        "url": None,
        "category": "transactional",
        "template": None,
        "at": "2026-03-02T12:00:00Z",
        "isRead": False,
        "count": 1,
        "actions": [],
    }
    assert unread(ada) == {"total": 1, "more": False}


def test_of_several_channels_the_inbox_shows_what_a_push_would(world: World) -> None:
    world.know(ARTIST, name="Mara Voss")
    world.know(CLIENT, name="Ada Byron")
    world.hear("appointment.created", appointment())
    (item,) = listed(world.as_user(ARTIST, "artist"))["items"]
    assert item["title"] == "New booking"
    assert item["body"].startswith("Half sleeve for Ada Byron")
    assert item["template"] == "new-booking"
    assert listed(world.as_user(CLIENT))["items"] == []


def test_an_sms_and_the_url_of_a_push_are_shown(world: World) -> None:
    ada = world.as_user(ADA)
    world.know(ADA, phone="+61491570156")
    world.post(ada, "sms", {"text": "Hi"})
    world.later(seconds=1)
    world.subscribe(ada, "ada")
    world.post(ada, "push", {"title": "Look", "body": "Here", "url": "/x"})
    items = listed(ada)["items"]
    assert [(item["title"], item["body"], item["url"]) for item in items] == [
        ("Look", "Here", "/x"),
        ("A message for you", "Hi", None),
    ]


def test_whom_no_channel_reaches_still_finds_news_in_the_inbox(world: World) -> None:
    world.hear("appointment.created", appointment())
    assert world.deliveries() == []
    assert titles(world.as_user(ARTIST, "artist")) == ["New booking"]


def test_what_cannot_be_sent_as_asked_is_not_in_the_inbox(world: World) -> None:
    ada = world.as_user(ADA)
    world.post(ada, "push", {"title": "Hi", "body": "Hi"}, 409)
    world.subscribe(ada, "ada")
    world.post(ada, "push", {"title": "Hi", "body": "é" * 1_000, "data": {"a": "é" * 1_000}}, 422)
    assert listed(ada)["items"] == []


def test_a_long_mail_is_cut(world: World) -> None:
    ada = world.as_user(ADA)
    world.post(ada, "email", MAIL | {"text": "x" * 20_000})
    assert listed(ada)["items"][0]["body"] == "x" * 1_999 + "…"


def test_codes_are_not_in_the_inbox(world: World) -> None:
    ada = world.as_user(ADA)
    world.post(ada, "contact/phone", {"phone": "+61491570156"})
    asked = {"userId": ADA, "email": "ada@example.com", "name": "Ada"}
    until = (world.now + timedelta(minutes=15)).isoformat()
    world.hear("user.verification_requested", asked | {"code": "482913", "expiresAt": until})
    world.hear("user.registration_repeated", asked)
    assert {delivery.category for delivery in world.deliveries()} == {Category.SECURITY}
    assert listed(ada)["items"] == []
    assert world.database.inbox.count_documents({}) == 0


def test_what_is_sent_to_an_address_is_in_nobodys_inbox(world: World) -> None:
    world.post(world.as_user("usr_root", "admin"), "email", MAIL | {"to": "x@example.com"})
    assert world.database.inbox.count_documents({}) == 0


def test_an_artists_mail_is_in_the_clients_inbox_and_not_in_their_own(world: World) -> None:
    world.know(CLIENT)
    relations.acquaint(ARTIST, CLIENT)
    artist = world.as_user(ARTIST, "artist")
    world.post(artist, "email", MAIL | {"userId": CLIENT})
    assert titles(world.as_user(CLIENT)) == ["Your sketch"]
    assert listed(artist)["items"] == []


def test_what_is_to_be_sent_later_is_there_later(world: World) -> None:
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


def test_the_same_event_again_is_there_once_even_after_it_was_archived(world: World) -> None:
    ada = world.as_user(ADA)
    id_ = tell(world, "a")
    tell(world, "a")
    assert titles(ada) == ["a"]
    ada.put(f"{PATH}/{id_}/read")
    tell(world, "a")
    assert unread(ada)["total"] == 0
    ada.delete(f"{PATH}/{id_}")
    tell(world, "a")
    assert titles(ada) == []


def test_nothing_goes_out_that_the_inbox_did_not_take(
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
        world.post(ada, "email", MAIL, 500)
    assert world.deliveries() == []
    assert world.waiting("email") == 0


# ---- seeing it ---------------------------------------------------------------------------------


def test_it_is_listed_newest_first_page_by_page(world: World) -> None:
    ada = world.as_user(ADA)
    for number in range(7):
        tell(world, f"{number}", minutes=number // 2)  # some of the same instant
    seen, query = [], "?limit=3"
    while True:
        page = listed(ada, query)
        seen += [item["title"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        query = f"?limit=3&cursor={page['nextCursor']}"
    assert sorted(seen) == [f"{number}" for number in range(7)]
    assert [int(title) // 2 for title in seen] == [0, 0, 1, 1, 2, 2, 3]


def test_only_what_is_unread_if_asked_for(world: World) -> None:
    ada = world.as_user(ADA)
    ids = [tell(world, f"{number}", minutes=number) for number in range(6)]
    for id_ in ids[::2]:
        assert ada.put(f"{PATH}/{id_}/read").status_code == 204
    assert [item["isRead"] for item in listed(ada)["items"]] == [True, False] * 3
    page = listed(ada, "?unread=true&limit=2")
    assert [item["title"] for item in page["items"]] == ["1", "3"]
    # Read meanwhile, they make no gap.
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


def test_a_cursor_is_good_for_its_own_list_only(world: World) -> None:
    ada, eve = world.as_user(ADA), world.as_user(EVE)
    for number in range(3):
        tell(world, f"{number}", minutes=number)
    cursor = listed(ada, "?limit=1")["nextCursor"]
    assert eve.get(f"{PATH}?cursor={cursor}").status_code == 422
    assert ada.get(f"{PATH}?unread=true&cursor={cursor}").status_code == 422
    assert ada.get(f"{PATH}?cursor={cursor}").status_code == 200


def test_unread_are_counted_to_a_hundred(world: World) -> None:
    ada = world.as_user(ADA)
    for number in range(inbox.MOST_COUNTED):
        tell(world, f"{number}")
    assert unread(ada) == {"total": 100, "more": False}
    tell(world, "one more")
    tell(world, "and one")
    assert unread(ada) == {"total": 100, "more": True}


# ---- reading and archiving ---------------------------------------------------------------------


def test_all_that_was_shown_is_marked_and_nothing_newer(world: World) -> None:
    ada = world.as_user(ADA)
    tell(world, "old", hours=2)
    tell(world, "shown", hours=1)
    tell(world, "unseen", minutes=30)
    tell(world, "eve's", user_id=EVE, hours=2)
    shown = listed(ada)["items"][1]["at"]
    assert ada.put(f"{PATH}/read", json={"until": shown}).status_code == 204
    assert titles(ada, "?unread=true") == ["unseen"]
    assert unread(world.as_user(EVE))["total"] == 1


@pytest.mark.parametrize("body", [{}, {"until": "yesterday"}, {"until": "2026-03-02T12:00:00"}])
def test_until_must_be_an_instant(world: World, body: dict[str, str]) -> None:
    answer = world.as_user(ADA).put(f"{PATH}/read", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == ["body.until"]


def test_what_is_archived_is_gone(world: World) -> None:
    ada = world.as_user(ADA)
    id_ = tell(world, "a private thing")
    assert ada.delete(f"{PATH}/{id_}").status_code == 204
    assert (listed(ada)["items"], unread(ada)["total"]) == ([], 0)
    assert "private" not in str(world.database.inbox.find_one({})["content"])
    assert ada.delete(f"{PATH}/{id_}").status_code == 404
    assert ada.put(f"{PATH}/{id_}/read").status_code == 404


@pytest.mark.parametrize("role", ["client", "admin"])
def test_somebody_elses_looks_like_none(world: World, role: str) -> None:
    id_ = tell(world, "a")
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


def test_the_paths_beside_a_notifications_own_are_not_taken_for_one(world: World) -> None:
    ada = world.as_user(ADA)
    assert "items" in ada.get(PATH).json_body
    assert "total" in ada.get(f"{PATH}/unread").json_body
    assert ada.get("/v1/notifications/inboxes").status_code == 404


# ---- threads -----------------------------------------------------------------------------------


def test_reading_while_something_newer_comes_loses_neither(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = world.as_user(ADA)
    id_ = told_of(world, 1)
    told = entries.threads.told
    interrupted: list[int] = []

    def with_a_reader(*arguments: Any) -> Any:
        if not interrupted:
            interrupted.append(1)
            ada.put(f"{PATH}/{id_}/read")
        return told(*arguments)

    monkeypatch.setattr(entries.threads, "told", with_a_reader)
    told_of(world, 2)
    (item,) = listed(ada)["items"]
    assert (item["isRead"], item["count"]) == (False, 1)


def test_two_that_begin_a_thread_at_once_are_both_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = entries.threads.told
    interrupted: list[int] = []

    def with_another(*arguments: Any) -> Any:
        if not interrupted:
            interrupted.append(1)
            told_of(world, 2)
        return told(*arguments)

    monkeypatch.setattr(entries.threads, "told", with_another)
    told_of(world, 1)
    (item,) = listed(world.as_user(ADA))["items"]
    assert (item["title"], item["count"]) == ("number 2", 2)


def told_of(world: World, sequence: int) -> str:
    entries.add(
        ADA,
        f"evt_{sequence}",
        contents={Channel.PUSH: PushContent(f"number {sequence}", "Look.")},
        category=Category.TRANSACTIONAL,
        template=None,
        at=world.now,
        collapse=Collapse("cnv_1", sequence, world.now + timedelta(seconds=sequence - 60)),
    )
    return entries._id(ADA, "cnv_1")


# ---- how long, and at what cost ----------------------------------------------------------------


def test_it_is_kept_for_ninety_days_and_erased_with_its_user(world: World) -> None:
    tell(world, "a")
    tell(world, "eve's", user_id=EVE)
    (expiry,) = [
        index for index in world.database.inbox.list_indexes() if index["name"] == "expiry"
    ]
    assert expiry["key"] == {"expiresAt": 1}
    kept: datetime = world.database.inbox.find_one({"userId": ADA})["expiresAt"]
    assert kept == world.now + timedelta(days=90)
    world.hear("user.deleted", {"userId": ADA})
    assert [document["userId"] for document in world.database.inbox.find()] == [EVE]


def test_each_look_is_one_read(world: World) -> None:
    ada = world.as_user(ADA)
    tell(world, "a")
    for path, commands in ((PATH, ["find"]), (f"{PATH}/unread", ["aggregate"])):
        COMMANDS.clear()
        ada.get(path)
        assert commands == COMMANDS


@pytest.mark.parametrize(("by", "index"), [("at", "listed"), ("unreadAt", "unread")])
def test_the_lists_have_indexes_that_serve_them(world: World, by: str, index: str) -> None:
    keys = world.database.inbox.index_information()[index]["key"]
    assert keys == [("userId", 1), (by, -1), ("_id", -1)]
