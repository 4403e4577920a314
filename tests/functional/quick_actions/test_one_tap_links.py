"""One-tap links: which actions are offered, and when a link works."""

import base64
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from time_machine import TimeMachineFixture

from shared.http import one_tap_links
from shared.http.one_tap_links import OneTap
from shared.platform import clock, signing
from tests.functional.quick_actions.people import (
    ARTIST,
    CLIENT,
    CONVERSATION,
    HOME,
    OTHER_ARTIST,
    OTHER_CONVERSATION,
    SYSTEM,
    People,
    executed_events,
    outbox,
    publish,
    publish_block,
)
from tests.support.responses import error_fields, refused
from tests.support.threads import together

SAVED = "quick_action_row.saved"


def offered() -> list[str]:
    """Return the labels of the offered actions in the latest event."""
    latest = max(
        (event.data for event in outbox() if event.type == SAVED),
        key=lambda data: data["recordVersion"],
    )
    return [action["label"] for action in latest["oneTap"]]


# ---- offering actions --------------------------------------------------------------------------


def test_the_event_holds_the_actions_to_offer(people: People) -> None:
    mine = people.create_action(oneTap=True)
    assert people.artist.get(f"{HOME}/{mine}").json_body["oneTap"] is True
    assert offered() == ["Hello"]
    people.artist.patch(f"{HOME}/{SYSTEM[3]}", json={"oneTap": True})
    assert offered() == ["Prices", "Hello"]  # in the order of the actions
    people.artist.patch(f"{HOME}/{mine}", json={"label": "Hi"})
    assert offered() == ["Prices", "Hi"]
    people.artist.patch(f"{HOME}/{SYSTEM[3]}", json={"enabled": False})
    assert offered() == ["Hi"]
    people.artist.delete(f"{HOME}/{mine}")
    assert offered() == []
    people.artist.patch(f"{HOME}/{SYSTEM[3]}", json={"enabled": True})
    assert offered() == ["Prices"]


def test_only_chosen_actions_are_offered(people: People) -> None:
    mine = people.create_action()
    assert offered() == []
    assert refused(people.nobody.post(people.make_link(mine))) == (410, "link_withdrawn")
    assert refused(people.nobody.post(people.make_link(SYSTEM[3]))) == (410, "link_withdrawn")
    assert executed_events() == []


