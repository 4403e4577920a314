"""Charges and corrections over HTTP: entries of the artist with a reason, and their sums.

By default, moving or cancelling less than 48 hours before the start costs half of the price.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments import store
from domain.policy_terms import Kind, NoShowRules, Percent, Rules, Terms, text_hash
from domain.policy_terms import version_id as policy_version_id
from shared.data import idempotency_store
from shared.data.idempotency_store import IdempotencyRecord
from tests.functional.appointments import people as table
from tests.functional.appointments.people import ARTIST, CLIENT, MONDAY, People
from tests.functional.appointments.test_deposits import act, try_act
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused

HOME = "/v1/appointments"
TOMORROW, NEXT_WEEK = "2026-03-03T10:00:00Z", "2026-03-12T10:00:00Z"
FIFTY = {"type": "fixed", "amount": 5000}
NOTHING = {
    **dict.fromkeys(("requested", "held", "returned", "forfeited", "paid", "transferred"), 0),
    "due": 0,
    "currency": "EUR",
}
REASON = {"reason": "A regular"}


def charge_move(people: People, **service: Any) -> str:
    """Book for tomorrow and move the booking late, which costs 60.00; return its id."""
    appointment_id: str = people.book(people.open_studio(**service), TOMORROW)["id"]
    if service.get("deposit"):
        act(people.artist, "confirm", appointment_id)
    assert people.move(appointment_id, NEXT_WEEK)["balance"]["due"] == 6000
    return appointment_id


def save_no_show_policy(rules: Rules) -> None:
    """Bind the artist's bookings to these rules of a no-show from now on."""
    kind = Kind.NO_SHOW
    terms = Terms(
        artist_id=ARTIST,
        service_id=None,
        kind=kind,
        number=1,
        version_id=policy_version_id(ARTIST, None, kind, 1),
        text_hash=text_hash("A no-show"),
        rules=rules,
        published_at=MONDAY,
    )
    store.save_terms(terms)


def miss(people: People, clock: TimeMachineFixture, **service: Any) -> dict[str, Any]:
    """Report a no-show, which costs 120.00, at the start of a booking."""
    save_no_show_policy(NoShowRules(Percent(100)))
    appointment_id = people.book(people.open_studio(**service), NEXT_WEEK)["id"]
    if service.get("deposit"):
        act(people.artist, "confirm", appointment_id)
    clock.move_to(datetime.fromisoformat(NEXT_WEEK), tick=False)
    missed: dict[str, Any] = people.artist.post(f"{HOME}/{appointment_id}/no-show").json_body
    assert missed["status"] == "no_show"
    return missed


def try_charge(
    by: ApiClient, action: str, appointment_id: str, number: Any = 1, **fields: Any
) -> HTTPResponse:
    """Request an action on a charge."""
    body = {**REASON, **fields}
    return by.post(f"{HOME}/{appointment_id}/charges/{number}/{action}", json=body)


def record(people: People, action: str, appointment_id: str, **fields: Any) -> dict[str, Any]:
    """Act on the first charge as the artist, require success, and return the appointment."""
    answer = try_charge(people.artist, action, appointment_id, **fields)
    assert answer.status_code == 200, answer.body
    appointment: dict[str, Any] = answer.json_body
    assert people.client.get(f"{HOME}/{appointment_id}").json_body == appointment
    return appointment


def try_correct(by: ApiClient, appointment_id: str, reason: str = "Mixed up") -> HTTPResponse:
    return by.post(f"{HOME}/{appointment_id}/correct", json={"reason": reason})


def balance(**sums: int) -> dict[str, Any]:
    return {**NOTHING, **sums}


