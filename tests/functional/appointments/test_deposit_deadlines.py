"""Deadlines of deposits over HTTP: a reminder, then released or kept dates, and one outcome.

A deposit is due within 48 hours, of which half have passed when people are reminded.
"""

from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import msgspec
import pytest
from time_machine import TimeMachineFixture

from appointments import store
from appointments.models import Appointment
from appointments.use_cases import due_work
from domain.policy_terms import DepositRules, Kind, Percent, Terms, WhenUnpaid, text_hash
from domain.policy_terms import version_id as policy_version_id
from shared.platform.clock import now
from tests.functional.appointments import people as table
from tests.functional.appointments.background import EventsWorker, join_waitlist, sweep
from tests.functional.appointments.people import ARTIST, CLIENT, MONDAY, People
from tests.functional.appointments.test_deposits import act, try_act
from tests.support import threads

NEXT_WEEK = "2026-03-10T09:00:00Z"
FIFTY = {"type": "fixed", "amount": 5000}
REMINDED, DUE = MONDAY + timedelta(hours=24), MONDAY + timedelta(hours=48)
DUE_TEXT = "2026-03-04T08:00:00Z"
SECOND = timedelta(seconds=1)
HOME = "/v1/appointments"


def save_deposit_policy(**rules: Any) -> None:
    """Bind the artist's bookings to these rules of a deposit from now on."""
    terms = Terms(
        artist_id=ARTIST,
        service_id=None,
        kind=Kind.DEPOSIT,
        number=2,
        version_id=policy_version_id(ARTIST, None, Kind.DEPOSIT, 2),
        text_hash=text_hash("A deposit"),
        rules=DepositRules(Percent(50), 48, **rules),
        published_at=MONDAY,
    )
    store.save_terms(terms)


def book_as_client(people: People) -> list[str]:
    """Create a client's direct booking, which waits for its deposit."""
    return [people.book(people.open_studio(deposit=FIFTY), NEXT_WEEK)["id"]]


def book_as_artist(people: People) -> list[str]:
    """Create an artist's booking, which is confirmed at once."""
    service_id = people.open_studio(deposit=FIFTY)
    return [people.book(service_id, NEXT_WEEK, people.artist, clientId=CLIENT)["id"]]


def confirm_request(people: People) -> list[str]:
    """Create a request, which the artist confirms at once."""
    appointment_id = people.book(people.open_studio(deposit=FIFTY, mode="request"), NEXT_WEEK)["id"]
    assert people.artist.post(f"{HOME}/{appointment_id}/confirm").status_code == 200
    return [appointment_id]


def accept_project(people: People) -> list[str]:
    """Create a project of three sittings, the deposit of which is asked for with the first."""
    starts = [f"2026-03-{day}T09:00:00Z" for day in (10, 11, 12)]
    body = {
        "serviceId": people.open_studio(deposit=FIFTY),
        "clientId": CLIENT,
        "startsAt": starts,
    }
    proposed = people.artist.post(f"{HOME}/proposals", json=body).json_body
    accepted = people.client.post(f"{HOME}/proposals/{proposed['id']}/accept")
    ids: list[str] = accepted.json_body["appointmentIds"]
    return ids


WAYS = [book_as_client, book_as_artist, confirm_request, accept_project]


def get(people: People, appointment_id: str) -> dict[str, Any]:
    appointment: dict[str, Any] = people.client.get(f"{HOME}/{appointment_id}").json_body
    return appointment


def list_types(events: Any) -> list[str]:
    return sorted(event.type for event in events)


# ---- reminded and released ---------------------------------------------------------------------


