"""Away messages: once in each period outside of the artist's hours, to whoever writes."""

from typing import Any

import pytest

from messaging.use_cases import erasure, export
from shared.data import bans
from tests.functional.messaging import guests
from tests.functional.messaging.live import Live
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    NOON,
    OTHER_CLIENT,
    PATH,
    World,
    errors,
    ok,
)

AWAY = f"{PATH}/away"
TEXT = "Back on Tuesday."
# NOON is a Monday, an hour later in Berlin.
HOURS: dict[str, Any] = {
    "artistId": ARTIST,
    "timeZone": "Europe/Berlin",
    "weekly": [["09:00-12:00"]] * 5 + [[], []],
    "overrides": [],
    "timeOff": [],
    "recordVersion": 1,
}


def enable(world: World, **fields: Any) -> dict[str, Any]:
    return ok(world.artist.put(AWAY, json={"enabled": True, "content": TEXT, **fields}))


def posted(world: World) -> list[str | None]:
    world.deliver()
    return [message.content for message in world.messages()]


@pytest.fixture
def away(world: World) -> World:
    """Return a world where the artist has closed for the day, and says so."""
    world.open()
    world.consume("availability.saved", HOURS)
    enable(world)
    return world


def test_whoever_writes_outside_of_the_hours_is_answered_once_a_period(
    away: World, live: Live
) -> None:
    client = live.open(away.client)
    for text in ("Hello?", "Anybody?"):
        away.send(away.client, text)
        away.deliver()
    assert posted(away) == ["Hello?", TEXT, "Anybody?"]
    answer = away.messages()[1]
    assert (answer.type.value, answer.sender_id, answer.author_id) == ("system", None, ARTIST)
    assert [frame["message"]["content"] for frame in client.events("message.created")] == [
        "Hello?",
        TEXT,
        "Anybody?",
    ]
    assert away.conversation(away.client)["unread"] == 1
    assert away.conversation(away.artist)["unread"] == 2  # its own words are none
    away.later(hours=20)  # nine in the morning
    away.send(away.client, "Good morning")
    assert posted(away)[-1] == "Good morning"
    away.later(hours=3)
    away.send(away.client, "Too late?")
    assert posted(away)[-1] == TEXT


def test_other_clients_are_answered_on_their_own(away: World) -> None:
    away.send(away.client)
    assert posted(away)[-1] == TEXT
    away.introduce(OTHER_CLIENT, "client")
    other = away.as_user(OTHER_CLIENT)
    away.cid = ok(other.post(f"{PATH}/conversations", json={"artistId": ARTIST}), 201)["id"]
    away.send(other)
    assert posted(away) == ["Hello", TEXT]


def test_nothing_is_answered_to_the_artist_or_to_a_card(away: World) -> None:
    away.send(away.artist, "I am here after all")
    data = {"proposalId": "prp_1", "artistId": ARTIST, "clientId": CLIENT}
    away.consume("proposal.sent", data)
    assert TEXT not in posted(away)


@pytest.mark.parametrize("reason", ["off", "there", "no hours", "blocked", "banned", "deleted"])
def test_nothing_is_sent_where_it_must_not_be(
    world: World, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.open()
    if reason != "no hours":
        windows = ["00:00-24:00"] if reason == "there" else []
        world.consume("availability.saved", HOURS | {"weekly": [windows] * 7})
    enable(world, enabled=reason != "off")
    world.send(world.client)
    if reason == "blocked":
        ok(world.artist.put(world.path("/block")))
    elif reason == "banned":
        monkeypatch.setattr(bans, "find_banned", lambda _user_ids: {CLIENT})
    elif reason == "deleted":
        erasure.erase(CLIENT, world.now)
    assert TEXT not in posted(world)


def test_a_guest_receives_it_at_the_platform(world: World) -> None:
    world.introduce(ARTIST, "artist")
    world.consume("availability.saved", HOURS)
    enable(world)
    guests.write(world, "Hi!")
    assert posted(world) == ["Hi!", TEXT]
    (sent,) = world.published("guest_message.created")
    assert (sent.data["text"], sent.data["humanAgent"]) == (TEXT, False)
    guests.write(world, "Hi again!")
    assert posted(world) == ["Hi!", TEXT, "Hi again!"]


def test_hours_are_copied_in_any_order(away: World) -> None:
    always = HOURS | {"weekly": [["00:00-24:00"]] * 7, "recordVersion": 3}
    away.consume("availability.saved", always)
    off = [{"startsAt": "2026-03-02T00:00:00Z", "endsAt": "2026-03-05T00:00:00Z"}]
    away.consume("availability.saved", HOURS | {"timeOff": off, "recordVersion": 2})
    assert ok(away.artist.get(AWAY))["awaySince"] is None
    away.consume("availability.saved", always | {"timeOff": off, "recordVersion": 4})
    assert ok(away.artist.get(AWAY))["awaySince"] == "2026-03-02T00:00:00Z"


def test_the_switch_asks_for_hours_that_are_not_known(world: World) -> None:
    world.open()
    world.published()
    assert set(errors(world.artist.put(AWAY, json={"enabled": True}))) == {"body.content"}
    view = enable(world)
    assert (view["hoursKnown"], view["awaySince"]) == (False, None)
    (asked,) = world.published("away_message.enabled")
    assert asked.data == {"artistId": ARTIST}
    world.consume("availability.saved", HOURS)
    assert enable(world)["awaySince"] == "2026-03-02T11:00:00Z"
    assert world.published("away_message.enabled") == []
    assert world.client.get(AWAY).status_code == 403


def test_the_switch_survives_a_new_copy_of_the_artist(away: World) -> None:
    away.introduce(ARTIST, "artist", "Ari Renamed", version=2)
    away.send(away.client)
    assert posted(away)[-1] == TEXT


def test_it_is_in_the_export_and_goes_with_the_account(away: World) -> None:
    away.send(away.client)
    assert posted(away)[-1] == TEXT
    own: Any = export.gather(ARTIST)
    assert (own["awayMessage"].content, own["hours"].time_zone) == (TEXT, "Europe/Berlin")
    erasure.erase(ARTIST, NOON)
    away.consume("availability.saved", HOURS | {"recordVersion": 9})
    for collection in ("awayMessages", "hours"):
        assert away.database[collection].count_documents({}) == 0
    assert posted(away) == ["Hello", None]
