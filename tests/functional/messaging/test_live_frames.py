"""What devices say and hear: every frame, and everything that may be wrong with it."""

import pytest

from messaging import app as door
from messaging.live import fanout, frames
from shared.platform import config
from tests.functional.messaging.live import Live, problem, wrong
from tests.functional.messaging.people import (
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

FRAMES = {
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
    "typing": {"conversationId": STRANGER},
    "renew": {"token": "x"},
}
SILENT = {"unsubscribe"}  # tells nothing, and changes nothing of anybody else's
ABOUT_ONE = [action for action, fields in FRAMES.items() if "conversationId" in fields]


@pytest.fixture
def outsider(live: Live, world: World) -> Device:
    """A device of somebody who is no member of the conversation."""
    world.open()
    return live.open(world.as_user(OTHER_CLIENT, "client"))


class TestEveryAction:
    """What must hold of each; a new action is refused here until it is written down."""

    def test_all_are_here(self) -> None:
        assert set(FRAMES) == set(door.app.sockets.operations)

    @pytest.mark.parametrize("action", ABOUT_ONE)
    def test_of_a_strangers_conversation_is_as_of_none(
        self, live: Live, world: World, outsider: Device, action: str
    ) -> None:
        before = world.everything()["messages"], world.kept()
        frame = {"action": action, **FRAMES[action]}
        for conversation in (STRANGER, world.cid):
            answer = outsider.say({**frame, "conversationId": conversation})
            if action in SILENT:
                assert answer is None
            else:
                assert problem(answer) == (404, "not_found")
        assert (world.everything()["messages"], world.kept()) == before
        assert all(kept["conversationId"] is None for kept in live.connections())

    @pytest.mark.parametrize("action", FRAMES)
    def test_unknown_fields_are_refused(self, live: Live, world: World, action: str) -> None:
        device = live.open(world.client)
        answer = device.say({"action": action, **FRAMES[action], "senderId": ARTIST})
        assert wrong(answer) == ["body.senderId"]

    @pytest.mark.parametrize("action", FRAMES)
    def test_every_field_is_needed(self, live: Live, world: World, action: str) -> None:
        device = live.open(world.client)
        needed = set(FRAMES[action]) - {"content"}
        if needed:
            assert wrong(device.say({"action": action})) == sorted(
                (f"body.{name}" for name in needed), key=wrong_order(device, action)
            )

    @pytest.mark.parametrize("given", ["", "cnv_1", STRANGER + "\n", STRANGER.lower(), 7, None])
    def test_what_is_no_conversations_id_is_named(
        self, live: Live, world: World, given: object
    ) -> None:
        device = live.open(world.client)
        for action in ABOUT_ONE:
            answer = device.say({"action": action, **FRAMES[action], "conversationId": given})
            assert wrong(answer) == ["body.conversationId"]


def wrong_order(device: Device, action: str):
    """Fields are named in the order of their declaration."""
    fields = door.app.sockets.operations[action].frame.__struct_encode_fields__
    return lambda name: fields.index(name.removeprefix("body."))


class TestMessages:
    def test_all_devices_of_both_hear_it_and_the_sender_is_answered(
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
        told = {
            "event": "message.created",
            "conversationId": world.cid,
            "message": message,
        }
        for device in (artist, client, second, third):
            assert device.events("message.created") == [told]

    def test_what_is_sent_by_rest_is_heard_as_well(self, live: Live, world: World) -> None:
        artist, client = live.both()
        message = world.send(world.client)
        world.deliver()
        assert [frame["message"] for frame in artist.heard] == [message]
        assert [frame["message"] for frame in client.heard] == [message]

    def test_sent_twice_it_is_posted_once(self, live: Live, world: World) -> None:
        artist, client = live.both()
        frame = live.message("Hello")
        first, again = client.say(frame), client.say(frame)
        assert first == again
        by_rest = {name: frame[name] for name in ("clientMessageId", "type", "content")}
        assert ok(world.client.post(world.path("/messages"), json=by_rest)) == first["message"]
        world.deliver()
        assert artist.names == ["message.created"]
        assert len(world.messages()) == 1

    def test_the_same_id_for_other_words_is_refused(self, live: Live) -> None:
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
            assert wrong(live.say(client, **{field: refer})) == [f"body.{field}"]
        assert not world.messages()

    def test_what_is_wrong_comes_back_with_the_clients_id(self, live: Live) -> None:
        _, client = live.both()
        answer = live.say(client, "  ", clientMessageId="message-8")
        assert wrong(answer) == ["body.content"]
        assert (answer["action"], answer["clientMessageId"]) == ("message", "message-8")

    def test_a_file_nobody_found_clean_is_refused(self, live: Live) -> None:
        _, client = live.both()
        answer = live.say(client, "", type="image", attachments=["fil_1"])
        assert wrong(answer) == ["body.attachments[0]"]

    def test_edits_and_deletions_are_heard(self, live: Live, world: World) -> None:
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
            assert device.heard[1]["message"] == edited
            assert device.heard[2]["message"]["content"] is None
            assert [frame["message"]["revision"] for frame in device.heard] == [1, 2, 3]

    def test_nothing_of_what_is_said_is_logged(self, live: Live, world: World, logs: Logs) -> None:
        _, client = live.both()
        live.say(client, "my-secret-words")
        world.deliver()
        assert logs.named("frame")
        assert "my-secret-words" not in logs.text


class TestReading:
    def test_both_hear_how_far(self, live: Live, world: World) -> None:
        artist, client = live.both()
        world.send(world.client)
        world.send(world.client)
        assert artist.say({"action": "read", "conversationId": world.cid, "sequence": 2}) is None
        told = {
            "event": "conversation.read",
            "conversationId": world.cid,
            "userId": ARTIST,
            "sequence": 2,
        }
        assert artist.events("conversation.read") == client.events("conversation.read") == [told]
        assert world.kept().artist.read_sequence == 2

    def test_back_is_told_to_nobody(self, live: Live, world: World) -> None:
        artist, client = live.both()
        world.send(world.client)
        world.send(world.client)
        for sequence in (2, 1, 2):
            artist.say({"action": "read", "conversationId": world.cid, "sequence": sequence})
        assert client.names == ["conversation.read"]

    @pytest.mark.parametrize("sequence", [2, 0, -1, 2**53, 1.5, "1"])
    def test_what_is_no_place_of_a_message_is_refused(
        self, live: Live, world: World, sequence: object
    ) -> None:
        artist, client = live.both()
        world.send(world.client)
        said = {"action": "read", "conversationId": world.cid, "sequence": sequence}
        assert wrong(artist.say(said)) == ["body.sequence"]
        assert not client.names


class TestTyping:
    def test_the_other_hears_and_nobody_else(self, live: Live, world: World) -> None:
        artist, client = live.both()
        mine, stranger = live.open(world.artist), live.open(world.as_user(OTHER_CLIENT))
        assert artist.say({"action": "typing", "conversationId": world.cid}) is None
        told = {"event": "typing", "conversationId": world.cid, "userId": ARTIST}
        assert client.events("typing") == [told]
        for silent in (artist, mine, stranger):
            assert not silent.events("typing")

    def test_by_rest_as_well(self, live: Live, world: World) -> None:
        artist, client = live.both()
        assert world.client.post(world.path("/typing")).status_code == 204
        assert (artist.names, client.names) == (["typing"], [])


class TestShowing:
    def test_the_answer_tells_presence_and_revision(self, live: Live, world: World) -> None:
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

    def test_pong_tells_what_the_device_may_have_missed(self, live: Live, world: World) -> None:
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

    def test_going_on_to_another_is_leaving_the_first(self, live: Live, world: World) -> None:
        artist, client = live.both()
        said = {"action": "unsubscribe", "conversationId": STRANGER}
        assert artist.say(said) is None  # came late: the device shows another by now
        assert self.readers(live, world) == {ARTIST}
        assert artist.say({**said, "conversationId": world.cid}) is None
        assert self.readers(live, world) == set()
        live.subscribe(artist)
        assert self.readers(live, world) == {ARTIST}
        client.close()
        artist.vanish()
        assert self.readers(live, world) == set()

    def test_who_reads_is_told_to_notifications(self, live: Live, world: World) -> None:
        _, client = live.both()
        live.open(world.artist)
        live.say(client)
        world.deliver()
        (event,) = world.published("message.created")
        assert event.data["recipients"] == [{"userId": ARTIST, "isReading": True, "muted": False}]

    @staticmethod
    def readers(live: Live, world: World) -> set[str]:
        """Who of the recipients of a message had it before their eyes."""
        world.published()
        world.send(world.client, clientMessageId=new_key())
        world.deliver()
        (event,) = world.published("message.created")
        return {each["userId"] for each in event.data["recipients"] if each["isReading"]}


class TestCosts:
    def test_a_ping_is_one_write_and_with_a_conversation_two_reads_more(
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

    def test_posting_to_everybody_is_one_read(self, live: Live, world: World) -> None:
        artist, _ = live.both()
        live.open(world.artist)
        artist.say({"action": "ping"})  # opens the window of its frames
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
        assert not artist.heard
        COMMANDS.clear()
        frame = frames.Typing(world.cid, CLIENT)
        assert fanout.deliver(frame, [ARTIST, CLIENT], world.cid, world.now) == set()
        assert not COMMANDS
        (event,) = world.published("message.created")
        assert event.data["messageId"] == message["id"]
        assert world.page(world.artist, "after=0")["items"] == [message]
