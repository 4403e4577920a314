"""Previews, executions and what becomes of them."""

from typing import Any

import pytest

from domain.policy_terms import DepositRules, Fixed, Kind, Percent, Terms, text_hash, version_id
from quick_actions.use_cases.executions import EXECUTED
from tests.functional.quick_actions.people import (
    ARTIST,
    CLIENT,
    HOME,
    MONDAY,
    OTHER_CLIENT,
    OTHER_THREAD,
    SYSTEM,
    THREAD,
    People,
    card,
    error_fields,
    everything,
    executed,
    hear,
    offers,
    refused,
    texts,
)
from tests.support.threads import together


def preview(people: People, action_id: str, **fields: Any) -> Any:
    body = fields or {"conversationId": THREAD}
    return people.artist.post(f"{HOME}/{action_id}/preview", json=body)


def deposit(number: int, rules: DepositRules) -> None:
    terms = Terms(
        artist_id=ARTIST,
        service_id=None,
        kind=Kind.DEPOSIT,
        number=number,
        version_id=version_id(ARTIST, None, Kind.DEPOSIT, number),
        text_hash=text_hash("x"),
        rules=rules,
        published_at=MONDAY,
    )
    hear("policy.published", {"terms": terms})


# ---- what texts say ----------------------------------------------------------------------------


def test_a_preview_says_what_would_be_sent(people: People) -> None:
    action = people.has_added()
    said = ["Hi Ada!", "It is Mara Voss."]
    assert texts(preview(people, action)) == said
    assert texts(preview(people, action, clientId=CLIENT)) == said
    assert executed() == []
    for wrong in ({"conversationId": OTHER_THREAD}, {"clientId": OTHER_CLIENT}):
        assert refused(preview(people, action, **wrong)) == (404, "not_found")
    both = preview(people, action, conversationId=THREAD, clientId=CLIENT)
    assert refused(both) == (422, "invalid_fields")


def test_names_follow_the_newest_card(people: People) -> None:
    action = people.has_added()
    card(CLIENT, "Augusta King", 2)
    card(CLIENT, "Old Name", 1)
    hear("user.verified", {"userId": CLIENT, "name": "Ada", "role": "client"})
    assert texts(preview(people, action))[0] == "Hi Augusta!"


def test_a_value_is_never_read_as_a_variable(people: People) -> None:
    card(CLIENT, "{{artist.name}}", 2)
    assert texts(preview(people, people.has_added()))[0] == "Hi {{artist.name}}!"


def test_what_nobody_knows_is_named_and_nothing_is_sent(people: People) -> None:
    action = people.has_added(steps=["Hi {{client.name}}", "{{next_slot}} at {{booking_page}}"])
    answer = preview(people, action)
    assert answer.json_body["missing"] == ["next_slot", "booking_page"]
    assert texts(answer) == ["Hi Ada Byron", "{{next_slot}} at {{booking_page}}"]
    before = everything()
    refusal = people.executes(action)
    assert refused(refusal) == (409, "variables_missing")
    assert set(error_fields(refusal)) == {"next_slot", "booking_page"}
    assert everything() == before
    card(ARTIST, "Mara Voss", 1, handle="mara.voss")
    done = people.executes(action, nextSlot="Friday at ten")
    assert texts(done)[1] == "Friday at ten at http://localhost:5173/artists/mara.voss"


def test_prices_are_those_the_artist_has_now(people: People) -> None:
    one, _ = offers(1, "Tattoo"), offers(2, "Lettering")
    offers(1, "Large tattoo", version=2)
    offers(1, "Old", version=1)
    said = texts(preview(people, SYSTEM[3]))[0]
    assert said.endswith("\nLarge tattoo: 200.00 EUR (60 min)\nLettering: 200.00 EUR (60 min)")
    hear("service.removed", {"serviceId": one, "artistId": ARTIST, "recordVersion": 3})
    offers(1, "Late", version=2)
    assert "Large" not in texts(preview(people, SYSTEM[3]))[0]
    assert "Late" not in texts(preview(people, SYSTEM[3]))[0]


