"""Fan-out: presence, blocks, and devices that cannot be reached."""

import pytest

from messaging.use_cases import delivery
from tests.functional.messaging.live import Live, problem
from tests.functional.messaging.world import ARTIST, CLIENT, OTHER_CLIENT, World, ok
from tests.support.captured_logs import Logs


class TestPresence:
    def test_presence_is_announced_once_per_change(self, live: Live, world: World) -> None:
        world.open()
        artist = live.open(world.artist)
        live.subscribe(artist)
        first = live.open(world.client)
        second = live.open(world.client)
        first.close()
        second.close()
        assert [(each["userId"], each["online"]) for each in artist.received] == [
            (CLIENT, True),
            (CLIENT, False),
        ]

    def test_a_device_found_gone_is_announced_as_offline(self, live: Live, world: World) -> None:
        artist, client = live.both()
        client.vanish()
        artist.say({"action": "typing", "conversationId": world.cid})
        assert [each["online"] for each in artist.events("presence")] == [False]
        client.close()  # API Gateway notices it at last
        assert len(artist.events("presence")) == 1

    def test_two_vanished_devices_are_both_removed(self, live: Live, world: World) -> None:
        artist, client = live.both()
        for device in (artist, client):
            device.vanish()
        world.send(world.client)
        world.deliver()
        assert not live.connections()

    def test_presence_reaches_only_devices_that_show_the_conversation(
        self, live: Live, world: World
    ) -> None:
        world.open()
        artist = live.open(world.artist)
        stranger = live.open(world.as_user(OTHER_CLIENT))
        live.open(world.client)
        assert not artist.received
        assert not stranger.received

    def test_an_expired_device_does_not_count_as_online(self, live: Live, world: World) -> None:
        world.open()
        live.open_by_token(CLIENT)
        artist = live.open(world.artist)
        world.later(minutes=15)
        assert live.subscribe(artist)["presence"] is False
        live.open(world.client)
        assert [each["online"] for each in artist.events("presence")] == [True]

    def test_an_expired_device_is_announced_as_offline(self, live: Live, world: World) -> None:
        world.open()
        client = live.open_by_token(CLIENT)
        artist = live.open(world.artist)
        live.subscribe(artist)
        world.later(minutes=15)
        client.say({"action": "ping"})
        assert [each["online"] for each in artist.events("presence")] == [False]


class TestBlocking:
    @pytest.mark.parametrize("blocker", ["artist", "client"])
    def test_blocked_members_receive_nothing_of_each_other(
        self, live: Live, world: World, blocker: str
    ) -> None:
        artist, client = live.both()
        world.send(world.client)
        world.send(world.artist)
        world.deliver()
        ok(getattr(world, blocker).put(world.path("/block")))
        for device in (artist, client):
            device.received.clear()
            assert problem(live.say(device)) == (403, "blocked")
            typing = {"action": "typing", "conversationId": world.cid}
            assert problem(device.say(typing)) == (403, "blocked")
        artist.say({"action": "read", "conversationId": world.cid, "sequence": 1})
        second = live.open(world.artist)
        second.close()
        artist.close()
        live.open(world.artist)
        assert not client.received
        assert live.subscribe(client)["presence"] is False
        assert len(world.messages()) == 2

    def test_own_devices_receive_ones_read_cursor_under_a_block(
        self, live: Live, world: World
    ) -> None:
        artist, client = live.both()
        world.send(world.client)
        ok(world.client.put(world.path("/block")))
        artist.say({"action": "read", "conversationId": world.cid, "sequence": 1})
        assert artist.names == ["conversation.read"]
        assert not client.received

    def test_frames_are_received_again_after_a_block(self, live: Live, world: World) -> None:
        artist, client = live.both()
        ok(world.artist.put(world.path("/block")))
        assert world.artist.delete(world.path("/block")).status_code == 204
        live.say(client)
        world.deliver()
        assert artist.names == ["message.created"]
        assert live.subscribe(artist)["presence"] is True


class TestFailures:
    def test_a_gone_device_is_removed_and_the_others_receive_the_frame(
        self, live: Live, world: World
    ) -> None:
        artist, client = live.both()
        gone = live.open(world.artist)
        gone.vanish()
        world.later(seconds=30)
        live.say(client)
        world.deliver()
        assert artist.names == client.names == ["message.created"]
        assert gone.id not in {each["_id"] for each in live.connections()}

    def test_an_opening_device_is_not_taken_for_gone(self, live: Live, world: World) -> None:
        artist, client = live.both()
        opening = live.open(world.artist)
        opening.is_open = False  # $connect is still running
        world.later(seconds=29)
        live.say(client)
        world.deliver()
        assert artist.names == client.names == ["message.created"]
        opening.is_open = True
        assert live.subscribe(opening)["revision"] == 1  # so the client catches up

    def test_an_unreachable_device_stays_and_misses_nothing(
        self, live: Live, world: World, logs: Logs
    ) -> None:
        artist, client = live.both()
        live.gateway.fails.add(artist.id)
        live.say(client)
        world.deliver()
        assert client.names == ["message.created"]
        assert not artist.received
        (event,) = world.published("message.created")
        assert event.data["recipients"][0]["isReading"] is False
        assert logs.named("frame not posted")[0]["connection_id"] == artist.id
        live.gateway.fails.clear()
        live.say(client)
        world.deliver()
        assert artist.names == ["message.created"]
        assert [each["sequence"] for each in world.page(world.artist, "after=0")["items"]] == [1, 2]

    def test_nothing_is_posted_to_an_expired_device(self, live: Live, world: World) -> None:
        world.open()
        old, young = live.open_by_token(ARTIST, "artist"), live.open(world.artist)
        world.later(minutes=15)
        world.send(world.client)
        world.deliver()
        assert (old.received, old.is_open) == ([], False)
        assert young.names == ["message.created"]
        assert [each["_id"] for each in live.connections()] == [young.id]

    def test_nothing_is_posted_to_an_expired_device_that_cannot_be_closed(
        self, live: Live, world: World
    ) -> None:
        world.open()
        old = live.open_by_token(ARTIST, "artist")
        live.gateway.stays.add(old.id)
        world.later(minutes=15)
        world.send(world.client)
        world.deliver()
        assert (old.received, old.is_open) == ([], True)
        assert not live.connections()

    def test_a_device_that_could_not_be_closed_is_closed_at_its_next_frame(
        self, live: Live, world: World
    ) -> None:
        device = live.open_by_token(CLIENT)
        live.gateway.fails.add(device.id)
        world.later(minutes=15)
        device.say({"action": "ping"})
        assert device.is_open
        assert not live.connections()
        live.gateway.fails.clear()
        assert problem(device.say({"action": "ping"})) == (401, "not_connected")
        assert not device.is_open

    def test_a_repeated_delivery_posts_the_same_frame(self, live: Live, world: World) -> None:
        artist, client = live.both()
        message = live.say(client)["message"]
        world.deliver()
        world.database.messages.update_one(
            {"_id": message["id"]}, {"$set": {"dueAt": world.now, "publishedAt": None}}
        )
        delivery.deliver(delivery.DeliveryJob(world.cid, message["id"]), world.now)
        assert artist.received[0] == artist.received[1]
