"""Previews and executions."""

from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from domain.money import Money
from domain.policy_terms import (
    CancellationRules,
    DepositRules,
    Fixed,
    Percent,
    Rules,
    Terms,
    kind_of,
    text_hash,
    version_id,
)
from quick_actions.models import Service
from quick_actions.store import copies
from tests.functional.quick_actions.people import (
    ARTIST,
    CLIENT,
    CONVERSATION,
    HOME,
    MONDAY,
    OTHER_CLIENT,
    OTHER_CONVERSATION,
    SYSTEM,
    People,
    everything,
    executed_events,
    publish,
    publish_block,
    publish_profile,
    publish_service,
    texts,
)
from tests.support.responses import error_fields, refused
from tests.support.threads import together


def preview(people: People, action_id: str, **fields: Any) -> HTTPResponse:
    body = fields or {"conversationId": CONVERSATION}
    return people.artist.post(f"{HOME}/{action_id}/preview", json=body)


def publish_policy(number: int, rules: Rules, service_id: str | None = None) -> None:
    kind = kind_of(rules)
    terms = Terms(
        artist_id=ARTIST,
        service_id=service_id,
        kind=kind,
        number=number,
        version_id=version_id(ARTIST, service_id, kind, number),
        text_hash=text_hash("x"),
        rules=rules,
        published_at=MONDAY,
    )
    publish("policy.published", {"terms": terms})


def lines(answer: HTTPResponse) -> list[str]:
    """Return the lines of the only message, without the first."""
    (text,) = texts(answer)
    return text.splitlines()[1:]


# ---- previews ----------------------------------------------------------------------------------


def test_a_preview_holds_what_would_be_sent(people: People) -> None:
    action = people.create_action()
    expected = ["Hi Ada!", "It is Mara Voss."]
    assert texts(preview(people, action)) == expected
    assert texts(preview(people, action, clientId=CLIENT)) == expected
    assert executed_events() == []
    for wrong in ({"conversationId": OTHER_CONVERSATION}, {"clientId": OTHER_CLIENT}):
        assert refused(preview(people, action, **wrong)) == (404, "not_found")
    both = preview(people, action, conversationId=CONVERSATION, clientId=CLIENT)
    assert refused(both) == (422, "invalid_fields")


def test_names_follow_the_newest_profile(people: People) -> None:
    action = people.create_action()
    publish_profile(CLIENT, "Augusta King", 2)
    publish_profile(CLIENT, "Old Name", 1)
    publish("user.verified", {"userId": CLIENT, "name": "Ada", "role": "client"})
    assert texts(preview(people, action))[0] == "Hi Augusta!"


def test_a_value_is_never_searched_for_variables(people: People) -> None:
    publish_profile(CLIENT, "{{artist.name}}", 2)
    assert texts(preview(people, people.create_action()))[0] == "Hi {{artist.name}}!"


def test_missing_variables_are_named_and_nothing_is_sent(people: People) -> None:
    action = people.create_action(steps=["Hi {{client.name}}", "{{next_slot}} at {{booking_page}}"])
    answer = preview(people, action)
    assert answer.json_body["missing"] == ["next_slot", "booking_page"]
    assert texts(answer) == ["Hi Ada Byron", "{{next_slot}} at {{booking_page}}"]
    before = everything()
    refusal = people.execute(action)
    assert refused(refusal) == (409, "variables_missing")
    assert set(error_fields(refusal, 409)) == {"next_slot", "booking_page"}
    assert everything() == before
    publish_profile(ARTIST, "Mara Voss", 1, handle="mara.voss")
    sent = people.execute(action, nextSlot="Friday at ten")
    assert texts(sent)[1] == "Friday at ten at http://localhost:5173/artists/mara.voss"


def test_prices_follow_the_services(people: People) -> None:
    service_id, _ = publish_service(1, "Tattoo"), publish_service(2, "Lettering")
    publish_service(1, "Large tattoo", version=2)
    publish_service(1, "Old", version=1)
    text = texts(preview(people, SYSTEM[3]))[0]
    assert text.endswith("\nLarge tattoo: 200.00 EUR (60 min)\nLettering: 200.00 EUR (60 min)")
    publish("service.removed", {"serviceId": service_id, "artistId": ARTIST, "recordVersion": 3})
    publish_service(1, "Late", version=2)
    assert "Large" not in texts(preview(people, SYSTEM[3]))[0]
    assert "Late" not in texts(preview(people, SYSTEM[3]))[0]


def test_prices_name_each_sitting_and_the_total(people: People) -> None:
    publish_service(1, "Sleeve", sittings=3)
    assert lines(preview(people, SYSTEM[3])) == [
        "Sleeve: 600.00 EUR for 3 sittings, 200.00 EUR each (60 min each)"
    ]


