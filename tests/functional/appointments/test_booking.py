"""Holds and bookings over HTTP: who gets a slot, for how long, and on which terms."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, local
from typing import Any

import msgspec
import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments import store
from appointments.models import CalendarEntryKind
from appointments.rules.calendar import Calendar
from appointments.use_cases import holds
from domain.policy_terms import default_versions, digest
from shared.http.caller import Role
from tests.functional.appointments.people import (
    ARTIST,
    BERLIN,
    CLIENT,
    MONDAY,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    appointment,
    days,
    entries,
    everything,
    list_created,
    list_events_since,
    outbox,
)
from tests.support import aws_calls, threads
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused

TEN = "2026-03-03T10:00:00Z"  # on Tuesday, 11:00 in Berlin
ELEVEN = "2026-03-03T11:00:00Z"
HOLD = timedelta(minutes=10)
MOMENT = timedelta(milliseconds=1)
HOLDS, BOOKINGS = "/v1/appointments/holds", "/v1/appointments"
# Consent and the service; the hours, the policies and the days.
READS = {"dynamodb:BatchGetItem": 2, "dynamodb:Query": 2}
NO_SERVICE = "svc_01JD0000000000000000000AAA_01JD0000000000000000000XXX"


def move_to(clock: TimeMachineFixture, moment: datetime) -> None:
    clock.move_to(moment, tick=False)


def book_hold(by: ApiClient, held: HTTPResponse, **fields: Any) -> HTTPResponse:
    """Book the slot of a hold."""
    return by.post(BOOKINGS, json={"holdId": held.json_body["id"], **fields})


# ---- holds -------------------------------------------------------------------------------------


def test_a_hold_states_when_it_expires(people: People) -> None:
    service = people.open_studio(bufferBeforeMinutes=15, bufferAfterMinutes=30)
    answer = people.try_hold(service, "2026-03-03T11:00:00+01:00")
    assert answer.status_code == 201
    hold = answer.json_body
    assert hold == {
        "id": hold["id"],
        "serviceId": service,
        "startsAt": TEN,
        "endsAt": ELEVEN,
        "expiresAt": "2026-03-02T08:10:00Z",
        "timeZone": "Europe/Berlin",
        "location": "",
        "price": {"amount": 12000, "currency": "EUR"},
        "sittings": 1,
        "total": {"amount": 12000, "currency": "EUR"},
    }
    (entry,) = entries().values()
    assert (entry.id, entry.kind, entry.owner_id) == (hold["id"], CalendarEntryKind.HOLD, CLIENT)
    assert entry.until == MONDAY + HOLD
    assert entry.busy_from == datetime(2026, 3, 3, 9, 45, tzinfo=UTC)
    assert entry.busy_until == datetime(2026, 3, 3, 11, 30, tzinfo=UTC)


def test_a_hold_excludes_everybody_else(people: People) -> None:
    service = people.open_studio()
    held = people.try_hold(service, TEN)
    before = everything()
    another = people.create_service(durationMinutes=90)
    half_past_nine = "2026-03-03T09:00:00Z"
    for by in (people.client, people.other_client, people.other_artist):
        assert refused(people.try_hold(service, TEN, by)) == (409, "slot_taken")
        assert refused(people.try_book(service, TEN, by)) == (409, "slot_taken")
        assert refused(people.try_book(another, half_past_nine, by)) == (409, "slot_taken")
    for_client = people.try_book(service, TEN, people.artist, clientId=OTHER_CLIENT)
    assert refused(for_client) == (409, "slot_taken")
    assert set(entries()) == {held.json_body["id"]}
    assert [item for item in everything() if item in before] == before


def test_a_hold_ends_at_exactly_its_expiry(people: People, clock: TimeMachineFixture) -> None:
    service = people.open_studio()
    held = people.try_hold(service, TEN)
    move_to(clock, MONDAY + HOLD - MOMENT)
    assert refused(people.try_book(service, TEN, people.other_client)) == (409, "slot_taken")
    move_to(clock, MONDAY + HOLD)
    assert refused(book_hold(people.client, held)) == (409, "hold_expired")
    released = people.client.delete(f"{HOLDS}/{held.json_body['id']}")
    assert refused(released) == (409, "hold_expired")
    booked = people.book(service, TEN, people.other_client)
    assert set(entries()) == {booked["id"]}  # expired entries are swept


def test_a_hold_can_be_booked_until_its_expiry(people: People, clock: TimeMachineFixture) -> None:
    service = people.open_studio()
    held = people.try_hold(service, TEN)
    move_to(clock, MONDAY + HOLD - MOMENT)
    booked = book_hold(people.client, held)
    assert booked.status_code == 201
    assert set(entries()) == {booked.json_body["id"]}
    move_to(clock, MONDAY + timedelta(days=1))
    assert refused(people.try_book(service, TEN, people.other_client)) == (409, "slot_taken")


def test_only_its_owner_books_or_releases_a_hold(people: People) -> None:
    """Not even the artist does; to others it looks like an expired hold."""
    service = people.open_studio()
    held = people.try_hold(service, TEN)
    path = f"{HOLDS}/{held.json_body['id']}"
    gone = f"{HOLDS}/{held.json_body['id'][:-4]}ZZZZ"
    before = everything()
    for by in (people.other_client, people.artist, people.other_artist):
        assert refused(book_hold(by, held, clientId=CLIENT)) == (409, "hold_expired")
        answer, unknown = by.delete(path), by.delete(gone)
        assert refused(answer) == (409, "hold_expired")
        assert answer.json_body["detail"] == unknown.json_body["detail"]
    assert people.nobody.delete(path).status_code == 401
    assert everything() == before
    assert book_hold(people.client, held).status_code == 201


def test_a_hold_is_booked_once(people: People) -> None:
    held = people.try_hold(people.open_studio(), TEN)
    assert book_hold(people.client, held).status_code == 201
    assert refused(book_hold(people.client, held)) == (409, "hold_expired")
    assert len(entries()) == 1


def test_a_released_slot_is_free_immediately(people: People) -> None:
    service = people.open_studio()
    held = people.try_hold(service, TEN)
    path = f"{HOLDS}/{held.json_body['id']}"
    assert people.client.delete(path).status_code == 204
    assert entries() == {}
    assert refused(people.client.delete(path)) == (409, "hold_expired")
    assert people.try_hold(service, TEN, people.other_client).status_code == 201


def test_a_hold_does_not_outlive_the_start_of_its_slot(
    people: People, clock: TimeMachineFixture
) -> None:
    """Otherwise it could book a time in the past."""
    service = people.open_studio()
    start = datetime(2026, 3, 3, 10, tzinfo=UTC)
    move_to(clock, start - timedelta(minutes=4))
    held = people.try_hold(service, TEN)
    assert held.json_body["expiresAt"] == TEN
    move_to(clock, start)
    assert refused(book_hold(people.client, held)) == (409, "hold_expired")


@pytest.mark.parametrize(
    ("moment", "free"),
    [
        ("2026-03-03T07:00:00Z", False),  # before 9:00
        ("2026-03-03T16:00:00Z", False),  # after 17:00
        ("2026-03-03T10:30:00Z", False),  # off the grid
        ("2026-03-02T08:00:00Z", False),  # now
        ("2026-03-02T07:00:00Z", False),  # in the past
        ("2026-05-31T07:00:00Z", True),
        ("2026-05-31T08:00:00Z", False),  # 90 days from now, beyond the horizon
    ],
)
def test_a_client_holds_and_books_only_offered_slots(
    people: People, moment: str, free: bool
) -> None:
    service = people.open_studio()
    before = everything()
    held, booked = (
        people.try_hold(service, moment),
        people.try_book(service, moment, people.other_client),
    )
    if free:
        assert (held.status_code, booked.status_code) == (201, 409)
    else:
        assert refused(held) == refused(booked) == (409, "slot_unavailable")
        assert everything() == before


def test_an_artist_may_ignore_hours_notice_and_limits_but_not_busy_time(
    people: People,
) -> None:
    service = people.open_studio(minimumNoticeMinutes=24 * 60, dailyLimit=1)
    people.book(service, "2026-03-03T09:00:00Z")
    for start in ("2026-03-02T20:30:00Z", "2026-03-03T10:07:00Z", "2026-09-01T02:00:00Z"):
        people.book(service, start, people.artist, clientId=CLIENT)
    assert refused(
        people.try_book(service, "2026-03-03T09:59:00Z", people.artist, clientId=CLIENT)
    ) == (*(409, "slot_taken"),)
    past = people.try_book(service, "2026-03-02T08:00:00Z", people.artist, clientId=CLIENT)
    assert refused(past) == (409, "slot_unavailable")
    held = people.try_hold(service, "2026-03-02T22:00:00Z", people.artist)
    booked = book_hold(people.artist, held, clientId=OTHER_CLIENT)
    assert booked.json_body["clientId"] == OTHER_CLIENT


def test_the_holds_of_one_person_are_limited(
    people: People, monkeypatch: pytest.MonkeyPatch, clock: TimeMachineFixture
) -> None:
    monkeypatch.setattr(holds, "MAX_HOLDS", 2)
    service = people.open_studio()
    first, second, third = (f"2026-03-03T{hour}:00:00Z" for hour in (10, 11, 12))
    assert people.try_hold(service, first).status_code == 201
    assert people.try_hold(service, second).status_code == 201
    refusal = people.try_hold(service, third)
    assert refused(refusal) == (429, "too_many_requests")
    assert refusal.headers["Retry-After"] == "900"
    assert len(entries()) == 2
    assert people.try_hold(service, third, people.other_client).status_code == 201
    clock.shift(timedelta(minutes=15))
    assert people.try_hold(service, first).status_code == 201


@pytest.mark.parametrize(
    "hold_id",
    [
        "hld_01JD0000000000000000000AAA_20260303_01JD0000000000000000000XXX",
        "hld_01JD0000000000000000000AAA_20261399_01JD0000000000000000000XXX",
        "hld_1",
        "apt_01JD0000000000000000000XXX",
        "%00",
    ],
)
def test_an_unknown_hold_is_neither_released_nor_booked(people: People, hold_id: str) -> None:
    people.open_studio()
    before = everything()
    released = people.client.delete(f"{HOLDS}/{hold_id}")
    assert released.status_code in (404, 409)
    booked = people.client.post(BOOKINGS, json={"holdId": hold_id})
    assert booked.status_code in (404, 409, 422)
    assert everything() == before


# ---- bookings ----------------------------------------------------------------------------------


def test_a_booking_copies_the_service(people: People) -> None:
    service = people.open_studio(location="Oranienstraße 1", bufferAfterMinutes=15)
    answer = people.try_book(service, TEN, notes="On the left arm.")
    assert answer.status_code == 201
    booked = answer.json_body
    policies = booked.pop("policies")
    assert [policy["kind"] for policy in policies] == [
        *("deposit", "design", "reschedule", "cancellation"),
    ]
    assert booked == {
        "id": booked["id"],
        "artistId": ARTIST,
        "clientId": CLIENT,
        "walkInName": "",
        "service": {
            "id": service,
            "name": "Fine line tattoo",
            "location": "Oranienstraße 1",
            "durationMinutes": 60,
            "bufferBeforeMinutes": 0,
            "bufferAfterMinutes": 15,
            "mode": "direct",
        },
        "listPrice": {"amount": 12000, "currency": "EUR"},
        "discount": {"amount": 0, "currency": "EUR"},
        "price": {"amount": 12000, "currency": "EUR"},
        "total": {"amount": 12000, "currency": "EUR"},
        "voucher": None,
        "startsAt": TEN,
        "endsAt": ELEVEN,
        "timeZone": BERLIN,
        "local": "2026-03-03T11:00:00+01:00",
        "status": "confirmed",
        "bookedBy": "client",
        "notes": "On the left arm.",
        "deposit": None,
        "charges": [],
        "balance": {
            **dict.fromkeys(("requested", "held", "returned", "forfeited", "paid"), 0),
            **{"transferred": 0, "due": 0, "currency": "EUR"},
        },
        "corrections": [],
        "policiesHash": digest(default_versions(ARTIST).values()),
        "ageConfirmation": None,
        "project": None,
        "answerBy": None,
        "reason": "",
        "closedBy": None,
        "createdAt": "2026-03-02T08:00:00Z",
        "updatedAt": "2026-03-02T08:00:00Z",
        "version": 1,
    }
    (entry,) = entries().values()
    assert (entry.id, entry.kind, entry.until) == (
        booked["id"],
        CalendarEntryKind.APPOINTMENT,
        None,
    )
    assert entry.busy_until - entry.ends_at == timedelta(minutes=15)


def test_a_direct_booking_publishes_created_and_confirmed(people: People) -> None:
    service = people.open_studio()
    before = outbox()
    booked = people.book(service, TEN)
    created, confirmed = list_events_since(before)
    assert (created.type, confirmed.type) == ("appointment.created", "appointment.confirmed")
    assert created.subject == confirmed.subject == booked["id"]
    assert created.data.pop("agreedAt") == "2026-03-02T08:00:00Z"
    assert (
        created.data
        == confirmed.data
        == {
            "appointmentId": booked["id"],
            "artistId": ARTIST,
            "clientId": CLIENT,
            "serviceId": service,
            "serviceName": "Fine line tattoo",
            "location": "",
            "startsAt": TEN,
            "endsAt": ELEVEN,
            "timeZone": BERLIN,
            "status": "confirmed",
            "price": {"amount": 12000, "currency": "EUR"},
            "by": "client",
            "proposalId": None,
            "sequence": 0,
            "recordVersion": 1,
        }
    )


@pytest.mark.parametrize(
    ("fields", "starts_at", "answer_by"),
    [
        ({"mode": "request"}, "2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z"),
        ({"mode": "request"}, "2026-03-09T10:00:00Z", "2026-03-05T08:00:00Z"),
        (
            {"deposit": {"type": "percent", "percent": 50}},
            "2026-03-09T10:00:00Z",
            "2026-03-05T08:00:00Z",
        ),
        (
            {"mode": "request", "deposit": {"type": "fixed", "amount": 1000}},
            "2026-03-09T10:00:00Z",
            "2026-03-05T08:00:00Z",
        ),
    ],
)
def test_a_request_or_an_unpaid_deposit_leaves_a_booking_pending(
    people: People, fields: dict[str, Any], starts_at: str, answer_by: str
) -> None:
    service = people.open_studio(**fields)
    before = outbox()
    booked = people.book(service, starts_at)
    assert (booked["status"], booked["answerBy"]) == ("pending", answer_by)
    published = [event.type for event in list_events_since(before)]
    assert published == ["appointment.created"] + ["deposit.requested"] * ("deposit" in fields)
    assert refused(people.try_book(service, starts_at, people.other_client)) == (409, "slot_taken")


@pytest.mark.parametrize(
    ("rule", "amount", "hours"),
    [
        ({"type": "percent", "percent": 50}, 6000, 48),
        ({"type": "percent", "percent": 33}, 3960, 0),
        ({"type": "fixed", "amount": 2500}, 2500, None),
        ({"type": "fixed", "amount": 999999}, 12000, 48),  # never more than the price
        ({"type": "by_policy"}, 6000, 48),
    ],
)
def test_the_deposit_follows_the_rule_of_the_service(
    people: People, rule: dict[str, Any], amount: int, hours: int | None
) -> None:
    service = people.open_studio(deposit=rule, depositRefundableUntilHours=hours)
    before = outbox()
    deposit = people.book(service, TEN)["deposit"]
    assert deposit == {
        "amount": amount,
        "currency": "EUR",
        "state": "requested",
        "held": 0,
        "refundableUntilHours": hours,
        "dueAt": TEN,  # in two days at most, and when it starts
        "entries": [
            {
                "state": "requested",
                "amount": amount,
                "at": "2026-03-02T08:00:00Z",
                "by": "client",
                "note": "",
                "appointmentId": None,
                "files": [],
                "id": "",
            }
        ],
        "bankDetails": None,
    }
    requested = list_events_since(before)[1]
    assert (requested.type, requested.data["amount"]) == ("deposit.requested", amount)


def test_a_booking_by_the_artist_is_confirmed_immediately(people: People) -> None:
    service = people.open_studio(mode="request", deposit={"type": "percent", "percent": 50})
    booked = people.book(service, TEN, people.artist, clientId=CLIENT)
    assert (booked["status"], booked["bookedBy"]) == ("confirmed", "artist")
    assert booked["deposit"]["state"] == "requested"
    assert booked["clientId"] == CLIENT


def test_booking_a_held_request_slot_is_still_a_request(people: People) -> None:
    service = people.open_studio(mode="request")
    booked = book_hold(people.client, people.try_hold(service, TEN), notes="Please.")
    assert (booked.json_body["status"], booked.json_body["notes"]) == ("pending", "Please.")


def test_a_held_slot_is_booked_at_the_current_price(people: People) -> None:
    """Price and policies are those at the time of booking; the time is the held one."""
    service = people.open_studio(bufferAfterMinutes=15)
    held = people.try_hold(service, TEN)
    dearer = {
        "name": "Fine line, large",
        "durationMinutes": 120,
        "price": {"amount": 20000, "currency": "EUR"},
        "deposit": {"type": "percent", "percent": 10},
    }
    people.artist.put(f"/v1/appointments/services/{service}", json=dearer)
    booked = book_hold(people.client, held).json_body
    assert booked["price"] == {"amount": 20000, "currency": "EUR"}
    assert booked["deposit"]["amount"] == 2000
    assert booked["service"]["name"] == "Fine line, large"
    assert (booked["startsAt"], booked["endsAt"]) == (TEN, ELEVEN)
    assert booked["service"]["durationMinutes"] == 60
    assert booked["service"]["bufferAfterMinutes"] == 15


def test_a_booking_keeps_its_terms_when_the_service_changes(people: People) -> None:
    service = people.open_studio()
    booked = people.book(service, TEN)
    changed = {"name": "Other", "durationMinutes": 30, "price": {"amount": 1, "currency": "CHF"}}
    people.artist.put(f"/v1/appointments/services/{service}", json=changed)
    people.artist.delete(f"/v1/appointments/services/{service}")
    assert people.client.get(f"{BOOKINGS}/{booked['id']}").json_body == booked


def test_a_held_slot_of_a_deleted_service_is_not_booked(people: People) -> None:
    service = people.open_studio()
    held = people.try_hold(service, TEN)
    people.artist.delete(f"/v1/appointments/services/{service}")
    assert refused(book_hold(people.client, held)) == (404, "not_found")
    assert refused(people.try_book(service, ELEVEN)) == (404, "not_found")
    assert refused(people.try_hold(service, ELEVEN)) == (404, "not_found")


# ---- clients -----------------------------------------------------------------------------------


def test_a_client_books_only_for_themselves(people: People) -> None:
    service = people.open_studio()
    before = everything()
    answer = people.try_book(service, TEN, clientId=OTHER_CLIENT)
    assert list(error_fields(answer)) == ["body.clientId"]
    assert everything() == before
    assert people.book(service, TEN, clientId=CLIENT)["clientId"] == CLIENT


def test_an_artist_must_name_a_client_other_than_themselves(people: People) -> None:
    service = people.open_studio()
    before = everything()
    for fields in ({}, {"clientId": ARTIST}):
        answer = people.try_book(service, TEN, people.artist, **fields)
        assert list(error_fields(answer)) == ["body.clientId"]
    assert everything() == before


def test_an_artist_is_a_client_of_another_artist(people: People) -> None:
    """The side depends on the record, not on the token: hours and notice apply to them."""
    service = people.open_studio(mode="request")
    booked = people.book(service, TEN, people.other_artist)
    assert (booked["clientId"], booked["bookedBy"]) == (OTHER_ARTIST, "client")
    assert booked["status"] == "pending"
    outside = people.try_book(service, "2026-03-03T20:00:00Z", people.other_artist)
    assert refused(outside) == (409, "slot_unavailable")
    for_another = people.try_book(service, ELEVEN, people.other_artist, clientId=CLIENT)
    assert list(error_fields(for_another)) == ["body.clientId"]
    assert people.other_artist.post(f"{BOOKINGS}/{booked['id']}/confirm").status_code == 403


def test_an_admin_books_like_a_client(people: People) -> None:
    service = people.open_studio(mode="request")
    admin = people.client.as_user(OTHER_CLIENT, Role.ADMIN)
    assert people.book(service, TEN, admin)["status"] == "pending"
    answer = people.try_book(service, ELEVEN, admin, clientId=CLIENT)
    assert list(error_fields(answer)) == ["body.clientId"]


# ---- invalid requests --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"notes": "Only notes."},
        {"serviceId": NO_SERVICE},
        {"startsAt": TEN},
        {"holdId": "hld_1"},
        {
            "holdId": "hld_01JD0000000000000000000AAA_20260303_01JD0000000000000000000XXX",
            "startsAt": TEN,
        },
        {"serviceId": "svc_1", "startsAt": TEN},
        {"serviceId": NO_SERVICE, "startsAt": "tomorrow"},
        {"serviceId": NO_SERVICE, "startsAt": "2026-03-03T10:00:00"},
        {"serviceId": NO_SERVICE, "startsAt": "2026-03-03T10:00:30Z"},
        {"serviceId": NO_SERVICE, "startsAt": "2026-03-03T10:00:00.001Z"},
        {"serviceId": NO_SERVICE, "startsAt": "0001-01-01T00:00:00+14:00"},
        {"serviceId": NO_SERVICE, "startsAt": "0001-01-01T00:00:00Z"},
        {"serviceId": NO_SERVICE, "startsAt": "9999-12-31T23:59:00-14:00"},
        {"serviceId": NO_SERVICE, "startsAt": "9999-12-31T23:59:00Z"},
        {"serviceId": NO_SERVICE, "startsAt": TEN, "notes": "x" * 2001},
        {"serviceId": NO_SERVICE, "startsAt": TEN, "clientId": "somebody"},
        {"serviceId": NO_SERVICE, "startsAt": TEN, "clientId": ""},
        {"serviceId": NO_SERVICE, "startsAt": TEN, "clientId": f"{CLIENT}\n"},
    ],
)
def test_an_invalid_booking_is_refused(people: People, body: dict[str, Any]) -> None:
    assert people.client.post(BOOKINGS, json=body).status_code == 422
    if "startsAt" in body and "serviceId" in body:
        hold = {"serviceId": body["serviceId"], "startsAt": body["startsAt"]}
        expected = 404 if hold == {"serviceId": NO_SERVICE, "startsAt": TEN} else 422
        assert people.client.post(HOLDS, json=hold).status_code == expected
    assert list_created() == []


def test_an_unknown_service_is_not_found(people: People) -> None:
    people.open_studio()
    assert refused(people.try_hold(NO_SERVICE, TEN)) == (404, "not_found")
    assert refused(people.try_book(NO_SERVICE, TEN)) == (404, "not_found")


# ---- daily limits ------------------------------------------------------------------------------

# Midnight in Auckland is 11:00 UTC: a date there spans two UTC days.
MORNING, EVENING = "2026-03-03T20:00:00Z", "2026-03-04T06:00:00Z"  # 09:00, 19:00 on 4 March


def open_studio_in_auckland(people: People, **fields: Any) -> str:
    people.set_hours("00:00-24:00", zone="Pacific/Auckland")
    return people.create_service(dailyLimit=1, **fields)


def test_a_daily_limit_counts_by_the_artists_local_date(people: People) -> None:
    service = open_studio_in_auckland(people)
    people.book(service, MORNING)
    for by_other in (people.try_book, people.try_hold):
        assert refused(by_other(service, EVENING, people.other_client)) == (409, "slot_unavailable")
    people.book(service, "2026-03-03T10:00:00Z", people.other_client)  # 23:00 the day before
    people.book(service, "2026-03-04T11:00:00Z", people.other_client)  # the following midnight


def test_live_holds_count_towards_the_daily_limit(
    people: People, clock: TimeMachineFixture
) -> None:
    service = open_studio_in_auckland(people)
    people.try_hold(service, MORNING)
    assert people.try_book(service, EVENING, people.other_client).status_code == 409
    move_to(clock, MONDAY + HOLD)
    assert people.try_book(service, EVENING, people.other_client).status_code == 201


def test_a_daily_limit_counts_only_its_own_service(people: People) -> None:
    service = open_studio_in_auckland(people)
    other = people.create_service()
    people.book(other, "2026-03-03T21:00:00Z")
    people.book(service, MORNING)


@pytest.fixture
def align_reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that makes threads read the calendar before any of them writes."""
    read = store.read_days

    def align(threads_: int) -> None:
        barrier, once = Barrier(threads_), local()

        def read_then_wait(before: Calendar, days: Iterable[date], **how: Any) -> Calendar:
            calendar = read(before, days, **how)
            if not hasattr(once, "waited"):
                once.waited = True
                barrier.wait(threads.DEADLINE_SECONDS)
            return calendar

        monkeypatch.setattr(store, "read_days", read_then_wait)

    return align


