"""Who is there, who must not know it, and what becomes of devices that cannot be reached."""

import pytest

from messaging.schemas import DeliveryOrder
from messaging.use_cases import delivery
from tests.functional.messaging.live import Live, problem
from tests.functional.messaging.people import ARTIST, CLIENT, OTHER_CLIENT, World, ok
from tests.support.captured_logs import Logs


class TestPresence:
    def test_coming_and_going_are_told_once(self, live: Live, world: World) -> None:
        world.open()
        artist = live.open(world.artist)
        live.subscribe(artist)
        first = live.open(world.client)
        second = live.open(world.client)
        first.close()
        second.close()
        assert [(each["userId"], each["online"]) for each in artist.heard] == [
            (CLIENT, True),
            (CLIENT, False),
        ]

    def test_going_is_told_when_a_device_is_found_gone(self, live: Live, world: World) -> None:
        artist, client = live.both()
        client.vanish()
        artist.say({"action": "typing", "conversationId": world.cid})
        assert [each["online"] for each in artist.events("presence")] == [False]
        client.close()  # API Gateway notices at last
        assert len(artist.events("presence")) == 1

    def test_of_two_who_are_both_gone_nobody_is_told(self, live: Live, world: World) -> None:
        artist, client = live.both()
        for device in (artist, client):
            device.vanish()
        world.send(world.client)
        world.deliver()
        assert not live.connections()

    def test_only_who_shows_a_conversation_with_them_hears(self, live: Live, world: World) -> None:
        world.open()
        artist = live.open(world.artist)
        stranger = live.open(world.as_user(OTHER_CLIENT))
        live.open(world.client)
        assert not artist.heard
        assert not stranger.heard

    def test_a_device_whose_time_is_over_counts_no_more(self, live: Live, world: World) -> None:
        world.open()
        live.open_for_a_while(CLIENT)
        artist = live.open(world.artist)
        world.later(minutes=15)
        assert live.subscribe(artist)["presence"] is False
        live.open(world.client)
        assert [each["online"] for each in artist.events("presence")] == [True]

    def test_going_is_told_when_a_device_is_closed_for_its_age(
        self, live: Live, world: World
    ) -> None:
        world.open()
        client = live.open_for_a_while(CLIENT)
        artist = live.open(world.artist)
        live.subscribe(artist)
        world.later(minutes=15)
        client.say({"action": "ping"})
        assert [each["online"] for each in artist.events("presence")] == [False]


class TestBlocking:
    @pytest.mark.parametrize("blocker", ["artist", "client"])
    def test_the_two_hear_nothing_of_each_other(
        self, live: Live, world: World, blocker: str
    ) -> None:
        artist, client = live.both()
        world.send(world.client)
        world.send(world.artist)
        world.deliver()
        ok(getattr(world, blocker).put(world.path("/block")))
        for device in (artist, client):
            device.heard.clear()
            assert problem(live.say(device)) == (403, "blocked")
            typing = {"action": "typing", "conversationId": world.cid}
            assert problem(device.say(typing)) == (403, "blocked")
        artist.say({"action": "read", "conversationId": world.cid, "sequence": 1})
        second = live.open(world.artist)
        second.close()
        artist.close()
        live.open(world.artist)
        assert not client.heard
        assert live.subscribe(client)["presence"] is False
        assert len(world.messages()) == 2

    def test_own_devices_still_hear_how_far_one_read(self, live: Live, world: World) -> None:
        artist, client = live.both()
        world.send(world.client)
        ok(world.client.put(world.path("/block")))
        artist.say({"action": "read", "conversationId": world.cid, "sequence": 1})
        assert artist.names == ["conversation.read"]
        assert not client.heard

    def test_who_comes_back_after_it_hears_again(self, live: Live, world: World) -> None:
        artist, client = live.both()
        ok(world.artist.put(world.path("/block")))
        assert world.artist.delete(world.path("/block")).status_code == 204
        live.say(client)
        world.deliver()
        assert artist.names == ["message.created"]
        assert live.subscribe(artist)["presence"] is True


class TestFailures:
    def test_a_device_that_is_gone_is_forgotten_and_the_others_hear(
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

    def test_one_that_is_about_to_open_is_not_taken_for_gone(
        self, live: Live, world: World
    ) -> None:
        artist, client = live.both()
        opening = live.open(world.artist)
        opening.is_open = False  # $connect is not answered yet
        world.later(seconds=29)
        live.say(client)
        world.deliver()
        assert artist.names == client.names == ["message.created"]
        opening.is_open = True
        assert live.subscribe(opening)["revision"] == 1  # and so it asks for what it missed

    def test_one_that_cannot_be_reached_now_stays_and_nothing_is_lost(
        self, live: Live, world: World, logs: Logs
    ) -> None:
        artist, client = live.both()
        live.gateway.fails.add(artist.id)
        live.say(client)
        world.deliver()
        assert client.names == ["message.created"]
        assert not artist.heard
        (event,) = world.published("message.created")
        assert event.data["recipients"][0]["isReading"] is False
        assert logs.named("frame not posted")[0]["connection_id"] == artist.id
        live.gateway.fails.clear()
        live.say(client)
        world.deliver()
        assert artist.names == ["message.created"]
        assert [each["sequence"] for each in world.page(world.artist, "after=0")["items"]] == [1, 2]

    def test_nothing_is_posted_to_a_device_whose_time_is_over(
        self, live: Live, world: World
    ) -> None:
        world.open()
        old, young = live.open_for_a_while(ARTIST, "artist"), live.open(world.artist)
        world.later(minutes=15)
        world.send(world.client)
        world.deliver()
        assert (old.heard, old.is_open) == ([], False)
        assert young.names == ["message.created"]
        assert [each["_id"] for each in live.connections()] == [young.id]

    def test_not_even_where_it_cannot_be_closed(self, live: Live, world: World) -> None:
        world.open()
        old = live.open_for_a_while(ARTIST, "artist")
        live.gateway.stays.add(old.id)
        world.later(minutes=15)
        world.send(world.client)
        world.deliver()
        assert (old.heard, old.is_open) == ([], True)
        assert not live.connections()

    def test_one_that_cannot_be_closed_now_is_forgotten_and_closed_when_it_speaks(
        self, live: Live, world: World
    ) -> None:
        device = live.open_for_a_while(CLIENT)
        live.gateway.fails.add(device.id)
        world.later(minutes=15)
        device.say({"action": "ping"})
        assert device.is_open
        assert not live.connections()
        live.gateway.fails.clear()
        assert problem(device.say({"action": "ping"})) == (401, "not_connected")
        assert not device.is_open

    def test_a_delivery_made_again_tells_the_same_again(self, live: Live, world: World) -> None:
        artist, client = live.both()
        message = live.say(client)["message"]
        world.deliver()
        world.database.messages.update_one(
            {"_id": message["id"]}, {"$set": {"dueAt": world.now, "publishedAt": None}}
        )
        delivery.deliver(DeliveryOrder(world.cid, message["id"]), world.now)
        assert artist.heard[0] == artist.heard[1]
