"""One-tap links: chosen by the artist, signed, for a while, for one tap."""

import base64
from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from shared.http import one_tap_links
from shared.http.one_tap_links import OneTap
from shared.platform import clock
from tests.functional.quick_actions.people import (
    ARTIST,
    CLIENT,
    HOME,
    OTHER_ARTIST,
    OTHER_THREAD,
    SYSTEM,
    THREAD,
    People,
    error_fields,
    executed,
    hear,
    outbox,
    refused,
)
from tests.support.threads import together

CHOSEN = "quick_action_row.saved"


def offered() -> list[str]:
    """The labels that notifications were told last."""
    told = max(
        (event.data for event in outbox() if event.type == CHOSEN),
        key=lambda data: data["recordVersion"],
    )
    return [action["label"] for action in told["oneTap"]]


# ---- choosing ----------------------------------------------------------------------------------


def test_notifications_hear_what_an_artist_wants_to_be_offered(people: People) -> None:
    mine = people.has_added(oneTap=True)
    assert people.artist.get(f"{HOME}/{mine}").json_body["oneTap"] is True
    assert offered() == ["Hello"]
    people.artist.patch(f"{HOME}/{SYSTEM[3]}", json={"oneTap": True})
    assert offered() == ["Prices", "Hello"]  # in the order of the row
    people.artist.patch(f"{HOME}/{mine}", json={"label": "Hi"})
    assert offered() == ["Prices", "Hi"]
    people.artist.patch(f"{HOME}/{SYSTEM[3]}", json={"enabled": False})
    assert offered() == ["Hi"]
    people.artist.delete(f"{HOME}/{mine}")
    assert offered() == []
    people.artist.patch(f"{HOME}/{SYSTEM[3]}", json={"enabled": True})
    assert offered() == ["Prices"]


def test_nothing_is_offered_that_was_not_chosen(people: People) -> None:
    mine = people.has_added()
    assert offered() == []
    assert refused(people.nobody.post(people.is_offered(mine))) == (410, "link_withdrawn")
    assert refused(people.nobody.post(people.is_offered(SYSTEM[3]))) == (410, "link_withdrawn")
    assert executed() == []


def test_at_most_two_are_offered_also_when_chosen_at_once(people: People) -> None:
    mine = people.has_added(oneTap=True)
    ids = [*SYSTEM, *(people.has_added() for _ in range(3))]
    waiting = iter(ids)
    answers = together(
        len(ids),
        lambda: people.artist.patch(f"{HOME}/{next(waiting)}", json={"oneTap": True}),
    )
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {refused(answer)[1] for answer in answers if answer.status_code != 200} <= {
        "too_many_one_tap",
        "conflict",
    }
    assert len(offered()) == 2
    answer = people.artist.post(
        HOME, json={"label": "x", "kind": "send_text", "steps": ["x"], "oneTap": True}
    )
    assert refused(answer) == (409, "too_many_one_tap")
    # What is chosen already is chosen again, and makes room when it goes.
    assert people.artist.patch(f"{HOME}/{mine}", json={"oneTap": True}).status_code == 200
    people.artist.patch(f"{HOME}/{mine}", json={"oneTap": False})
    last = people.has_added(oneTap=True)
    people.artist.delete(f"{HOME}/{last}")
    people.has_added(oneTap=True)


def test_what_one_tap_cannot_know_is_not_offered(people: People) -> None:
    mine = people.has_added(steps=["Free: {{next_slot}}"])
    answer = people.artist.patch(f"{HOME}/{mine}", json={"oneTap": True})
    assert error_fields(answer) == {"body.oneTap": "has no value for {{next_slot}}"}
    other = people.has_added(oneTap=True)
    answer = people.artist.patch(f"{HOME}/{other}", json={"steps": ["{{ next_slot }}"]})
    assert answer.status_code == 422


# ---- tapping -----------------------------------------------------------------------------------


def test_a_link_is_tapped_once_by_whoever_holds_it(people: People) -> None:
    path = people.is_offered(people.has_added(oneTap=True))
    answer = people.nobody.post(path)
    assert (answer.status_code, answer.json_body) == (202, {"status": "queued"})
    assert refused(people.nobody.post(path)) == (410, "link_used")
    (event,) = executed()
    (done,) = people.artist.get(f"{HOME}/executions").json_body["items"]
    assert (done["byLink"], done["id"]) == (True, event.data["executionId"])


