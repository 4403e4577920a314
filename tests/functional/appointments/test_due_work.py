"""The sweeper: due records are processed on time, and a failure does not stop the others."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from appointments import store
from appointments.app import sweeper
from appointments.events import CalendarRefresh
from appointments.models import (
    Appointment,
    AppointmentStatus,
    ExternalCalendar,
    ProposalStatus,
    WaitlistEntryStatus,
)
from appointments.use_cases import due_work, external_calendars, lifecycle
from shared.data.conflicts import WriteConflict
from shared.events import queues
from shared.events.sweeper import DueRecord, SweepIncomplete
from shared.platform.clock import now
from tests.functional.appointments.background import get_waitlist_entry, join_waitlist, sweep
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    MONDAY,
    People,
    appointment,
    entries,
    everything,
    outbox,
)
from tests.support import fake_aws
from tests.support.captured_logs import Logs

DAYS = [f"2026-03-{day:02}T08:00:00Z" for day in range(10, 20)]
ANSWERED_BY = MONDAY + timedelta(hours=72)


@pytest.fixture
def requests(people: People) -> list[str]:
    """Create requests that nobody answers, each the first hour of a day."""
    people.set_hours("09:00-10:00")
    service_id = people.create_service(mode="request")
    return [people.book(service_id, start)["id"] for start in DAYS[:3]]


def save_calendar(calendar_id: str = "ext_1") -> ExternalCalendar:
    """Save an external calendar of the artist whose refresh is due now."""
    added = ExternalCalendar(
        id=calendar_id,
        artist_id=ARTIST,
        name="Elsewhere",
        url="https://calendar.example/x.ics",
        created_at=now(),
        refresh_at=now(),
    )
    store.commit(records=[added])
    return added


class RefreshRecorder:
    """A stand-in for `external_calendars` that records which refreshes are enqueued and when."""

    def __init__(self) -> None:
        self.refreshed: list[tuple[str, datetime]] = []

    def refresh(self, due: ExternalCalendar, at: datetime) -> None:
        self.refreshed.append((due.id, at))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> RefreshRecorder:
    recorder = RefreshRecorder()
    monkeypatch.setattr(external_calendars, "enqueue_refresh", recorder.refresh)
    return recorder


def statuses(appointment_ids: list[str]) -> list[AppointmentStatus]:
    return [appointment(appointment_id).status for appointment_id in appointment_ids]


def break_record(appointment_id: str) -> None:
    """Make the record unreadable."""
    fake_aws.client("dynamodb").update_item(
        TableName=f"{fake_aws.PREFIX}-appointments",
        Key={"pk": {"S": f"APPOINTMENT#{appointment_id}"}, "sk": {"S": "RECORD"}},
        UpdateExpression="SET #record = :nonsense",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":nonsense": {"S": '{"id": 7}'}},
    )


# ---- due records -------------------------------------------------------------------------------


def test_unanswered_requests_expire_on_time(requests: list[str], clock: Any) -> None:
    clock.move_to(ANSWERED_BY - timedelta(milliseconds=1), tick=False)
    assert sweep() == 0
    assert statuses(requests) == 3 * [AppointmentStatus.PENDING]
    clock.move_to(ANSWERED_BY, tick=False)
    assert sweep() == 3
    assert statuses(requests) == 3 * [AppointmentStatus.EXPIRED]
    assert entries() == {}
    published = outbox("appointment.expired")
    assert sorted(event.subject for event in published) == sorted(requests)
    assert {event.data["by"] for event in published} == {"system"}
    assert sweep() == 0


def test_nothing_is_due_a_fraction_of_a_second_early(people: People, clock: Any) -> None:
    people.set_hours("09:00-10:00")
    service_id = people.create_service(mode="request")
    clock.move_to(MONDAY + timedelta(milliseconds=900), tick=False)
    request = [people.book(service_id, DAYS[0])["id"]]
    clock.move_to(ANSWERED_BY + timedelta(milliseconds=899), tick=False)
    assert sweep() == 0
    clock.move_to(ANSWERED_BY + timedelta(seconds=1), tick=False)
    assert sweep() == 1
    assert statuses(request) == [AppointmentStatus.EXPIRED]


def test_an_answered_request_is_not_due(people: People, requests: list[str], clock: Any) -> None:
    confirmed, declined, cancelled = requests
    for request, action in ((confirmed, "confirm"), (declined, "decline"), (cancelled, "cancel")):
        answer = people.artist.post(f"/v1/appointments/{request}/{action}", json={})
        assert answer.status_code == 200, answer.body
    clock.move_to(ANSWERED_BY, tick=False)
    assert sweep() == 0
    assert statuses(requests) == [
        AppointmentStatus.CONFIRMED,
        AppointmentStatus.DECLINED,
        AppointmentStatus.CANCELLED,
    ]


def test_everything_that_is_due_is_processed(
    people: People, requests: list[str], recorder: RefreshRecorder, clock: Any
) -> None:
    """Appointments, a proposal and a waitlist entry expire; a calendar is refreshed."""
    service_id = people.create_service()
    body = {"serviceId": service_id, "clientId": CLIENT, "startsAt": [DAYS[5]]}
    proposal_id = people.artist.post("/v1/appointments/proposals", json=body).json_body["id"]
    entry_id = join_waitlist(people.client, service_id, "2026-03-03")
    save_calendar()
    clock.move_to(ANSWERED_BY, tick=False)
    assert sweep() == 3 + 1 + 1 + 1
    assert statuses(requests) == 3 * [AppointmentStatus.EXPIRED]
    proposal = store.find_proposal(proposal_id)
    assert proposal is not None
    assert proposal.status is ProposalStatus.EXPIRED
    assert get_waitlist_entry(entry_id).status is WaitlistEntryStatus.EXPIRED
    assert recorder.refreshed == [("ext_1", ANSWERED_BY)]


def test_each_due_record_has_its_own_correlation_id(requests: list[str], clock: Any) -> None:
    clock.move_to(ANSWERED_BY, tick=False)
    sweep()
    ids = [event.correlationid for event in outbox("appointment.expired")]
    assert len(set(ids)) == 3
    assert all(ids)


# ---- failures ----------------------------------------------------------------------------------


def test_a_failure_is_logged_and_does_not_stop_the_others(
    requests: list[str], clock: Any, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, *good = requests
    real_expire = lifecycle.expire

    def expire(due: Appointment, at: datetime) -> None:
        if due.id == bad:
            raise RuntimeError("a bug")
        real_expire(due, at)

    clock.move_to(ANSWERED_BY, tick=False)
    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "expire", expire)
        with pytest.raises(SweepIncomplete):  # at the end, which raises an alarm
            sweep()
    assert statuses(good) == 2 * [AppointmentStatus.EXPIRED]
    assert statuses([bad]) == [AppointmentStatus.PENDING]
    (line,) = logs.named("due record failed")
    assert (line["level"], line["record"]) == ("ERROR", f"APPOINTMENT#{bad}")
    assert "a bug" in line["exception"]
    clock.shift(timedelta(minutes=5, seconds=-1))
    assert sweep() == 0  # postponed
    clock.shift(timedelta(seconds=1))
    assert sweep() == 1
    assert statuses([bad]) == [AppointmentStatus.EXPIRED]


def test_an_unreadable_record_is_logged_and_does_not_stop_the_others(
    requests: list[str], clock: Any, logs: Logs
) -> None:
    bad, *good = requests
    break_record(bad)
    clock.move_to(ANSWERED_BY, tick=False)
    with pytest.raises(SweepIncomplete, match="1 failed, 2 were done"):
        sweep()
    assert statuses(good) == 2 * [AppointmentStatus.EXPIRED]
    assert [line["record"] for line in logs.named("due record failed")] == [f"APPOINTMENT#{bad}"]


def test_many_failing_records_do_not_starve_the_rest(
    requests: list[str], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many records as one sweep takes are broken, and have been due the longest."""
    *bad, good = requests
    for request in bad:
        break_record(request)
    store.postpone(_find_due_record(good), ANSWERED_BY + timedelta(seconds=1))
    monkeypatch.setattr(due_work, "MAX_RECORDS", len(bad))
    clock.move_to(ANSWERED_BY + timedelta(minutes=1), tick=False)
    with pytest.raises(SweepIncomplete, match="2 failed, 0 were done"):
        sweep()
    clock.shift(60)
    assert sweep() == 1
    assert statuses([good]) == [AppointmentStatus.EXPIRED]