def test_at_most_two_actions_are_offered_after_concurrent_changes(people: People) -> None:
    mine = people.create_action(oneTap=True)
    ids = [*SYSTEM, *(people.create_action() for _ in range(3))]
    remaining = iter(ids)
    answers = together(
        len(ids),
        lambda: people.artist.patch(f"{HOME}/{next(remaining)}", json={"oneTap": True}),
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
    # An offered action can be chosen again, and another one can replace it.
    assert people.artist.patch(f"{HOME}/{mine}", json={"oneTap": True}).status_code == 200
    people.artist.patch(f"{HOME}/{mine}", json={"oneTap": False})
    last = people.create_action(oneTap=True)
    people.artist.delete(f"{HOME}/{last}")
    people.create_action(oneTap=True)


def test_an_action_with_next_slot_cannot_be_offered(people: People) -> None:
    mine = people.create_action(steps=["Free: {{next_slot}}"])
    answer = people.artist.patch(f"{HOME}/{mine}", json={"oneTap": True})
    assert error_fields(answer) == {"body.oneTap": "has no value for {{next_slot}}"}
    other = people.create_action(oneTap=True)
    answer = people.artist.patch(f"{HOME}/{other}", json={"steps": ["{{ next_slot }}"]})
    assert answer.status_code == 422


# ---- using links -------------------------------------------------------------------------------


def test_a_link_works_once_for_anyone_who_has_it(people: People) -> None:
    path = people.make_link(people.create_action(oneTap=True))
    answer = people.nobody.post(path)
    assert (answer.status_code, answer.json_body) == (202, {"status": "queued"})
    assert refused(people.nobody.post(path)) == (410, "link_used")
    (event,) = executed_events()
    (execution,) = people.artist.get(f"{HOME}/executions").json_body["items"]
    assert (execution["byLink"], execution["id"]) == (True, event.data["executionId"])


def test_a_link_that_was_tapped_while_blocked_is_not_spent(people: People) -> None:
    path = people.make_link(people.create_action(oneTap=True))
    publish_block(CLIENT, 1)
    assert refused(people.nobody.post(path)) == (403, "blocked")
    publish_block(CLIENT, 2, blocked=False)
    assert people.nobody.post(path).status_code == 202
    # The block was not known here yet: messaging refuses what was sent.
    for attempt in (1, 2):
        execution_id = executed_events()[-1].data["executionId"]
        failed = {"executionId": execution_id, "artistId": ARTIST, "reason": "blocked"}
        publish("quick_action.refused", failed)
        assert people.nobody.post(path).status_code == 202, attempt
        assert refused(people.nobody.post(path)) == (410, "link_used")
    ids = [event.data["executionId"] for event in executed_events()]
    assert len(set(ids)) == len(ids) == 3
    posted = {"executionId": ids[-1], "artistId": ARTIST}
    publish("quick_action.posted", posted)
    assert refused(people.nobody.post(path)) == (410, "link_used")


@pytest.mark.parametrize("changes", [{"label": "Bye"}, {"steps": ["Something else"]}])
def test_a_link_sends_what_its_button_showed(people: People, changes: dict[str, Any]) -> None:
    action = people.create_action(oneTap=True)
    path = people.make_link(action)
    before = people.artist.get(f"{HOME}/{action}").json_body
    people.artist.patch(f"{HOME}/{action}", json=changes)
    assert refused(people.nobody.post(path)) == (410, "action_changed")
    assert executed_events() == []
    people.artist.patch(f"{HOME}/{action}", json={name: before[name] for name in changes})
    assert people.nobody.post(path).status_code == 202


def test_a_link_from_before_it_held_a_hash_works(people: People) -> None:
    action = people.create_action(oneTap=True)
    earlier = OneTap(ARTIST, CONVERSATION, action, "evt_1", clock.now() + timedelta(days=3))
    token = signing.sign(
        msgspec.json.encode(msgspec.structs.astuple(earlier)[:5]), "quick-action-links"
    )
    assert people.nobody.post(f"{HOME}/links/{token}").status_code == 202


def test_the_event_identifies_the_content_of_each_action(people: People) -> None:
    action = people.create_action(oneTap=True)
    people.artist.patch(f"{HOME}/{action}", json={"steps": ["Bye"]})
    first, second = (
        event.data["oneTap"][0]["contentHash"] for event in outbox() if event.type == SAVED
    )
    assert first != second


def test_each_occasion_and_each_action_has_its_own_link(people: People) -> None:
    first, second = people.create_action(oneTap=True), people.create_action(oneTap=True)
    for path in (
        people.make_link(first),
        people.make_link(second),
        people.make_link(first, "evt_2"),
    ):
        assert people.nobody.post(path).status_code == 202
    assert len(executed_events()) == 3


def test_twenty_concurrent_uses_of_a_link_execute_once(people: People) -> None:
    path = people.make_link(people.create_action(oneTap=True))
    people.nobody.post(f"{HOME}/links/none")
    answers = together(20, lambda: people.nobody.post(path).status_code)
    assert answers.count(202) == 1
    assert set(answers) <= {202, 409, 410}
    assert len(executed_events()) == 1


def test_a_link_expires(people: People, clock: TimeMachineFixture) -> None:
    path = people.make_link(people.create_action(oneTap=True))
    clock.shift(timedelta(days=3))
    assert refused(people.nobody.post(path)) == (410, "link_expired")
    assert executed_events() == []


def test_a_link_works_until_it_expires(people: People, clock: TimeMachineFixture) -> None:
    path = people.make_link(people.create_action(oneTap=True))
    clock.shift(timedelta(days=3) - timedelta(seconds=1))
    assert people.nobody.post(path).status_code == 202


@pytest.mark.parametrize("place", [0, 15, 16, 40, -3])
def test_a_changed_token_is_not_found(people: People, place: int) -> None:
    path = people.make_link(people.create_action(oneTap=True))
    token = path.rpartition("/")[2]
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place] ^= 1
    changed = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    for forged in (changed, token[:-4], token + "AAAA", "x", "ü", token + "!"):
        assert refused(people.nobody.post(f"{HOME}/links/{forged}")) == (404, "not_found")
    assert executed_events() == []


def test_a_cursor_is_not_a_link(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = people.create_action(oneTap=True)
    monkeypatch.setattr(one_tap_links, "_KEY", "cursors")
    path = people.make_link(mine)
    monkeypatch.undo()
    assert refused(people.nobody.post(path)) == (404, "not_found")


def test_a_link_holds_ids_but_no_names(people: People) -> None:
    token = people.make_link(people.create_action(oneTap=True)).rpartition("/")[2]
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for name in ("Mara", "Ada", "Hello", CLIENT):
        assert name.encode() not in raw


def test_a_link_works_in_its_artists_own_conversations_only(people: People) -> None:
    mine = people.create_action(oneTap=True)
    assert (
        refused(people.nobody.post(people.make_link(mine, conversation=OTHER_CONVERSATION)))[0]
        == 404
    )
    theirs = OneTap(
        OTHER_ARTIST, OTHER_CONVERSATION, mine, "evt_1", clock.now() + timedelta(days=3)
    )
    assert refused(people.nobody.post(one_tap_links.link(theirs)))[0] == 404
    assert executed_events() == []


def test_a_link_of_a_disabled_action_works_once_it_is_enabled_again(
    people: People,
) -> None:
    action = people.create_action(oneTap=True)
    path = people.make_link(action)
    people.artist.patch(f"{HOME}/{action}", json={"enabled": False})
    assert refused(people.nobody.post(path)) == (409, "action_disabled")
    people.artist.patch(f"{HOME}/{action}", json={"enabled": True})
    people.artist.patch(f"{HOME}/{action}", json={"oneTap": False})
    assert refused(people.nobody.post(path)) == (410, "link_withdrawn")
    people.artist.patch(f"{HOME}/{action}", json={"oneTap": True})
    assert people.nobody.post(path).status_code == 202
    second = people.make_link(action, "evt_2")
    publish("user.deleted", {"userId": ARTIST})
    assert refused(people.nobody.post(second)) == (404, "not_found")


def test_a_link_of_an_erased_conversation_is_not_found(people: People) -> None:
    path = people.make_link(people.create_action(oneTap=True), conversation=CONVERSATION)
    publish("user.deleted", {"userId": CLIENT})
    assert refused(people.nobody.post(path)) == (404, "not_found")