@pytest.mark.parametrize("book", WAYS)
def test_an_unpaid_deposit_is_reminded_of_and_then_releases_all_dates(
    people: People, clock: TimeMachineFixture, book: Any
) -> None:
    ids = book(people)
    first = ids[0]
    assert get(people, first)["deposit"]["dueAt"] == DUE_TEXT
    for side in (people.artist, people.client):
        listed = side.get(HOME).json_body["items"]
        assert [item["deposit"]["dueAt"] for item in listed if item["deposit"]] == [DUE_TEXT]
        (due,) = side.get(f"{HOME}/overview").json_body["depositsDue"]
        assert due["deposit"]["dueAt"] == DUE_TEXT
    requested = [event.data["dueAt"] for event in table.outbox("deposit.requested")]
    # Before the artist has confirmed a request, nothing is due.
    assert requested == [*([None] if book is confirm_request else []), DUE_TEXT]

    clock.move_to(REMINDED - SECOND, tick=False)
    assert sweep() == 0
    clock.move_to(REMINDED, tick=False)
    assert (sweep(), sweep()) == (1, 0)
    (reminder,) = table.outbox("deposit.due_soon")
    assert (reminder.subject, reminder.data["by"]) == (first, "system")
    assert (reminder.data["dueAt"], reminder.data["releases"]) == (DUE_TEXT, True)
    assert (reminder.data["amount"], reminder.data["timeZone"]) == (5000, "Europe/Berlin")

    clock.move_to(DUE - SECOND, tick=False)
    assert sweep() == 0
    before, entries = table.outbox(), table.entries()
    assert set(ids) == set(entries)
    clock.move_to(DUE, tick=False)
    assert (sweep(), sweep()) == (1, 0)
    assert table.entries() == {}
    for appointment_id in ids:
        released = get(people, appointment_id)
        assert (released["status"], released["closedBy"]) == ("cancelled", "system")
        assert released["reason"] == "The deposit was not paid in time."
        assert (released["charges"], released["answerBy"]) == ([], None)
    assert get(people, first)["deposit"]["state"] == "overdue"
    assert get(people, first)["deposit"]["dueAt"] is None
    published = table.list_events_since(before)
    assert list_types(published) == [*["appointment.cancelled"] * len(ids), "deposit.overdue"]
    assert {event.data.get("fee", 0) for event in published} == {0}
    (overdue,) = [event for event in published if event.type == "deposit.overdue"]
    assert (overdue.subject, overdue.data["released"]) == (first, True)

    # The payment was on its way.
    act(people.client, "proof", first)
    assert act(people.artist, "confirm", first)["balance"]["held"] == 5000
    refunded = act(people.artist, "refund", first)
    assert (refunded["status"], refunded["balance"]["returned"]) == ("cancelled", 5000)
    assert get(people, first) == refunded
    assert table.entries() == {}


def test_the_dates_are_released_in_one_transaction(
    people: People, clock: TimeMachineFixture
) -> None:
    ids = accept_project(people)
    clock.move_to(DUE, tick=False)
    with mock.patch.object(store, "commit", wraps=store.commit) as commit:
        assert sweep() == 1
    (call,) = commit.call_args_list
    assert {record.id for record in call.kwargs["records"]} == set(ids)
    assert call.kwargs["calendar"].changed
    assert len(call.kwargs["events"]) == len(ids) + 1


def test_only_dates_that_are_still_to_come_are_released(
    people: People, clock: TimeMachineFixture
) -> None:
    """The second sitting was moved before the first, and begins when the deposit is overdue."""
    first, second, third = accept_project(people)
    people.artist.post(f"{HOME}/{third}/cancel", json={})
    people.artist.post(f"{HOME}/{second}/reschedule", json={"startsAt": DUE_TEXT})
    clock.move_to(DUE, tick=False)
    assert sweep() == 1
    assert get(people, first)["status"] == "cancelled"
    assert get(people, second)["status"] == "confirmed"
    assert get(people, third)["closedBy"] == "artist"


