"""Transitions of an appointment: who may make them, and everything they change."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments.models import AppointmentStatus
from appointments.use_cases import lifecycle
from tests.functional.appointments.people import (
    CLIENT,
    MONDAY,
    People,
    appointment,
    entries,
    everything,
    list_events_since,
    outbox,
)
from tests.support import threads
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused

BOOKINGS = "/v1/appointments"
STARTS_AT = datetime(2026, 3, 12, 10, tzinfo=UTC)  # Thursday of next week, 11:00 in Berlin
START, LATER = "2026-03-12T10:00:00Z", "2026-03-13T09:00:00Z"
AFTER_START = STARTS_AT + timedelta(minutes=5)
EXPIRES_AT = MONDAY + timedelta(hours=72)
BODIES = {"reschedule": {"startsAt": LATER}}
LIVE = ("pending", "confirmed")


def act(by: ApiClient, action: str, booked: dict[str, Any], **fields: Any) -> HTTPResponse:
    """Confirm, decline, cancel, reschedule, ... an appointment."""
    body = BODIES.get(action, {}) | fields
    return by.post(f"{BOOKINGS}/{booked['id']}/{action}", json=body)


def create_in_status(people: People, clock: TimeMachineFixture, status: str) -> dict[str, Any]:
    """Create an appointment in this status, and set the clock back to Monday."""
    mode = "request" if status in ("pending", "declined", "expired") else "direct"
    booked = people.book(people.open_studio(mode=mode), START)
    match status:
        case "declined":
            assert act(people.artist, "decline", booked).status_code == 200
        case "cancelled":
            assert act(people.client, "cancel", booked).status_code == 200
        case "expired":
            lifecycle.expire(appointment(booked["id"]), EXPIRES_AT)
        case "completed" | "no_show":
            clock.move_to(AFTER_START, tick=False)
            action = "complete" if status == "completed" else "no-show"
            assert act(people.artist, action, booked).status_code == 200
            clock.move_to(MONDAY, tick=False)
    current: dict[str, Any] = people.client.get(f"{BOOKINGS}/{booked['id']}").json_body
    assert current["status"] == status
    return current


# ---- permissions -------------------------------------------------------------------------------

# By artist and by client: the new status, or the code of the refusal.
NEVER = "forbidden"
WRONG = "wrong_status"
BEFORE_START = {
    ("pending", "confirm"): ("confirmed", NEVER),
    ("pending", "decline"): ("declined", NEVER),
    ("pending", "cancel"): ("cancelled", "cancelled"),
    ("pending", "reschedule"): ("pending", "pending"),
    ("pending", "complete"): (WRONG, NEVER),
    ("pending", "no-show"): (WRONG, NEVER),
    ("confirmed", "confirm"): (WRONG, NEVER),
    ("confirmed", "decline"): (WRONG, NEVER),
    ("confirmed", "cancel"): ("cancelled", "cancelled"),
    ("confirmed", "reschedule"): ("confirmed", "confirmed"),
    ("confirmed", "complete"): ("not_started", NEVER),
    ("confirmed", "no-show"): ("not_started", NEVER),
}
AFTER_STARTED = BEFORE_START | {
    ("pending", "cancel"): ("cancelled", "already_started"),
    ("pending", "reschedule"): ("pending", "already_started"),
    ("confirmed", "cancel"): ("cancelled", "already_started"),
    ("confirmed", "reschedule"): ("confirmed", "already_started"),
    ("confirmed", "complete"): ("completed", NEVER),
    ("confirmed", "no-show"): ("no_show", NEVER),
}
OVER = {
    "confirm": (WRONG, NEVER),
    "decline": (WRONG, NEVER),
    "cancel": (WRONG, WRONG),
    "reschedule": (WRONG, WRONG),
    "complete": (WRONG, NEVER),
    "no-show": (WRONG, NEVER),
}
CASES = [
    (when, *cell, *expected)
    for when, table in ((MONDAY, BEFORE_START), (AFTER_START, AFTER_STARTED))
    for cell, expected in table.items()
]


def get_outcome(answer: HTTPResponse) -> str:
    """Return the new status, or the code of the refusal, and check the HTTP status."""
    if answer.status_code == 200:
        status: str = answer.json_body["status"]
        return status
    code: str = answer.json_body["code"]
    assert answer.status_code == (403 if code == "forbidden" else 409)
    return code


@pytest.mark.parametrize(("now", "status", "action", "by_artist", "by_client"), CASES)
@pytest.mark.parametrize("side", ["artist", "client"])
def test_each_side_takes_only_its_own_actions_on_a_live_appointment(
    people: People,
    clock: TimeMachineFixture,
    *,
    side: str,
    now: datetime,
    status: str,
    action: str,
    by_artist: str,
    by_client: str,
) -> None:
    booked = create_in_status(people, clock, status)
    clock.move_to(now, tick=False)
    before = everything()
    assert_strangers_find_nothing(people, action, booked)
    assert everything() == before
    answer = act(people.artist if side == "artist" else people.client, action, booked)
    expected = by_artist if side == "artist" else by_client
    assert get_outcome(answer) == expected
    if expected not in set(AppointmentStatus):
        assert everything() == before
        return
    assert appointment(booked["id"]).status == expected
    assert answer.json_body["version"] == booked["version"] + 1
    assert answer.json_body["updatedAt"].startswith(f"{now:%Y-%m-%dT%H:%M:%S}")


@pytest.mark.parametrize("now", [MONDAY, AFTER_START])
@pytest.mark.parametrize("status", ["completed", "declined", "cancelled", "no_show", "expired"])
def test_no_action_is_allowed_on_an_ended_appointment(
    people: People, clock: TimeMachineFixture, status: str, now: datetime
) -> None:
    booked = create_in_status(people, clock, status)
    clock.move_to(now, tick=False)
    before = everything()
    for action, (by_artist, by_client) in OVER.items():
        assert get_outcome(act(people.artist, action, booked)) == by_artist
        assert get_outcome(act(people.client, action, booked)) == by_client
        assert_strangers_find_nothing(people, action, booked)
    assert everything() == before


def assert_strangers_find_nothing(people: People, action: str, booked: dict[str, Any]) -> None:
    absent = {"id": "apt_01JD0000000000000000000XXX"}
    for stranger in (people.other_client, people.other_artist):
        answer, none = act(stranger, action, booked), act(stranger, action, absent)
        assert refused(answer) == refused(none) == (404, "not_found")
        assert answer.json_body["detail"] == none.json_body["detail"]
    assert act(people.nobody, action, booked).status_code == 401


def test_only_its_artist_and_client_read_an_appointment(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = create_in_status(people, clock, "confirmed")
    path = f"{BOOKINGS}/{booked['id']}"
    assert people.client.get(path).json_body == people.artist.get(path).json_body == booked
    for stranger in (people.other_client, people.other_artist):
        assert refused(stranger.get(path)) == (404, "not_found")
    assert people.nobody.get(path).status_code == 401


# ---- effects -----------------------------------------------------------------------------------

# status, action, side: the published event, the increase of the sequence, who closed it.
EFFECTS = [
    ("pending", "confirm", "artist", "appointment.confirmed", 0, None),
    ("pending", "decline", "artist", "appointment.declined", 1, "artist"),
    ("pending", "cancel", "artist", "appointment.cancelled", 1, "artist"),
    ("pending", "cancel", "client", "appointment.cancelled", 1, "client"),
    ("pending", "reschedule", "artist", "appointment.rescheduled", 1, None),
    ("pending", "reschedule", "client", "appointment.rescheduled", 1, None),
    ("confirmed", "cancel", "artist", "appointment.cancelled", 1, "artist"),
    ("confirmed", "cancel", "client", "appointment.cancelled", 1, "client"),
    ("confirmed", "reschedule", "artist", "appointment.rescheduled", 1, None),
    ("confirmed", "reschedule", "client", "appointment.rescheduled", 1, None),
    ("confirmed", "complete", "artist", "appointment.completed", 0, "artist"),
    ("confirmed", "no-show", "artist", "appointment.no_show", 0, "artist"),
]
FREE: dict[str, Any] = {"fee": 0, "policy": None, "policyNumber": None}
OWN_DATA: dict[str, dict[str, Any]] = {
    "decline": {"reason": "Ill."},
    "cancel": {"reason": "Ill.", **FREE},
    "reschedule": {
        "previousStartsAt": START,
        "previousEndsAt": "2026-03-12T11:00:00Z",
        **FREE,
    },
    "no-show": FREE,
}
EXPLANATIONS = {
    ("cancel", "artist"): "Cancelled by the artist: this is free of charge.",
    ("cancel", "client"): "Cancelling is free of charge.",
    ("reschedule", "artist"): "Moved by the artist: this is free of charge.",
    ("reschedule", "client"): "Moving the booking is free of charge.",
    ("no-show", "artist"): "Not showing up is free of charge.",
}
CLAUSES = {"cancel": "cancellation", "reschedule": "reschedule"}
UNCONFIRMED = "The artist has not confirmed it yet: this is free of charge."


@pytest.mark.parametrize(
    ("status", "action", "side", "event_type", "sequence", "closed_by"), EFFECTS
)
def test_a_transition_updates_record_calendar_and_event_alike(
    people: People,
    clock: TimeMachineFixture,
    *,
    status: str,
    action: str,
    side: str,
    event_type: str,
    sequence: int,
    closed_by: str | None,
) -> None:
    booked = create_in_status(people, clock, status)
    if action in ("complete", "no-show"):
        clock.move_to(AFTER_START, tick=False)
    before = outbox()
    reason = {"reason": "Ill."} if action in ("decline", "cancel") else {}
    by = people.artist if side == "artist" else people.client
    after = act(by, action, booked, **reason).json_body
    stored = appointment(booked["id"])
    moved = {"startsAt": LATER, "endsAt": "2026-03-13T10:00:00Z"} if action == "reschedule" else {}
    now = after["startsAt"], after["endsAt"]
    assert now == ((LATER, moved["endsAt"]) if moved else (START, "2026-03-12T11:00:00Z"))

    assert (stored.sequence, stored.version) == (sequence, 2)
    assert (after["closedBy"], after["reason"]) == (closed_by, reason.get("reason", ""))
    assert stored.reschedules == (action == "reschedule" and side == "client")
    if after["status"] != "pending":
        assert after["answerBy"] is None

    gone = after["status"] in ("declined", "cancelled")
    assert set(entries()) == (set() if gone else {booked["id"]})
    if not gone:
        entry = entries()[booked["id"]]
        assert (entry.starts_at, entry.ends_at) == (stored.starts_at, stored.ends_at)

    explanation = EXPLANATIONS.get((action, side))
    if explanation and (status, side) == ("pending", "client"):
        explanation = UNCONFIRMED
    clause = {"policy": CLAUSES.get(action), "policyNumber": 1}
    (published,) = list_events_since(before)
    assert (published.type, published.subject) == (event_type, booked["id"])
    assert published.data == {
        "appointmentId": booked["id"],
        "artistId": booked["artistId"],
        "clientId": CLIENT,
        "serviceId": booked["service"]["id"],
        "serviceName": "Fine line tattoo",
        "location": "",
        "startsAt": after["startsAt"],
        "endsAt": after["endsAt"],
        "timeZone": "Europe/Berlin",
        "status": after["status"],
        "price": booked["price"],
        "by": side,
        "proposalId": None,
        "sequence": sequence,
        "recordVersion": 2,
        **OWN_DATA.get(action, {}),
        **({"explanation": explanation} if explanation else {}),
        **(clause if (status, side) == ("confirmed", "client") else {}),
    }


@pytest.mark.parametrize(
    ("status", "end", "following", "event_type"),
    [
        ("pending", lifecycle.expire, "expired", "appointment.expired"),
        (
            "pending",
            lambda record, now: lifecycle.cancel_by_system(record, "The account is gone.", now),
            "cancelled",
            "appointment.cancelled",
        ),
        (
            "confirmed",
            lambda record, now: lifecycle.cancel_by_system(record, "The account is gone.", now),
            "cancelled",
            "appointment.cancelled",
        ),
    ],
)
def test_an_appointment_ended_by_the_system_frees_its_time_without_charge(
    people: People,
    clock: TimeMachineFixture,
    *,
    status: str,
    end: Callable[..., None],
    following: str,
    event_type: str,
) -> None:
    booked = create_in_status(people, clock, status)
    before = outbox()
    end(appointment(booked["id"]), STARTS_AT - timedelta(hours=1))
    stored = appointment(booked["id"])
    assert (stored.status, stored.closed_by, stored.sequence) == (following, "system", 1)
    assert stored.charges == ()
    assert entries() == {}
    (published,) = list_events_since(before)
    assert (published.type, published.data["by"], published.data["status"]) == (
        event_type,
        "system",
        following,
    )


def test_a_cancelled_appointment_frees_its_time(people: People, clock: TimeMachineFixture) -> None:
    booked = create_in_status(people, clock, "confirmed")
    service = booked["service"]["id"]
    assert people.try_book(service, START, people.other_client).status_code == 409
    act(people.artist, "cancel", booked)
    assert people.try_book(service, START, people.other_client).status_code == 201


# ---- rescheduling ------------------------------------------------------------------------------


def test_rescheduling_frees_the_old_time_and_takes_the_new_one(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = create_in_status(people, clock, "confirmed")
    service = booked["service"]["id"]
    assert act(people.client, "reschedule", booked).status_code == 200
    assert refused(people.try_book(service, LATER, people.other_client)) == (409, "slot_taken")
    assert people.try_book(service, START, people.other_client).status_code == 201
    assert len(entries()) == 2


@pytest.mark.parametrize("side", ["artist", "client"])
def test_nobody_reschedules_to_a_busy_or_past_time(
    people: People, clock: TimeMachineFixture, side: str
) -> None:
    booked = create_in_status(people, clock, "confirmed")
    people.book(booked["service"]["id"], LATER, people.other_client)
    before = everything()
    by = people.artist if side == "artist" else people.client
    assert refused(act(by, "reschedule", booked)) == (409, "slot_taken")
    past = act(by, "reschedule", booked, startsAt="2026-03-02T08:00:00Z")
    assert refused(past) == (409, "slot_unavailable")
    assert everything() == before


def test_an_appointment_may_move_to_a_time_that_overlaps_its_own(people: People) -> None:
    service = people.open_studio(durationMinutes=120, bufferAfterMinutes=60)
    booked = people.book(service, START)
    moved = act(people.client, "reschedule", booked, startsAt="2026-03-12T11:00:00Z")
    assert moved.json_body["endsAt"] == "2026-03-12T13:00:00Z"
    (entry,) = entries().values()
    assert entry.busy_until == datetime(2026, 3, 12, 14, tzinfo=UTC)


def test_a_client_reschedules_to_offered_slots_and_an_artist_to_any_free_time(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = create_in_status(people, clock, "confirmed")
    for beside in ("2026-03-13T20:00:00Z", "2026-03-13T09:30:00Z", "2027-03-12T10:00:00Z"):
        refusal = act(people.client, "reschedule", booked, startsAt=beside)
        assert refused(refusal) == (409, "slot_unavailable")
        moved = act(people.artist, "reschedule", booked, startsAt=beside)
        assert moved.json_body["startsAt"] == beside
    seconds = act(people.artist, "reschedule", booked, startsAt="2026-03-13T09:00:30Z")
    assert list(error_fields(seconds)) == ["body.startsAt"]


def test_rescheduling_keeps_the_agreed_terms(people: People, clock: TimeMachineFixture) -> None:
    """The current grid and hours apply; duration, buffers and price are the booking's."""
    service = people.open_studio(durationMinutes=120, bufferAfterMinutes=30)
    booked = people.book(service, START)
    today = {
        **{"name": "Other", "durationMinutes": 30, "price": {"amount": 1, "currency": "CHF"}},
        **{"slotIntervalMinutes": 20, "minimumNoticeMinutes": 0},
    }
    people.artist.put(f"/v1/appointments/services/{service}", json=today)
    moved = act(people.client, "reschedule", booked, startsAt="2026-03-13T09:20:00Z").json_body
    assert moved["endsAt"] == "2026-03-13T11:20:00Z"
    unchanged = ("service", "price", "policies", "policiesHash", "timeZone", "createdAt")
    assert {name: moved[name] for name in unchanged} == {name: booked[name] for name in unchanged}
    too_late = act(people.client, "reschedule", booked, startsAt="2026-03-13T14:20:00Z")
    assert refused(too_late) == (409, "slot_unavailable")  # two hours do not fit before 17:00


