"""Actions of a member: reading, typing, muting, pinning."""

from typing import Any
from unittest import mock

import pytest

from messaging.live import fanout
from messaging.models import MessageType, RecordReference
from messaging.use_cases import membership, message_sequence
from messaging.use_cases.message_sequence import Draft
from tests.functional.messaging.world import (
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
def active_world(world: World) -> World:
    """Return a world where five messages of the artist and one of the client were delivered."""
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
    """Return the count of the list, and the total."""
    total = ok(world.client.get(f"{PATH}/unread"))["total"]
    return world.conversation(world.client)["unread"], total


def test_the_read_cursor_only_moves_forward(active_world: World) -> None:
    assert unread(active_world) == (5, 5)
    read(active_world, 3)
    assert unread(active_world) == (2, 2)
    read(active_world, 2)
    assert unread(active_world) == (2, 2)
    read(active_world, 6)
    assert unread(active_world) == (0, 0)
    assert active_world.conversation(active_world.client)["readSequence"] == 6
    assert active_world.conversation(active_world.artist)["otherReadSequence"] == 6
    assert active_world.conversation(active_world.artist)["unread"] == 1


def test_reading_beyond_the_last_message_is_refused(active_world: World) -> None:
    answer = active_world.client.put(active_world.path("/read"), json={"sequence": 7})
    assert errors(answer) == {"body.sequence": "is beyond the last message"}
    for nonsense in (0, -1, "1", 1.5, 2**53):
        wrong = active_world.client.put(active_world.path("/read"), json={"sequence": nonsense})
        assert set(errors(wrong)) == {"body.sequence"}


def test_reading_before_delivery_keeps_the_unread_count_right(active_world: World) -> None:
    active_world.send(active_world.artist)
    read(active_world, 7)
    assert unread(active_world) == (0, 0)
    active_world.deliver()
    assert unread(active_world) == (0, 0)
    active_world.send(active_world.artist)
    active_world.deliver()
    assert unread(active_world) == (1, 1)


def test_a_moved_read_cursor_is_published(active_world: World) -> None:
    read(active_world, 2)
    read(active_world, 4)
    active_world.deliver()
    published = active_world.published()
    assert {event.type for event in published} == {"conversation.read"}
    assert published[-1].data == {
        "conversationId": active_world.cid,
        "userId": CLIENT,
        "sequence": 4,
    }
    read(active_world, 4)
    active_world.deliver()
    assert active_world.published() == []
    assert active_world.stored().unpublished == ()


def test_reading_writes_the_cursor_and_the_counter_and_is_one_job(
    active_world: World,
) -> None:
    COMMANDS.clear()
    read(active_world, 4)
    assert [command for command in COMMANDS if command != "find"] == ["findAndModify", "update"]
    assert active_world.waiting() == 1


def test_concurrent_cursors_end_at_the_highest(active_world: World) -> None:
    numbers = iter([1, 6, 3, 5, 2, 4])
    together(6, lambda: read(active_world, next(numbers)))
    assert active_world.stored().client.read_sequence == 6
    assert active_world.stored().client.read_count == 5


def test_a_stale_cursor_does_not_move_it_back(active_world: World) -> None:
    before = membership.require_member(CLIENT, active_world.cid)
    read(active_world, 6)
    with mock.patch.object(membership, "require_member", return_value=before):
        read(active_world, 3)
    assert active_world.stored().client.read_sequence == 6


def test_a_cursor_moved_while_publishing_is_published_too(active_world: World) -> None:
    """The cursor moves while the worker publishes what it has read of the conversation."""
    read(active_world, 2)
    real = active_world.stored()
    with mock.patch("messaging.store.conversations.find", return_value=real):
        read_later = active_world.database.conversations
        read_later.update_one(
            {"_id": active_world.cid},
            {"$set": {"client.readSequence": 4}, "$inc": {"version": 1}},
        )
        active_world.work("deliveries")
    assert active_world.stored().unpublished == ("client",)
    active_world.later(seconds=61)
    active_world.sweep()
    active_world.deliver()
    assert [event.data["sequence"] for event in active_world.published()] == [2, 4]


def test_devices_receive_reading_and_typing_at_once(active_world: World) -> None:
    with mock.patch.object(fanout, "deliver", return_value=set()) as deliver:
        read(active_world, 2)
        ok(active_world.client.post(active_world.path("/typing")), 204)
    posted = [
        (type(call.args[0]).__name__, sorted(call.args[1])) for call in deliver.call_args_list
    ]
    assert posted == [("ConversationReadFrame", [ARTIST, CLIENT]), ("MemberTypingFrame", [ARTIST])]


# ---- mute --------------------------------------------------------------------------------------


def recipients(world: World) -> list[dict[str, Any]]:
    """Send a message of the artist. Return the recipients that its event names."""
    world.send(world.artist)
    world.deliver()
    (created,) = world.published("message.created")
    return list(created.data["recipients"])


def list_expected(muted: bool) -> list[dict[str, Any]]:
    return [{"userId": CLIENT, "isReading": False, "muted": muted}]


def test_the_event_names_who_is_muted(active_world: World) -> None:
    assert recipients(active_world) == list_expected(False)
    assert ok(active_world.client.put(active_world.path("/mute"), json={}))["muted"] is True
    assert recipients(active_world) == list_expected(True)
    assert active_world.conversation(active_world.artist)["muted"] is False
    ok(active_world.client.delete(active_world.path("/mute")), 204)
    assert recipients(active_world) == list_expected(False)


def test_a_mute_ends_at_its_time(active_world: World) -> None:
    until = {"until": "2026-03-02T13:00:00Z"}
    assert (
        ok(active_world.client.put(active_world.path("/mute"), json=until))["mutedUntil"]
        == until["until"]
    )
    active_world.later(minutes=59, seconds=59)
    assert recipients(active_world) == list_expected(True)
    active_world.later(seconds=1)
    assert recipients(active_world) == list_expected(False)
    assert active_world.conversation(active_world.client)["mutedUntil"] is None
    for wrong in ("2026-03-02T13:00:00Z", "2026-03-02T14:00:00", "tomorrow"):
        answer = active_world.client.put(active_world.path("/mute"), json={"until": wrong})
        assert set(errors(answer)) == {"body.until"}


# ---- pin ---------------------------------------------------------------------------------------


def add_consultation(world: World, number: int = 1) -> str:
    """Post the card of a consultation. Return its id."""
    refer = RecordReference(kind="consultation", id=f"cns_{number}")
    draft = Draft(type=MessageType.CONSULTATION, refer=refer, source=f"consultation {refer.id}")
    message, _ = message_sequence.append(world.stored(), draft, world.now)
    return message.id


def test_the_artist_pins_a_add_consultation(active_world: World) -> None:
    first, second = add_consultation(active_world, 1), add_consultation(active_world, 2)
    for card, number in ((first, 1), (second, 2)):
        pinned = ok(active_world.artist.put(active_world.path("/pin"), json={"messageId": card}))[
            "pinned"
        ]
        refer = {"kind": "consultation", "id": f"cns_{number}"}
        assert pinned == {"messageId": card, "refer": refer}
    assert active_world.conversation(active_world.client)["pinned"]["messageId"] == second
    ok(active_world.artist.delete(active_world.path("/pin")), 204)
    assert active_world.conversation(active_world.client)["pinned"] is None


def test_only_the_artist_pins_and_only_consultations(active_world: World) -> None:
    card = add_consultation(active_world)
    assert code(active_world.client.put(active_world.path("/pin"), json={"messageId": card})) == (
        403,
        "forbidden",
    )
    assert code(active_world.client.delete(active_world.path("/pin"))) == (403, "forbidden")
    text = active_world.messages()[0].id
    proposal = {"proposalId": "prp_1", "artistId": ARTIST, "clientId": CLIENT}
    active_world.consume("proposal.sent", proposal)
    other_card = active_world.messages()[-1].id
    unknown = "msg_01JD0000000000000000000000"
    for wrong in (text, other_card, unknown, "msg_1", 7):
        answer = active_world.artist.put(active_world.path("/pin"), json={"messageId": wrong})
        assert set(errors(answer)) == {"body.messageId"}
    assert active_world.stored().pinned is None


def test_a_card_of_another_conversation_is_not_pinned(active_world: World) -> None:
    card = add_consultation(active_world)
    other = active_world.as_user("usr_01JD" + "B" * 22)
    active_world.introduce("usr_01JD" + "B" * 22, "client")
    body = {"artistId": ARTIST}
    active_world.cid = ok(other.post(f"{PATH}/conversations", json=body), 201)["id"]
    answer = active_world.artist.put(active_world.path("/pin"), json={"messageId": card})
    assert set(errors(answer)) == {"body.messageId"}