def test_the_deposit_is_that_of_each_service(people: People) -> None:
    assert preview(people, SYSTEM[1]).json_body["missing"] == ["deposit"]  # without services
    publish_service(1, "Advice")
    assert lines(preview(people, SYSTEM[1])) == ["Advice: no deposit"]
    publish_service(2, "Small", deposit={"type": "percent", "percent": 30})
    by_policy = publish_service(3, "Sleeve", sittings=3, deposit={"type": "by_policy"})
    publish_policy(2, DepositRules(deposit=Percent(20), refundable_until_hours=None))
    expected = [
        "Advice: no deposit",
        "Sleeve: 120.00 EUR, returned if you cancel until 48 hours before the start",
        "Small: 60.00 EUR, returned if you cancel until 48 hours before the start",
    ]
    assert lines(preview(people, SYSTEM[1])) == expected
    publish_policy(1, DepositRules(deposit=Fixed(5000), refundable_until_hours=72), by_policy)
    of_service = "Sleeve: 50.00 EUR, returned if you cancel until 72 hours before the start"
    only = preview(people, SYSTEM[1], conversationId=CONVERSATION, serviceId=by_policy)
    assert lines(only) == [of_service]
    ended = {"artistId": ARTIST, "serviceId": by_policy, "kind": "deposit", "number": 1}
    publish("policy.withdrawn", ended)
    publish_policy(1, DepositRules(deposit=Fixed(5000), refundable_until_hours=72), by_policy)
    assert lines(preview(people, SYSTEM[1])) == expected


def test_a_cancellation_that_forfeits_the_deposit_is_not_free(people: People) -> None:
    publish_policy(2, CancellationRules(tiers=()))
    publish_service(1, "Advice")
    publish_service(2, "Small", deposit={"type": "fixed", "amount": 5000})
    free, kept, scope = lines(preview(people, SYSTEM[2]))
    assert free == "Advice: free of charge"
    assert kept == (
        "Small: until 48 hours before the start free of charge, and the deposit of 50.00 EUR is "
        "returned; after that 50.00 EUR, kept from the deposit"
    )
    assert "An earlier booking keeps its terms." in scope


def test_only_the_first_sitting_has_the_deposit(people: People) -> None:
    publish_service(1, "Sleeve", sittings=2, deposit={"type": "percent", "percent": 50})
    line, _ = lines(preview(people, SYSTEM[2]))
    assert line == (
        "Sleeve: the first sitting: until 48 hours before the start free of charge, and the "
        "deposit of 200.00 EUR is returned; after that 200.00 EUR, kept from the deposit. Every "
        "other sitting: until 48 hours before the start free of charge; after that 100.00 EUR"
    )


def test_terms_that_are_not_known_are_not_stated(people: People) -> None:
    service = Service("svc_old", "Old", 60, Money(20_000, "EUR"))  # as copies were made before
    copies.save_service(ARTIST, service, 1)
    for action in SYSTEM[1:3]:
        assert len(preview(people, action).json_body["missing"]) == 1
    assert lines(preview(people, SYSTEM[3])) == ["Old: 200.00 EUR (60 min)"]


def test_a_service_of_others_is_refused(people: People) -> None:
    publish_service(1, "Advice")
    named = {"conversationId": CONVERSATION, "serviceId": "svc_other"}
    assert error_fields(preview(people, SYSTEM[3], **named)).keys() == {"body.serviceId"}
    answer = people.execute(SYSTEM[3], serviceId="svc_other")
    assert error_fields(answer).keys() == {"body.serviceId"}
    assert executed_events() == []


def test_a_preview_has_the_limit_of_its_execution(people: People) -> None:
    ids = [publish_service(number, f"{number} " + "x" * 90) for number in range(45)]
    for answer in (preview(people, SYSTEM[3]), people.execute(SYSTEM[3])):
        assert refused(answer) == (409, "message_too_long")
    named = {"conversationId": CONVERSATION, "serviceId": ids[0]}
    assert len(lines(preview(people, SYSTEM[3], **named))) == 1
    assert people.execute(SYSTEM[3], serviceId=ids[0]).status_code == 202


# ---- executions --------------------------------------------------------------------------------


def test_one_event_carries_all_messages(people: People) -> None:
    action = people.create_action()
    answer = people.execute(action)
    assert (answer.status_code, answer.json_body["status"]) == (202, "queued")
    (event,) = executed_events()
    assert event.type == "quick_action.executed"
    assert event.data == {
        "executionId": "tap-0001",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "conversationId": CONVERSATION,
        "actionId": action,
        "messages": [
            {"type": "text", "content": "Hi Ada!"},
            {"type": "text", "content": "It is Mara Voss."},
        ],
    }


