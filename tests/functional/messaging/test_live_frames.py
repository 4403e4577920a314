"""Frames: every action and every event, and everything that may be wrong with them."""

from typing import Any

import pytest

from messaging import app as messaging_app
from messaging.live import fanout, frames
from shared.platform import config
from tests.functional.messaging.live import Live, problem, wrong
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    OTHER_CLIENT,
    World,
    new_key,
    ok,
)
from tests.support.captured_logs import Logs
from tests.support.mongo import COMMANDS
from tests.support.sockets import Device

STRANGER = "cnv_01JDZZZZZZZZZZZZZZZZZZZZZZ"
CARDS = ["system", "consultation", "proposal", "deposit_request", "policy", "appointment_confirmed"]

FRAMES: dict[str, dict[str, Any]] = {
    "ping": {},
    "subscribe": {"conversationId": STRANGER},
    "unsubscribe": {"conversationId": STRANGER},
    "message": {
        "conversationId": STRANGER,
        "clientMessageId": "message-0",
        "type": "text",
        "content": "Hello",
    },
    "read": {"conversationId": STRANGER, "sequence": 1},
    "delivered": {"conversationId": STRANGER, "sequence": 1},
    "typing": {"conversationId": STRANGER},
    "renew": {"token": "x"},
}
SILENT = {"unsubscribe"}  # not answered, and concerns this connection only
WITH_CONVERSATION = [action for action, fields in FRAMES.items() if "conversationId" in fields]


@pytest.fixture
def outsider(live: Live, world: World) -> Device:
    """Return a device of somebody who is not a member of the conversation."""
    world.open()
    return live.open(world.as_user(OTHER_CLIENT, "client"))


class TestEveryAction:
    """Rules of every action. A new action fails here until it is listed."""

    def test_every_action_is_listed_here(self) -> None:
        assert set(FRAMES) == set(messaging_app.app.sockets.operations)

    @pytest.mark.parametrize("action", WITH_CONVERSATION)
    def test_a_strangers_conversation_looks_like_an_absent_one(
        self, live: Live, world: World, outsider: Device, action: str
    ) -> None:
        before = world.everything()["messages"], world.stored()
        frame = {"action": action, **FRAMES[action]}
        for conversation in (STRANGER, world.cid):
            answer = outsider.say({**frame, "conversationId": conversation})
            if action in SILENT:
                assert answer is None
            else:
                assert problem(answer) == (404, "not_found")
        assert (world.everything()["messages"], world.stored()) == before
        assert all(stored["conversationId"] is None for stored in live.connections())

    @pytest.mark.parametrize("action", FRAMES)
    def test_unknown_fields_are_refused(self, live: Live, world: World, action: str) -> None:
        device = live.open(world.client)
        answer = device.say({"action": action, **FRAMES[action], "senderId": ARTIST})
        assert wrong(answer) == ["body.senderId"]

    @pytest.mark.parametrize("action", FRAMES)
    def test_every_field_is_required(self, live: Live, world: World, action: str) -> None:
        device = live.open(world.client)
        needed = set(FRAMES[action]) - {"content"}
        if needed:
            assert wrong(device.say({"action": action})) == sorted(
                (f"body.{name}" for name in needed), key=lambda name: get_position(action, name)
            )

    @pytest.mark.parametrize("id_", ["", "cnv_1", STRANGER + "\n", STRANGER.lower(), 7, None])
    def test_an_invalid_conversation_id_is_refused(
        self, live: Live, world: World, id_: object
    ) -> None:
        device = live.open(world.client)
        for action in WITH_CONVERSATION:
            answer = device.say({"action": action, **FRAMES[action], "conversationId": id_})
            assert wrong(answer) == ["body.conversationId"]


def get_position(action: str, name: str) -> int:
    """Return the position of a field in the declaration of a frame."""
    fields = messaging_app.app.sockets.operations[action].frame.__struct_encode_fields__
    return fields.index(name.removeprefix("body."))


