"""WebSockets of a session end with it, whatever its access tokens would still open.

The authorizer of these tests never knows that a session ended: it is as stale as it can be.
"""

from typing import Any

import pytest

from messaging.store import connections as store
from tests.functional.messaging.live import Live, problem
from tests.functional.messaging.test_live_connect import PING, refused
from tests.functional.messaging.world import ARTIST, CLIENT, World

MINE, OTHER = "ses_mine", "ses_other"


def end(world: World, session_id: str = MINE) -> None:
    """Consume the event that a session of the client ended."""
    data = {"userId": CLIENT, "sessionId": session_id, "reason": "signed_out"}
    world.consume("session.ended", data)


def test_its_open_websockets_are_closed_and_no_others(live: Live, world: World) -> None:
    mine = [live.open_by_token(CLIENT, session_id=MINE) for _ in range(2)]
    others = [
        live.open_by_token(CLIENT, session_id=OTHER),
        live.open_by_token(ARTIST, "artist", session_id=OTHER),
    ]
    end(world)
    assert [device.is_open for device in (*mine, *others)] == [False, False, True, True]
    assert {each["sessionId"] for each in live.connections()} == {OTHER}
    end(world)  # again
    assert others[0].say(PING)["event"] == "pong"


def test_nothing_is_posted_to_it_any_more(live: Live, world: World) -> None:
    world.open()
    device = live.open_by_token(CLIENT, session_id=MINE)
    live.subscribe(device)
    device.received.clear()
    end(world)
    world.send(world.artist)
    world.deliver()
    assert device.received == []


def test_its_tickets_and_tokens_open_no_further_ones(live: Live, world: World) -> None:
    before = live.ticket(world.client.as_user(CLIENT, session_id=MINE))["ticket"]
    end(world)
    after = live.ticket(world.client.as_user(CLIENT, session_id=MINE))["ticket"]
    assert [refused(live, {"ticket": ticket}) for ticket in (before, after)] == [401, 401]
    token = live.token(CLIENT, session_id=MINE)
    assert refused(live, headers={"Authorization": f"Bearer {token}"}) == 401
    assert live.connections() == []
    assert live.open_by_token(CLIENT, session_id=OTHER).is_open


def test_one_that_is_opening_meanwhile_does_not_open(
    live: Live, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = store.add

    def end_and_add(connection: Any) -> None:
        end(world)
        add(connection)

    monkeypatch.setattr(store, "add", end_and_add)
    token = live.token(CLIENT, session_id=MINE)
    assert refused(live, headers={"Authorization": f"Bearer {token}"}) == 401
    assert live.connections() == []


def test_one_that_is_opened_just_before_is_found(
    live: Live, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = store.add

    def add_and_end(connection: Any) -> None:
        add(connection)
        end(world)

    monkeypatch.setattr(store, "add", add_and_end)
    token = live.token(CLIENT, session_id=MINE)
    assert refused(live, headers={"Authorization": f"Bearer {token}"}) == 401
    assert live.connections() == []


def test_its_tokens_renew_no_websocket_of_another_session(live: Live, world: World) -> None:
    device = live.open_by_token(CLIENT, session_id=OTHER)
    end(world)
    token = live.token(CLIENT, session_id=MINE)
    answer = device.say({"action": "renew", "token": token})
    assert problem(answer) == (401, "unauthorized")
    assert not device.is_open
    assert live.connections() == []