@pytest.mark.parametrize("with_proof", [False, True], ids=["asked for", "proof submitted"])
def test_the_deposit_of_a_project_outlives_the_sitting_that_has_it(
    people: People, clock: TimeMachineFixture, with_proof: bool
) -> None:
    ids = accept_project(people)
    first, second = ids[:2]
    if with_proof:
        act(people.client, "proof", first)
    before = table.outbox()
    assert people.client.post(f"{HOME}/{first}/cancel", json={}).status_code == 200
    assert get(people, first)["deposit"] is None
    state = "proof_submitted" if with_proof else "requested"
    passed = get(people, second)["deposit"]
    assert (passed["state"], passed["amount"]) == (state, 5000)
    published = table.list_events_since(before)
    assert list_types(published) == ["appointment.cancelled", f"deposit.{state}"]
    assert published[-1].subject == second
    if with_proof:
        act(people.artist, "confirm", second)
        assert get(people, second)["deposit"]["held"] == 5000
        return
    assert passed["dueAt"] == DUE_TEXT
    clock.move_to(DUE, tick=False)
    sweep()
    assert table.entries() == {}


def test_other_bookings_of_the_client_stay(people: People, clock: TimeMachineFixture) -> None:
    first, *_ = accept_project(people)
    other = people.book(people.create_service(), "2026-03-13T09:00:00Z")["id"]
    clock.move_to(DUE, tick=False)
    assert sweep() == 1
    assert get(people, first)["status"] == "cancelled"
    assert get(people, other)["status"] == "confirmed"


def test_released_dates_are_offered_to_the_waitlist(
    people: People, clock: TimeMachineFixture
) -> None:
    people.set_hours("10:00-11:00")
    service_id = people.create_service(deposit=FIFTY)
    people.book(service_id, NEXT_WEEK, people.artist, clientId=CLIENT)
    entry_id = join_waitlist(people.other_client, service_id, "2026-03-10")
    clock.move_to(DUE, tick=False)
    sweep()
    EventsWorker().run()
    (offered,) = people.other_client.get(f"{HOME}/waitlist").json_body["items"]
    assert (offered["id"], offered["status"]) == (entry_id, "offered")


# ---- kept --------------------------------------------------------------------------------------


@pytest.mark.parametrize("book", WAYS)
def test_a_policy_can_keep_the_dates(people: People, clock: TimeMachineFixture, book: Any) -> None:
    save_deposit_policy(due_within_hours=24, when_unpaid=WhenUnpaid.KEEP)
    ids = book(people)
    status = get(people, ids[0])["status"]
    due = MONDAY + timedelta(hours=24)
    assert get(people, ids[0])["deposit"]["dueAt"] == f"{due:%FT%TZ}"
    clock.move_to(MONDAY + timedelta(hours=12), tick=False)
    assert sweep() == 1
    (reminder,) = table.outbox("deposit.due_soon")
    assert reminder.data["releases"] is False
    clock.move_to(due, tick=False)
    assert (sweep(), sweep()) == (1, 0)
    assert [get(people, appointment_id)["status"] for appointment_id in ids] == [status] * len(ids)
    assert table.entries().keys() == set(ids)
    (overdue,) = table.outbox("deposit.overdue")
    assert overdue.data["released"] is False
    kept = get(people, ids[0])["deposit"]
    assert (kept["state"], kept["dueAt"]) == ("overdue", f"{due:%FT%TZ}")
    # It can still be paid.
    assert act(people.client, "proof", ids[0])["deposit"]["state"] == "proof_submitted"
    assert act(people.artist, "confirm", ids[0])["deposit"]["held"] == 5000


def test_the_artist_has_time_to_answer_a_pending_booking_that_is_kept(
    people: People, clock: TimeMachineFixture
) -> None:
    save_deposit_policy(due_within_hours=100, when_unpaid=WhenUnpaid.KEEP)
    (appointment_id,) = book_as_client(people)
    due = MONDAY + timedelta(hours=100)
    assert get(people, appointment_id)["answerBy"] == f"{due:%FT%TZ}"
    clock.move_to(due, tick=False)
    assert sweep() == 1
    kept = get(people, appointment_id)
    assert kept["status"] == "pending"
    assert kept["answerBy"] == f"{due + timedelta(hours=72):%FT%TZ}"
    clock.shift(timedelta(hours=72))
    assert sweep() == 1
    assert get(people, appointment_id)["status"] == "expired"