class TestMessages:
    def test_all_devices_receive_a_message_and_the_sender_is_answered(
        self, live: Live, world: World
    ) -> None:
        artist, client = live.both()
        second = live.open(world.client)
        third = live.open(world.artist)
        answer = live.say(client, "Hello", clientMessageId="message-7")
        assert (answer["event"], answer["clientMessageId"]) == ("sent", "message-7")
        message = answer["message"]
        assert world.page(world.artist)["items"] == [message]
        assert not artist.names
        world.deliver()
        expected = {
            "event": "message.created",
            "conversationId": world.cid,
            "message": message,
        }
        for device in (artist, client, second, third):
            assert device.events("message.created") == [expected]

    def test_messages_sent_over_http_are_received_as_well(self, live: Live, world: World) -> None:
        artist, client = live.both()
        message = world.send(world.client)
        world.deliver()
        assert [frame["message"] for frame in artist.received] == [message]
        assert [frame["message"] for frame in client.received] == [message]

    def test_a_message_sent_twice_is_posted_once(self, live: Live, world: World) -> None:
        artist, client = live.both()
        frame = live.message("Hello")
        first, again = client.say(frame), client.say(frame)
        assert first == again
        by_rest = {name: frame[name] for name in ("clientMessageId", "type", "content")}
        assert ok(world.client.post(world.path("/messages"), json=by_rest)) == first["message"]
        world.deliver()
        assert artist.names == ["message.created"]
        assert len(world.messages()) == 1

    def test_a_reused_client_message_id_is_refused(self, live: Live) -> None:
        _, client = live.both()
        frame = live.message("Hello")
        client.say(frame)
        answer = client.say({**frame, "content": "Good bye"})
        assert problem(answer) == (422, "client_message_id_reused")
        assert answer["clientMessageId"] == frame["clientMessageId"]

    @pytest.mark.parametrize("card", CARDS)
    def test_nobody_forges_a_card(self, live: Live, world: World, card: str) -> None:
        _, client = live.both()
        answer = live.say(client, type=card)
        assert wrong(answer) == ["body.type"]
        for field in ("refer", "senderId", "sequence", "source", "createdAt"):
            refer = {"kind": card, "id": "prp_1"}
            fields: dict[str, Any] = {field: refer}
            assert wrong(live.say(client, **fields)) == [f"body.{field}"]
        assert not world.messages()

    def test_errors_carry_the_client_message_id(self, live: Live) -> None:
        _, client = live.both()
        answer = live.say(client, "  ", clientMessageId="message-8")
        assert wrong(answer) == ["body.content"]
        assert (answer["action"], answer["clientMessageId"]) == ("message", "message-8")

    def test_an_uninspected_file_is_refused(self, live: Live) -> None:
        _, client = live.both()
        answer = live.say(client, "", type="image", attachments=["fil_1"])
        assert wrong(answer) == ["body.attachments[0]"]

    def test_edits_and_deletions_are_received(self, live: Live, world: World) -> None:
        artist, client = live.both()
        message = world.send(world.client, "Helo")
        world.deliver()
        edited = ok(
            world.client.patch(world.path(f"/messages/{message['id']}"), json={"content": "Hello"})
        )
        world.deliver()
        assert world.client.delete(world.path(f"/messages/{message['id']}")).status_code == 204
        world.deliver()
        for device in (artist, client):
            assert device.names == ["message.created", "message.changed", "message.changed"]
            assert device.received[1]["message"] == edited
            assert device.received[2]["message"]["content"] is None
            assert [frame["message"]["revision"] for frame in device.received] == [1, 2, 3]

    def test_content_is_not_logged(self, live: Live, world: World, logs: Logs) -> None:
        _, client = live.both()
        live.say(client, "my-secret-words")
        world.deliver()
        assert logs.named("frame")
        assert "my-secret-words" not in logs.text


class TestReading:
    def test_both_members_receive_a_moved_read_cursor(self, live: Live, world: World) -> None:
        artist, client = live.both()
        world.send(world.client)
        world.send(world.client)
        assert artist.say({"action": "read", "conversationId": world.cid, "sequence": 2}) is None
        expected = {
            "event": "conversation.read",
            "conversationId": world.cid,
            "userId": ARTIST,
            "sequence": 2,
        }
        assert (
            artist.events("conversation.read") == client.events("conversation.read") == [expected]
        )
        assert world.stored().artist.read_sequence == 2

    def test_a_cursor_that_does_not_move_forward_is_not_posted(
        self, live: Live, world: World
    ) -> None:
        artist, client = live.both()
        world.send(world.client)
        world.send(world.client)
        for sequence in (2, 1, 2):
            artist.say({"action": "read", "conversationId": world.cid, "sequence": sequence})
        assert client.names == ["conversation.read"]

    @pytest.mark.parametrize("sequence", [2, 0, -1, 2**53, 1.5, "1"])
    def test_an_invalid_sequence_is_refused(
        self, live: Live, world: World, sequence: object
    ) -> None:
        artist, client = live.both()
        world.send(world.client)
        said = {"action": "read", "conversationId": world.cid, "sequence": sequence}
        assert wrong(artist.say(said)) == ["body.sequence"]
        assert not client.names


