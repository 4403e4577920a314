"""Guests: people who write from a social platform, in conversations like all others."""

import contextlib
import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from messaging import consumers
from shared.data import bans
from tests.functional.messaging import guests
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.guests import ACCOUNT, GUEST, report, sent_to_guest, write
from tests.functional.messaging.live import Live
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    NOON,
    OTHER_CLIENT,
    PATH,
    World,
    code,
    errors,
    event_of,
    ok,
)


@pytest.fixture
def guest_world(world: World) -> World:
    """Return a world where a guest has written to the artist."""
    guests.introduce(world)
    write(world, "Do you do swallows?")
    world.deliver()
    return world


def reply(world: World, content: str = "I do", **fields: Any) -> dict[str, Any]:
    """Let the artist reply. Return the message."""
    return world.send(world.artist, content, **fields)


def delivery_of(world: World, message_id: str) -> tuple[str, str | None]:
    (found,) = [each for each in world.page(world.artist)["items"] if each["id"] == message_id]
    return found["delivery"]["status"], found["delivery"]["reason"]


# ---- receiving ---------------------------------------------------------------------------------


def test_a_guest_is_listed_with_a_card_instead_of_a_client(guest_world: World) -> None:
    seen = guest_world.conversation(guest_world.artist)
    assert seen["clientId"] is None
    assert seen["other"] == {
        "userId": GUEST,
        "name": "Ines Ink",
        "avatar": "fil_picture",
        "handle": "ines.ink",
        "role": None,
        "isDeleted": False,
    }
    assert seen["guest"] == {
        "id": GUEST,
        "platform": "instagram",
        "name": "Ines Ink",
        "handle": "ines.ink",
        "picture": "fil_picture",
        "accountId": ACCOUNT,
        "replyState": "open",
        "replyUntil": "2026-03-03T12:00:00Z",
        "agentReplyUntil": "2026-03-09T12:00:00Z",
        "joinRequest": None,
        "joinedAt": None,
    }
    assert (seen["unread"], seen["canWrite"]) == (1, True)
    assert seen["lastMessage"]["preview"] == "Do you do swallows?"
    (message,) = guest_world.page(guest_world.artist)["items"]
    assert (message["senderId"], message["platform"]) == (GUEST, "instagram")
    assert (message["sentAt"], message["delivery"]) == ("2026-03-02T12:00:00Z", None)
    assert ok(guest_world.artist.get(f"{PATH}/unread")) == {"total": 1}


def test_a_guests_message_is_published_for_the_artist_only(world: World) -> None:
    guests.introduce(world)
    write(world)
    world.deliver()
    opened, created = sorted(world.published(), key=lambda event: event.type)
    assert opened.data == {
        "conversationId": world.cid,
        "artistId": ARTIST,
        "clientId": None,
        "guestId": GUEST,
        "openedBy": None,
    }
    data = created.data
    assert (data["clientId"], data["guestId"]) == (None, GUEST)
    assert (data["senderId"], data["senderName"]) == (GUEST, "Ines Ink")
    assert data["recipients"] == [{"userId": ARTIST, "isReading": False, "muted": False}]


def test_a_message_is_posted_once_however_often_it_arrives(guest_world: World) -> None:
    event = write(guest_world, "Twice?")
    assert guest_world.redeliver(event) == 0
    again = event_of(event.type, event.data, guest_world.now)  # published again as another event
    assert guest_world.redeliver(again) == 0
    assert [each.content for each in guest_world.messages()] == ["Do you do swallows?", "Twice?"]


def test_the_card_and_the_windows_do_not_depend_on_the_order_of_events(world: World) -> None:
    guests.introduce(world)
    data = [
        guests.message_data(world, f"{hour}", sent_at=NOON.replace(hour=hour), guestName=f"N{hour}")
        for hour in range(5)
    ]
    random.Random(7).shuffle(data)
    for each in [*data, data[0]]:
        world.consume("social_message.received", each)
    world.cid = guests.conversation_of_guest(world)
    seen = ok(world.artist.get(world.path()))["guest"]
    assert (seen["name"], seen["replyUntil"]) == ("N4", "2026-03-03T04:00:00Z")
    assert seen["agentReplyUntil"] == "2026-03-09T04:00:00Z"
    assert sorted(each.content or "" for each in world.messages()) == ["0", "1", "2", "3", "4"]


