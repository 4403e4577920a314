"""What a change costs is shown before it happens, and the shown cost is the one that is charged.

By the defaults, cancelling and moving cost half of the price with fewer than 48 hours left.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments.models import DepositState
from tests.functional.appointments.people import (
    ARTIST,
    MONDAY,
    People,
    appointment,
    entries,
    everything,
    outbox,
    refused,
    told_since,
)
from tests.support.gateway import ApiClient

BOOKINGS = "/v1/appointments"
STARTS_AT = datetime(2026, 3, 12, 10, tzinfo=UTC)
START, LATER, MUCH_LATER = "2026-03-12T10:00:00Z", "2026-03-13T09:00:00Z", "2026-03-20T09:00:00Z"
LAST_FREE = STARTS_AT - timedelta(hours=48)
MOMENT = timedelta(milliseconds=1)
ACTIONS = ("cancel", "reschedule")
MOVE = {"startsAt": LATER}


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def previews(by: ApiClient, action: str, booked: dict[str, Any], **fields: Any) -> HTTPResponse:
    """Ask what it would cost."""
    body = (MOVE if action == "reschedule" else {}) | fields
    return by.post(f"{BOOKINGS}/{booked['id']}/{action}?preview=true", json=body)


def commits(by: ApiClient, action: str, booked: dict[str, Any], **fields: Any) -> HTTPResponse:
    """Do it."""
    body = (MOVE if action == "reschedule" else {}) | fields
    return by.post(f"{BOOKINGS}/{booked['id']}/{action}", json=body)


def booked_with_deposit(people: People, **rule: Any) -> dict[str, Any]:
    """A confirmed appointment whose deposit the artist holds."""
    booked = people.has_booked(people.studio(deposit=rule), START)
    answer = people.artist.post(f"{BOOKINGS}/{booked['id']}/deposit/confirm", json={})
    confirmed: dict[str, Any] = answer.json_body
    assert (confirmed["status"], confirmed["deposit"]["state"]) == ("confirmed", "confirmed")
    return confirmed


@pytest.mark.parametrize("action", ACTIONS)
def test_a_preview_changes_nothing(people: People, clock: TimeMachineFixture, action: str) -> None:
    booked = people.has_booked(people.studio(), START)
    for now in (MONDAY, LAST_FREE + MOMENT):
        clock.move_to(now, tick=False)
        before = everything()
        for by in (people.client, people.artist):
            assert previews(by, action, booked).status_code == 200
        assert everything() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_free_needs_no_preview(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.has_booked(people.studio(), START)
    clock.move_to(LAST_FREE, tick=False)
    shown = previews(people.client, action, booked).json_body
    assert {
        name: shown[name] for name in ("fee", "due", "depositForfeited", "depositReturned")
    } == {
        "fee": euros(0),
        "due": euros(0),
        "depositForfeited": euros(0),
        "depositReturned": euros(0),
    }
    done = commits(people.client, action, booked)
    assert (done.status_code, done.json_body["charges"]) == (200, [])


@pytest.mark.parametrize("action", ACTIONS)
def test_what_was_shown_is_what_is_charged(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.has_booked(people.studio(), START)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = previews(people.client, action, booked).json_body
    kind = "cancellation" if action == "cancel" else "reschedule"
    version_id = f"pol_{ARTIST.removeprefix('usr_')}_{kind}_1"
    assert (shown["fee"], shown["due"]) == (euros(6000), euros(6000))
    assert shown["clause"] == {
        "kind": kind,
        "versionId": version_id,
        "number": 1,
        "hoursBefore": 48,
    }
    assert "50 % of the price" in shown["explanation"]

    before, told = everything(), outbox()
    assert refused(commits(people.client, action, booked)) == (409, "preview_required")
    assert everything() == before
    done = commits(people.client, action, booked, version=shown["version"])
    assert done.status_code == 200
    assert done.json_body["charges"] == [
        {
            "action": action,
            "fee": 6000,
            "depositForfeited": 0,
            "due": 6000,
            "currency": "EUR",
            "explanation": shown["explanation"],
            "at": "2026-03-10T10:00:00.001000Z",
            "versionId": version_id,
        }
    ]
    (fact,) = told_since(told)
    assert fact.data["fee"] == 6000


@pytest.mark.parametrize("action", ACTIONS)
def test_a_cost_that_came_with_time_is_not_charged_unseen(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.has_booked(people.studio(), START)
    clock.move_to(LAST_FREE, tick=False)
    shown = previews(people.client, action, booked).json_body
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    before = everything()
    outdated = commits(people.client, action, booked, version=shown["version"])
    assert refused(outdated) == (409, "preview_outdated")
    assert refused(commits(people.client, action, booked)) == (409, "preview_required")
    assert everything() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_cost_that_did_not_change_with_time_is_good(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.has_booked(people.studio(), START)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = previews(people.client, action, booked).json_body
    clock.move_to(LAST_FREE + timedelta(hours=20), tick=False)
    assert commits(people.client, action, booked, version=shown["version"]).status_code == 200


@pytest.mark.parametrize("action", ACTIONS)
def test_what_was_changed_meanwhile_must_be_shown_again(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.has_booked(people.studio(), START)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = previews(people.client, action, booked).json_body
    # Much later it would be free; but to be told so is not to be surprised.
    moved = commits(people.artist, "reschedule", booked, startsAt="2026-03-11T10:00:00Z")
    assert moved.status_code == 200
    before = everything()
    outdated = commits(people.client, action, booked, version=shown["version"])
    assert refused(outdated) == (409, "preview_outdated")
    assert everything() == before


def test_a_preview_is_of_one_action_one_target_and_one_appointment(
    people: People, clock: TimeMachineFixture
) -> None:
    service = people.studio()
    booked = people.has_booked(service, START)
    other = people.has_booked(service, "2026-03-12T12:00:00Z")
    clock.move_to(LAST_FREE + timedelta(hours=3), tick=False)
    to_cancel = previews(people.client, "cancel", booked).json_body["version"]
    to_move = previews(people.client, "reschedule", booked).json_body["version"]
    before = everything()
    for answer in (
        commits(people.client, "reschedule", booked, version=to_cancel),
        commits(people.client, "cancel", booked, version=to_move),
        commits(people.client, "reschedule", booked, startsAt=MUCH_LATER, version=to_move),
        commits(people.client, "cancel", other, version=to_cancel),
        commits(people.client, "cancel", booked, version="guessed"),
        commits(people.client, "cancel", booked, version=""),
    ):
        assert refused(answer) == (409, "preview_outdated")
    assert everything() == before
    moved = commits(people.client, "reschedule", booked, version=to_move)
    assert moved.json_body["startsAt"] == LATER


def test_the_same_instant_in_another_zone_is_the_same_target(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = people.has_booked(people.studio(), START)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = previews(people.client, "reschedule", booked, startsAt="2026-03-13T10:00:00+01:00")
    version = shown.json_body["version"]
    assert commits(people.client, "reschedule", booked, version=version).status_code == 200


@pytest.mark.parametrize("action", ACTIONS)
def test_what_the_artist_does_costs_the_client_nothing(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.has_booked(people.studio(), START)
    clock.move_to(STARTS_AT - MOMENT, tick=False)
    shown = previews(people.artist, action, booked).json_body
    assert (shown["fee"], shown["clause"]) == (euros(0), None)
    assert previews(people.client, action, booked).json_body["fee"] == euros(6000)
    done = commits(people.artist, action, booked)
    assert (done.status_code, done.json_body["charges"]) == (200, [])


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_not_agreed_yet_costs_nothing(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    service = people.studio(mode="request")
    clock.move_to(STARTS_AT - timedelta(hours=1), tick=False)
    booked = people.has_booked(service, START)
    assert booked["status"] == "pending"
    shown = previews(people.client, action, booked).json_body
    assert (shown["due"], shown["clause"]) == (euros(0), None)
    done = commits(people.client, action, booked)
    assert (done.status_code, done.json_body["charges"]) == (200, [])


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_previews_what_they_may_not_do(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.has_booked(people.studio(), START)
    for stranger in (people.other_client, people.other_artist):
        assert refused(previews(stranger, action, booked)) == (404, "not_found")
    assert previews(people.nobody, action, booked).status_code == 401
    clock.move_to(STARTS_AT, tick=False)
    assert refused(previews(people.client, action, booked)) == (409, "already_started")
    commits(people.artist, "cancel", booked)
    for by in (people.client, people.artist):
        assert refused(previews(by, action, booked)) == (409, "wrong_status")


def test_a_move_that_cannot_be_made_has_no_preview(people: People) -> None:
    service = people.studio()
    booked = people.has_booked(service, START)
    people.has_booked(service, LATER, people.other_client)
    assert refused(previews(people.client, "reschedule", booked)) == (409, "slot_taken")
    outside = previews(people.client, "reschedule", booked, startsAt="2026-03-13T20:00:00Z")
    assert refused(outside) == (409, "slot_unavailable")


def test_moves_are_counted_for_the_client_only(people: People) -> None:
    booked = people.has_booked(people.studio(), START)
    for number, (by, start) in enumerate(
        [(people.client, LATER), (people.artist, START), (people.client, MUCH_LATER)]
    ):
        assert commits(by, "reschedule", booked, startsAt=start).status_code == 200
        assert appointment(booked["id"]).sequence == number + 1
    assert appointment(booked["id"]).reschedules == 2


# ---- with a deposit ----------------------------------------------------------------------------


def test_in_time_a_deposit_is_to_be_returned(people: People, clock: TimeMachineFixture) -> None:
    booked = booked_with_deposit(people, percent=25, refundableUntilHours=48)
    clock.move_to(LAST_FREE, tick=False)
    shown = previews(people.client, "cancel", booked).json_body
    assert shown["depositReturned"] == euros(3000)
    done = commits(people.client, "cancel", booked).json_body
    assert (done["deposit"]["state"], done["deposit"]["held"]) == ("confirmed", 3000)


def test_too_late_it_is_forfeited_and_the_rest_is_due(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = booked_with_deposit(people, percent=25, refundableUntilHours=48)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = previews(people.client, "cancel", booked).json_body
    assert shown["fee"] == euros(6000)
    assert shown["depositForfeited"] == shown["due"] == euros(3000)
    before = outbox()
    done = commits(people.client, "cancel", booked, version=shown["version"]).json_body
    assert (done["deposit"]["state"], done["deposit"]["held"]) == ("forfeited", 0)
    (charge,) = done["charges"]
    assert (charge["depositForfeited"], charge["due"]) == (3000, 3000)
    told = {event.type: event.data for event in told_since(before)}
    assert set(told) == {"appointment.cancelled", "deposit.forfeited"}
    assert told["appointment.cancelled"]["fee"] == 6000
    assert told["deposit.forfeited"]["amount"] == 3000


def test_a_deposit_that_is_worth_more_than_the_fee_is_the_cost(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = booked_with_deposit(people, percent=75, refundableUntilHours=100)
    clock.move_to(STARTS_AT - timedelta(hours=99), tick=False)
    shown = previews(people.client, "cancel", booked).json_body
    assert (shown["fee"], shown["due"]) == (euros(0), euros(0))
    assert shown["depositForfeited"] == euros(9000)
    assert shown["clause"]["kind"] == "deposit"
    assert refused(commits(people.client, "cancel", booked)) == (409, "preview_required")
    done = commits(people.client, "cancel", booked, version=shown["version"])
    assert done.json_body["deposit"]["state"] == "forfeited"


def test_a_deposit_moves_with_the_booking(people: People, clock: TimeMachineFixture) -> None:
    booked = booked_with_deposit(people, percent=50)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = previews(people.client, "reschedule", booked).json_body
    assert (shown["due"], shown["depositForfeited"]) == (euros(6000), euros(0))
    moved = commits(people.client, "reschedule", booked, version=shown["version"]).json_body
    assert (moved["deposit"]["state"], moved["deposit"]["held"]) == ("confirmed", 6000)


def test_the_artist_who_cancels_owes_the_deposit(people: People, clock: TimeMachineFixture) -> None:
    booked = booked_with_deposit(people, percent=50)
    clock.move_to(STARTS_AT - timedelta(hours=1), tick=False)
    shown = previews(people.artist, "cancel", booked).json_body
    assert shown["depositReturned"] == euros(6000)
    done = commits(people.artist, "cancel", booked).json_body
    assert (done["deposit"]["held"], done["charges"]) == (6000, [])


def test_who_does_not_come_forfeits_the_deposit(people: People, clock: TimeMachineFixture) -> None:
    booked = booked_with_deposit(people, percent=50)
    clock.move_to(STARTS_AT, tick=False)
    before = outbox()
    missed = commits(people.artist, "no-show", booked).json_body
    assert (missed["status"], missed["deposit"]["state"]) == ("no_show", "forfeited")
    assert [charge["depositForfeited"] for charge in missed["charges"]] == [6000]
    told = {event.type: event.data for event in told_since(before)}
    assert set(told) == {"appointment.no_show", "deposit.forfeited"}
    assert told["appointment.no_show"]["fee"] == told["deposit.forfeited"]["amount"] == 6000
    assert set(entries()) == {booked["id"]}  # it had its time


def test_a_deposit_that_was_never_paid_is_not_charged(
    people: People, clock: TimeMachineFixture
) -> None:
    service = people.studio(mode="request", deposit={"percent": 50})
    booked = people.has_booked(service, START)
    assert commits(people.artist, "confirm", booked).json_body["status"] == "confirmed"
    clock.move_to(STARTS_AT, tick=False)
    missed = commits(people.artist, "no-show", booked).json_body
    assert (missed["charges"], missed["deposit"]["held"]) == ([], 0)
    assert appointment(booked["id"]).deposit.entries[-1].state == DepositState.REQUESTED  # type: ignore[union-attr]