def test_a_daily_limit_does_not_count_the_rescheduled_appointment(people: People) -> None:
    service = people.open_studio(dailyLimit=1)
    booked = people.book(service, START)
    other = people.book(service, LATER, people.other_client)
    assert (
        act(people.client, "reschedule", booked, startsAt="2026-03-12T12:00:00Z").status_code == 200
    )
    full = act(people.client, "reschedule", booked, startsAt="2026-03-13T12:00:00Z")
    assert refused(full) == (409, "slot_unavailable")
    act(people.other_client, "cancel", other)
    assert (
        act(people.client, "reschedule", booked, startsAt="2026-03-13T12:00:00Z").status_code == 200
    )


def test_only_the_artist_reschedules_an_appointment_of_a_deleted_service(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = create_in_status(people, clock, "confirmed")
    people.artist.delete(f"/v1/appointments/services/{booked['service']['id']}")
    assert refused(act(people.client, "reschedule", booked)) == (409, "service_gone")
    assert act(people.artist, "reschedule", booked).status_code == 200
    assert act(people.client, "cancel", booked).status_code == 200


def test_a_rescheduled_request_must_be_answered_before_it_starts(
    people: People, clock: TimeMachineFixture
) -> None:
    booked = create_in_status(people, clock, "pending")
    assert booked["answerBy"] == "2026-03-05T08:00:00Z"
    sooner = act(people.client, "reschedule", booked, startsAt="2026-03-04T09:00:00Z").json_body
    assert sooner["answerBy"] == "2026-03-04T09:00:00Z"
    later = act(people.client, "reschedule", booked).json_body
    assert later["answerBy"] == "2026-03-04T09:00:00Z"


def test_rescheduling_across_midnight_utc_leaves_no_entry_behind(people: People) -> None:
    people.set_hours("00:00-24:00")
    service = people.create_service(bufferBeforeMinutes=60, bufferAfterMinutes=60)
    booked = people.book(service, "2026-03-12T23:00:00Z")
    moved = act(people.client, "reschedule", booked, startsAt="2026-03-14T23:00:00Z")
    assert moved.status_code == 200
    (entry,) = entries().values()  # checks that it lies in exactly the days it touches
    assert entry.starts_at == datetime(2026, 3, 14, 23, tzinfo=UTC)


# ---- concurrency -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "first", "second"),
    [
        ("pending", "confirm", "decline"),
        ("pending", "confirm", "confirm"),
        ("pending", "decline", "cancel"),
        ("confirmed", "cancel", "cancel"),
        ("confirmed", "cancel", "reschedule"),
    ],
)
def test_the_second_of_two_concurrent_changes_sees_the_first(
    people: People, clock: TimeMachineFixture, *, status: str, first: str, second: str
) -> None:
    booked = create_in_status(people, clock, status)
    before = outbox()
    actions = iter([first, second])
    answers = threads.together(2, lambda: act(people.artist, next(actions), booked))
    results = sorted(get_outcome(answer) for answer in answers)
    stored = appointment(booked["id"])
    live = stored.status in LIVE
    assert set(entries()) == ({booked["id"]} if live else set())
    done = [answer for answer in answers if answer.status_code == 200]
    assert len(list_events_since(before)) == len(done) == stored.version - 1
    if len(done) == 2:  # rescheduled, then cancelled
        assert results == ["cancelled", "confirmed"]
    else:
        assert "wrong_status" in results
