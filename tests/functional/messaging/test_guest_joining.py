"""Joining: a guest becomes a client once the artist has asked and the guest's code was entered."""

import itertools
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from messaging import consumers
from messaging.models import Guest, MessageType
from messaging.store import guests as store
from messaging.use_cases import export, guest_joining, message_sequence
from shared.events.sweeper import SweepIncomplete
from tests.functional.messaging import guests
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.guests import GUEST, ask, join, lines, sent_to_guest, write
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    OTHER_CLIENT,
    PATH,
    World,
    code,
    errors,
    ok,
)

JOINED = "The guest joined with an account."
REQUESTED = "A code was sent to the guest, to join with an account."


@pytest.fixture
def guest_world(world: World) -> World:
    """Return a world where a guest and the artist have written to each other."""
    guests.introduce(world)
    write(world, "Do you do swallows?")
    world.send(world.artist, "I do")
    world.deliver()
    return world


def open_both(world: World) -> str:
    """Let the client have a conversation with the artist too. Return its id."""
    guest_cid = world.cid
    own_cid = world.open()
    world.send(world.client, "From the app")
    world.deliver()
    world.cid = guest_cid
    return own_cid


def shown(world: World, person: Any) -> list[tuple[str | None, str | None]]:
    return lines(world.page(person)["items"])


def check_sequences(world: World) -> None:
    """Check that the conversation has no gaps, and no message stands twice."""
    stored = world.messages()
    assert [each.sequence for each in stored] == list(range(1, len(stored) + 1))
    assert len({each.revision for each in stored}) == len(stored)
    sources = [each.source for each in stored if each.source]
    assert len(set(sources)) == len(sources)


# ---- asking ------------------------------------------------------------------------------------


def test_the_code_goes_to_the_guest_only(guest_world: World) -> None:
    secret = ask(guest_world)
    artist = guest_world.artist
    request = guest_world.conversation(artist)["guest"]["joinRequest"]
    assert request == {
        "requestedAt": "2026-03-02T12:00:00Z",
        "expiresAt": "2026-03-02T12:30:00Z",
    }
    assert shown(guest_world, artist)[-1] == (None, REQUESTED)
    seen = str(guest_world.page(artist)) + str(ok(artist.get(guest_world.path("/export"))))
    assert secret not in seen
    assert secret.replace("-", "") not in str(guest_world.everything())
    guest_world.later(minutes=30)
    assert guest_world.conversation(artist)["guest"]["joinRequest"] is None


def test_the_artist_asks_within_the_reply_window_and_not_too_often(guest_world: World) -> None:
    path = guest_world.path("/join-requests")
    assert guest_world.client.post(path).status_code == 403
    for _ in range(5):
        ok(guest_world.artist.post(path), 201)
    assert guest_world.artist.post(path).status_code == 429
    guest_world.later(hours=24)
    answer = guest_world.artist.post(path)
    assert code(answer) == (409, "reply_window_closed")
    assert answer.json_body["reason"] == "window_closed"


def test_a_client_cannot_be_asked(guest_world: World) -> None:
    guest_world.open()
    answer = guest_world.artist.post(guest_world.path("/join-requests"))
    assert code(answer) == (409, "not_a_guest")


# ---- entering the code -------------------------------------------------------------------------


def test_without_a_conversation_the_guests_becomes_that_of_the_client(guest_world: World) -> None:
    world = guest_world
    secret = ask(world)
    joined = ok(join(world, f" {secret.lower()} ".strip()))
    assert (joined["id"], joined["clientId"]) == (world.cid, CLIENT)
    world.deliver()
    expected = [
        (CLIENT, "Do you do swallows?"),
        (ARTIST, "I do"),
        (None, REQUESTED),
        (None, JOINED),
    ]
    assert shown(world, world.client) == shown(world, world.artist) == expected
    seen = world.conversation(world.artist)
    assert (seen["clientId"], seen["other"]["name"]) == (CLIENT, "Cleo Client")
    assert seen["guest"]["joinedAt"] == "2026-03-02T12:00:00Z"
    own = world.conversation(world.client)
    assert (own["guest"], own["unread"]) == (None, 1)  # the note
    (opened,) = world.published("conversation.opened")
    assert (opened.data["clientId"], opened.data["openedBy"]) == (CLIENT, CLIENT)
    check_sequences(world)


