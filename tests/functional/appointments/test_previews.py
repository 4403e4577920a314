"""Previews: the cost of a change is shown before it is made, and the shown cost is charged.

By default, cancelling and rescheduling cost half of the price less than 48 hours before the start.
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
    list_events_since,
    outbox,
)
from tests.support.gateway import ApiClient
from tests.support.responses import refused

BOOKINGS = "/v1/appointments"
STARTS_AT = datetime(2026, 3, 12, 10, tzinfo=UTC)
START, LATER, MUCH_LATER = "2026-03-12T10:00:00Z", "2026-03-13T09:00:00Z", "2026-03-20T09:00:00Z"
LAST_FREE = STARTS_AT - timedelta(hours=48)
MOMENT = timedelta(milliseconds=1)
ACTIONS = ("cancel", "reschedule")
MOVE = {"startsAt": LATER}


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def preview(by: ApiClient, action: str, booked: dict[str, Any], **fields: Any) -> HTTPResponse:
    """Preview an action."""
    body = (MOVE if action == "reschedule" else {}) | fields
    return by.post(f"{BOOKINGS}/{booked['id']}/{action}?preview=true", json=body)


def commit(by: ApiClient, action: str, booked: dict[str, Any], **fields: Any) -> HTTPResponse:
    """Commit an action."""
    body = (MOVE if action == "reschedule" else {}) | fields
    return by.post(f"{BOOKINGS}/{booked['id']}/{action}", json=body)


def create_with_deposit(people: People, percent: int, until: int = 48) -> dict[str, Any]:
    """Create a confirmed appointment whose deposit the artist holds."""
    deposit = {"type": "percent", "percent": percent}
    service = people.open_studio(deposit=deposit, depositRefundableUntilHours=until)
    booked = people.book(service, START)
    answer = people.artist.post(f"{BOOKINGS}/{booked['id']}/deposit/confirm", json={})
    confirmed: dict[str, Any] = answer.json_body
    assert (confirmed["status"], confirmed["deposit"]["state"]) == ("confirmed", "confirmed")
    return confirmed


@pytest.mark.parametrize("action", ACTIONS)
def test_a_preview_changes_nothing(people: People, clock: TimeMachineFixture, action: str) -> None:
    booked = people.book(people.open_studio(), START)
    for now in (MONDAY, LAST_FREE + MOMENT):
        clock.move_to(now, tick=False)
        before = everything()
        for by in (people.client, people.artist):
            assert preview(by, action, booked).status_code == 200
        assert everything() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_free_change_needs_no_preview(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.book(people.open_studio(), START)
    clock.move_to(LAST_FREE, tick=False)
    shown = preview(people.client, action, booked).json_body
    assert {
        name: shown[name] for name in ("fee", "due", "depositForfeited", "depositReturned")
    } == {
        "fee": euros(0),
        "due": euros(0),
        "depositForfeited": euros(0),
        "depositReturned": euros(0),
    }
    done = commit(people.client, action, booked)
    assert (done.status_code, done.json_body["charges"]) == (200, [])


@pytest.mark.parametrize("action", ACTIONS)
def test_the_previewed_cost_is_charged(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.book(people.open_studio(), START)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = preview(people.client, action, booked).json_body
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

    before, published = everything(), outbox()
    assert refused(commit(people.client, action, booked)) == (409, "preview_required")
    assert everything() == before
    done = commit(people.client, action, booked, version=shown["version"])
    assert done.status_code == 200
    assert done.json_body["charges"] == [
        {
            "number": 1,
            "action": action,
            "fee": 6000,
            "depositForfeited": 0,
            "due": 6000,
            "open": 6000,
            "currency": "EUR",
            "explanation": shown["explanation"],
            "at": "2026-03-10T10:00:00.001000Z",
            "versionId": version_id,
            "entries": [],
        }
    ]
    (event,) = list_events_since(published)
    # Both sides are sent the fee with the clause that decided it, as it was charged.
    assert event.data["fee"] == 6000
    assert event.data["explanation"] == shown["explanation"]
    assert (event.data["policy"], event.data["policyNumber"]) == (kind, 1)


@pytest.mark.parametrize("action", ACTIONS)
def test_an_outdated_preview_is_refused(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.book(people.open_studio(), START)
    clock.move_to(LAST_FREE, tick=False)
    shown = preview(people.client, action, booked).json_body
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    before = everything()
    outdated = commit(people.client, action, booked, version=shown["version"])
    assert refused(outdated) == (409, "preview_outdated")
    assert refused(commit(people.client, action, booked)) == (409, "preview_required")
    assert everything() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_preview_stays_valid_while_the_cost_is_unchanged(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.book(people.open_studio(), START)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = preview(people.client, action, booked).json_body
    clock.move_to(LAST_FREE + timedelta(hours=20), tick=False)
    assert commit(people.client, action, booked, version=shown["version"]).status_code == 200


@pytest.mark.parametrize("action", ACTIONS)
def test_a_changed_appointment_needs_a_new_preview(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.book(people.open_studio(), START)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = preview(people.client, action, booked).json_body
    # It has become free by then, but that was not previewed.
    moved = commit(people.artist, "reschedule", booked, startsAt="2026-03-11T10:00:00Z")
    assert moved.status_code == 200
    before = everything()
    outdated = commit(people.client, action, booked, version=shown["version"])
    assert refused(outdated) == (409, "preview_outdated")
    assert everything() == before


def test_a_preview_is_valid_for_one_action_one_target_and_one_appointment(
    people: People, clock: TimeMachineFixture
) -> None:
    service = people.open_studio()
    booked = people.book(service, START)
    other = people.book(service, "2026-03-12T12:00:00Z")
    clock.move_to(LAST_FREE + timedelta(hours=3), tick=False)
    to_cancel = preview(people.client, "cancel", booked).json_body["version"]
    to_move = preview(people.client, "reschedule", booked).json_body["version"]
    before = everything()
    for answer in (
        commit(people.client, "reschedule", booked, version=to_cancel),
        commit(people.client, "cancel", booked, version=to_move),
        commit(people.client, "reschedule", booked, startsAt=MUCH_LATER, version=to_move),
        commit(people.client, "cancel", other, version=to_cancel),
        commit(people.client, "cancel", booked, version="guessed"),
        commit(people.client, "cancel", booked, version=""),
    ):
        assert refused(answer) == (409, "preview_outdated")
    assert everything() == before
    moved = commit(people.client, "reschedule", booked, version=to_move)
    assert moved.json_body["startsAt"] == LATER


def test_the_same_instant_in_another_zone_is_the_same_target(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = people.book(people.open_studio(), START)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = preview(people.client, "reschedule", booked, startsAt="2026-03-13T10:00:00+01:00")
    version = shown.json_body["version"]
    assert commit(people.client, "reschedule", booked, version=version).status_code == 200


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_of_the_artist_costs_the_client_nothing(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.book(people.open_studio(), START)
    clock.move_to(STARTS_AT - MOMENT, tick=False)
    shown = preview(people.artist, action, booked).json_body
    assert (shown["fee"], shown["clause"]) == (euros(0), None)
    assert preview(people.client, action, booked).json_body["fee"] == euros(6000)
    done = commit(people.artist, action, booked)
    assert (done.status_code, done.json_body["charges"]) == (200, [])


@pytest.mark.parametrize("action", ACTIONS)
def test_a_pending_request_costs_nothing(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    service = people.open_studio(mode="request")
    clock.move_to(STARTS_AT - timedelta(hours=1), tick=False)
    booked = people.book(service, START)
    assert booked["status"] == "pending"
    shown = preview(people.client, action, booked).json_body
    assert (shown["due"], shown["clause"]) == (euros(0), None)
    done = commit(people.client, action, booked)
    assert (done.status_code, done.json_body["charges"]) == (200, [])


@pytest.mark.parametrize("action", ACTIONS)
def test_a_forbidden_action_has_no_preview(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    booked = people.book(people.open_studio(), START)
    for stranger in (people.other_client, people.other_artist):
        assert refused(preview(stranger, action, booked)) == (404, "not_found")
    assert preview(people.nobody, action, booked).status_code == 401
    clock.move_to(STARTS_AT, tick=False)
    assert refused(preview(people.client, action, booked)) == (409, "already_started")
    commit(people.artist, "cancel", booked)
    for by in (people.client, people.artist):
        assert refused(preview(by, action, booked)) == (409, "wrong_status")


def test_an_impossible_reschedule_has_no_preview(people: People) -> None:
    service = people.open_studio()
    booked = people.book(service, START)
    people.book(service, LATER, people.other_client)
    assert refused(preview(people.client, "reschedule", booked)) == (409, "slot_taken")
    outside = preview(people.client, "reschedule", booked, startsAt="2026-03-13T20:00:00Z")
    assert refused(outside) == (409, "slot_unavailable")


def test_only_reschedules_by_the_client_are_counted(people: People) -> None:
    booked = people.book(people.open_studio(), START)
    for number, (by, start) in enumerate(
        [(people.client, LATER), (people.artist, START), (people.client, MUCH_LATER)]
    ):
        assert commit(by, "reschedule", booked, startsAt=start).status_code == 200
        assert appointment(booked["id"]).sequence == number + 1
    assert appointment(booked["id"]).reschedules == 2


# ---- with a deposit ----------------------------------------------------------------------------


def test_a_timely_cancellation_returns_the_deposit(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = create_with_deposit(people, percent=25, until=48)
    clock.move_to(LAST_FREE, tick=False)
    shown = preview(people.client, "cancel", booked).json_body
    assert shown["depositReturned"] == euros(3000)
    done = commit(people.client, "cancel", booked).json_body
    assert (done["deposit"]["state"], done["deposit"]["held"]) == ("confirmed", 3000)


def test_a_late_cancellation_forfeits_the_deposit_and_charges_the_rest(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = create_with_deposit(people, percent=25, until=48)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = preview(people.client, "cancel", booked).json_body
    assert shown["fee"] == euros(6000)
    assert shown["depositForfeited"] == shown["due"] == euros(3000)
    before = outbox()
    done = commit(people.client, "cancel", booked, version=shown["version"]).json_body
    assert (done["deposit"]["state"], done["deposit"]["held"]) == ("forfeited", 0)
    (charge,) = done["charges"]
    assert (charge["depositForfeited"], charge["due"]) == (3000, 3000)
    published = {event.type: event.data for event in list_events_since(before)}
    assert set(published) == {"appointment.cancelled", "deposit.forfeited"}
    assert published["appointment.cancelled"]["fee"] == 6000
    assert published["deposit.forfeited"]["amount"] == 3000


def test_a_forfeited_deposit_needs_a_preview_without_a_fee(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = create_with_deposit(people, percent=75, until=100)
    clock.move_to(STARTS_AT - timedelta(hours=99), tick=False)
    shown = preview(people.client, "cancel", booked).json_body
    assert (shown["fee"], shown["due"]) == (euros(0), euros(0))
    assert shown["depositForfeited"] == euros(9000)
    assert shown["clause"]["kind"] == "deposit"
    assert refused(commit(people.client, "cancel", booked)) == (409, "preview_required")
    done = commit(people.client, "cancel", booked, version=shown["version"])
    assert done.json_body["deposit"]["state"] == "forfeited"


def test_a_deposit_stays_with_a_rescheduled_appointment(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = create_with_deposit(people, percent=50)
    clock.move_to(LAST_FREE + MOMENT, tick=False)
    shown = preview(people.client, "reschedule", booked).json_body
    assert (shown["due"], shown["depositForfeited"]) == (euros(6000), euros(0))
    moved = commit(people.client, "reschedule", booked, version=shown["version"]).json_body
    assert (moved["deposit"]["state"], moved["deposit"]["held"]) == ("confirmed", 6000)


def test_an_artist_who_cancels_owes_the_deposit(people: People, clock: TimeMachineFixture) -> None:
    booked = create_with_deposit(people, percent=50)
    clock.move_to(STARTS_AT - timedelta(hours=1), tick=False)
    shown = preview(people.artist, "cancel", booked).json_body
    assert shown["depositReturned"] == euros(6000)
    done = commit(people.artist, "cancel", booked).json_body
    assert (done["deposit"]["held"], done["charges"]) == (6000, [])


def test_a_no_show_forfeits_the_deposit(people: People, clock: TimeMachineFixture) -> None:
    booked = create_with_deposit(people, percent=50)
    clock.move_to(STARTS_AT, tick=False)
    before = outbox()
    missed = commit(people.artist, "no-show", booked).json_body
    assert (missed["status"], missed["deposit"]["state"]) == ("no_show", "forfeited")
    assert [charge["depositForfeited"] for charge in missed["charges"]] == [6000]
    published = {event.type: event.data for event in list_events_since(before)}
    assert set(published) == {"appointment.no_show", "deposit.forfeited"}
    assert (
        published["appointment.no_show"]["fee"] == published["deposit.forfeited"]["amount"] == 6000
    )
    assert set(entries()) == {booked["id"]}  # its time was used


def test_an_unpaid_deposit_is_not_charged(people: People, clock: TimeMachineFixture) -> None:
    service = people.open_studio(mode="request", deposit={"type": "percent", "percent": 50})
    booked = people.book(service, START)
    assert commit(people.artist, "confirm", booked).json_body["status"] == "confirmed"
    clock.move_to(STARTS_AT, tick=False)
    missed = commit(people.artist, "no-show", booked).json_body
    assert (missed["charges"], missed["deposit"]["held"]) == ([], 0)
    assert appointment(booked["id"]).deposit.entries[-1].state == DepositState.REQUESTED  # type: ignore[union-attr]
