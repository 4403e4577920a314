"""Reading, typing, muting, pinning."""

from typing import Any
from unittest import mock

import pytest

from messaging.live import fanout
from messaging.models import Reference, Type
from messaging.use_cases import membership, message_sequence
from messaging.use_cases.message_sequence import Draft
from tests.functional.messaging.people import (
    ARTIST,
    CLIENT,
    PATH,
    World,
    code,
    errors,
    ok,
)
from tests.support.mongo import COMMANDS
from tests.support.threads import together


@pytest.fixture
def thread(world: World) -> World:
    """A conversation in which the artist wrote five messages and the client one, delivered."""
    world.open()
    for _ in range(5):
        world.send(world.artist)
    world.send(world.client)
    world.deliver()
    world.published()
    return world


def read(world: World, sequence: int, status: int = 204) -> None:
    ok(world.client.put(world.path("/read"), json={"sequence": sequence}), status)


def unread(world: World) -> tuple[int, int]:
    """By the list, and by the total."""
    total = ok(world.client.get(f"{PATH}/unread"))["total"]
    return world.conversation(world.client)["unread"], total


def test_reading_moves_the_cursor_on_and_never_back(thread: World) -> None:
    assert unread(thread) == (5, 5)
    read(thread, 3)
    assert unread(thread) == (2, 2)
    read(thread, 2)
    assert unread(thread) == (2, 2)
    read(thread, 6)
    assert unread(thread) == (0, 0)
    assert thread.conversation(thread.client)["readSequence"] == 6
    assert thread.conversation(thread.artist)["otherReadSequence"] == 6
    assert thread.conversation(thread.artist)["unread"] == 1


def test_one_cannot_read_what_is_not_there(thread: World) -> None:
    answer = thread.client.put(thread.path("/read"), json={"sequence": 7})
    assert errors(answer) == {"body.sequence": "is beyond the last message"}
    for nonsense in (0, -1, "1", 1.5, 2**53):
        wrong = thread.client.put(thread.path("/read"), json={"sequence": nonsense})
        assert set(errors(wrong)) == {"body.sequence"}


def test_reading_before_delivery_is_no_debt(thread: World) -> None:
    thread.send(thread.artist)
    read(thread, 7)
    assert unread(thread) == (0, 0)
    thread.deliver()
    assert unread(thread) == (0, 0)
    thread.send(thread.artist)
    thread.deliver()
    assert unread(thread) == (1, 1)


def test_others_hear_how_far_one_has_read(thread: World) -> None:
    read(thread, 2)
    read(thread, 4)
    thread.deliver()
    heard = thread.published()
    assert {event.type for event in heard} == {"conversation.read"}
    assert heard[-1].data == {"conversationId": thread.cid, "userId": CLIENT, "sequence": 4}
    read(thread, 4)
    thread.deliver()
    assert thread.published() == []
    assert thread.kept().unpublished == ()


def test_reading_is_one_write_and_one_order(thread: World) -> None:
    COMMANDS.clear()
    read(thread, 4)
    assert [command for command in COMMANDS if command != "find"] == ["update"]
    assert thread.waiting() == 1


def test_cursors_at_once_end_at_the_highest(thread: World) -> None:
    numbers = iter([1, 6, 3, 5, 2, 4])
    together(6, lambda: read(thread, next(numbers)))
    assert thread.kept().client.read_sequence == 6
    assert thread.kept().client.read_count == 5


def test_who_decided_on_an_older_cursor_does_not_move_it_back(thread: World) -> None:
    before = membership.of(CLIENT, thread.cid)
    read(thread, 6)
    with mock.patch.object(membership, "of", return_value=before):
        read(thread, 3)
    assert thread.kept().client.read_sequence == 6


def test_what_is_read_while_it_is_told_is_told_too(thread: World) -> None:
    """The worker has read the conversation; the cursor moves on before it notes what it told."""
    read(thread, 2)
    real = thread.kept()
    with mock.patch("messaging.store.conversations.find", return_value=real):
        read_later = thread.database.conversations
        read_later.update_one(
            {"_id": thread.cid},
            {"$set": {"client.readSequence": 4}, "$inc": {"version": 1}},
        )
        thread.work("deliveries")
    assert thread.kept().unpublished == ("client",)
    thread.later(seconds=61)
    thread.sweep()
    thread.deliver()
    assert [event.data["sequence"] for event in thread.published()] == [2, 4]