# ---- the clock ---------------------------------------------------------------------------------


def test_a_request_is_due_only_once_the_artist_has_confirmed_it(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio(deposit=FIFTY, mode="request")
    appointment_id = people.book(service_id, NEXT_WEEK)["id"]
    assert get(people, appointment_id)["deposit"]["dueAt"] is None
    clock.move_to(DUE, tick=False)
    assert sweep() == 0
    confirmed = people.artist.post(f"{HOME}/{appointment_id}/confirm").json_body
    assert confirmed["deposit"]["dueAt"] == f"{DUE + timedelta(hours=48):%FT%TZ}"


def test_a_proof_stops_the_clock_and_a_rejection_starts_it_anew(
    people: People, clock: TimeMachineFixture
) -> None:
    (appointment_id,) = book_as_client(people)
    assert act(people.client, "proof", appointment_id)["deposit"]["dueAt"] is None
    clock.move_to(DUE + SECOND, tick=False)
    assert sweep() == 0
    rejected = act(people.artist, "reject", appointment_id)
    anew = DUE + SECOND + timedelta(hours=48)
    assert rejected["deposit"]["dueAt"] == f"{anew:%FT%TZ}"
    assert datetime.fromisoformat(rejected["answerBy"]) >= anew
    (event,) = table.outbox("deposit.rejected")
    assert event.data["dueAt"] == f"{anew:%FT%TZ}"
    clock.move_to(anew - timedelta(hours=24), tick=False)
    assert sweep() == 1
    assert len(table.outbox("deposit.due_soon")) == 1
    clock.move_to(anew, tick=False)
    assert sweep() == 1
    assert get(people, appointment_id)["status"] == "cancelled"


def test_a_deposit_is_due_before_the_start_wherever_it_is_moved(
    people: People, clock: TimeMachineFixture
) -> None:
    (appointment_id,) = book_as_artist(people)
    sooner = people.move(appointment_id, "2026-03-03T10:00:00Z", people.artist)
    assert sooner["deposit"]["dueAt"] == "2026-03-03T10:00:00Z"
    later = people.move(appointment_id, "2026-03-20T10:00:00Z", people.artist)
    assert later["deposit"]["dueAt"] == "2026-03-03T10:00:00Z"
    clock.move_to(datetime.fromisoformat("2026-03-03T10:00:00Z"), tick=False)
    assert sweep() == 1
    assert get(people, appointment_id)["status"] == "cancelled"


def test_what_is_booked_shortly_before_its_start_is_due_at_the_start(people: People) -> None:
    service_id = people.open_studio(deposit=FIFTY)
    booked = people.book(service_id, "2026-03-02T12:00:00Z")
    assert booked["deposit"]["dueAt"] == "2026-03-02T12:00:00Z"
    assert booked["answerBy"] == "2026-03-02T12:00:00Z"


def test_a_paid_deposit_has_no_deadline(people: People, clock: TimeMachineFixture) -> None:
    (appointment_id,) = book_as_artist(people)
    assert act(people.artist, "confirm", appointment_id)["deposit"]["dueAt"] is None
    clock.move_to(DUE, tick=False)
    assert sweep() == 0
    assert get(people, appointment_id)["status"] == "confirmed"


# ---- races -------------------------------------------------------------------------------------


def list_due(people: People, book: Any, clock: TimeMachineFixture) -> tuple[str, Any]:
    """Return the id of a booking whose deposit is overdue, and what the sweeper has listed."""
    appointment_id = book(people)[0]
    clock.move_to(DUE, tick=False)
    return appointment_id, store.list_due_records(now(), 10)


@pytest.mark.parametrize("book", WAYS)
def test_a_payment_before_the_release_keeps_the_dates(
    people: People, clock: TimeMachineFixture, book: Any
) -> None:
    """It was reported after the sweeper had listed the booking."""
    appointment_id, listed = list_due(people, book, clock)
    before = table.entries()
    act(people.client, "proof", appointment_id)
    with mock.patch.object(store, "list_due_records", return_value=listed):
        assert sweep() == 0
    assert sweep() == 0
    assert table.entries() == before
    assert get(people, appointment_id)["deposit"]["state"] == "proof_submitted"
    assert table.outbox("deposit.overdue") == []


def test_a_payment_during_the_release_has_one_outcome(
    people: People, clock: TimeMachineFixture
) -> None:
    """It is reported after the sweeper has read the calendar, just before it writes."""
    ids = accept_project(people)
    clock.move_to(DUE, tick=False)
    read_days = store.read_days
    paid: list[Any] = []

    def pay_meanwhile(*which: Any) -> Any:
        calendar = read_days(*which)
        paid.append(act(people.artist, "confirm", ids[0]))
        return calendar

    with mock.patch.object(store, "read_days", pay_meanwhile):
        assert sweep() == 0
    assert len(paid) == 1
    assert sweep() == 0
    assert [get(people, appointment_id)["status"] for appointment_id in ids] == ["confirmed"] * 3
    assert get(people, ids[0])["deposit"]["held"] == 5000
    assert table.outbox("appointment.cancelled") == []


def test_a_sitting_that_changes_during_the_release_is_released_by_the_next_sweep(
    people: People, clock: TimeMachineFixture
) -> None:
    ids = accept_project(people)
    clock.move_to(DUE, tick=False)
    read_days, moves = store.read_days, ["2026-03-16T09:00:00Z"]

    def move_meanwhile(*which: Any, **how: Any) -> Any:
        calendar = read_days(*which, **how)
        if moves:
            people.move(ids[2], moves.pop(), people.artist)
        return calendar

    with mock.patch.object(store, "read_days", move_meanwhile):
        assert sweep() == 0
        assert len(table.entries()) == 3
        assert sweep() == 1
    assert table.entries() == {}


def test_payments_and_sweeps_at_the_same_time_have_one_outcome(
    people: People, clock: TimeMachineFixture
) -> None:
    appointment_id, _ = list_due(people, book_as_client, clock)
    turns = iter(range(8))

    def compete() -> Any:
        if next(turns) % 2:
            return try_act(people.artist, "confirm", appointment_id).status_code
        return due_work.sweep(now(), lambda: 900.0)

    results = threads.together(8, compete)
    stored = get(people, appointment_id)
    is_paid = 200 in results
    assert stored["status"] == ("confirmed" if is_paid else "cancelled")
    assert results.count(200) + sum(result == 1 for result in results) == 1
    assert len(table.outbox("deposit.confirmed")) == is_paid
    assert len(table.outbox("deposit.overdue")) == (not is_paid)


# ---- older records -----------------------------------------------------------------------------


def test_a_deposit_of_an_earlier_version_has_no_deadline(
    people: People, clock: TimeMachineFixture
) -> None:
    """It was agreed without one."""
    (appointment_id,) = book_as_artist(people)
    stored = table.appointment(appointment_id)
    raw = msgspec.to_builtins(stored)
    for added in ("due_at", "remind_at", "dueAt", "remindAt"):
        raw["deposit"].pop(added, None)
    for added in ("closed_at", "corrections"):
        raw.pop(added, None)  # not stored without a value
    earlier = msgspec.convert(raw, Appointment)
    store.commit(records=[msgspec.structs.replace(earlier, version=earlier.version + 1)])
    clock.move_to(MONDAY + timedelta(days=5), tick=False)
    assert sweep() == 0
    assert get(people, appointment_id)["deposit"]["dueAt"] is None