# ---- charges -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "fields", "kind", "after"),
    [
        ("waive", {}, "waived", balance()),
        ("waive", {"amount": 1000}, "waived", balance(due=5000)),
        ("settle", {"source": "payment"}, "paid", balance(paid=6000)),
        ("settle", {"source": "payment", "amount": 1}, "paid", balance(paid=1, due=5999)),
    ],
)
def test_a_charge_is_waived_or_paid_with_a_reason_that_both_sides_see(
    people: People, action: str, fields: Any, kind: str, after: Any
) -> None:
    appointment_id = charge_move(people)
    before = table.outbox()
    appointment = record(people, action, appointment_id, **fields)
    assert appointment["balance"] == after
    (charge,) = appointment["charges"]
    amount = fields.get("amount", 6000)
    assert (charge["number"], charge["due"], charge["open"]) == (1, 6000, 6000 - amount)
    assert charge["entries"] == [
        {
            "id": charge["entries"][0]["id"],
            "kind": kind,
            "amount": amount,
            "at": f"{MONDAY:%FT%TZ}",
            "by": "artist",
            "note": "A regular",
        }
    ]
    (event,) = table.list_events_since(before)
    assert (event.type, event.subject) == (f"charge.{kind}", appointment_id)
    assert event.data == {
        "appointmentId": appointment_id,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceName": "Fine line tattoo",
        "number": 1,
        "action": "reschedule",
        "kind": kind,
        "amount": amount,
        "due": 6000 - amount,
        "currency": "EUR",
        "by": "artist",
        "note": "A regular",
        "recordVersion": appointment["version"],
    }


def test_a_charge_is_settled_from_the_held_deposit(people: People) -> None:
    appointment_id = charge_move(people, deposit=FIFTY)
    before = table.outbox()
    settled = record(people, "settle", appointment_id, source="deposit", amount=2000)
    assert settled["balance"] == balance(held=3000, paid=2000, due=4000)
    entry = settled["deposit"]["entries"][-1]
    assert (entry["state"], entry["amount"], entry["note"]) == ("settled", 2000, "A regular")
    assert sorted(event.type for event in table.list_events_since(before)) == [
        *("charge.settled", "deposit.settled")
    ]
    too_much = try_charge(people.artist, "settle", appointment_id, source="deposit")
    assert refused(too_much) == (409, "not_held")
    record(people, "settle", appointment_id, source="deposit", amount=3000)
    rest = record(people, "settle", appointment_id, source="payment")
    assert rest["balance"] == balance(paid=6000)


def test_a_payment_for_a_charge_can_be_returned_and_is_not_owed_again(people: People) -> None:
    appointment_id = charge_move(people)
    assert refused(try_charge(people.artist, "refund", appointment_id)) == (409, "not_paid")
    record(people, "settle", appointment_id, source="payment", amount=5000)
    part = record(people, "refund", appointment_id, amount=2000)
    assert part["balance"] == balance(paid=3000, returned=2000, due=1000)
    too_much = try_charge(people.artist, "refund", appointment_id, amount=3001)
    assert refused(too_much) == (409, "not_paid")
    whole = record(people, "refund", appointment_id)
    assert whole["balance"] == balance(returned=5000, due=1000)


@pytest.mark.parametrize(("action", "fields"), [("waive", {}), ("settle", {"source": "payment"})])
def test_no_more_than_what_is_open_is_waived_or_paid(
    people: People, action: str, fields: Any
) -> None:
    appointment_id = charge_move(people)
    too_much = try_charge(people.artist, action, appointment_id, amount=6001, **fields)
    assert refused(too_much) == (409, "not_due")
    record(people, action, appointment_id, **fields)
    nothing_left = try_charge(people.artist, action, appointment_id, **fields)
    assert refused(nothing_left) == (409, "not_due")


def test_a_charge_without_a_deposit_is_not_settled_from_it(people: People) -> None:
    appointment_id = charge_move(people)
    answer = try_charge(people.artist, "settle", appointment_id, source="deposit")
    assert refused(answer) == (409, "no_deposit")


@pytest.mark.parametrize("action", ["waive", "settle", "refund"])
def test_only_the_artist_acts_on_charges_that_exist(people: People, action: str) -> None:
    appointment_id = charge_move(people)
    fields = {"source": "payment"} if action == "settle" else {}
    by_client = try_charge(people.client, action, appointment_id, **fields)
    assert refused(by_client) == (403, "forbidden")
    for number in (2, 0, "01", "x"):
        absent = try_charge(people.artist, action, appointment_id, number, **fields)
        assert refused(absent) == (404, "not_found")
    no_reason = try_charge(people.artist, action, appointment_id, reason=" ", **fields)
    assert error_fields(no_reason).keys() == {"body.reason"}