def test_a_picture_stays_until_there_is_another(world: World) -> None:
    guests.introduce(world)
    for hour, picture in ((2, None), (1, "fil_new"), (0, "fil_old"), (3, None)):
        sent_at = NOON.replace(hour=hour)
        data = guests.message_data(world, sent_at=sent_at, guestPicture=picture)
        world.consume("social_message.received", data)
    world.cid = guests.conversation_of_guest(world)
    assert ok(world.artist.get(world.path()))["guest"]["picture"] == "fil_new"


def test_a_picture_that_was_inspected_later_is_shown_and_posts_nothing(world: World) -> None:
    guests.introduce(world)
    first = guests.write(world, guestPicture=None)
    names = ("accountId", "artistId", "platform", "guestId", "guestName", "guestHandle", "sentAt")
    card = {name: first.data[name] for name in names}
    for _ in range(2):
        world.consume("social_guest.pictured", {**card, "guestPicture": "fil_1"})
    seen = ok(world.artist.get(world.path()))["guest"]
    assert (seen["picture"], seen["replyUntil"]) == ("fil_1", "2026-03-03T12:00:00Z")
    assert len(world.messages()) == 1


def test_what_cannot_be_shown_is_a_line_of_text(guest_world: World) -> None:
    write(guest_world, "Look", unsupported=["sticker", "sticker", "hologram"])
    assert guest_world.messages()[-1].content == (
        "Look\n[a sticker, to be seen at the platform]\n[something, to be seen at the platform]"
    )


def test_attachments_are_the_artists_files(guest_world: World) -> None:
    """Also while their own events, which may come later, are not consumed."""
    write(guest_world, None, attachments=["fil_1"], attachmentKinds=["image"])
    message = guest_world.page(guest_world.artist)["items"][-1]
    assert (message["type"], message["attachments"]) == ("image", ["fil_1"])
    assert message["content"] == ""


def test_what_the_artist_writes_at_the_platform_is_theirs_and_is_not_sent_again(
    guest_world: World,
) -> None:
    guests.echo(guest_world, "From my phone")
    assert sent_to_guest(guest_world) == []
    echoed = guest_world.page(guest_world.artist)["items"][-1]
    assert (echoed["senderId"], echoed["content"]) == (ARTIST, "From my phone")
    assert guest_world.conversation(guest_world.artist)["unread"] == 1


def test_a_crash_at_any_write_loses_and_doubles_nothing(world: World) -> None:
    guests.introduce(world)
    event = guests.event_received(world, text="Do you do swallows?")
    for position in itertools.count():
        with failing_at(position, Crash()), contextlib.suppress(Crash):
            consumers.handle(event, world.now)
            break
    assert position > 3
    world.cid = guests.conversation_of_guest(world)
    world.later(minutes=2)
    world.sweep()
    world.deliver()
    assert [each.content for each in world.messages()] == ["Do you do swallows?"]
    types = [event.type for event in world.published()]
    assert sorted(types) == ["conversation.opened", "message.created"]


def test_messages_that_arrive_at_once_are_each_posted_once(world: World) -> None:
    guests.introduce(world)
    events = [guests.event_received(world, text=str(number)) for number in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda event: consumers.handle(event, NOON), [*events, *events]))
    world.cid = guests.conversation_of_guest(world)
    stored = world.messages()
    assert sorted(each.content or "" for each in stored) == ["0", "1", "2", "3"]
    assert [each.sequence for each in stored] == [1, 2, 3, 4]
    assert world.database.conversations.count_documents({}) == 1


# ---- replying ----------------------------------------------------------------------------------