def test_a_conflict_is_left_to_the_next_sweep(
    requests: list[str], clock: Any, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(**_: Any) -> None:
        raise WriteConflict

    clock.move_to(ANSWERED_BY, tick=False)
    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", conflict)
        assert sweep() == 0
    assert logs.named("due record failed") == []
    assert sweep() == 3


def test_a_record_answered_after_it_was_listed_is_left_alone(
    people: People, requests: list[str], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index lags behind the records: what it lists may already be answered."""
    clock.move_to(ANSWERED_BY, tick=False)
    listed = store.list_due_records(now(), 10)
    people.artist.post(f"/v1/appointments/{requests[0]}/confirm")
    monkeypatch.setattr(store, "list_due_records", lambda *_: listed)
    assert sweep() == 2
    assert statuses(requests) == [
        AppointmentStatus.CONFIRMED,
        AppointmentStatus.EXPIRED,
        AppointmentStatus.EXPIRED,
    ]


def test_a_record_that_changed_is_not_postponed(
    people: People, requests: list[str], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It failed, but it was changed meanwhile, which decided when it is due."""
    bad = requests[0]
    clock.move_to(ANSWERED_BY, tick=False)
    due = _find_due_record(bad)
    people.artist.post(f"/v1/appointments/{bad}/confirm")
    store.postpone(due, now() + timedelta(minutes=5))
    (item,) = [item for item in everything() if item["pk"]["S"] == f"APPOINTMENT#{bad}"]
    assert "due_at" not in item
    assert sweep() == 2


def _find_due_record(appointment_id: str) -> DueRecord:
    later = ANSWERED_BY + timedelta(days=1)
    (due,) = [due for due in store.list_due_records(later, 100) if appointment_id in due.pk]
    return due


# ---- time limit --------------------------------------------------------------------------------


def test_a_sweep_stops_before_its_timeout_and_the_next_one_continues(
    requests: list[str], clock: Any, logs: Logs
) -> None:
    clock.move_to(ANSWERED_BY, tick=False)
    left: Iterator[float] = iter([15.0, 14.9, 14.8])
    assert due_work.sweep(now(), lambda: next(left)) == 1
    assert statuses(requests).count(AppointmentStatus.EXPIRED) == 1
    assert [line["done"] for line in logs.named("sweep cut short")] == [1]
    assert sweep() == 2


def test_external_calendars_are_processed_last(
    requests: list[str], recorder: RefreshRecorder, clock: Any
) -> None:
    """They have been due the longest, and still come last."""
    for number in range(3):
        save_calendar(f"ext_{number}")
    clock.move_to(ANSWERED_BY, tick=False)
    left: Iterator[float] = iter([60.0, 50.0, 40.0, 30.0, 10.0])
    assert due_work.sweep(now(), lambda: next(left)) == 4
    assert statuses(requests) == 3 * [AppointmentStatus.EXPIRED]
    assert len(recorder.refreshed) == 1


def test_the_function_uses_its_remaining_time(requests: list[str], clock: Any) -> None:
    clock.move_to(ANSWERED_BY, tick=False)
    event = {
        "version": "0",
        "account": "123456789012",
        "region": "us-east-1",
        "detail": {},
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": "2026-03-05T08:00:00Z",
        "id": "1",
        "resources": [],
    }
    sweeper(event, SimpleNamespace(get_remaining_time_in_millis=lambda: 14_999))
    assert statuses(requests) == 3 * [AppointmentStatus.PENDING]
    sweeper(event, SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))
    assert statuses(requests) == 3 * [AppointmentStatus.EXPIRED]


def test_calendars_stay_due_while_the_worker_lags(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the queue each would be once more every half hour."""
    assert people
    save_calendar()
    monkeypatch.setattr(external_calendars, "MAX_WAITING", 1)
    queues.send(external_calendars.QUEUE, [CalendarRefresh(ARTIST, "ext_of_somebody")])
    assert sweep() == 0
    monkeypatch.setattr(external_calendars, "MAX_WAITING", 2)
    assert sweep() == 1
    assert queues.count_waiting(external_calendars.QUEUE) == 2