# ---- what is returned --------------------------------------------------------------------------


def cancel(people: People, by: ApiClient, appointment_id: str) -> dict[str, Any]:
    """Cancel without a preview, which a free cancellation does not need."""
    answer = by.post(f"{HOME}/{appointment_id}/cancel", json={})
    assert answer.status_code == 200, answer.body
    appointment: dict[str, Any] = answer.json_body
    return appointment


@pytest.mark.parametrize("side", ["client", "artist"])
def test_a_free_cancellation_returns_the_deposit_less_what_is_owed(
    people: People, side: str
) -> None:
    by = getattr(people, side)
    hundred = {"type": "fixed", "amount": 10000}
    appointment_id = charge_move(people, deposit=hundred)
    shown = by.post(f"{HOME}/{appointment_id}/cancel?preview=true", json={}).json_body
    amounts = {name: shown[name]["amount"] for name in ("chargesSettled", "depositReturned")}
    assert amounts == {"chargesSettled": 6000, "depositReturned": 4000}
    assert shown["fee"]["amount"] == shown["due"]["amount"] == 0
    assert "60.00 EUR of the deposit pays earlier charges" in shown["explanation"]

    before = table.outbox()
    cancelled = cancel(people, by, appointment_id)
    assert cancelled["balance"] == balance(held=4000, paid=6000)
    (charge,) = cancelled["charges"]
    (entry,) = charge["entries"]
    assert (entry["kind"], entry["amount"], entry["by"]) == ("settled", 6000, side)
    assert entry["note"] == "Paid out of the deposit that is returned."
    assert sorted(event.type for event in table.list_events_since(before)) == [
        *("appointment.cancelled", "charge.settled", "deposit.settled")
    ]
    refunded = act(people.artist, "refund", appointment_id)
    assert refunded["balance"] == balance(returned=4000, paid=6000)


def test_a_waived_charge_is_not_taken_from_the_deposit(people: People) -> None:
    appointment_id = charge_move(people, deposit=FIFTY)
    record(people, "waive", appointment_id)
    assert cancel(people, people.client, appointment_id)["balance"] == balance(held=5000)


def test_a_refund_pays_open_charges_first(people: People) -> None:
    hundred = {"type": "fixed", "amount": 10000}
    appointment_id = charge_move(people, deposit=hundred)
    too_much = try_act(people.artist, "refund", appointment_id, amount=4001)
    assert refused(too_much) == (409, "not_held")
    refunded = act(people.artist, "refund", appointment_id)
    assert refunded["balance"] == balance(returned=4000, paid=6000)
    assert [entry["state"] for entry in refunded["deposit"]["entries"][2:]] == [
        *("settled", "refunded")
    ]


@pytest.mark.parametrize(("amount", "left"), [(10000, 4000), (5000, None)])
def test_a_transfer_pays_open_charges_first(people: People, amount: int, left: int | None) -> None:
    deposit = {"type": "fixed", "amount": amount}
    service_id = people.open_studio(deposit=deposit, sittings=2)
    sittings = [{"startsAt": TOMORROW}, {"startsAt": "2026-03-11T10:00:00Z"}]
    people.client.post(HOME, json={"serviceId": service_id, "sittings": sittings})
    booked = people.client.get(HOME).json_body["items"]
    first, second = (item["id"] for item in sorted(booked, key=lambda item: item["startsAt"]))
    act(people.artist, "confirm", first)
    assert people.move(first, NEXT_WEEK)["balance"]["due"] == 6000
    before = table.outbox()
    answer = try_act(people.artist, "transfer", first, appointmentId=second)
    if left is None:
        assert refused(answer) == (409, "not_held")
        assert table.list_events_since(before) == []
        return
    assert answer.json_body["balance"] == balance(paid=6000, transferred=left)
    assert people.client.get(f"{HOME}/{second}").json_body["balance"] == balance(held=left)
    (entry,) = answer.json_body["charges"][0]["entries"]
    assert entry["note"] == "Paid out of the deposit that is transferred."
    assert sorted(event.type for event in table.list_events_since(before)) == [
        *("charge.settled", "deposit.settled", "deposit.transferred")
    ]


