"""Scheduled messages: sent at their time, once, or refused with a reason that the author sees."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from chalice.test import HTTPResponse

from messaging import app as messaging_app
from messaging.store import scheduled_messages as store
from messaging.use_cases import erasure, export, scheduled_messages
from shared.data import bans
from shared.events.sweeper import SweepIncomplete
from tests.functional.messaging import guests
from tests.functional.messaging.faults import Crash
from tests.functional.messaging.live import Live
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    PATH,
    World,
    code,
    errors,
    new_key,
    ok,
)
from tests.support.gateway import ApiClient
from tests.support.threads import together

SCHEDULED = f"{PATH}/scheduled"
MINUTE = {
    "version": "0",
    "account": "1",
    "region": "eu",
    "detail": {},
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2026-03-02T12:00:00Z",
    "id": "1",
    "resources": [],
}


@pytest.fixture
def open_world(world: World) -> World:
    world.open()
    return world


def try_scheduling(
    world: World, person: ApiClient, content: str = "Later", hours: float = 1, **fields: Any
) -> HTTPResponse:
    body = {
        "clientMessageId": new_key(),
        "type": "text",
        "content": content,
        "sendAt": (world.now + timedelta(hours=hours)).isoformat(),
        **fields,
    }
    return person.post(world.path("/scheduled"), json=body)


def schedule(world: World, person: ApiClient, content: str = "Later", **fields: Any) -> Any:
    return ok(try_scheduling(world, person, content, **fields), 201)


def get(person: ApiClient, scheduled: dict[str, Any]) -> Any:
    return ok(person.get(f"{SCHEDULED}/{scheduled['id']}"))


def posted(world: World) -> list[str | None]:
    return [message.content for message in world.messages()]


def test_a_message_is_sent_once_at_its_time(world: World, live: Live) -> None:
    artist, client = live.both()
    key: dict[str, Any] = {"clientMessageId": "scheduled-1"}
    later = schedule(world, world.artist, **key)
    again = ok(try_scheduling(world, world.artist, **key), 200)
    assert again["id"] == later["id"]
    assert code(try_scheduling(world, world.artist, "Other", **key)) == (
        422,
        "client_message_id_reused",
    )
    assert artist.events("scheduled.changed")[0]["scheduled"]["status"] == "scheduled"
    assert client.events("scheduled.changed") == []
    assert ok(world.client.get(SCHEDULED))["items"] == []
    assert [each["id"] for each in ok(world.artist.get(SCHEDULED))["items"]] == [later["id"]]
    assert world.client.get(f"{SCHEDULED}/{later['id']}").status_code == 404

    world.later(minutes=59)
    messaging_app.sweeper(MINUTE, None)
    assert posted(world) == []
    world.later(minutes=1)
    together(3, lambda: scheduled_messages.send_due(world.now))
    assert posted(world) == ["Later"]
    world.deliver()
    assert client.events("message.created")[0]["message"]["clientMessageId"] == "scheduled-1"
    sent = get(world.artist, later)
    assert (sent["status"], sent["messageId"]) == ("sent", world.messages()[0].id)
    assert (sent["content"], ok(world.artist.get(SCHEDULED))["items"]) == (None, [])
    assert artist.events("scheduled.changed")[-1]["scheduled"]["status"] == "sent"
    for method in ("patch", "delete"):
        options: dict[str, Any] = {"json": {}} if method == "patch" else {}
        answer = getattr(world.artist, method)(f"{SCHEDULED}/{later['id']}", **options)
        assert code(answer) == (409, "already_sent")
    assert ok(try_scheduling(world, world.artist, hours=-1, **key), 200)["status"] == "sent"


@pytest.mark.parametrize("settled", [False, True])
def test_a_sweeper_that_dies_sends_nothing_twice(open_world: World, settled: bool) -> None:
    """It died before or after the message was posted; a block that came since changes nothing."""
    world = open_world
    later = schedule(world, world.artist)
    world.later(hours=1)
    dying = "settle" if settled else "claim"
    if settled:
        with mock.patch.object(store, dying, side_effect=Crash), pytest.raises(Crash):
            scheduled_messages.send_due(world.now)
        ok(world.client.put(world.path("/block")))
    else:
        assert store.claim(later["id"], world.now) is not None
    scheduled_messages.send_due(world.now)
    assert get(world.artist, later)["status"] == "scheduled"
    assert code(world.artist.delete(f"{SCHEDULED}/{later['id']}")) == (409, "already_sent")
    world.later(minutes=5)
    scheduled_messages.send_due(world.now)
    assert posted(world) == ["Later"]
    assert get(world.artist, later)["status"] == "sent"


def test_one_that_fails_does_not_hold_up_the_others(open_world: World) -> None:
    world = open_world
    broken, fine = schedule(world, world.artist, hours=1), schedule(world, world.artist, hours=2)
    world.database.scheduledMessages.update_one({"_id": broken["id"]}, {"$set": {"version": "x"}})
    world.later(hours=3)
    with pytest.raises(SweepIncomplete):
        scheduled_messages.send_due(world.now)
    assert get(world.artist, fine)["status"] == "sent"


# ---- changes -----------------------------------------------------------------------------------


def test_its_author_changes_cancels_and_sends_it(world: World, live: Live) -> None:
    artist, _ = live.both()
    later = schedule(world, world.artist)
    path = f"{SCHEDULED}/{later['id']}"
    until = (world.now + timedelta(hours=5)).isoformat()
    changed = ok(world.artist.patch(path, json={"content": "Better", "sendAt": until}))
    assert (changed["content"], changed["version"]) == ("Better", 2)
    assert set(errors(world.artist.patch(path, json={"content": " "}))) == {"body.content"}
    for person, answer in ((world.client, 404), (world.artist, 204)):
        assert person.delete(path).status_code == answer
    assert artist.events("scheduled.changed")[-1]["scheduled"]["status"] == "cancelled"
    world.later(hours=6)
    assert scheduled_messages.send_due(world.now) == 0

    asked = world.send(world.client, "When?")
    now = schedule(world, world.artist, "Now", replyTo=asked["id"])
    assert now["replyTo"] == asked["id"]
    for _ in "ab":
        sent = ok(world.artist.post(f"{SCHEDULED}/{now['id']}/send"))
        assert sent["status"] == "sent"
    assert posted(world) == ["When?", "Now"]
    assert world.messages()[1].reply_to == asked["id"]


def test_changes_of_two_devices_at_once_are_both_kept(open_world: World) -> None:
    later = schedule(open_world, open_world.artist)
    path = f"{SCHEDULED}/{later['id']}"
    until = (open_world.now + timedelta(hours=5)).isoformat()
    find, raced = store.find, [True]

    def find_before_another(user_id: str, scheduled_id: str) -> Any:
        found = find(user_id, scheduled_id)
        if raced and raced.pop():
            ok(open_world.artist.patch(path, json={"sendAt": until}))
        return found

    with mock.patch.object(store, "find", find_before_another):
        changed = ok(open_world.artist.patch(path, json={"content": "Better"}))
    assert (changed["content"], changed["version"]) == ("Better", 3)
    assert changed["sendAt"] != later["sendAt"]


def test_one_is_not_taken_for_another_message_of_the_same_key(open_world: World) -> None:
    key = new_key()
    later = schedule(open_world, open_world.artist, clientMessageId=key)
    sent = {"clientMessageId": key, "type": "text", "content": "Now"}
    ok(open_world.artist.post(open_world.path("/messages"), json=sent), 201)
    open_world.later(hours=1)
    scheduled_messages.send_due(open_world.now)
    refused = get(open_world.artist, later)
    assert (refused["status"], refused["reason"]) == ("refused", "client_message_id_reused")
    assert refused["content"] == "Later"


def test_times_and_numbers_are_limited(open_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_world
    for hours in (0, -1, 24 * 367):
        refused = try_scheduling(world, world.artist, hours=hours)
        assert set(errors(refused)) == {"body.sendAt"}
    limits = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-03-03T10:00:00")
    for limit in limits:
        assert set(errors(try_scheduling(world, world.artist, sendAt=limit))) == {"body.sendAt"}
    reply = try_scheduling(world, world.artist, replyTo="msg_01JD0000000000000000000000")
    assert set(errors(reply)) == {"body.replyTo"}
    unknown = try_scheduling(world, world.artist, type="image", attachments=["fil_x"])
    assert set(errors(unknown)) == {"body.attachments[0]"}
    monkeypatch.setattr(scheduled_messages, "MAX_SCHEDULED", 1)
    schedule(world, world.artist)
    assert code(try_scheduling(world, world.artist)) == (409, "too_many_scheduled")


# ---- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "reason"),
    [("block", "blocked"), ("deletion", "person_gone"), ("ban", "author_banned")],
)
def test_what_may_not_be_sent_is_refused_with_a_reason(
    world: World, live: Live, event: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist, _ = live.both()
    later = schedule(world, world.artist)
    if event == "block":
        ok(world.client.put(world.path("/block")))
    elif event == "deletion":
        erasure.erase(CLIENT, world.now)
    else:
        monkeypatch.setattr(bans, "is_banned", lambda user_id: user_id == ARTIST)
    world.later(hours=1)
    scheduled_messages.send_due(world.now)
    refused = get(world.artist, later)
    assert (refused["status"], refused["reason"]) == ("refused", reason)
    assert refused["detail"]
    assert posted(world) == []
    assert artist.events("scheduled.changed")[-1]["scheduled"]["reason"] == reason
    assert [each["id"] for each in ok(world.artist.get(SCHEDULED))["items"]] == [later["id"]]
    if event == "block":
        assert code(world.artist.post(f"{SCHEDULED}/{later['id']}/send")) == (403, "blocked")
        assert world.client.delete(world.path("/block")).status_code == 204
        again = {"sendAt": (world.now + timedelta(hours=1)).isoformat()}
        changed = ok(world.artist.patch(f"{SCHEDULED}/{later['id']}", json=again))
        assert (changed["status"], changed["reason"]) == ("scheduled", None)
        world.later(hours=1)
        scheduled_messages.send_due(world.now)
        assert posted(world) == ["Later"]


def test_the_reply_window_of_a_guest_is_checked_when_it_is_sent(world: World) -> None:
    world.introduce(ARTIST, "artist")
    guests.write(world)
    in_time, late = schedule(world, world.artist, hours=2), schedule(world, world.artist, hours=30)
    world.later(hours=2)
    scheduled_messages.send_due(world.now)
    assert get(world.artist, in_time)["status"] == "sent"
    world.later(hours=28)
    scheduled_messages.send_due(world.now)
    assert get(world.artist, late)["reason"] == "reply_window_closed"
    assert posted(world) == ["Hi!", "Later"]


def test_it_is_in_the_export_and_goes_with_the_account(open_world: World) -> None:
    world = open_world
    schedule(world, world.client, "Mine")
    own: Any = export.gather(CLIENT)["scheduledMessages"]
    assert [scheduled.request["content"] for scheduled in own] == ["Mine"]
    assert export.gather(ARTIST)["scheduledMessages"] == []
    erasure.erase(CLIENT, world.now)
    assert world.database.scheduledMessages.count_documents({}) == 0


def test_a_reply_can_be_scheduled(open_world: World) -> None:
    asked = open_world.send(open_world.client, "Friday?")["id"]
    later = schedule(open_world, open_world.artist, "Yes", replyTo=asked)
    assert later["replyTo"] == asked
    open_world.later(hours=1)
    assert scheduled_messages.send_due(open_world.now) == 1
    (_, sent) = open_world.page(open_world.client)["items"]
    assert sent["repliedTo"]["excerpt"] == "Friday?"
    absent = "msg_01JD0000000000000000000000"
    refused = try_scheduling(open_world, open_world.artist, replyTo=absent)
    assert set(errors(refused)) == {"body.replyTo"}