def test_each_occasion_and_each_action_is_a_tap_of_its_own(people: People) -> None:
    first, second = people.has_added(oneTap=True), people.has_added(oneTap=True)
    for path in (
        people.is_offered(first),
        people.is_offered(second),
        people.is_offered(first, "evt_2"),
    ):
        assert people.nobody.post(path).status_code == 202
    assert len(executed()) == 3


def test_twenty_taps_of_a_link_do_it_once(people: People) -> None:
    path = people.is_offered(people.has_added(oneTap=True))
    people.nobody.post(f"{HOME}/links/none")
    answers = together(20, lambda: people.nobody.post(path).status_code)
    assert answers.count(202) == 1
    assert set(answers) <= {202, 409, 410}
    assert len(executed()) == 1


def test_a_link_ends(people: People, clock: TimeMachineFixture) -> None:
    path = people.is_offered(people.has_added(oneTap=True))
    clock.shift(one_tap_links.VALID_FOR)
    assert refused(people.nobody.post(path)) == (410, "link_expired")
    assert executed() == []


def test_a_link_works_to_its_end(people: People, clock: TimeMachineFixture) -> None:
    path = people.is_offered(people.has_added(oneTap=True))
    clock.shift(one_tap_links.VALID_FOR - timedelta(seconds=1))
    assert people.nobody.post(path).status_code == 202


@pytest.mark.parametrize("place", [0, 15, 16, 40, -3])
def test_a_changed_token_is_none(people: People, place: int) -> None:
    path = people.is_offered(people.has_added(oneTap=True))
    token = path.rpartition("/")[2]
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place] ^= 1
    changed = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    for forged in (changed, token[:-4], token + "AAAA", "x", "ü", token + "!"):
        assert refused(people.nobody.post(f"{HOME}/links/{forged}")) == (404, "not_found")
    assert executed() == []


def test_a_cursor_is_no_link(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = people.has_added(oneTap=True)
    monkeypatch.setattr(one_tap_links, "_KEY", "cursors")
    path = people.is_offered(mine)
    monkeypatch.undo()
    assert refused(people.nobody.post(path)) == (404, "not_found")


def test_a_link_tells_ids_and_no_names(people: People) -> None:
    token = people.is_offered(people.has_added(oneTap=True)).rpartition("/")[2]
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for about in ("Mara", "Ada", "Hello", CLIENT):
        assert about.encode() not in raw


def test_a_link_leads_into_its_artists_own_threads_only(people: People) -> None:
    mine = people.has_added(oneTap=True)
    assert refused(people.nobody.post(people.is_offered(mine, thread=OTHER_THREAD)))[0] == 404
    theirs = OneTap(
        OTHER_ARTIST, OTHER_THREAD, mine, "evt_1", clock.now() + one_tap_links.VALID_FOR
    )
    assert refused(people.nobody.post(one_tap_links.link(theirs)))[0] == 404
    assert executed() == []


def test_a_link_of_what_is_switched_off_does_nothing_and_may_be_tapped_later(
    people: People,
) -> None:
    action = people.has_added(oneTap=True)
    path = people.is_offered(action)
    people.artist.patch(f"{HOME}/{action}", json={"enabled": False})
    assert refused(people.nobody.post(path)) == (409, "action_disabled")
    people.artist.patch(f"{HOME}/{action}", json={"enabled": True})
    people.artist.patch(f"{HOME}/{action}", json={"oneTap": False})
    assert refused(people.nobody.post(path)) == (410, "link_withdrawn")
    people.artist.patch(f"{HOME}/{action}", json={"oneTap": True})
    assert people.nobody.post(path).status_code == 202
    second = people.is_offered(action, "evt_2")
    hear("user.deleted", {"userId": ARTIST})
    assert refused(people.nobody.post(second)) == (404, "not_found")


def test_a_link_of_a_thread_that_is_gone_does_nothing(people: People) -> None:
    path = people.is_offered(people.has_added(oneTap=True), thread=THREAD)
    hear("user.deleted", {"userId": CLIENT})
    assert refused(people.nobody.post(path)) == (404, "not_found")
