"""What artists can do with one tap from a notification, and who is never offered it."""

import itertools
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from notifications.models import PushContent
from notifications.store import contacts, relations
from shared.http import one_tap_links
from shared.http.one_tap_links import OneTap
from tests.functional.notifications.bookings import ARTIST, CLIENT, consultation
from tests.functional.notifications.world import NOON, World

THREAD = "cnv_01JD2ZK5V7M0Q4X8T6N3R9W1YB"
INBOX = "/v1/notifications/inbox"
PRICES, HELLO = ("sys_price_list", "Prices"), ("qac_1", "Say hello")
LASTING = one_tap_links.VALID_FOR


@pytest.fixture
def people(world: World) -> World:
    """A world in which the two are known and talk, and each has a browser."""
    for user_id, name in ((ARTIST, "Mara Voss"), (CLIENT, "Ada Byron")):
        world.know(user_id, name=name)
        world.subscribe(world.as_user(user_id), name)
    world.hear("conversation.opened", opened())
    return world


def opened(**changes: Any) -> dict[str, Any]:
    return {"conversationId": THREAD, "artistId": ARTIST, "clientId": CLIENT} | changes


def row(version: int, *chosen: tuple[str, str], artist: str = ARTIST) -> dict[str, Any]:
    actions = [{"actionId": action_id, "label": label} for action_id, label in chosen]
    return {"artistId": artist, "oneTap": actions, "recordVersion": version}


def message(sender: str, *recipients: str, sequence: int = 1) -> dict[str, Any]:
    away = [{"userId": user_id, "isReading": False, "muted": False} for user_id in recipients]
    return {
        "conversationId": THREAD,
        "messageId": f"msg_{sequence}",
        "sequence": sequence,
        "type": "text",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "senderId": sender,
        "senderName": "Somebody",
        "recipients": away,
        "attachments": [],
        "createdAt": NOON.isoformat(),
    }


def pushed(people: World) -> list[Mapping[str, Any]]:
    """The push messages on their way, as a service worker is given them."""
    contents = [delivery.content for delivery in people.deliveries()]
    return [json.loads(content.payload) for content in contents if isinstance(content, PushContent)]


def taps(shown: Mapping[str, Any]) -> dict[str, OneTap]:
    """What the buttons of a notification do, by what stands on them."""
    found = {}
    for action in shown.get("actions", []):
        path, _, token = action["link"].rpartition("/")
        tap = one_tap_links.read(token)
        assert path == one_tap_links.PATH
        assert tap is not None
        found[action["title"]] = tap
    return found


def items(people: World, user_id: str) -> list[dict[str, Any]]:
    return list(people.as_user(user_id).get(INBOX).json_body["items"])


def test_a_message_offers_its_artist_what_they_chose(people: World) -> None:
    people.hear("quick_action_row.saved", row(1, PRICES, HELLO))
    event_id = people.hear("message.created", message(CLIENT, ARTIST))
    (push,) = pushed(people)
    ends = NOON + LASTING
    assert taps(push) == {
        "Prices": OneTap(ARTIST, THREAD, "sys_price_list", event_id, ends),
        "Say hello": OneTap(ARTIST, THREAD, "qac_1", event_id, ends),
    }
    (item,) = items(people, ARTIST)
    assert item["actions"] == push["actions"]
    assert people.work("push") == 0
    (arrived,) = people.messages("push", "Mara Voss")
    assert arrived["actions"] == push["actions"]


def test_the_same_message_heard_again_offers_the_same(people: World) -> None:
    people.hear("quick_action_row.saved", row(1, PRICES))
    for _ in range(2):
        people.hear("message.created", message(CLIENT, ARTIST), event_id="evt_once")
    (push,) = pushed(people)
    assert [tap.occasion for tap in taps(push).values()] == ["evt_once"]


def test_a_later_message_of_the_thread_offers_anew(people: World) -> None:
    people.hear("quick_action_row.saved", row(1, PRICES))
    for sequence in (1, 2):
        people.hear("message.created", message(CLIENT, ARTIST, sequence=sequence))
    first, second = pushed(people)
    assert taps(first)["Prices"].occasion != taps(second)["Prices"].occasion
    (item,) = items(people, ARTIST)
    assert item["actions"] == second["actions"]


def test_nothing_is_offered_to_who_chose_nothing(people: World) -> None:
    people.hear("message.created", message(CLIENT, ARTIST))
    (push,) = pushed(people)
    assert "actions" not in push
    assert items(people, ARTIST)[0]["actions"] == []