def test_a_forfeited_deposit_can_be_refunded(people: People, clock: TimeMachineFixture) -> None:
    missed = miss(people, clock, deposit=FIFTY)
    assert missed["balance"] == balance(forfeited=5000, due=7000)
    record(people, "waive", missed["id"])
    before = table.outbox()
    part = act(people.artist, "refund", missed["id"], amount=2000)
    assert part["balance"] == balance(forfeited=3000, returned=2000)
    assert sorted(event.type for event in table.list_events_since(before)) == [
        *("deposit.refunded", "deposit.reinstated")
    ]
    whole = act(people.artist, "refund", missed["id"])
    assert whole["balance"] == balance(returned=5000)
    states = [entry["state"] for entry in whole["deposit"]["entries"]]
    assert states[2:] == ["forfeited", *["reinstated", "refunded"] * 2]
    assert refused(try_act(people.artist, "refund", missed["id"])) == (409, "not_held")


# ---- waived deposits ---------------------------------------------------------------------------


def test_a_waived_deposit_confirms_a_direct_booking(people: People) -> None:
    appointment_id = people.book(people.open_studio(deposit=FIFTY), NEXT_WEEK)["id"]
    before = table.outbox()
    waived = act(people.artist, "waive", appointment_id)
    assert waived["status"] == "confirmed"
    assert (waived["deposit"]["state"], waived["deposit"]["dueAt"]) == ("waived", None)
    assert waived["balance"] == balance()
    entry = waived["deposit"]["entries"][-1]
    assert (entry["by"], entry["note"], entry["amount"]) == ("artist", "A regular", 5000)
    assert sorted(event.type for event in table.list_events_since(before)) == [
        *("appointment.confirmed", "deposit.waived")
    ]
    assert refused(try_act(people.client, "proof", appointment_id)) == (409, "wrong_deposit_state")


def test_a_held_deposit_is_not_waived(people: People) -> None:
    appointment_id = people.book(people.open_studio(deposit=FIFTY), NEXT_WEEK)["id"]
    act(people.artist, "confirm", appointment_id)
    answer = try_act(people.artist, "waive", appointment_id)
    assert refused(answer) == (409, "wrong_deposit_state")


# ---- corrections -------------------------------------------------------------------------------


def test_a_mistaken_no_show_is_undone_with_what_it_cost(
    people: People, clock: TimeMachineFixture
) -> None:
    missed = miss(people, clock, deposit=FIFTY)
    before = table.outbox()
    answer = try_correct(people.artist, missed["id"])
    assert answer.status_code == 200, answer.body
    corrected = answer.json_body
    assert (corrected["status"], corrected["closedBy"]) == ("confirmed", None)
    assert corrected["balance"] == balance(held=5000)
    assert [entry["kind"] for entry in corrected["charges"][0]["entries"]] == ["reversed"]
    assert corrected["corrections"] == [
        {"status": "no_show", "at": f"{NEXT_WEEK}", "by": "artist", "reason": "Mixed up"}
    ]
    assert people.client.get(f"{HOME}/{missed['id']}").json_body == corrected
    published = {event.type: event for event in table.list_events_since(before)}
    assert published.keys() == {*("appointment.corrected", "charge.reversed", "deposit.reinstated")}
    data = published["appointment.corrected"].data
    assert (data["status"], data["previousStatus"]) == ("confirmed", "no_show")
    assert (data["reason"], data["by"]) == ("Mixed up", "artist")

    completed = people.artist.post(f"{HOME}/{missed['id']}/complete").json_body
    assert completed["status"] == "completed"
    assert try_correct(people.artist, missed["id"], "Not he").status_code == 200
    again = people.artist.post(f"{HOME}/{missed['id']}/no-show").json_body
    assert again["balance"] == balance(forfeited=5000, due=7000)
    assert [charge["open"] for charge in again["charges"]] == [0, 7000]


