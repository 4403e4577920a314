"""Notices of messages: one entry per conversation, without their text, in any order."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifications import consumers
from notifications.channels.push import build_topic
from notifications.models import Channel, MessageCategory, PushContent
from notifications.store import deliveries
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.event_data import ARTIST, CLIENT, push
from tests.functional.notifications.world import NOON, World
from tests.support import aws_calls, repeatable  # noqa: F401  # the profile
from tests.support.gateway import ApiClient
from tests.support.mongo import COMMANDS

CONVERSATION, OTHER = "cnv_01JD2ZK5V7M0Q4X8T6N3R9W1YB", "cnv_01JD2ZK5V7M0Q4X8T6N3R9W1YC"
INBOX = "/v1/notifications/inbox"


@pytest.fixture
def people(world: World) -> World:
    """A world with an artist, a client and the client's browser."""
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    world.subscribe(world.as_user(CLIENT), "ada")
    return world


def recipient(user_id: str = CLIENT, **changes: bool) -> dict[str, Any]:
    return {"userId": user_id, "isReading": False, "muted": False} | changes


def message(sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """Build the data of `message.created`: the artist wrote to the client."""
    return {
        "conversationId": CONVERSATION,
        "messageId": f"msg_{sequence}",
        "sequence": sequence,
        "type": "text",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "senderId": ARTIST,
        "senderName": "Mara Voss",
        "recipients": [recipient()],
        "attachments": [],
        "createdAt": (NOON + timedelta(seconds=sequence)).isoformat(),
    } | changes


def written(sequence: int, **changes: Any) -> DomainEvent:
    return _event("message.created", f"evt_msg_{sequence}", message(sequence, **changes))


def read(sequence: int, user_id: str = CLIENT) -> DomainEvent:
    data = {"conversationId": CONVERSATION, "userId": user_id, "sequence": sequence}
    return _event("conversation.read", f"evt_read_{sequence}", data)


def consume(world: World, *events: DomainEvent) -> None:
    world.now = max(world.now, NOON + timedelta(hours=1))
    for event in events:
        world.consume_event(event)


def items(person: ApiClient) -> list[dict[str, Any]]:
    return list(person.get(INBOX).json_body["items"])


def unread(person: ApiClient) -> int:
    return int(person.get(f"{INBOX}/unread").json_body["total"])


# ---- recipients and content --------------------------------------------------------------------


def test_an_absent_recipient_is_notified_without_the_text(people: World) -> None:
    consume(people, written(1))
    (item,) = items(people.as_user(CLIENT))
    assert (item["title"], item["url"]) == (
        '"Mara Voss" sent you a message',
        f"/conversations/{CONVERSATION}",
    )
    assert (item["at"], item["count"]) == ("2026-03-02T12:00:01Z", 1)
    assert people.work("push") == 0
    (arrived,) = people.messages("push", "ada")
    assert arrived["title"] == '"Mara Voss" sent you a message'
    assert json.loads(contents(people)[0].payload)["url"] == f"/conversations/{CONVERSATION}"
    assert arrived["data"] == {"conversationId": CONVERSATION}
    assert arrived["headers"]["urgency"] == "normal"
    assert {delivery.channel for delivery in people.deliveries()} == {Channel.PUSH}
    assert people.delivery().category is MessageCategory.MESSAGE


def test_a_push_message_replaces_the_previous_one_of_its_conversation(people: World) -> None:
    consume(people, written(1), written(2), written(1, conversationId=OTHER))
    people.work("push")
    arrived = people.messages("push", "ada")
    assert [message["headers"]["topic"] for message in arrived] == [
        build_topic(CONVERSATION),
        build_topic(CONVERSATION),
        build_topic(OTHER),
    ]
    assert [json.loads(content.payload)["tag"] for content in contents(people)] == [
        CONVERSATION,
        CONVERSATION,
        OTHER,
    ]


def test_a_topic_is_valid_and_reveals_nothing(people: World) -> None:
    consume(people, written(1))
    people.work("push")
    (arrived,) = people.messages("push", "ada")
    sent = arrived["headers"]["topic"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", sent)  # RFC 8030, 5.4
    assert CONVERSATION not in sent
    assert sent != build_topic(OTHER)


@pytest.mark.parametrize(
    "recipients",
    [
        [],
        [recipient(isReading=True)],
        [recipient(muted=True)],
        [recipient(isReading=True, muted=True)],
    ],
)
def test_a_recipient_who_is_reading_or_muted_it_is_not_notified(
    people: World, recipients: list[dict[str, Any]]
) -> None:
    consume(people, written(1, recipients=recipients))
    assert items(people.as_user(CLIENT)) == []
    assert people.deliveries() == []


def test_the_artist_is_notified_of_a_guest_without_quick_actions(people: World) -> None:
    people.subscribe(people.as_user(ARTIST, "artist"), "mara")
    guest = {"clientId": None, "guestId": "gst_1", "senderId": "gst_1", "senderName": "Ines Ink"}
    pair = {"conversationId": CONVERSATION, "artistId": ARTIST, **guest}
    people.consume("conversation.opened", pair)
    block = {"userId": ARTIST, "blocked": False, "recordVersion": 1}
    people.consume("conversation.block_changed", pair | block)
    one_tap = [{"actionId": "qac_1", "label": "Hello", "contentHash": "hash"}]
    people.consume(
        "quick_action_row.saved", {"artistId": ARTIST, "oneTap": one_tap, "recordVersion": 1}
    )
    consume(people, written(1, **guest, recipients=[recipient(ARTIST)]))
    (item,) = items(people.as_user(ARTIST, "artist"))
    assert item["title"] == '"Ines Ink" sent you a message'
    assert "actions" not in json.loads(push(people, ARTIST).payload)


def test_each_recipient_is_decided_separately(people: World) -> None:
    recipients = [recipient(ARTIST, muted=True), recipient(CLIENT)]
    consume(people, written(1, recipients=recipients))
    assert items(people.as_user(ARTIST, "artist")) == []
    assert len(items(people.as_user(CLIENT))) == 1


def test_a_card_is_not_announced_besides_its_event(people: World) -> None:
    both = [recipient(ARTIST), recipient(CLIENT)]
    consume(people, written(1, senderId=None, type="proposal", recipients=both))
    assert people.database.inbox.count_documents({}) == 0
    assert people.deliveries() == []


@pytest.mark.parametrize("name", ["", " \u200b\n", "Mara\r\nBcc: all@example.com"])
def test_a_name_adds_no_lines(people: World, name: str) -> None:
    consume(people, written(1, senderName=name))
    expected = '"Mara Bcc: ..."' if "Mara" in name else "Somebody"
    assert items(people.as_user(CLIENT))[0]["title"] == f"{expected} sent you a message"


def test_the_longest_name_fits(people: World) -> None:
    consume(people, written(1, senderName="\U0001f58b" * 100))
    assert len(push(people, CLIENT).payload) < 3_900


def test_an_erased_recipient_is_not_notified(people: World) -> None:
    subscription = people.database.subscriptions.find_one()
    consume(people, written(1))
    people.consume("user.deleted", {"userId": CLIENT})
    people.database.subscriptions.insert_one(subscription)
    consume(people, written(2), read(2))
    assert people.database.inbox.count_documents({}) == 0
    assert [delivery.content for delivery in people.deliveries()] == [None]


# ---- conversations -----------------------------------------------------------------------------


def test_a_conversation_is_one_entry_that_counts(people: World) -> None:
    ada = people.as_user(CLIENT)
    consume(people, written(1), written(2), written(4, senderName="Mara V."))
    (item,) = items(ada)
    assert (item["title"], item["count"]) == ('"Mara V." sent you a message', 3)
    assert unread(ada) == 1
    consume(people, written(1, conversationId=OTHER))
    assert unread(ada) == 2


def test_reading_the_conversation_reads_its_entry(people: World) -> None:
    ada = people.as_user(CLIENT)
    consume(people, written(1), written(2), written(3), read(2))
    assert [(item["isRead"], item["count"]) for item in items(ada)] == [(False, 1)]
    consume(people, read(3))
    assert [(item["isRead"], item["count"]) for item in items(ada)] == [(True, 1)]
    assert unread(ada) == 0
    consume(people, written(4))
    assert [(item["isRead"], item["count"]) for item in items(ada)] == [(False, 1)]


def test_reading_by_the_other_side_changes_nothing(people: World) -> None:
    consume(people, written(1), read(1, ARTIST))
    assert unread(people.as_user(CLIENT)) == 1


def test_a_late_message_of_a_read_conversation_stays_read(people: World) -> None:
    ada = people.as_user(CLIENT)
    consume(people, read(3), written(2), written(3))
    assert people.deliveries() == []
    assert unread(ada) == 0
    assert [item["isRead"] for item in items(ada)] == [True]


def test_a_late_message_of_an_entry_read_in_the_inbox_stays_read(people: World) -> None:
    ada = people.as_user(CLIENT)
    consume(people, written(3))
    id_ = items(ada)[0]["id"]
    until = {"until": people.now.isoformat()}
    marks: tuple[Callable[[], Any], ...] = (
        lambda: ada.put(f"{INBOX}/{id_}/read"),
        lambda: ada.put(f"{INBOX}/read", json=until),
        lambda: ada.delete(f"{INBOX}/{id_}"),
    )
    for mark in marks:
        assert mark().status_code == 204
        consume(people, written(2), written(1), written(3))
        assert unread(ada) == 0
    assert items(ada) == []
    consume(people, written(4))
    assert [(item["isRead"], item["count"]) for item in items(ada)] == [(False, 1)]


def test_a_late_older_message_is_counted_but_not_pushed(people: World) -> None:
    consume(people, written(2), written(1))
    assert items(people.as_user(CLIENT))[0]["count"] == 2
    assert [delivery.event_id for delivery in people.deliveries()] == ["evt_msg_2_B"]


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["written", "read"]), st.integers(1, 6)),
        min_size=1,
        max_size=8,
        unique=True,
    ),
    chance=st.randoms(use_true_random=False),
)
def test_any_order_and_repetition_leads_to_the_same_entry(
    people: World, steps: list[tuple[str, int]], chance: Any
) -> None:
    events = [written(number) if kind == "written" else read(number) for kind, number in steps]
    shuffled = [*events, *chance.choices(events, k=len(events))]
    chance.shuffle(shuffled)
    ordered = sorted(events, key=lambda event: (event.data["sequence"], event.type != "written"))
    assert outcome(people, shuffled) == outcome(people, ordered)
    pushed = [delivery.event_id for delivery in people.deliveries()]
    assert len(pushed) == len(set(pushed))