@pytest.mark.parametrize("days_are_there", [False, True])
def test_a_daily_limit_holds_across_the_two_utc_days_of_a_date(
    people: People, align_reads: Callable[[int], None], days_are_there: bool
) -> None:
    """The two bookings write different day items; each relies on the other one being unchanged."""
    service = open_studio_in_auckland(people)
    if days_are_there:
        other = people.create_service()
        for start in ("2026-03-03T23:00:00Z", "2026-03-04T00:00:00Z"):
            people.book(other, start)
    align_reads(2)
    starts = iter([MORNING, EVENING])
    answers = threads.together(2, lambda: people.try_book(service, next(starts)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (loser,) = [answer for answer in answers if answer.status_code == 409]
    assert loser.json_body["code"] == "slot_unavailable"
    assert sum(entry.service_id == service for entry in entries().values()) == 1


@pytest.mark.parametrize(
    ("limit", "starts"),
    [
        ("weeklyLimit", ["2026-03-03T09:00:00Z", "2026-03-08T09:00:00Z"]),
        ("monthlyLimit", ["2026-03-03T09:00:00Z", "2026-03-31T09:00:00Z"]),
    ],
)
@pytest.mark.parametrize("was_used", [False, True])
def test_a_limit_of_a_week_or_month_holds_when_both_book_at_once(
    people: People,
    align_reads: Callable[[int], None],
    limit: str,
    starts: list[str],
    was_used: bool,
) -> None:
    """The two bookings share no day. Each relies on the other one not being there."""
    service = people.open_studio(**{limit: 1 + was_used})
    if was_used:
        people.book(service, "2026-03-05T09:00:00Z")
    align_reads(2)
    pending = iter(starts)
    answers = threads.together(2, lambda: people.try_book(service, next(pending)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (loser,) = [answer for answer in answers if answer.status_code == 409]
    assert loser.json_body["code"] == "slot_unavailable"
    assert sum(entry.service_id == service for entry in entries().values()) == 1 + was_used


@pytest.mark.parametrize("buffers", [0, 30])
def test_one_of_many_concurrent_bookings_of_a_slot_succeeds(
    people: People, align_reads: Callable[[int], None], buffers: int
) -> None:
    service = people.open_studio(bufferBeforeMinutes=buffers, bufferAfterMinutes=buffers)
    numbers = iter(range(8))

    def attempt() -> HTTPResponse:
        number = next(numbers)
        somebody = people.client.as_user(f"usr_01JD000000000000000000000{number}")
        act = people.try_book if number % 2 else people.try_hold
        return act(service, TEN, somebody)

    align_reads(8)
    answers = threads.together(8, attempt)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json_body.get("code") for answer in answers} == {None, "slot_taken"}
    assert len(entries()) == 1


@pytest.mark.parametrize(
    ("limit", "second", "code"),
    [
        ({}, TEN, "slot_taken"),
        ({"dailyLimit": 1}, ELEVEN, "slot_unavailable"),
        ({"weeklyLimit": 1}, ELEVEN, "slot_unavailable"),
        ({"monthlyLimit": 1}, ELEVEN, "slot_unavailable"),
    ],
)
def test_nothing_is_booked_twice_on_reads_that_lag_behind(
    people: People,
    monkeypatch: pytest.MonkeyPatch,
    limit: dict[str, int],
    second: str,
    code: str,
) -> None:
    """Eventually consistent reads of days see nothing of what was booked."""
    service = people.open_studio(**limit)
    read = store.read_days

    def lag(before: Calendar, wanted: Iterable[date], *, consistent: bool = True) -> Calendar:
        calendar = read(before, wanted, consistent=consistent)
        return calendar if consistent else msgspec.structs.replace(calendar, days={})

    monkeypatch.setattr(store, "read_days", lag)
    people.book(service, TEN)
    answer = people.try_book(service, second, people.other_client)
    assert refused(answer) == (409, code)
    assert len(entries()) == 1


def test_nobody_is_refused_on_reads_that_lag_behind(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eventually consistent reads do not see the service yet."""
    service = people.open_studio()
    read = store.read_catalogue

    def lag(artist_id: str, services: list[str], *, consistent: bool = True) -> Calendar:
        return read(artist_id, services if consistent else [], consistent=consistent)

    monkeypatch.setattr(store, "read_catalogue", lag)
    people.book(service, TEN)


# ---- walk-ins ----------------------------------------------------------------------------------


def try_book_walk_in(people: People, service: str, **fields: Any) -> HTTPResponse:
    return people.artist.post(f"{BOOKINGS}/walk-ins", json={"serviceId": service, **fields})


def test_a_walk_in_starts_now_regardless_of_hours(
    people: People, clock: TimeMachineFixture
) -> None:
    service = people.open_studio(
        **{
            "mode": "request",
            "deposit": {"type": "percent", "percent": 50},
            "minimumNoticeMinutes": 600,
        },
        **{"bufferBeforeMinutes": 30, "bufferAfterMinutes": 15},
    )
    move_to(clock, datetime(2026, 3, 2, 21, 7, 42, 123000, tzinfo=UTC))
    answer = try_book_walk_in(people, service, name="Kim", notes="Was just passing.")
    assert answer.status_code == 201
    booked = answer.json_body
    assert (booked["startsAt"], booked["status"]) == ("2026-03-02T21:07:00Z", "confirmed")
    assert (booked["clientId"], booked["walkInName"]) == (None, "Kim")
    assert (booked["deposit"], booked["bookedBy"]) == (None, "artist")
    assert booked["service"]["bufferBeforeMinutes"] == 0
    (entry,) = entries().values()
    assert entry.busy_from == entry.starts_at
    assert entry.busy_until - entry.ends_at == timedelta(minutes=15)


def test_a_walk_in_with_an_account_reads_the_appointment(people: People) -> None:
    booked = try_book_walk_in(people, people.open_studio(), clientId=CLIENT).json_body
    assert people.client.get(f"{BOOKINGS}/{booked['id']}").json_body == booked
    created = outbox("appointment.created")[0]
    assert (created.data["clientId"], created.data["by"]) == (CLIENT, "artist")


def test_a_walk_in_does_not_overlap_anything(people: People, clock: TimeMachineFixture) -> None:
    service = people.open_studio()
    people.book(service, "2026-03-02T09:00:00Z")
    assert try_book_walk_in(people, service).status_code == 201  # from 08:00 to 09:00
    assert refused(try_book_walk_in(people, service)) == (409, "slot_taken")
    move_to(clock, datetime(2026, 3, 2, 10, tzinfo=UTC))
    held = people.try_hold(service, ELEVEN.replace("03-03", "03-02"))
    assert held.status_code == 201
    assert try_book_walk_in(people, service).status_code == 201
    clock.shift(timedelta(minutes=5))
    assert refused(try_book_walk_in(people, service)) == (409, "slot_taken")


def test_only_the_artist_of_the_service_books_walk_ins(people: People) -> None:
    service = people.open_studio()
    before = everything()
    body = {"serviceId": service, "name": "Me"}
    path = f"{BOOKINGS}/walk-ins"
    assert refused(people.other_artist.post(path, json=body)) == (404, "not_found")
    assert people.client.post(path, json=body).status_code == 403
    assert people.nobody.post(path, json=body).status_code == 401
    assert list(error_fields(try_book_walk_in(people, service, clientId=ARTIST))) == [
        "body.clientId"
    ]
    assert refused(try_book_walk_in(people, NO_SERVICE)) == (404, "not_found")
    assert everything() == before


# ---- transactions ------------------------------------------------------------------------------


def test_an_uncontended_booking_is_a_few_reads_and_one_transaction(people: People) -> None:
    service = people.open_studio(dailyLimit=3, deposit={"type": "percent", "percent": 10})
    people.book(service, ELEVEN)  # stores the terms, which the container knows from then on
    with aws_calls.counted() as calls:
        people.book(service, TEN)
    del calls["dynamodb:UpdateItem"]  # the rate limit
    # Whether the client's account was deleted, and the bank details for the response.
    assert calls.pop("dynamodb:GetItem") == 2
    assert calls == READS | {"dynamodb:TransactWriteItems": 1}


def test_booking_a_hold_is_a_few_reads_and_one_transaction(people: People) -> None:
    service = people.open_studio()
    people.book(service, ELEVEN)  # stores the terms, which the container knows from then on
    held = people.try_hold(service, TEN)
    with aws_calls.counted() as calls:
        assert book_hold(people.client, held).status_code == 201
    del calls["dynamodb:UpdateItem"]
    assert calls.pop("dynamodb:GetItem") == 1  # whether the client's account was deleted
    assert calls == READS | {"dynamodb:TransactWriteItems": 1}


def test_a_repeated_request_books_once(people: People) -> None:
    service = people.open_studio()
    body = {"serviceId": service, "startsAt": TEN}
    key = {"idempotency-key": "booking-1"}
    first, again = (people.client.post(BOOKINGS, json=body, headers=key) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json_body == again.json_body
    assert len(entries()) == 1


def test_the_calendars_of_two_artists_are_independent(people: People) -> None:
    service = people.open_studio()
    people.set_hours(by=people.other_artist)
    other = people.create_service(by=people.other_artist)
    people.book(service, TEN)
    people.book(other, TEN)
    assert len(entries(ARTIST)) == len(entries(OTHER_ARTIST)) == 1


def test_a_calendar_day_expires_ninety_days_after_it_ended(people: People) -> None:
    people.book(people.open_studio(), TEN)
    (day,) = days()
    (item,) = [item for item in everything() if item["sk"]["S"] == f"DAY#{day}"]
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    lifetime = int(item["expires_at"]["N"]) - int(midnight.timestamp())
    assert lifetime == 90 * 24 * 3600


def test_the_stored_record_matches_the_response(people: People) -> None:
    booked = people.book(people.open_studio(), TEN)
    stored = appointment(booked["id"])
    assert stored.terms == default_versions(ARTIST)
    assert stored.terms_hash == digest(stored.terms.values())
    assert (stored.sequence, stored.reschedules, stored.version) == (0, 0, 1)