def test_the_deposit_is_that_of_the_policy_in_force(people: People) -> None:
    said = "A deposit secures your booking: "
    assert texts(preview(people, SYSTEM[1]))[0].startswith(f"{said}50 % of the price, given back")
    deposit(3, DepositRules(deposit=Percent(30), refundable_until_hours=None))
    deposit(2, DepositRules(deposit=Percent(20), refundable_until_hours=None))
    assert texts(preview(people, SYSTEM[1])) == [f"{said}30 % of the price"]
    deposit(4, DepositRules(deposit=Fixed(5000), refundable_until_hours=None))
    assert preview(people, SYSTEM[1]).json_body["missing"] == ["deposit"]  # of which currency?
    offers(1, "Tattoo")
    assert texts(preview(people, SYSTEM[1])) == [f"{said}50.00 EUR"]
    ended = {"artistId": ARTIST, "serviceId": None, "kind": "deposit", "number": 4}
    hear("policy.withdrawn", ended)
    deposit(4, DepositRules(deposit=Fixed(5000), refundable_until_hours=None))
    assert "50 % of the price" in texts(preview(people, SYSTEM[1]))[0]
    assert "50 % of the price with less than 48" in texts(preview(people, SYSTEM[2]))[0]


# ---- executing ---------------------------------------------------------------------------------


def test_one_event_carries_all_steps(people: People) -> None:
    action = people.has_added()
    answer = people.executes(action)
    assert (answer.status_code, answer.json_body["status"]) == (202, "queued")
    (event,) = executed()
    assert event.type == "quick_action.executed"
    assert event.data == {
        "executionId": "tap-0001",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "conversationId": THREAD,
        "actionId": action,
        "messages": [
            {"type": "text", "content": "Hi Ada!"},
            {"type": "text", "content": "It is Mara Voss."},
        ],
    }


def test_the_same_id_again_sends_nothing_again(people: People) -> None:
    action, other = people.has_added(), people.has_added()
    first = people.executes(action)
    card(CLIENT, "Other Name", 5)
    people.artist.delete(f"{HOME}/{action}")
    assert people.executes(action).json_body == first.json_body
    assert refused(people.executes(other)) == (422, "execution_id_reused")
    assert len(executed()) == 1


def test_twenty_taps_at_once_send_once(people: People) -> None:
    action = people.has_added()
    people.artist.get(HOME)
    preview(people, action)
    answers = together(20, lambda: people.executes(action).status_code)
    assert set(answers) <= {202, 409}
    assert 202 in answers
    assert len(executed()) == 1


def test_only_in_ones_own_threads_and_only_what_is_on(people: People) -> None:
    action = people.has_added()
    for thread in (OTHER_THREAD, "cnv_none"):
        assert refused(people.executes(action, conversationId=thread)) == (404, "not_found")
    people.artist.patch(f"{HOME}/{action}", json={"enabled": False})
    assert refused(people.executes(action)) == (409, "action_disabled")
    assert executed() == []


def test_there_is_an_end_to_tapping(people: People) -> None:
    action = people.has_added()
    for _ in range(EXECUTED):
        people.executes(action)
    assert refused(people.executes(action, "tap-0002"))[0] == 429


def test_the_record_is_paged_and_ones_own(people: People, clock: Any) -> None:
    action = people.has_added()
    for number in range(3):
        people.executes(action, f"tap-000{number}")
        clock.shift(1)
    page = people.artist.get(f"{HOME}/executions?limit=2").json_body
    assert [item["id"] for item in page["items"]] == ["tap-0002", "tap-0001"]
    cursor = page["nextCursor"]
    rest = people.artist.get(f"{HOME}/executions?limit=2&cursor={cursor}").json_body
    assert ([item["id"] for item in rest["items"]], rest["nextCursor"]) == (["tap-0000"], None)
    assert people.other_artist.get(f"{HOME}/executions").json_body["items"] == []
    stolen = people.other_artist.get(f"{HOME}/executions?cursor={cursor}")
    assert refused(stolen) == (422, "invalid_fields")


@pytest.mark.parametrize("first", ["posted", "refused"])
def test_what_became_of_it_is_kept_as_it_was_told_first(people: People, first: str) -> None:
    people.executes(people.has_added())
    other = {"posted": "refused", "refused": "posted"}[first]
    told = {"executionId": "tap-0001", "artistId": ARTIST, "reason": "blocked"}
    for outcome in (first, first, other):
        hear(f"quick_action.{outcome}", told)
    found = people.artist.get(f"{HOME}/executions/tap-0001").json_body
    expected = {"posted": ("sent", ""), "refused": ("failed", "blocked")}[first]
    assert (found["status"], found["reason"]) == expected
    hear(f"quick_action.{first}", told | {"executionId": "tap-none"})