class TestTyping:
    def test_only_the_other_member_receives_typing(self, live: Live, world: World) -> None:
        artist, client = live.both()
        mine, stranger = live.open(world.artist), live.open(world.as_user(OTHER_CLIENT))
        assert artist.say({"action": "typing", "conversationId": world.cid}) is None
        expected = {"event": "typing", "conversationId": world.cid, "userId": ARTIST}
        assert client.events("typing") == [expected]
        for silent in (artist, mine, stranger):
            assert not silent.events("typing")

    def test_typing_over_http_is_received(self, live: Live, world: World) -> None:
        artist, client = live.both()
        assert world.client.post(world.path("/typing")).status_code == 204
        assert (artist.names, client.names) == (["typing"], [])


class TestSubscriptions:
    def test_subscribing_returns_presence_and_revision(self, live: Live, world: World) -> None:
        world.open()
        world.send(world.client)
        device = live.open(world.artist)
        assert live.subscribe(device) == {
            "event": "subscribed",
            "conversationId": world.cid,
            "presence": False,
            "revision": 1,
        }
        live.open(world.client)
        assert live.subscribe(device)["presence"] is True

    def test_a_pong_returns_the_revision_of_the_shown_conversation(
        self, live: Live, world: World
    ) -> None:
        _, client = live.both()
        world.send(world.artist)
        assert client.say({"action": "ping"}) == {
            "event": "pong",
            "conversationId": world.cid,
            "revision": 1,
        }
        other = live.open(world.client)
        assert other.say({"action": "ping"}) == {
            "event": "pong",
            "conversationId": None,
            "revision": None,
        }

    def test_a_device_shows_one_conversation_at_a_time(self, live: Live, world: World) -> None:
        artist, client = live.both()
        said = {"action": "unsubscribe", "conversationId": STRANGER}
        assert artist.say(said) is None  # too late: the device shows another one by now
        assert self.list_readers(live, world) == {ARTIST}
        assert artist.say({**said, "conversationId": world.cid}) is None
        assert self.list_readers(live, world) == set()
        live.subscribe(artist)
        assert self.list_readers(live, world) == {ARTIST}
        client.close()
        artist.vanish()
        assert self.list_readers(live, world) == set()

    def test_the_event_names_who_shows_the_conversation(self, live: Live, world: World) -> None:
        _, client = live.both()
        live.open(world.artist)
        live.say(client)
        world.deliver()
        (event,) = world.published("message.created")
        assert event.data["recipients"] == [{"userId": ARTIST, "isReading": True, "muted": False}]

    @staticmethod
    def list_readers(live: Live, world: World) -> set[str]:
        """Return the recipients who had the conversation open when a message arrived."""
        world.published()
        world.send(world.client, clientMessageId=new_key())
        world.deliver()
        (event,) = world.published("message.created")
        return {each["userId"] for each in event.data["recipients"] if each["isReading"]}


class TestCosts:
    def test_a_ping_is_one_write_and_two_reads_for_a_shown_conversation(
        self, live: Live, world: World
    ) -> None:
        _, client = live.both()
        silent = live.open(world.client)
        for device in (client, silent):
            device.say({"action": "ping"})
        COMMANDS.clear()
        silent.say({"action": "ping"})
        assert COMMANDS == ["findAndModify"]
        COMMANDS.clear()
        client.say({"action": "ping"})
        assert COMMANDS == ["findAndModify", "find", "find"]

    def test_posting_to_all_devices_is_one_read(self, live: Live, world: World) -> None:
        artist, _ = live.both()
        live.open(world.artist)
        artist.say({"action": "ping"})  # opens the window of its rate limit
        live.gateway.posts = 0
        COMMANDS.clear()
        artist.say({"action": "typing", "conversationId": world.cid})
        assert COMMANDS == ["findAndModify", "find", "find"]
        assert live.gateway.posts == 1

    def test_without_a_websocket_nothing_is_looked_up(
        self, live: Live, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        artist, _ = live.both()
        monkeypatch.delenv("WEBSOCKET_URL")
        config.forget()
        message = world.send(world.client)
        world.deliver()
        assert not artist.received
        COMMANDS.clear()
        frame = frames.MemberTypingFrame(world.cid, CLIENT)
        assert fanout.deliver(frame, [ARTIST, CLIENT], world.cid, world.now) == set()
        assert not COMMANDS
        (event,) = world.published("message.created")
        assert event.data["messageId"] == message["id"]
        assert world.page(world.artist, "after=0")["items"] == [message]