def test_a_correction_is_possible_for_fourteen_days(
    people: People, clock: TimeMachineFixture
) -> None:
    missed = miss(people, clock)
    clock.shift(timedelta(days=14, seconds=1))
    assert refused(try_correct(people.artist, missed["id"])) == (409, "correction_too_late")
    clock.shift(timedelta(seconds=-1))
    assert try_correct(people.artist, missed["id"]).status_code == 200


def test_only_the_artist_corrects_what_has_an_outcome(
    people: People, clock: TimeMachineFixture
) -> None:
    appointment_id = people.book(people.open_studio(), NEXT_WEEK)["id"]
    assert refused(try_correct(people.artist, appointment_id)) == (409, "wrong_status")
    clock.move_to(datetime.fromisoformat(NEXT_WEEK), tick=False)
    people.artist.post(f"{HOME}/{appointment_id}/complete")
    assert refused(try_correct(people.client, appointment_id)) == (403, "forbidden")
    assert error_fields(try_correct(people.artist, appointment_id, "")).keys() == {"body.reason"}
    assert try_correct(people.artist, appointment_id).json_body["status"] == "confirmed"


def test_a_no_show_that_was_paid_for_is_returned_before_it_is_undone(
    people: People, clock: TimeMachineFixture
) -> None:
    missed = miss(people, clock)
    record(people, "settle", missed["id"], source="payment")
    assert refused(try_correct(people.artist, missed["id"])) == (409, "charge_paid")
    record(people, "refund", missed["id"])
    corrected = try_correct(people.artist, missed["id"]).json_body
    assert corrected["balance"] == balance(returned=12000)


def test_a_corrected_booking_has_no_deadline(people: People, clock: TimeMachineFixture) -> None:
    service_id = people.open_studio(deposit=FIFTY)
    appointment = people.book(service_id, "2026-03-03T10:00:00Z", people.artist, clientId=CLIENT)
    clock.move_to(datetime.fromisoformat("2026-03-03T10:00:00Z"), tick=False)
    people.artist.post(f"{HOME}/{appointment['id']}/complete")
    corrected = try_correct(people.artist, appointment["id"]).json_body
    assert (corrected["status"], corrected["deposit"]["dueAt"]) == ("confirmed", None)


def test_a_payment_that_was_recorded_before_a_crash_is_recorded_once(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two equal payments in parts are possible, so the repetition has to know its own."""
    appointment_id = charge_move(people)
    path = f"{HOME}/{appointment_id}/charges/1/settle"
    body = {**REASON, "source": "payment", "amount": 1000}

    def settle(key: str) -> Any:
        return people.artist.post(path, json=body, headers={"idempotency-key": key})

    with monkeypatch.context() as patch:
        patch.setattr(idempotency_store, "save_response", crash_after(idempotency_store.abandon))
        with pytest.raises(SystemExit):
            settle("first")
    for key in ("first", "second"):
        answer = settle(key)
        assert answer.status_code == 200
    assert [each["amount"] for each in answer.json_body["charges"][0]["entries"]] == [1000, 1000]


def test_a_part_of_a_deposit_that_was_refunded_before_a_crash_is_refunded_once(
    people: People, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed = miss(people, clock, deposit=FIFTY)
    record(people, "waive", missed["id"])
    path = f"{HOME}/{missed['id']}/deposit/refund"

    def refund(key: str) -> Any:
        return people.artist.post(path, json={"amount": 1000}, headers={"idempotency-key": key})

    with monkeypatch.context() as patch:
        patch.setattr(idempotency_store, "save_response", crash_after(idempotency_store.abandon))
        with pytest.raises(SystemExit):
            refund("first")
    for key, returned in (("first", 1000), ("second", 2000)):
        answer = refund(key)
        assert answer.status_code == 200
        assert answer.json_body["balance"] == balance(forfeited=5000 - returned, returned=returned)


def crash_after(abandon: Callable[[IdempotencyRecord], None]) -> Callable[..., None]:
    """Return a crash in place of storing a response, as if the minute of its claim had passed."""

    def crash(record: IdempotencyRecord, _: bytes) -> None:
        abandon(record)
        raise SystemExit

    return crash