def outcome(world: World, events: Sequence[DomainEvent]) -> tuple[Any, ...]:
    """Return what the client sees after all of the events, from an empty database on."""
    for collection in ("inbox", "deliveries"):
        world.database[collection].delete_many({})
    for event in events:
        consumers.handle(event, NOON + timedelta(hours=1))
    world.now = NOON + timedelta(hours=1)
    ada = world.as_user(CLIENT)
    return tuple(items(ada)), unread(ada)


def test_a_half_handled_message_is_finished_by_its_redelivery(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "add_deliveries", _die)
        with pytest.raises(RuntimeError):
            consumers.handle(written(1), NOON)
    assert people.deliveries() == []
    consume(people, written(1), written(1))
    assert len(people.deliveries()) == 1
    assert items(people.as_user(CLIENT))[0]["count"] == 1


def test_a_message_read_meanwhile_is_not_pushed_by_its_redelivery(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "add_deliveries", _die)
        with pytest.raises(RuntimeError):
            consumers.handle(written(1), NOON)
    consume(people, read(1), written(1))
    assert people.deliveries() == []


# ---- cost --------------------------------------------------------------------------------------


def test_the_cost_of_a_message(people: World) -> None:
    consume(people, written(1))
    COMMANDS.clear()
    with aws_calls.counted() as calls:
        consumers.handle(written(2), people.now)
    # The contact; the template; the browsers; the entry, read; the version of the inbox; the entry,
    # written; the place among the push messages that the conversation may send in a window; the
    # delivery.
    assert ["find", "aggregate", "find", "find", *["update"] * 3, "insert"] == COMMANDS
    assert calls["sqs:SendMessageBatch"] == calls.total() == 1
    COMMANDS.clear()
    consumers.handle(written(1), people.now)
    assert COMMANDS == ["find", "aggregate", "find", "find"]


def test_a_recipient_who_is_reading_costs_nothing(people: World) -> None:
    COMMANDS.clear()
    consumers.handle(written(1, recipients=[recipient(isReading=True)]), people.now)
    assert COMMANDS == []


def contents(world: World) -> list[PushContent]:
    """Return the contents of the push messages, in order."""
    all_contents = [delivery.content for delivery in world.deliveries()]
    return [content for content in all_contents if isinstance(content, PushContent)]


def _event(type_: str, event_id: str, data: dict[str, Any]) -> DomainEvent:
    at: datetime = NOON + timedelta(seconds=int(data["sequence"]))
    return DomainEvent(
        id=f"{event_id}_{data['conversationId'][-1]}",
        source="/artist-booking/messaging",
        type=type_,
        subject=data["conversationId"],
        time=at,
        data=data,
        correlationid="test-correlation-id",
    )


def _die(*_: object) -> None:
    raise RuntimeError("died")