def test_with_a_conversation_the_guests_messages_move_there(
    guest_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest_joining, "BATCH_SIZE", 2)
    world = guest_world
    write(world, "Not read yet")
    world.artist.put(world.path("/read"), json={"sequence": 1})
    own_cid = open_both(world)
    secret = ask(world)
    assert ok(join(world, secret))["id"] == own_cid
    world.deliver()
    old_cid, world.cid = world.cid, own_cid
    assert shown(world, world.client) == [
        (CLIENT, "From the app"),
        (CLIENT, "Do you do swallows?"),
        (ARTIST, "I do"),
        (CLIENT, "Not read yet"),
        (None, REQUESTED),
        (None, JOINED),
    ]
    check_sequences(world)
    listed = ok(world.artist.get(f"{PATH}/conversations"))["items"]
    assert [each["id"] for each in listed] == [own_cid]
    # What the artist had not read, and the note.
    assert (listed[0]["unread"], world.conversation(world.client)["unread"]) == (3, 1)
    assert ok(world.artist.get(f"{PATH}/unread")) == {"total": 3}
    assert ok(world.artist.get(f"{PATH}/conversations/{old_cid}"))["id"] == own_cid
    world.send(world.artist, "Welcome")
    assert shown(world, world.client)[-1] == (ARTIST, "Welcome")


def test_what_the_guest_writes_later_is_the_clients(guest_world: World) -> None:
    world = guest_world
    ok(join(world, ask(world)))
    world.published()
    write(world, "From Instagram again")
    world.deliver()
    assert shown(world, world.client)[-1] == (CLIENT, "From Instagram again")
    assert world.messages()[-1].platform == "instagram"
    created = world.published("message.created")[-1]
    assert (created.data["clientId"], created.data["senderName"]) == (CLIENT, "Cleo Client")


def test_replies_go_to_the_platform_while_it_takes_them(guest_world: World) -> None:
    world = guest_world
    ok(join(world, ask(world)))
    sent = world.send(world.artist, "Both ways")
    assert sent["delivery"]["status"] == "pending"
    assert [each["text"] for each in sent_to_guest(world)] == ["Both ways"]
    world.later(hours=24)
    assert world.send(world.artist, "In the app")["delivery"] is None
    assert sent_to_guest(world) == []


def test_somebody_joins_from_two_platforms(guest_world: World) -> None:
    world = guest_world
    ok(join(world, ask(world)))
    own_cid = world.cid
    world.later(hours=1)
    other = "gst_77"
    data = guests.message_data(world, "On Facebook", platform="facebook", guestId=other)
    world.consume("social_message.received", data)
    (listed, _) = ok(world.artist.get(f"{PATH}/conversations"))["items"]
    world.cid = listed["id"]
    assert listed["guest"]["id"] == other
    assert ok(join(world, ask(world)))["id"] == own_cid
    world.cid = own_cid
    assert world.conversation(world.artist)["guest"]["platform"] == "facebook"
    world.send(world.artist, "Hello there")
    assert [each["guestId"] for each in sent_to_guest(world)] == [other]
    world.later(minutes=1)
    write(world, "And on Instagram")
    world.send(world.artist, "Hello here")
    assert [each["guestId"] for each in sent_to_guest(world)] == [GUEST]
    check_sequences(world)


def test_a_code_joins_one_client_once(guest_world: World) -> None:
    world = guest_world
    secret = ask(world)
    first = ok(join(world, secret))
    other = world.as_user(OTHER_CLIENT)
    assert code(join(world, secret, other)) == (409, "invalid_join_code")
    assert ok(join(world, secret))["id"] == first["id"]
    assert [each.content for each in world.messages()].count(JOINED) == 1
    answer = world.artist.post(world.path("/join-requests"))
    assert code(answer) == (409, "not_a_guest")


def test_nobody_joins_without_both(guest_world: World) -> None:
    world = guest_world
    assert code(join(world, guests.wrong_code())) == (409, "invalid_join_code")
    assert code(join(world, "guess")) == (409, "invalid_join_code")
    assert "body.code" in errors(join(world, ""))
    assert join(world, guests.wrong_code(), world.artist).status_code == 403
    replaced = ask(world)
    secret = ask(world)
    assert code(join(world, replaced)) == (409, "invalid_join_code")
    world.later(minutes=30)
    assert code(join(world, secret)) == (409, "invalid_join_code")
    assert world.stored().client_id == GUEST


def test_attempts_are_limited(guest_world: World) -> None:
    world = guest_world
    secret = ask(world)
    for _ in range(10):
        assert code(join(world, guests.wrong_code())) == (409, "invalid_join_code")
    assert join(world, secret).status_code == 429
    ok(join(world, secret, world.as_user(OTHER_CLIENT)))