def test_a_reply_is_published_to_be_sent_once(guest_world: World) -> None:
    sent = reply(guest_world)
    assert sent["delivery"] == {"status": "pending", "reason": None, "at": "2026-03-02T12:00:00Z"}
    (published,) = sent_to_guest(guest_world)
    assert published == {
        "conversationId": guest_world.cid,
        "messageId": sent["id"],
        "artistId": ARTIST,
        "guestId": GUEST,
        "accountId": ACCOUNT,
        "text": "I do",
        "attachments": [],
        "humanAgent": False,
        "createdAt": "2026-03-02T12:00:00Z",
    }
    guest_world.later(minutes=30)
    guest_world.sweep()
    assert sent_to_guest(guest_world) == []


@pytest.mark.parametrize(
    ("hours", "human_agent", "reason", "until"),
    [
        (24, False, "window_closed", "2026-03-03T12:00:00Z"),
        (7 * 24, False, "agent_window_closed", "2026-03-09T12:00:00Z"),
        (7 * 24, True, "agent_window_closed", "2026-03-09T12:00:00Z"),
    ],
)
def test_a_reply_outside_of_the_window_is_refused_with_reason_and_date(
    guest_world: World, hours: int, human_agent: bool, reason: str, until: str
) -> None:
    guest_world.later(hours=hours)
    answer = guest_world.try_sending(guest_world.artist, humanAgent=human_agent)
    assert code(answer) == (409, "reply_window_closed")
    assert (answer.json_body["reason"], answer.json_body["until"]) == (reason, until)
    assert len(guest_world.messages()) == 1
    assert sent_to_guest(guest_world) == []


def test_a_human_agent_answers_for_seven_days(guest_world: World) -> None:
    reply(guest_world, humanAgent=True)  # not needed yet
    guest_world.later(hours=24)
    assert guest_world.conversation(guest_world.artist)["guest"]["replyState"] == "human_agent"
    reply(guest_world, humanAgent=True)
    assert [each["humanAgent"] for each in sent_to_guest(guest_world)] == [False, True]
    write(guest_world, "Still there")
    reply(guest_world)


def test_no_reply_goes_through_an_account_that_is_disconnected(guest_world: World) -> None:
    guests.change_account(guest_world, "disconnected")
    seen = guest_world.conversation(guest_world.artist)
    assert (seen["guest"]["replyState"], seen["canWrite"]) == ("disconnected", False)
    answer = guest_world.try_sending(guest_world.artist)
    assert code(answer) == (409, "reply_window_closed")
    assert answer.json_body["reason"] == "account_disconnected"
    guest_world.later(minutes=1)
    guests.change_account(guest_world, "reconnected")
    reply(guest_world)


def test_a_late_event_does_not_disconnect_an_account(guest_world: World) -> None:
    guest_world.later(minutes=5)
    guests.change_account(guest_world, "reconnected")
    guest_world.later(minutes=-3)
    guests.change_account(guest_world, "disconnected")
    reply(guest_world)


def test_a_human_agent_answers_guests_only(world: World) -> None:
    world.open()
    for person in (world.artist, world.client):
        wrong = errors(world.try_sending(person, humanAgent=True))
        assert wrong == {"body.humanAgent": "is for messages to guests only"}


# ---- delivery and read states ------------------------------------------------------------------


def test_delivery_is_shown_and_never_goes_back(guest_world: World) -> None:
    sent = reply(guest_world)
    guest_world.deliver()
    for status, shown in [
        ("failed", "failed"),
        ("delivered", "delivered"),  # sent again by an operator
        ("sent", "delivered"),
        ("read", "read"),
        ("failed", "read"),
        ("read", "read"),
    ]:
        guests.report(
            guest_world, sent["id"], status, reason="rejected" if status == "failed" else None
        )
        assert delivery_of(guest_world, sent["id"])[0] == shown
    seen = guest_world.conversation(guest_world.artist)
    assert seen["otherReadSequence"] == sent["sequence"]


