"""Stars: messages that a member marks, seen by nobody else."""

from typing import Any

import pytest

from messaging.use_cases import export
from tests.functional.messaging import guests
from tests.functional.messaging.live import Live
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
from tests.support.gateway import ApiClient
from tests.support.mongo import COMMANDS

STARS = f"{PATH}/stars"


def path(world: World, message: int = 0) -> str:
    return world.path(f"/messages/{world.messages()[message].id}/star")


def starred(person: ApiClient, query: str = "") -> list[int]:
    """Return the sequences of the starred messages."""
    found = ok(person.get(f"{STARS}?{query}"))["items"]
    return [each["message"]["sequence"] for each in found]


@pytest.fixture
def active_world(world: World) -> World:
    world.open()
    for _ in range(5):
        world.send(world.artist)
    world.deliver()
    world.published()
    return world


def test_stars_are_private_and_in_the_order_of_starring(active_world: World) -> None:
    before = active_world.page(active_world.artist)
    for number in (1, 3, 1):
        active_world.later(minutes=1)
        ok(active_world.client.put(path(active_world, number)), 204)
    assert starred(active_world.client) == [4, 2]
    assert starred(active_world.artist) == []
    assert active_world.page(active_world.artist) == before  # no revision, no field
    (newest, _) = ok(active_world.client.get(STARS))["items"]
    assert newest["starredAt"] == "2026-03-02T12:02:00Z"
    for _ in range(2):
        ok(active_world.client.delete(path(active_world, 3)), 204)
    assert starred(active_world.client) == [2]
    stranger = active_world.as_user(OTHER_CLIENT, "client")
    for answer in (stranger.put(path(active_world)), stranger.delete(path(active_world))):
        assert answer.status_code == 404


def test_stars_are_listed_page_by_page_at_one_cost(active_world: World) -> None:
    for number in range(5):  # two of them in the same moment
        ok(active_world.client.put(path(active_world, number)), 204)
        active_world.later(milliseconds=number % 2)
    seen: list[int] = []
    query = "limit=2"
    while query:
        COMMANDS.clear()
        page = ok(active_world.client.get(f"{STARS}?{query}"))
        assert COMMANDS == ["find", "find"]
        seen += [each["message"]["sequence"] for each in page["items"]]
        query = page["nextCursor"] and f"limit=2&cursor={page['nextCursor']}"
    assert sorted(seen) == [1, 2, 3, 4, 5]
    assert set(errors(active_world.client.get(f"{STARS}?cursor=x"))) == {"query.cursor"}


def test_stars_of_one_conversation(active_world: World) -> None:
    ok(active_world.artist.put(path(active_world)), 204)
    own, other = active_world.cid, active_world.as_user(OTHER_CLIENT, "client")
    active_world.introduce(OTHER_CLIENT, "client")
    second = ok(other.post(f"{PATH}/conversations", json={"artistId": ARTIST}), 201)["id"]
    assert starred(active_world.artist, f"conversationId={own}") == [1]
    assert starred(active_world.artist, f"conversationId={second}") == []
    assert active_world.client.get(f"{STARS}?conversationId={second}").status_code == 404


def test_own_devices_see_a_star_and_nobody_else(live: Live, world: World) -> None:
    artist, client = live.both()
    second = live.open(world.client)
    world.send(world.artist)
    for device in (artist, client, second):
        device.received.clear()
    for _ in range(2):
        ok(world.client.put(path(world)), 204)
    ok(world.client.delete(path(world)), 204)
    for device in (client, second):
        frames = device.events("message.starred")
        assert [each["starred"] for each in frames] == [True, False]
        assert frames[0]["messageId"] == world.messages()[0].id
    assert not artist.received


def test_a_starred_message_is_shown_as_it_is_now(active_world: World) -> None:
    ok(active_world.client.put(path(active_world)), 204)
    message = active_world.path(f"/messages/{active_world.messages()[0].id}")
    ok(active_world.artist.patch(message, json={"content": "Changed"}))
    (star,) = ok(active_world.client.get(STARS))["items"]
    assert star["message"]["content"] == "Changed"
    ok(active_world.artist.delete(message), 204)
    (star,) = ok(active_world.client.get(STARS))["items"]
    assert star["message"]["content"] is None
    assert code(active_world.client.put(path(active_world))) == (409, "message_deleted")
    ok(active_world.client.delete(path(active_world)), 204)
    assert starred(active_world.client) == []


def test_stars_of_a_guests_messages_follow_them(world: World) -> None:
    world.open()
    own = world.cid
    guests.change_account(world, "connected")
    guests.write(world)
    ok(world.artist.put(path(world)), 204)
    assert starred(world.artist, f"conversationId={world.cid}") == [1]
    ok(guests.join(world, guests.ask(world)))
    assert starred(world.artist, f"conversationId={own}") == [1]
    assert starred(world.artist) == [1]


def test_stars_are_exported_and_erased_with_the_account(active_world: World) -> None:
    ok(active_world.client.put(path(active_world)), 204)
    ok(active_world.artist.put(path(active_world)), 204)
    exported: Any = export.gather(CLIENT)["stars"]
    assert [each.message_id for each in exported] == [active_world.messages()[0].id]
    active_world.consume("user.deleted", {"userId": CLIENT})
    left: list[Any] = active_world.everything()["stars"]
    assert [each["userId"] for each in left] == [ARTIST]