@pytest.mark.parametrize("blocker", ["artist", "client"])
def test_nobody_joins_across_a_block(guest_world: World, blocker: str) -> None:
    world = guest_world
    own_cid = open_both(world)
    secret = ask(world)
    ok(getattr(world, blocker).put(f"{PATH}/conversations/{own_cid}/block"))
    assert code(join(world, secret)) == (403, "blocked")
    getattr(world, blocker).delete(f"{PATH}/conversations/{own_cid}/block")
    ok(join(world, secret))


def test_a_block_of_the_client_holds_for_their_platform(guest_world: World) -> None:
    world = guest_world
    ok(join(world, ask(world)))
    ok(world.client.put(world.path("/block")))
    before = len(world.messages())
    write(world, "Through the back")
    assert len(world.messages()) == before
    assert sent_to_guest(world) == []


def test_attachments_are_shared_with_the_client(guest_world: World) -> None:
    world = guest_world
    write(world, None, attachments=["fil_1", "fil_2"])
    message_id = world.messages()[-1].id
    ok(join(world, ask(world)))
    world.deliver()
    (event,) = world.published("guest_message.joined")
    assert event.data == {
        "messageId": message_id,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "attachments": ["fil_1", "fil_2"],
    }


# ---- races and crashes -------------------------------------------------------------------------


def test_of_many_clients_exactly_one_joins(guest_world: World) -> None:
    world = guest_world
    secret = ask(world)
    people = [world.as_user(f"usr_01JD{number:022d}") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda person: join(world, secret, person), people))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    assert len(ok(world.artist.get(f"{PATH}/conversations"))["items"]) == 1


@pytest.mark.parametrize("has_conversation", [False, True])
def test_a_message_that_arrives_during_the_join_is_the_clients(
    guest_world: World, monkeypatch: pytest.MonkeyPatch, has_conversation: bool
) -> None:
    """The guest writes, and joins just before the message is stored."""
    world = guest_world
    if has_conversation:
        open_both(world)
    secret = ask(world)
    append = message_sequence.append

    def join_first(*arguments: Any) -> Any:
        monkeypatch.setattr(message_sequence, "append", append)
        ok(join(world, secret))
        return append(*arguments)

    monkeypatch.setattr(message_sequence, "append", join_first)
    event = write(world, "Just now")
    assert world.redeliver(event) == 0
    world.deliver()
    assert (CLIENT, "Just now") in shown(world, world.client)
    assert [each.content for each in world.messages()].count("Just now") == 1
    check_sequences(world)
    assert not list(world.database.messages.find({"senderId": GUEST}))


@pytest.mark.parametrize("has_conversation", [False, True])
def test_messages_and_replies_during_the_join_are_each_there_once(
    guest_world: World, has_conversation: bool
) -> None:
    """The guest and the artist write while the client enters the code."""
    world = guest_world
    if has_conversation:
        open_both(world)
    secret = ask(world)
    events = [guests.event_received(world, text=f"guest {number}") for number in range(4)]
    calls: list[Callable[[], Any]] = [
        *(partial(consumers.handle, event, world.now) for event in [*events, *events]),
        *(partial(world.send, world.artist, f"artist {number}") for number in range(4)),
    ]
    calls.insert(5, lambda: ok(join(world, secret)))
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(call) for call in calls]:
            done.result()
    world.later(minutes=2)
    guest_joining.settle_due(world.now)
    world.cid = guests.conversation_of_guest(world)
    check_sequences(world)
    written = [(each.sender_id, each.content) for each in world.messages()]
    for number in range(4):
        assert written.count((CLIENT, f"guest {number}")) == 1
        assert written.count((ARTIST, f"artist {number}")) == 1
    assert not list(world.database.messages.find({"conversationId": {"$ne": world.cid}}))


@pytest.mark.parametrize("has_conversation", [False, True])
def test_a_reply_that_is_stored_during_the_join_is_moved_later(
    guest_world: World, has_conversation: bool
) -> None:
    """The artist's message was placed in the guest's conversation, which it then left."""
    world = guest_world
    if has_conversation:
        open_both(world)
    secret = ask(world)
    before = world.stored()
    ok(join(world, secret))
    draft = message_sequence.Draft(type=MessageType.TEXT, content="Late", sender_id=ARTIST)
    message_sequence.append(before, draft, world.now)
    world.later(minutes=2)
    guest_joining.settle_due(world.now)
    world.cid = guests.conversation_of_guest(world)
    assert shown(world, world.client)[-1] == (ARTIST, "Late")
    check_sequences(world)
    assert guest_joining.settle_due(world.now) == 0


