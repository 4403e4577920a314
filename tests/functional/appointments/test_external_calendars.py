"""External calendars: busy times there keep slots here from being free."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments import app as appointments_app
from appointments.events import CalendarRefresh
from appointments.icalendar import fetch
from appointments.icalendar.fetch import FetchFailed, Response, Validators
from appointments.use_cases import due_work
from shared.platform import clock as wall_clock
from tests.functional.appointments import people as table
from tests.functional.appointments.people import People, everything
from tests.support import fake_aws
from tests.support.captured_logs import Logs
from tests.support.responses import error_fields, refused

SECRET = "s3cret-path"
URL = f"https://calendar.example.com/{SECRET}/basic.ics"
ROUTE = "/v1/appointments/external-calendars"
MORNING = ("2026-03-03T09:00:00+01:00", "2026-03-03T10:00:00+01:00", "2026-03-03T11:00:00+01:00")


def render_ics(*times: str, extra: str = "") -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART:{start}\r\nDTEND:{end}\r\n{extra}END:VEVENT\r\n"
        for number, (start, end) in enumerate(time.split("/") for time in times)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n".encode()


class ExternalServer:
    """The server of the external calendar, and the queue of its worker."""

    def __init__(self, queue_url: str) -> None:
        self.body: bytes | FetchFailed = render_ics()
        self.requested: list[str] = []
        self.known: list[Validators | None] = []
        self.queue_url = queue_url

    @contextmanager
    def fetch(self, url: str, known: Validators | None = None) -> Iterator[Response]:
        """Answer with the body and its hash, or that it is as it was."""
        self.requested.append(url)
        self.known.append(known)
        if isinstance(self.body, FetchFailed):
            raise self.body
        validators = Validators(etag=hashlib.md5(self.body, usedforsecurity=False).hexdigest())
        yield Response(validators, None if known == validators else iter([self.body]))

    def run_worker(self) -> list[dict[str, object]]:
        """Let the worker process its queue, and return the responses of its batches."""
        sqs = fake_aws.client("sqs")
        answers = []
        while messages := sqs.receive_message(QueueUrl=self.queue_url).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
                record = {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": {"ApproximateReceiveCount": "1"},
                    "messageAttributes": {},
                }
                answers.append(
                    appointments_app.external_calendars_worker({"Records": [record]}, None)
                )
        return answers


@pytest.fixture
def server(people: People, calendars_queue: str, monkeypatch: pytest.MonkeyPatch) -> ExternalServer:
    server = ExternalServer(calendars_queue)
    monkeypatch.setattr(fetch, "fetch", server.fetch)
    return server


@pytest.fixture
def service_id(people: People) -> str:
    people.set_hours("09:00-12:00")
    return people.create_service()


def try_add(people: People, **fields: Any) -> HTTPResponse:
    body = {"name": "Private", "url": URL, **fields}
    return people.artist.post(ROUTE, json=body)


def add(people: People, server: ExternalServer) -> str:
    answer = try_add(people)
    assert answer.status_code == 201, answer.body
    server.run_worker()
    calendar_id: str = answer.json_body["id"]
    return calendar_id


def get_calendar(people: People) -> Any:
    (calendar,) = people.artist.get(ROUTE).json_body["items"]
    return calendar


def list_free_starts(people: People, service_id: str) -> list[str]:
    return people.list_free_starts(service_id, from_="2026-03-03", to="2026-03-03")


def test_busy_time_of_an_external_calendar_is_not_free(
    people: People, server: Any, service_id: Any
) -> None:
    assert list_free_starts(people, service_id) == list(MORNING)
    server.body = render_ics("20260303T090000Z/20260303T093000Z")  # 10:00 in Berlin
    add(people, server)
    assert list_free_starts(people, service_id) == [MORNING[0], MORNING[2]]
    refusal = people.try_book(service_id, "2026-03-03T09:00:00Z")
    assert refused(refusal) == (409, "slot_taken")
    assert get_calendar(people)["blocks"] == 1


def test_buffers_do_not_overlap_external_busy_time(people: People, server: Any) -> None:
    people.set_hours("09:00-12:00")
    service_id = people.create_service(bufferAfterMinutes=30)
    server.body = render_ics("20260303T091500Z/20260303T093000Z")
    add(people, server)
    assert list_free_starts(people, service_id) == [MORNING[2]]


def test_an_all_day_event_is_a_day_in_the_artists_time_zone(
    people: People, server: Any, service_id: Any
) -> None:
    server.body = render_ics("20260303/20260304").replace(b"DTSTART:", b"DTSTART;VALUE=DATE:")
    add(people, server)
    assert list_free_starts(people, service_id) == []
    assert len(people.list_free_starts(service_id, from_="2026-03-04", to="2026-03-04")) == 3


def test_an_external_calendar_is_refreshed_every_half_hour(
    people: People, server: Any, service_id: Any, clock: TimeMachineFixture
) -> None:
    add(people, server)
    server.body = render_ics("20260303T090000Z/20260303T093000Z")
    clock.shift(timedelta(minutes=29))
    due_work.sweep(wall_clock.now(), lambda: 60)
    assert server.run_worker() == []
    clock.shift(timedelta(minutes=1))
    due_work.sweep(wall_clock.now(), lambda: 60)
    assert server.run_worker() == [{"batchItemFailures": []}]
    assert list_free_starts(people, service_id) == [MORNING[0], MORNING[2]]
    due_work.sweep(wall_clock.now(), lambda: 60)
    assert server.run_worker() == []  # enqueued once


@pytest.mark.parametrize("body", [FetchFailed("The server did not answer."), b"<html>"])
def test_a_failed_refresh_keeps_the_known_busy_times_and_states_the_problem(
    people: People, server: Any, service_id: Any, clock: TimeMachineFixture, body: Any
) -> None:
    server.body = render_ics("20260303T090000Z/20260303T093000Z")
    add(people, server)
    read_at = get_calendar(people)["refreshedAt"]
    server.body = body
    clock.shift(timedelta(minutes=30))
    due_work.sweep(wall_clock.now(), lambda: 60)
    server.run_worker()
    calendar = get_calendar(people)
    assert calendar["problem"]
    assert (calendar["blocks"], calendar["refreshedAt"]) == (1, read_at)
    assert list_free_starts(people, service_id) == [MORNING[0], MORNING[2]]
    server.body = render_ics()
    clock.shift(timedelta(minutes=30))
    due_work.sweep(wall_clock.now(), lambda: 60)
    server.run_worker()
    assert get_calendar(people)["problem"] is None


def refresh(people: People, server: ExternalServer, clock: TimeMachineFixture) -> Any:
    clock.shift(timedelta(minutes=30))
    due_work.sweep(wall_clock.now(), lambda: 60)
    server.run_worker()
    return get_calendar(people)


def test_the_artist_is_notified_of_the_second_failure_in_a_row_and_once_until_it_recovers(
    people: People, server: Any, clock: TimeMachineFixture
) -> None:
    people.set_hours("09:00-12:00")
    add(people, server)
    reasons = ["The server did not answer.", "The server was rude.", "It has gone.", "Gone."]
    first = None
    for failure, reason in enumerate(reasons, 1):
        server.body = FetchFailed(reason)
        calendar = refresh(people, server, clock)
        first = first or calendar["failingSince"]
        assert (calendar["problem"], calendar["failingSince"]) == (reason, first)
        assert len(table.outbox("external_calendar.failed")) == (1 if failure > 1 else 0)
    (event,) = table.outbox("external_calendar.failed")
    assert event.subject == calendar["id"]
    assert event.data == {
        "calendarId": calendar["id"],
        "artistId": table.ARTIST,
        "name": "Private",
        "problem": "The server was rude.",
        "failingSince": first,
        "timeZone": "Europe/Berlin",
        "recordVersion": 6,
    }
    server.body = render_ics()
    assert refresh(people, server, clock)["failingSince"] is None
    server.body = FetchFailed("The server did not answer.")
    for expected in (1, 2, 2):
        refresh(people, server, clock)
        assert len(table.outbox("external_calendar.failed")) == expected


def test_one_odd_event_is_named_and_hides_no_other(
    people: People, server: Any, service_id: Any
) -> None:
    odd = render_ics("20260303T080000Z/", "20260304T080000Z/x", extra="SUMMARY:Flight\r\n")
    good = render_ics("20260303T100000Z/20260303T110060Z")
    server.body = odd.replace(b"END:VCALENDAR\r\n", b"") + good.partition(b"VERSION:2.0\r\n")[2]
    add(people, server)
    calendar = get_calendar(people)
    assert calendar["problem"] is None
    assert calendar["unclearCount"] == 2
    assert calendar["unclear"][0] == {
        "title": "Flight",
        "start": "20260303T080000Z",
        "problem": "Its end cannot be read, so it blocks the rest of its day.",
    }
    assert list_free_starts(people, service_id) == []


def test_a_calendar_without_changes_is_read_as_a_whole_once_a_day(
    people: People, server: Any, service_id: Any, clock: TimeMachineFixture
) -> None:
    server.body = render_ics("20260303T090000Z/20260303T093000Z")
    add(people, server)
    before = get_calendar(people)
    after = refresh(people, server, clock)
    assert after == before | {"refreshedAt": after["refreshedAt"]}
    assert after["refreshedAt"] > before["refreshedAt"]
    assert list_free_starts(people, service_id) == [MORNING[0], MORNING[2]]
    clock.shift(timedelta(hours=23))
    refresh(people, server, clock)
    asked = [known is not None for known in server.known]
    assert asked == [False, True, False]
    people.set_hours("09:00-12:00", zone="America/New_York")
    refresh(people, server, clock)
    assert server.known[-1] is None  # its days are other ones now


def test_a_calendar_without_changes_has_recovered(
    people: People, server: Any, clock: TimeMachineFixture
) -> None:
    add(people, server)
    body, server.body = server.body, FetchFailed("The server did not answer.")
    refresh(people, server, clock)
    server.body = body
    assert refresh(people, server, clock)["problem"] is None
    server.body = FetchFailed("The server did not answer.")
    refresh(people, server, clock)
    assert table.outbox("external_calendar.failed") == []


def test_removing_an_external_calendar_frees_its_busy_times(
    people: People, server: Any, service_id: Any
) -> None:
    server.body = render_ics("20260303T090000Z/20260303T093000Z")
    calendar_id = add(people, server)
    assert people.artist.delete(f"{ROUTE}/{calendar_id}").status_code == 204
    assert list_free_starts(people, service_id) == list(MORNING)
    assert people.artist.get(ROUTE).json_body["items"] == []


def test_a_refresh_of_a_removed_calendar_does_nothing(people: People, server: Any) -> None:
    answer = try_add(people)
    people.artist.delete(f"{ROUTE}/{answer.json_body['id']}")
    assert server.run_worker() == [{"batchItemFailures": []}]
    assert server.requested == []


def test_only_its_artist_sees_and_removes_an_external_calendar(people: People, server: Any) -> None:
    calendar_id = add(people, server)
    assert people.other_artist.get(ROUTE).json_body["items"] == []
    assert people.other_artist.delete(f"{ROUTE}/{calendar_id}").status_code == 404
    assert people.client.get(ROUTE).status_code == 403
    assert get_calendar(people)["id"] == calendar_id


def test_the_address_is_never_shown_or_logged(
    people: People, server: Any, service_id: Any, logs: Logs
) -> None:
    server.body = FetchFailed("The server did not answer.")
    add(people, server)
    assert get_calendar(people)["host"] == "calendar.example.com"
    assert SECRET not in json.dumps(people.artist.get(ROUTE).json_body)
    assert SECRET not in logs.text
    assert SECRET not in json.dumps(people.get_slots(service_id).json_body)


def test_an_artist_has_at_most_five_external_calendars(people: People, server: Any) -> None:
    for _ in range(5):
        assert try_add(people).status_code == 201
    assert refused(try_add(people)) == (409, "too_many_calendars")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/a.ics",
        "http://2130706433/",
        "http://localhost/",
        "file:///etc/passwd",
        "https://me:secret@example.com/a.ics",
        "https://example.com:8443/a.ics",
    ],
)
def test_a_private_address_is_refused_immediately(people: People, server: Any, url: str) -> None:
    assert list(error_fields(try_add(people, url=url))) == ["body.url"]
    assert [item for item in everything() if "EXTERNAL" in item["sk"]["S"]] == []


def test_a_refresh_that_conflicts_with_a_change_is_retried(
    people: People, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(people, server)
    clock_now = wall_clock.now()
    real_fetch = fetch.fetch

    def change_then_fetch(url: str, known: Validators | None) -> Any:
        due_work.sweep(clock_now + timedelta(hours=1), lambda: 60)
        return real_fetch(url, known)

    monkeypatch.setattr(fetch, "fetch", change_then_fetch)
    stored = next(item for item in everything() if "EXTERNAL" in item["sk"]["S"])
    refresh = CalendarRefresh(
        stored["pk"]["S"].removeprefix("CALENDAR#"), get_calendar(people)["id"]
    )
    record = {
        "messageId": "m1",
        "receiptHandle": "r1",
        "body": json.dumps({"artist_id": refresh.artist_id, "calendar_id": refresh.calendar_id}),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
    }
    answer = appointments_app.external_calendars_worker({"Records": [record]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