def test_a_failure_is_shown_with_its_reason(guest_world: World) -> None:
    sent = reply(guest_world)
    guests.report(guest_world, sent["id"], "failed", reason="blocked_by_platform")
    assert delivery_of(guest_world, sent["id"]) == ("failed", "blocked_by_platform")


def test_a_report_of_another_artist_or_guest_changes_nothing(guest_world: World) -> None:
    sent = reply(guest_world)
    guests.report(guest_world, sent["id"], "read", guestId="gst_other")
    guests.report(guest_world, sent["id"], "read", artistId="usr_other")
    guests.report(guest_world, "msg_unknown", "read")
    assert delivery_of(guest_world, sent["id"]) == ("pending", None)


def test_states_are_pushed_and_published_once(live: Live) -> None:
    world = live.world
    guests.introduce(world)
    write(world)
    device = live.open(world.artist)
    live.subscribe(device)
    sent = reply(world)
    world.deliver()
    world.published()
    device.received.clear()
    event = guests.report(world, sent["id"], "delivered")
    world.redeliver(event)
    world.deliver()
    (frame,) = device.received
    assert frame["event"] == "message.changed"
    assert frame["message"]["delivery"]["status"] == "delivered"
    assert world.published() == []
    guests.report(world, sent["id"], "read")
    world.deliver()
    read, changed = device.received[1:]
    assert (read["event"], read["userId"], read["sequence"]) == ("conversation.read", GUEST, 2)
    assert changed["message"]["delivery"]["status"] == "read"
    assert world.published() == []
    write(world, "Thanks")
    world.deliver()
    assert device.received[-1]["event"] == "message.created"
    assert device.received[-1]["message"]["content"] == "Thanks"


def test_a_socket_answers_why_and_since_when(live: Live) -> None:
    world = live.world
    guests.introduce(world)
    write(world)
    world.later(hours=24)
    device = live.open(world.artist)
    problem = live.say(device)["problem"]
    assert (problem["code"], problem["reason"]) == ("reply_window_closed", "window_closed")
    assert problem["until"] == "2026-03-03T12:00:00Z"
    assert live.say(device, humanAgent=True)["event"] == "sent"


# ---- every other route -------------------------------------------------------------------------


def test_every_route_works_or_refuses_clearly(guest_world: World) -> None:
    world, artist = guest_world, guest_world.artist
    sent = reply(world)
    world.deliver()
    assert len(ok(artist.get(world.path("/search?q=swallows")))["items"]) == 1
    exported = ok(artist.get(world.path("/export")))
    assert [each["name"] for each in exported["people"]] == ["Ari Artist", "Ines Ink"]
    assert artist.put(world.path("/read"), json={"sequence": 1}).status_code == 204
    assert world.conversation(artist)["unread"] == 0
    assert ok(artist.put(world.path("/mute"), json={}))["muted"] is True
    assert artist.delete(world.path("/mute")).status_code == 204
    assert artist.post(world.path("/typing")).status_code == 204
    card = {"messageId": "msg_01JD0000000000000000000000"}
    assert code(artist.put(world.path("/pin"), json=card)) == (409, "guest_conversation")
    message = world.path(f"/messages/{sent['id']}")
    edit = artist.request("PATCH", message, json={"content": "No"})
    assert code(edit) == (409, "guest_conversation")
    assert artist.delete(message).status_code == 204
    report = {"reason": "spam", "messageId": world.messages()[0].id}
    ok(artist.post(world.path("/report"), json=report), 201)
    opening = {"clientId": GUEST}
    assert "body.clientId" in errors(artist.post(f"{PATH}/conversations", json=opening))
    for stranger in (world.client, world.as_user(ARTIST.replace("A", "E"), "artist")):
        assert stranger.get(world.path()).status_code == 404
        assert stranger.post(world.path("/join-requests")).status_code in (403, 404)


def test_a_quick_action_is_refused_with_the_reason(guest_world: World) -> None:
    text = {"type": "text", "content": "Hi"}
    data = {"executionId": "tap-1", "artistId": ARTIST, "conversationId": guest_world.cid}
    guest_world.consume("quick_action.executed", data | {"messages": [text]})
    (refused,) = guest_world.published("quick_action.refused")
    assert refused.data["reason"] == "guest_conversation"
    assert len(guest_world.messages()) == 1


