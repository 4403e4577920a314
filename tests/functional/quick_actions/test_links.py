"""One-tap links: signed, for a while, for one tap."""

import base64
from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from tests.functional.quick_actions.people import (
    ARTIST,
    CLIENT,
    HOME,
    OTHER_THREAD,
    SYSTEM,
    THREAD,
    People,
    hear,
    outbox,
    refused,
)
from tests.support.threads import together


def test_a_link_is_tapped_once_by_whoever_holds_it(people: People) -> None:
    path = people.link(people.has_added())
    answer = people.nobody.post(path)
    assert (answer.status_code, answer.json_body) == (202, {"status": "queued"})
    assert refused(people.nobody.post(path)) == (410, "link_used")
    (event,) = outbox()
    assert event.data["artistId"] == ARTIST
    (done,) = people.artist.get(f"{HOME}/executions").json_body["items"]
    assert (done["byLink"], done["id"]) == (True, event.data["executionId"])


def test_twenty_taps_of_a_link_do_it_once(people: People) -> None:
    path = people.link(people.has_added())
    people.nobody.post(f"{HOME}/links/none")
    answers = together(20, lambda: people.nobody.post(path).status_code)
    assert answers.count(202) == 1
    assert set(answers) <= {202, 409, 410}
    assert len(outbox()) == 1


def test_a_link_ends(people: People, clock: TimeMachineFixture) -> None:
    path = people.link(people.has_added(), 60)
    clock.shift(timedelta(seconds=60))
    assert refused(people.nobody.post(path)) == (410, "link_expired")
    assert outbox() == []


@pytest.mark.parametrize("place", [0, 20, 30, 55])
def test_a_changed_token_is_none(people: People, place: int) -> None:
    path = people.link(people.has_added())
    token = path.rpartition("/")[2]
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place] ^= 1
    changed = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    for forged in (changed, token[:-4], token + "AAAA", "x", "ü", token + "!"):
        assert refused(people.nobody.post(f"{HOME}/links/{forged}"))[0] == 404
    assert outbox() == []


def test_a_token_tells_about_nobody(people: People) -> None:
    token = people.link(people.has_added()).rpartition("/")[2]
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for about in (ARTIST, CLIENT, THREAD):
        assert about.encode() not in raw
        assert about[4:] not in token


def test_a_link_is_made_only_for_what_can_be_done(people: People) -> None:
    waiting = people.has_added(steps=["{{next_slot}}"])
    for action, thread, status in (
        (waiting, THREAD, 409),
        ("qac_none", THREAD, 404),
        (SYSTEM[1], OTHER_THREAD, 404),
    ):
        body = {"actionId": action, "conversationId": thread, "expiresIn": 60}
        assert people.artist.post(f"{HOME}/links", json=body).status_code == status
    for seconds in (59, 7 * 24 * 3600 + 1):
        body = {"actionId": SYSTEM[1], "conversationId": THREAD, "expiresIn": seconds}
        assert people.artist.post(f"{HOME}/links", json=body).status_code == 422


def test_a_link_of_what_is_gone_does_nothing_and_may_be_tapped_later(people: People) -> None:
    action = people.has_added()
    path = people.link(action)
    people.artist.patch(f"{HOME}/{action}", json={"enabled": False})
    assert refused(people.nobody.post(path)) == (409, "action_disabled")
    people.artist.patch(f"{HOME}/{action}", json={"enabled": True})
    assert people.nobody.post(path).status_code == 202
    second = people.link(action)
    hear("user.deleted", {"userId": ARTIST})
    assert refused(people.nobody.post(second)) == (404, "not_found")