def test_a_repeated_execution_sends_nothing_again(people: People) -> None:
    action, other = people.create_action(), people.create_action()
    first = people.execute(action)
    publish_profile(CLIENT, "Other Name", 5)
    people.artist.delete(f"{HOME}/{action}")
    assert people.execute(action).json_body == first.json_body
    assert refused(people.execute(other)) == (422, "execution_id_reused")
    assert len(executed_events()) == 1


def test_what_was_previewed_is_sent_or_nothing(people: People) -> None:
    publish_service(1, "Tattoo")
    shown = preview(people, SYSTEM[3])
    version = shown.json_body["version"]
    publish_service(1, "Tattoo", version=2, price={"amount": 30_000, "currency": "EUR"})
    outdated = people.execute(SYSTEM[3], previewVersion=version)
    assert refused(outdated) == (409, "preview_outdated")
    assert executed_events() == []
    shown = preview(people, SYSTEM[3])
    sent = people.execute(SYSTEM[3], previewVersion=shown.json_body["version"])
    assert texts(sent) == texts(shown)


@pytest.mark.parametrize("by", [ARTIST, CLIENT])
def test_nothing_is_sent_across_a_block(people: People, by: str) -> None:
    action = people.create_action()
    publish_block(by, 2)
    publish_block(by, 1, blocked=False)  # late
    assert refused(people.execute(action)) == (403, "blocked")
    assert executed_events() == []
    publish_block(by, 3, blocked=False)
    assert people.execute(action).status_code == 202


def test_twenty_concurrent_executions_send_once(people: People) -> None:
    action = people.create_action()
    people.artist.get(HOME)
    preview(people, action)
    answers = together(20, lambda: people.execute(action).status_code)
    assert set(answers) <= {202, 409}
    assert 202 in answers
    assert len(executed_events()) == 1


def test_only_enabled_actions_are_executed_in_own_conversations(people: People) -> None:
    action = people.create_action()
    for conversation in (OTHER_CONVERSATION, "cnv_none"):
        assert refused(people.execute(action, conversationId=conversation)) == (404, "not_found")
    people.artist.patch(f"{HOME}/{action}", json={"enabled": False})
    assert refused(people.execute(action)) == (409, "action_disabled")
    assert executed_events() == []


def test_executions_are_rate_limited(people: People) -> None:
    action = people.create_action()
    for _ in range(60):
        people.execute(action)
    assert refused(people.execute(action, "tap-0002"))[0] == 429


def test_executions_are_listed_in_pages_for_their_artist_only(
    people: People, clock: TimeMachineFixture
) -> None:
    action = people.create_action()
    for number in range(3):
        people.execute(action, f"tap-000{number}")
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
def test_the_first_outcome_is_final(people: People, first: str) -> None:
    people.execute(people.create_action())
    other = {"posted": "refused", "refused": "posted"}[first]
    data = {"executionId": "tap-0001", "artistId": ARTIST, "reason": "blocked"}
    for outcome in (first, first, other):
        publish(f"quick_action.{outcome}", data)
    execution = people.artist.get(f"{HOME}/executions/tap-0001").json_body
    expected = {"posted": ("sent", ""), "refused": ("failed", "blocked")}[first]
    assert (execution["status"], execution["reason"]) == expected
    publish(f"quick_action.{first}", data | {"executionId": "tap-none"})


# ---- guests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [False, True])
def test_nothing_is_sent_to_a_guest_until_they_are_a_client(people: People, late: bool) -> None:
    action_id = people.create_action()
    conversation = "cnv_01JD0000000000000000000GGG"
    of_guest = {"conversationId": conversation, "artistId": ARTIST, "clientId": None}
    of_guest["guestId"] = "gst_5f2a"
    publish("conversation.opened", of_guest)
    block = {"userId": ARTIST, "blocked": True, "recordVersion": 9}
    publish("conversation.block_changed", of_guest | block)
    body = {"conversationId": conversation, "executionId": "my-execution-1"}
    answer = people.artist.post(f"{HOME}/{action_id}/executions", json=body)
    assert refused(answer) == (409, "guest_conversation")
    assert refused(preview(people, action_id, conversationId=conversation)) == (
        409,
        "guest_conversation",
    )
    assert executed_events() == []
    publish("conversation.opened", of_guest | {"clientId": CLIENT, "guestId": None})
    if late:
        publish("conversation.opened", of_guest)
    answer = people.artist.post(f"{HOME}/{action_id}/executions", json=body)
    assert answer.status_code == 202, answer.body