def test_devices_are_told_at_once(thread: World) -> None:
    with mock.patch.object(fanout, "deliver", return_value=set()) as deliver:
        read(thread, 2)
        ok(thread.client.post(thread.path("/typing")), 204)
    told = [(type(call.args[0]).__name__, sorted(call.args[1])) for call in deliver.call_args_list]
    assert told == [("ConversationRead", [ARTIST, CLIENT]), ("Typing", [ARTIST])]


# ---- mute --------------------------------------------------------------------------------------


def recipients(world: World) -> list[dict[str, Any]]:
    """Whom the event of one more message of the artist is for."""
    world.send(world.artist)
    world.deliver()
    (created,) = world.published("message.created")
    return list(created.data["recipients"])


def told(muted: bool) -> list[dict[str, Any]]:
    return [{"userId": CLIENT, "isReading": False, "muted": muted}]


def test_who_is_muted_is_told_so(thread: World) -> None:
    assert recipients(thread) == told(False)
    assert ok(thread.client.put(thread.path("/mute"), json={}))["muted"] is True
    assert recipients(thread) == told(True)
    assert thread.conversation(thread.artist)["muted"] is False
    ok(thread.client.delete(thread.path("/mute")), 204)
    assert recipients(thread) == told(False)


def test_a_mute_ends_by_itself(thread: World) -> None:
    until = {"until": "2026-03-02T13:00:00Z"}
    assert ok(thread.client.put(thread.path("/mute"), json=until))["mutedUntil"] == until["until"]
    thread.later(minutes=59, seconds=59)
    assert recipients(thread) == told(True)
    thread.later(seconds=1)
    assert recipients(thread) == told(False)
    assert thread.conversation(thread.client)["mutedUntil"] is None
    for wrong in ("2026-03-02T13:00:00Z", "2026-03-02T14:00:00", "tomorrow"):
        answer = thread.client.put(thread.path("/mute"), json={"until": wrong})
        assert set(errors(answer)) == {"body.until"}


# ---- pin ---------------------------------------------------------------------------------------


def consultation(world: World, number: int = 1) -> str:
    """A consultation's card in the conversation, as its feature will post it."""
    refer = Reference(kind="consultation", id=f"cns_{number}")
    draft = Draft(type=Type.CONSULTATION, refer=refer, source=f"consultation {refer.id}")
    message, _ = message_sequence.post(world.kept(), draft, world.now)
    return message.id


def test_the_artist_pins_a_consultation(thread: World) -> None:
    first, second = consultation(thread, 1), consultation(thread, 2)
    for card, number in ((first, 1), (second, 2)):
        pinned = ok(thread.artist.put(thread.path("/pin"), json={"messageId": card}))["pinned"]
        refer = {"kind": "consultation", "id": f"cns_{number}"}
        assert pinned == {"messageId": card, "refer": refer}
    assert thread.conversation(thread.client)["pinned"]["messageId"] == second
    ok(thread.artist.delete(thread.path("/pin")), 204)
    assert thread.conversation(thread.client)["pinned"] is None


def test_nothing_else_is_pinned_and_by_nobody_else(thread: World) -> None:
    card = consultation(thread)
    assert code(thread.client.put(thread.path("/pin"), json={"messageId": card})) == (
        403,
        "forbidden",
    )
    assert code(thread.client.delete(thread.path("/pin"))) == (403, "forbidden")
    text = thread.messages()[0].id
    proposal = {"proposalId": "prp_1", "artistId": ARTIST, "clientId": CLIENT}
    thread.hear("proposal.sent", proposal)
    other_card = thread.messages()[-1].id
    unknown = "msg_01JD0000000000000000000000"
    for wrong in (text, other_card, unknown, "msg_1", 7):
        answer = thread.artist.put(thread.path("/pin"), json={"messageId": wrong})
        assert set(errors(answer)) == {"body.messageId"}
    assert thread.kept().pinned is None


def test_a_card_of_another_conversation_is_not_pinned(thread: World) -> None:
    card = consultation(thread)
    other = thread.as_user("usr_01JD" + "B" * 22)
    thread.know("usr_01JD" + "B" * 22, "client")
    body = {"artistId": ARTIST}
    thread.cid = ok(other.post(f"{PATH}/conversations", json=body), 201)["id"]
    answer = thread.artist.put(thread.path("/pin"), json={"messageId": card})
    assert set(errors(answer)) == {"body.messageId"}