def test_a_message_that_was_deleted_in_time_is_not_sent(guest_world: World) -> None:
    sent = reply(guest_world)
    ok(guest_world.artist.delete(guest_world.path(f"/messages/{sent['id']}")), 204)
    assert sent_to_guest(guest_world) == []


# ---- blocks and bans ---------------------------------------------------------------------------


def test_a_block_holds_both_ways(guest_world: World) -> None:
    late = reply(guest_world, "Sent just before the block")
    ok(guest_world.artist.put(guest_world.path("/block")))
    write(guest_world, "Let me in")
    assert sent_to_guest(guest_world) == []
    assert delivery_of(guest_world, late["id"]) == ("failed", "blocked")
    assert code(guest_world.try_sending(guest_world.artist)) == (403, "blocked")
    assert code(guest_world.artist.post(guest_world.path("/join-requests"))) == (403, "blocked")
    shown = [each.content for each in guest_world.messages()]
    assert shown == ["Do you do swallows?", "Sent just before the block"]
    guest_world.artist.delete(guest_world.path("/block"))
    write(guest_world, "Thank you")
    assert guest_world.messages()[-1].content == "Thank you"


def test_nobody_sees_how_far_a_message_has_come_under_a_block(guest_world: World) -> None:
    sent = reply(guest_world, "Friday?")
    sent_to_guest(guest_world)
    report(guest_world, sent["id"], "sent")
    ok(guest_world.artist.put(guest_world.path("/block")))
    for status in ("delivered", "read"):
        report(guest_world, sent["id"], status)
        assert delivery_of(guest_world, sent["id"]) == ("sent", None)
    assert guest_world.conversation(guest_world.artist)["otherReadSequence"] == 0
    guest_world.artist.delete(guest_world.path("/block"))
    report(guest_world, sent["id"], "read")
    assert delivery_of(guest_world, sent["id"]) == ("read", None)
    assert guest_world.conversation(guest_world.artist)["otherReadSequence"] == 2


def test_a_blocked_guest_never_notifies(guest_world: World) -> None:
    ok(guest_world.artist.put(guest_world.path("/block")))
    guest_world.deliver()
    (changed,) = guest_world.published("conversation.block_changed")
    assert (changed.data["clientId"], changed.data["guestId"]) == (None, GUEST)
    write(guest_world, "Hello?")
    guest_world.deliver()
    assert guest_world.published() == []
    assert guest_world.conversation(guest_world.artist)["unread"] == 1


def test_nothing_is_posted_to_an_artist_who_is_banned(
    guest_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bans, "find_banned", lambda user_ids: {ARTIST} & set(user_ids))
    write(guest_world, "Hello?")
    assert len(guest_world.messages()) == 1


# ---- deleted accounts --------------------------------------------------------------------------


def test_an_artists_guests_go_with_the_account(guest_world: World) -> None:
    reply(guest_world)
    guests.change_account(guest_world, "connected")
    guest_world.deliver()
    guest_world.consume("user.deleted", {"userId": ARTIST})
    guest_world.consume("social_message.received", guests.message_data(guest_world))
    guests.change_account(guest_world, "connected")
    left = guest_world.everything()
    for name in ("guests", "conversations", "messages", "socialAccounts"):
        assert left.get(name, []) == [], name
    assert "Ines" not in str(left)


def test_other_peoples_conversations_stay(guest_world: World) -> None:
    guest_cid = guest_world.cid
    guest_world.open()
    guest_world.send(guest_world.client, "Hello")
    guest_world.consume("user.deleted", {"userId": OTHER_CLIENT})
    listed = ok(guest_world.artist.get(f"{PATH}/conversations"))["items"]
    assert {each["id"] for each in listed} == {guest_cid, guest_world.cid}
    assert {each["clientId"] for each in listed} == {None, CLIENT}
