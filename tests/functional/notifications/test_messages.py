"""Messages reach who is away: one entry for a conversation, no word of them, in any order."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifications import consumers
from notifications.channels.push import topic
from notifications.models import MAX_PUSH_BYTES, Category, Channel, PushContent
from notifications.store import deliveries
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.bookings import ARTIST, CLIENT, push
from tests.functional.notifications.world import NOON, World
from tests.support import aws_calls, repeatable  # noqa: F401  # the profile
from tests.support.gateway import ApiClient
from tests.support.mongo import COMMANDS

THREAD, OTHER = "cnv_01JD2ZK5V7M0Q4X8T6N3R9W1YB", "cnv_01JD2ZK5V7M0Q4X8T6N3R9W1YC"
INBOX = "/v1/notifications/inbox"


@pytest.fixture
def people(world: World) -> World:
    """A world in which the artist and the client are known, and the client has a browser."""
    world.know(ARTIST, name="Mara Voss")
    world.know(CLIENT, name="Ada Byron")
    world.subscribe(world.as_user(CLIENT), "ada")
    return world


def recipient(user_id: str = CLIENT, **changes: bool) -> dict[str, Any]:
    return {"userId": user_id, "isReading": False, "muted": False} | changes


def message(sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """The data of `message.created`: the artist wrote to the client."""
    return {
        "conversationId": THREAD,
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
    data = {"conversationId": THREAD, "userId": user_id, "sequence": sequence}
    return _event("conversation.read", f"evt_read_{sequence}", data)


def hear(world: World, *events: DomainEvent) -> None:
    world.now = max(world.now, NOON + timedelta(hours=1))
    for event in events:
        world.hear_again(event)


def items(person: ApiClient) -> list[dict[str, Any]]:
    return list(person.get(INBOX).json_body["items"])


def unread(person: ApiClient) -> int:
    return int(person.get(f"{INBOX}/unread").json_body["total"])


# ---- who is told, and what ---------------------------------------------------------------------


def test_who_is_away_is_told_without_a_word_of_it(people: World) -> None:
    hear(people, written(1))
    (item,) = items(people.as_user(CLIENT))
    assert (item["title"], item["url"]) == (
        "Mara Voss sent you a message",
        f"/conversations/{THREAD}",
    )
    assert (item["at"], item["count"]) == ("2026-03-02T12:00:01Z", 1)
    assert people.work("push") == 0
    (arrived,) = people.messages("push", "ada")
    assert arrived["title"] == "Mara Voss sent you a message"
    assert json.loads(contents(people)[0].payload)["url"] == f"/conversations/{THREAD}"
    assert arrived["data"] == {"conversationId": THREAD}
    assert arrived["headers"]["urgency"] == "normal"
    assert {delivery.channel for delivery in people.deliveries()} == {Channel.PUSH}
    assert people.delivery().category is Category.TRANSACTIONAL


def test_a_push_takes_the_place_of_the_one_before_it(people: World) -> None:
    hear(people, written(1), written(2), written(1, conversationId=OTHER))
    people.work("push")
    arrived = people.messages("push", "ada")
    assert [one["headers"]["topic"] for one in arrived] == [
        topic(THREAD),
        topic(THREAD),
        topic(OTHER),
    ]
    assert [json.loads(content.payload)["tag"] for content in contents(people)] == [
        THREAD,
        THREAD,
        OTHER,
    ]


def test_a_topic_is_what_the_protocol_allows_and_tells_nothing(people: World) -> None:
    hear(people, written(1))
    people.work("push")
    (arrived,) = people.messages("push", "ada")
    sent = arrived["headers"]["topic"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", sent)  # RFC 8030, 5.4
    assert THREAD not in sent
    assert sent != topic(OTHER)


@pytest.mark.parametrize(
    "recipients",
    [
        [],
        [recipient(isReading=True)],
        [recipient(muted=True)],
        [recipient(isReading=True, muted=True)],
    ],
)
def test_who_reads_or_wants_quiet_is_not_told(
    people: World, recipients: list[dict[str, Any]]
) -> None:
    hear(people, written(1, recipients=recipients))
    assert items(people.as_user(CLIENT)) == []
    assert people.deliveries() == []


def test_each_recipient_is_told_for_themselves(people: World) -> None:
    recipients = [recipient(ARTIST, muted=True), recipient(CLIENT)]
    hear(people, written(1, recipients=recipients))
    assert items(people.as_user(ARTIST, "artist")) == []
    assert len(items(people.as_user(CLIENT))) == 1


def test_a_card_is_told_by_the_fact_it_is_of_and_not_twice(people: World) -> None:
    both = [recipient(ARTIST), recipient(CLIENT)]
    hear(people, written(1, senderId=None, type="proposal", recipients=both))
    assert people.database.inbox.count_documents({}) == 0
    assert people.deliveries() == []


@pytest.mark.parametrize("name", ["", " \u200b\n", "Mara\r\nBcc: all@example.com"])
def test_a_name_forges_no_lines(people: World, name: str) -> None:
    hear(people, written(1, senderName=name))
    expected = "Mara Bcc: all@example.com" if "Mara" in name else "Somebody"
    assert items(people.as_user(CLIENT))[0]["title"] == f"{expected} sent you a message"


def test_the_longest_name_fits(people: World) -> None:
    hear(people, written(1, senderName="\U0001f58b" * 100))
    assert len(push(people, CLIENT).payload) < MAX_PUSH_BYTES


def test_an_erased_recipient_is_told_nothing(people: World) -> None:
    left_behind = people.database.subscriptions.find_one()
    hear(people, written(1))
    people.hear("user.deleted", {"userId": CLIENT})
    people.database.subscriptions.insert_one(left_behind)
    hear(people, written(2), read(2))
    assert people.database.inbox.count_documents({}) == 0
    assert [delivery.content for delivery in people.deliveries()] == [None]


# ---- the thread --------------------------------------------------------------------------------


def test_a_conversation_is_one_entry_that_counts(people: World) -> None:
    ada = people.as_user(CLIENT)
    hear(people, written(1), written(2), written(4, senderName="Mara V."))
    (item,) = items(ada)
    assert (item["title"], item["count"]) == ("Mara V. sent you a message", 3)
    assert unread(ada) == 1
    hear(people, written(1, conversationId=OTHER))
    assert unread(ada) == 2


def test_reading_the_conversation_reads_its_entry(people: World) -> None:
    ada = people.as_user(CLIENT)
    hear(people, written(1), written(2), written(3), read(2))
    assert [(item["isRead"], item["count"]) for item in items(ada)] == [(False, 1)]
    hear(people, read(3))
    assert [(item["isRead"], item["count"]) for item in items(ada)] == [(True, 1)]
    assert unread(ada) == 0
    hear(people, written(4))
    assert [(item["isRead"], item["count"]) for item in items(ada)] == [(False, 1)]


def test_the_other_ones_reading_changes_nothing(people: World) -> None:
    hear(people, written(1), read(1, ARTIST))
    assert unread(people.as_user(CLIENT)) == 1


def test_a_late_message_does_not_bring_back_what_is_read(people: World) -> None:
    ada = people.as_user(CLIENT)
    hear(people, read(3), written(2), written(3))
    assert people.deliveries() == []
    assert unread(ada) == 0
    assert [item["isRead"] for item in items(ada)] == [True]


def test_read_in_the_inbox_a_late_message_does_not_bring_it_back(people: World) -> None:
    ada = people.as_user(CLIENT)
    hear(people, written(3))
    id_ = items(ada)[0]["id"]
    for mark in (
        lambda: ada.put(f"{INBOX}/{id_}/read"),
        lambda: ada.put(f"{INBOX}/read", json={"until": people.now.isoformat()}),
        lambda: ada.delete(f"{INBOX}/{id_}"),
    ):
        assert mark().status_code == 204
        hear(people, written(2), written(1), written(3))
        assert unread(ada) == 0
    assert items(ada) == []
    hear(people, written(4))
    assert [(item["isRead"], item["count"]) for item in items(ada)] == [(False, 1)]


def test_an_older_message_that_comes_late_is_counted_and_not_pushed(people: World) -> None:
    hear(people, written(2), written(1))
    assert items(people.as_user(CLIENT))[0]["count"] == 2
    assert [delivery.event_id for delivery in people.deliveries()] == ["evt_msg_2_B"]


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    facts=st.lists(
        st.tuples(st.sampled_from(["written", "read"]), st.integers(1, 6)),
        min_size=1,
        max_size=8,
        unique=True,
    ),
    chance=st.randoms(use_true_random=False),
)
def test_any_order_and_any_repetition_ends_the_same(
    people: World, facts: list[tuple[str, int]], chance: Any
) -> None:
    events = [written(number) if kind == "written" else read(number) for kind, number in facts]
    shuffled = [*events, *chance.choices(events, k=len(events))]
    chance.shuffle(shuffled)
    ordered = sorted(events, key=lambda event: (event.data["sequence"], event.type != "written"))
    assert outcome(people, shuffled) == outcome(people, ordered)
    pushed = [delivery.event_id for delivery in people.deliveries()]
    assert len(pushed) == len(set(pushed))


def outcome(world: World, events: Sequence[DomainEvent]) -> tuple[Any, ...]:
    """What the client sees once all of them were heard, from nothing on."""
    for collection in ("inbox", "deliveries"):
        world.database[collection].delete_many({})
    for event in events:
        consumers.handle(event, NOON + timedelta(hours=1))
    world.now = NOON + timedelta(hours=1)
    ada = world.as_user(CLIENT)
    return tuple(items(ada)), unread(ada)


def test_an_event_that_died_halfway_is_finished_by_its_second_coming(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "add_deliveries", _die)
        with pytest.raises(RuntimeError):
            consumers.handle(written(1), NOON)
    assert people.deliveries() == []
    hear(people, written(1), written(1))
    assert len(people.deliveries()) == 1
    assert items(people.as_user(CLIENT))[0]["count"] == 1


def test_a_message_that_is_news_no_more_is_not_pushed_by_its_second_coming(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "add_deliveries", _die)
        with pytest.raises(RuntimeError):
            consumers.handle(written(1), NOON)
    hear(people, read(1), written(1))
    assert people.deliveries() == []


# ---- the cost ----------------------------------------------------------------------------------


def test_what_a_message_costs(people: World) -> None:
    hear(people, written(1))
    COMMANDS.clear()
    with aws_calls.counted() as calls:
        consumers.handle(written(2), people.now)
    # The template; the contact, their browsers; the entry as it was and is; the delivery.
    assert COMMANDS == ["aggregate", "find", "find", "find", "update", "insert"]
    assert calls["sqs:SendMessageBatch"] == calls.total() == 1
    COMMANDS.clear()
    consumers.handle(written(1), people.now)
    assert COMMANDS == ["aggregate", "find", "find", "find"]


def test_who_reads_along_costs_nothing(people: World) -> None:
    COMMANDS.clear()
    consumers.handle(written(1, recipients=[recipient(isReading=True)]), people.now)
    assert COMMANDS == []


def contents(world: World) -> list[PushContent]:
    """What is pushed, in order."""
    found = [delivery.content for delivery in world.deliveries()]
    return [content for content in found if isinstance(content, PushContent)]


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