def test_only_the_artist_of_the_thread_is_offered_anything(people: World) -> None:
    # An artist may be the client of another one: their row is for their own threads.
    people.hear("quick_action_row.saved", row(1, PRICES))
    people.hear("quick_action_row.saved", row(1, PRICES, artist=CLIENT))
    people.hear("message.created", message(ARTIST, CLIENT))
    (push,) = pushed(people)
    assert taps(push) == {}


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_the_newest_row_holds_in_whatever_order_it_is_heard(
    people: World, order: tuple[int, ...]
) -> None:
    rows = {1: row(1, HELLO), 2: row(2, PRICES, HELLO), 3: row(3, PRICES)}
    for version in order:
        people.hear("quick_action_row.saved", rows[version])
    people.hear("message.created", message(CLIENT, ARTIST))
    assert list(taps(pushed(people)[0])) == ["Prices"]


def test_what_has_ended_is_not_shown_any_more(people: World) -> None:
    people.hear("quick_action_row.saved", row(1, PRICES))
    people.hear("message.created", message(CLIENT, ARTIST))
    people.later(seconds=LASTING.total_seconds() - 1)
    assert len(items(people, ARTIST)[0]["actions"]) == 1
    people.later(seconds=1)
    assert items(people, ARTIST)[0]["actions"] == []


@pytest.mark.parametrize("news", ["requested", "nudged"])
def test_a_consultation_is_answered_with_one_tap(people: World, news: str) -> None:
    people.hear("quick_action_row.saved", row(1, PRICES))
    event_id = people.hear(f"consultation.{news}", consultation())
    (push,) = pushed(people)
    assert taps(push) == {
        "Prices": OneTap(ARTIST, THREAD, "sys_price_list", event_id, NOON + LASTING)
    }


def test_the_longest_words_with_two_buttons_are_no_push_message_too_long(people: World) -> None:
    # As long as auth, consultations and quick_actions let them be, in characters of most bytes.
    people.know(CLIENT, name="\U00020000" * 100)
    labels = [(f"qac_{letter * 26}", "x" + "\x01" * 99) for letter in "AB"]
    people.hear("quick_action_row.saved", row(1, *labels))
    people.hear("consultation.requested", consultation(subject="\U00020000" * 255))
    (push,) = pushed(people)
    assert len(push["actions"]) == 2


def test_a_consultation_whose_thread_is_not_known_yet_offers_nothing(people: World) -> None:
    people.hear("quick_action_row.saved", row(1, PRICES))
    people.hear("consultation.requested", consultation(clientId="usr_new"))
    assert [taps(push) for push in pushed(people)] == [{}]


def test_who_is_not_told_of_a_consultation_is_offered_nothing(people: World) -> None:
    people.hear("quick_action_row.saved", row(1, PRICES))
    people.hear("consultation.declined", consultation(by="artist", status="declined"))
    assert [taps(push) for push in pushed(people)] == [{}]


@pytest.mark.parametrize("gone", [ARTIST, CLIENT])
def test_nothing_of_it_is_kept_of_who_is_gone(people: World, gone: str) -> None:
    people.hear("quick_action_row.saved", row(1, PRICES))
    people.hear("user.deleted", {"userId": gone})
    assert relations.find_conversation_id(ARTIST, CLIENT) is None
    people.hear("quick_action_row.saved", row(2, PRICES, artist=gone))
    people.hear("conversation.opened", opened())
    assert relations.find_conversation_id(ARTIST, CLIENT) is None
    contact = contacts.find_contact(gone)
    assert contact is not None
    assert (contact.one_tap, contact.erased_at) == ((), NOON)


def test_a_row_may_be_heard_of_before_its_artist(world: World) -> None:
    world.hear("quick_action_row.saved", row(4, PRICES))
    world.know(ARTIST, name="Mara Voss")
    world.now += timedelta(seconds=1)
    world.hear("conversation.opened", opened())
    world.hear("message.created", message(CLIENT, ARTIST))
    assert len(items(world, ARTIST)[0]["actions"]) == 1


# ---- what came of it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("blocked", "One of you blocked the other."),
        ("person_gone", "The other's account was deleted."),
        ("something_new", "Open the conversation and write it there."),
    ],
)
def test_an_artist_hears_what_was_not_sent_and_why(people: World, reason: str, why: str) -> None:
    refused = {"executionId": "link:evt_1:x", "artistId": ARTIST, "conversationId": THREAD}
    for _ in range(2):
        people.hear("quick_action.refused", refused | {"reason": reason}, event_id="evt_refused")
    (push,) = pushed(people)
    assert (push["title"], push["body"]) == ("Your message was not sent", why)
    assert push["data"] == {"conversationId": THREAD}
    assert [item["title"] for item in items(people, ARTIST)] == [push["title"]]
    assert items(people, CLIENT) == []


def test_who_is_gone_hears_of_nothing(people: World) -> None:
    people.hear("user.deleted", {"userId": ARTIST})
    refused = {"executionId": "tap-1", "artistId": ARTIST, "conversationId": THREAD}
    people.hear("quick_action.refused", refused | {"reason": "blocked"})
    assert people.deliveries() == []
    assert items(people, ARTIST) == []
