"""Quick actions that artists can do with one tap from a notification."""

import itertools
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from notifications.models import PushContent
from notifications.store import contacts, conversations
from shared.http import one_tap_links
from shared.http.one_tap_links import OneTap
from tests.functional.notifications.event_data import ARTIST, CLIENT, consultation
from tests.functional.notifications.world import NOON, World

CONVERSATION = "cnv_01JD2ZK5V7M0Q4X8T6N3R9W1YB"
INBOX = "/v1/notifications/inbox"
PRICES, HELLO = ("sys_price_list", "Prices"), ("qac_1", "Say hello")
LIFETIME = timedelta(days=3)


@pytest.fixture
def people(world: World) -> World:
    """A world in which the two have a conversation, and each has a browser."""
    for user_id, name in ((ARTIST, "Mara Voss"), (CLIENT, "Ada Byron")):
        world.add_contact(user_id, name=name)
        world.subscribe(world.as_user(user_id), name)
    world.consume("conversation.opened", opened())
    return world


def opened(**changes: Any) -> dict[str, Any]:
    return {"conversationId": CONVERSATION, "artistId": ARTIST, "clientId": CLIENT} | changes


def saved_actions(version: int, *chosen: tuple[str, str], artist: str = ARTIST) -> dict[str, Any]:
    actions = [
        {"actionId": action_id, "label": label, "contentHash": f"hash of {label}"[:16]}
        for action_id, label in chosen
    ]
    return {"artistId": artist, "oneTap": actions, "recordVersion": version}