@pytest.mark.parametrize("has_conversation", [False, True])
def test_a_crash_at_any_write_loses_and_doubles_nothing(
    guest_world: World, monkeypatch: pytest.MonkeyPatch, has_conversation: bool
) -> None:
    world = guest_world
    monkeypatch.setattr(guest_joining, "ATTEMPT_LIMIT", 100)
    own_cid = open_both(world) if has_conversation else world.cid
    secret = ask(world)
    wanted = {"Do you do swallows?", "I do", REQUESTED}
    for position in itertools.count():
        with failing_at(position, Crash()):
            answer = attempt(lambda: join(world, secret))
        if answer is not None:
            break
    assert ok(answer)["id"] == own_cid
    assert position >= 3
    world.later(minutes=2)
    guest_joining.settle_due(world.now)
    world.cid = own_cid
    contents = [each.content for each in world.messages()]
    assert wanted <= set(contents)
    assert len(set(contents)) == len(contents)
    check_sequences(world)
    assert contents.count(JOINED) == 1


def attempt(call: Callable[[], Any]) -> Any:
    """Return the answer of a call, None where the process ended during it."""
    try:
        return call()
    except Crash:
        return None


@pytest.mark.parametrize("seed", range(6))
def test_events_in_any_order_make_the_same_thread(world: World, seed: int) -> None:
    """Received, repeated, late and echoed messages around a join, in any order."""
    guests.introduce(world)
    write(world, "0")
    events = [guests.event_received(world, text=str(number)) for number in range(1, 6)]
    secret = ask(world)
    order = [*events, *events]
    random.Random(seed).shuffle(order)
    for position, event in enumerate(order):
        if position == 4:
            ok(join(world, secret))
        assert world.redeliver(event) == 0
    world.deliver()
    written = [each.content for each in world.messages() if each.sender_id == CLIENT]
    assert sorted(written, key=str) == [str(number) for number in range(6)]
    check_sequences(world)


# ---- erasure and export ------------------------------------------------------------------------


@pytest.mark.parametrize("has_conversation", [False, True])
def test_a_clients_guest_is_erased_with_the_account(
    guest_world: World, has_conversation: bool
) -> None:
    world = guest_world
    late = guests.event_received(world, text="Late elephant")
    complaint = {"reason": "spam", "messageId": world.messages()[0].id}
    ok(world.artist.post(world.path("/report"), json=complaint), 201)
    if has_conversation:
        open_both(world)
    ok(join(world, ask(world)))
    world.deliver()
    world.consume("user.deleted", {"userId": CLIENT})
    left = str(world.everything())
    for personal in ("Ines", "ines.ink", "swallows", "fil_picture"):
        assert personal not in left
    (erased,) = world.published("guest.erased")
    assert erased.data == {"artistId": ARTIST, "guestId": GUEST, "accountId": guests.ACCOUNT}
    assert world.redeliver(late) == 0  # of before the account was deleted
    assert "elephant" not in str(world.everything())
    world.later(hours=1)
    write(world, "It is me again")  # to the artist, at the platform, as anybody may
    assert [each.content for each in world.messages()] == ["It is me again"]
    assert world.stored().client_id == GUEST


def test_a_guest_who_cannot_be_settled_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, other = (Guest(id=guest_id, artist_id=ARTIST) for guest_id in ("gst_1", "gst_2"))
    ended: list[str] = []

    def settle(guest: Guest, _now: datetime) -> None:
        if guest is broken:
            raise ValueError

    monkeypatch.setattr(store, "list_due", lambda *_: [broken, other])
    monkeypatch.setattr(store, "end_settling", ended.append)
    monkeypatch.setattr(guest_joining, "settle", settle)
    with pytest.raises(SweepIncomplete):
        guest_joining.settle_due(datetime(2030, 1, 31, tzinfo=UTC))
    assert ended == ["gst_2"]


def test_both_find_the_guest_in_their_exports(guest_world: World) -> None:
    secret = ask(guest_world)
    before: Any = export.gather(ARTIST)["guests"]
    assert [(guest.id, guest.name, guest.join) for guest in before] == [(GUEST, "Ines Ink", None)]
    ok(join(guest_world, secret))
    own: Any = export.gather(CLIENT)
    assert [guest.id for guest in own["guests"]] == [GUEST]
    assert [each.content for each in own["messages"]] == ["Do you do swallows?"]