def message(sender: str, *recipients: str, sequence: int = 1) -> dict[str, Any]:
    away = [{"userId": user_id, "isReading": False, "muted": False} for user_id in recipients]
    return {
        "conversationId": CONVERSATION,
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
    """Return the payloads of the push messages."""
    contents = [delivery.content for delivery in people.deliveries()]
    return [json.loads(content.payload) for content in contents if isinstance(content, PushContent)]


def taps(payload: Mapping[str, Any]) -> dict[str, OneTap]:
    """Return what the buttons of a notification do, by their labels."""
    by_label = {}
    for action in payload.get("actions", []):
        path, _, token = action["link"].rpartition("/")
        tap = one_tap_links.read(token)
        assert path == one_tap_links.PATH
        assert tap is not None
        by_label[action["title"]] = tap
    return by_label


def items(people: World, user_id: str) -> list[dict[str, Any]]:
    return list(people.as_user(user_id).get(INBOX).json_body["items"])


def test_a_message_offers_the_actions_that_its_artist_chose(people: World) -> None:
    people.consume("quick_action_row.saved", saved_actions(1, PRICES, HELLO))
    event_id = people.consume("message.created", message(CLIENT, ARTIST))
    (push,) = pushed(people)
    ends = NOON + LIFETIME
    assert taps(push) == {
        "Prices": OneTap(ARTIST, CONVERSATION, "sys_price_list", event_id, ends, "hash of Prices"),
        "Say hello": OneTap(ARTIST, CONVERSATION, "qac_1", event_id, ends, "hash of Say hell"),
    }
    (item,) = items(people, ARTIST)
    assert item["actions"] == push["actions"]
    assert people.work("push") == 0
    (arrived,) = people.messages("push", "Mara Voss")
    assert arrived["actions"] == push["actions"]


def test_a_repeated_message_offers_the_same_actions(people: World) -> None:
    people.consume("quick_action_row.saved", saved_actions(1, PRICES))
    for _ in range(2):
        people.consume("message.created", message(CLIENT, ARTIST), event_id="evt_once")
    (push,) = pushed(people)
    assert [tap.occasion for tap in taps(push).values()] == ["evt_once"]


def test_a_later_message_of_the_conversation_offers_new_links(people: World) -> None:
    people.consume("quick_action_row.saved", saved_actions(1, PRICES))
    for sequence in (1, 2):
        people.consume("message.created", message(CLIENT, ARTIST, sequence=sequence))
    first, second = pushed(people)
    assert taps(first)["Prices"].occasion != taps(second)["Prices"].occasion
    (item,) = items(people, ARTIST)
    assert item["actions"] == second["actions"]


def test_an_artist_without_actions_is_offered_none(people: World) -> None:
    people.consume("message.created", message(CLIENT, ARTIST))
    (push,) = pushed(people)
    assert "actions" not in push
    assert items(people, ARTIST)[0]["actions"] == []


def test_only_the_artist_of_the_conversation_is_offered_actions(people: World) -> None:
    # An artist may be a client of another one: their actions are for their own conversations.
    people.consume("quick_action_row.saved", saved_actions(1, PRICES))
    people.consume("quick_action_row.saved", saved_actions(1, PRICES, artist=CLIENT))
    people.consume("message.created", message(ARTIST, CLIENT))
    (push,) = pushed(people)
    assert taps(push) == {}


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_the_newest_version_of_the_actions_is_used_in_any_order(
    people: World, order: tuple[int, ...]
) -> None:
    versions = {
        1: saved_actions(1, HELLO),
        2: saved_actions(2, PRICES, HELLO),
        3: saved_actions(3, PRICES),
    }
    for version in order:
        people.consume("quick_action_row.saved", versions[version])
    people.consume("message.created", message(CLIENT, ARTIST))
    assert list(taps(pushed(people)[0])) == ["Prices"]


def test_an_expired_action_is_not_shown(people: World) -> None:
    people.consume("quick_action_row.saved", saved_actions(1, PRICES))
    people.consume("message.created", message(CLIENT, ARTIST))
    people.later(seconds=LIFETIME.total_seconds() - 1)
    assert len(items(people, ARTIST)[0]["actions"]) == 1
    people.later(seconds=1)
    assert items(people, ARTIST)[0]["actions"] == []


@pytest.mark.parametrize("name", ["requested", "nudged"])
def test_a_consultation_offers_the_actions(people: World, name: str) -> None:
    people.consume("quick_action_row.saved", saved_actions(1, PRICES))
    event_id = people.consume(f"consultation.{name}", consultation())
    (push,) = pushed(people)
    assert taps(push) == {
        "Prices": OneTap(
            ARTIST, CONVERSATION, "sys_price_list", event_id, NOON + LIFETIME, "hash of Prices"
        )
    }


def test_the_longest_texts_with_two_actions_fit_a_push_message(people: World) -> None:
    # As long as auth, consultations and quick_actions allow, in characters of the most bytes.
    people.add_contact(CLIENT, name="\U00020000" * 100)
    labels = [(f"qac_{letter * 26}", "x" + "\x01" * 99) for letter in "AB"]
    people.consume("quick_action_row.saved", saved_actions(1, *labels))
    people.consume("consultation.requested", consultation(subject="\U00020000" * 255))
    (push,) = pushed(people)
    assert len(push["actions"]) == 2


def test_a_consultation_without_a_known_conversation_offers_no_actions(people: World) -> None:
    people.consume("quick_action_row.saved", saved_actions(1, PRICES))
    people.consume("consultation.requested", consultation(clientId="usr_new"))
    assert [taps(push) for push in pushed(people)] == [{}]


def test_the_end_of_a_consultation_offers_no_actions(people: World) -> None:
    people.consume("quick_action_row.saved", saved_actions(1, PRICES))
    people.consume("consultation.declined", consultation(by="artist", status="declined"))
    assert [taps(push) for push in pushed(people)] == [{}]


@pytest.mark.parametrize("erased", [ARTIST, CLIENT])
def test_actions_and_conversations_of_an_erased_user_are_deleted(
    people: World, erased: str
) -> None:
    people.consume("quick_action_row.saved", saved_actions(1, PRICES))
    people.consume("user.deleted", {"userId": erased})
    assert conversations.find_id(ARTIST, CLIENT) is None
    people.consume("quick_action_row.saved", saved_actions(2, PRICES, artist=erased))
    people.consume("conversation.opened", opened())
    assert conversations.find_id(ARTIST, CLIENT) is None
    contact = contacts.find_contact(erased)
    assert contact is not None
    assert (contact.one_tap, contact.erased_at) == ((), NOON)


def test_the_actions_may_arrive_before_their_artist(world: World) -> None:
    world.consume("quick_action_row.saved", saved_actions(4, PRICES))
    world.add_contact(ARTIST, name="Mara Voss")
    world.now += timedelta(seconds=1)
    world.consume("conversation.opened", opened())
    world.consume("message.created", message(CLIENT, ARTIST))
    assert len(items(world, ARTIST)[0]["actions"]) == 1


# ---- refused actions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("blocked", "One of you blocked the other."),
        ("person_gone", "The other's account was deleted."),
        ("something_new", "Open the conversation and write it there."),
    ],
)
def test_an_artist_is_notified_of_a_message_that_was_not_sent(
    people: World, reason: str, why: str
) -> None:
    refused = {"executionId": "link:evt_1:x", "artistId": ARTIST, "conversationId": CONVERSATION}
    for _ in range(2):
        people.consume("quick_action.refused", refused | {"reason": reason}, event_id="evt_refused")
    (push,) = pushed(people)
    assert (push["title"], push["body"]) == ("Your message was not sent", why)
    assert push["data"] == {"conversationId": CONVERSATION}
    assert [item["title"] for item in items(people, ARTIST)] == [push["title"]]
    assert items(people, CLIENT) == []


def test_an_erased_artist_is_not_notified_of_a_refusal(people: World) -> None:
    people.consume("user.deleted", {"userId": ARTIST})
    refused = {"executionId": "tap-1", "artistId": ARTIST, "conversationId": CONVERSATION}
    people.consume("quick_action.refused", refused | {"reason": "blocked"})
    assert people.deliveries() == []
    assert items(people, ARTIST) == []
