"""Calendars elsewhere: what an artist is busy with there keeps slots free here."""

import json
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments import app as door
from appointments.events import CalendarRefresh
from appointments.icalendar import fetch
from appointments.icalendar.fetch import FetchFailed
from appointments.use_cases import due_work
from shared.platform import clock as wall_clock
from tests.functional.appointments.people import People, error_fields, everything, refused
from tests.support import fake_aws
from tests.support.captured_logs import Logs

SECRET = "s3cret-path"
URL = f"https://calendar.example.com/{SECRET}/basic.ics"
ROUTE = "/v1/appointments/external-calendars"
MORNING = ("2026-03-03T09:00:00+01:00", "2026-03-03T10:00:00+01:00", "2026-03-03T11:00:00+01:00")


def ics(*times: str, extra: str = "") -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART:{start}\r\nDTEND:{end}\r\n{extra}END:VEVENT\r\n"
        for number, (start, end) in enumerate(time.split("/") for time in times)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n".encode()


class Elsewhere:
    """The server of the other calendar, and our queue to its worker."""

    def __init__(self, queue_url: str) -> None:
        self.body: bytes | FetchFailed = ics()
        self.asked: list[str] = []
        self.queue_url = queue_url

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if isinstance(self.body, FetchFailed):
            raise self.body
        return self.body

    def work(self) -> list[dict[str, object]]:
        """Let the worker do what was ordered; returns the answers of its batches."""
        sqs = fake_aws.client("sqs")
        answers = []
        while found := sqs.receive_message(QueueUrl=self.queue_url).get("Messages"):
            for message in found:
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
                record = {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": {"ApproximateReceiveCount": "1"},
                    "messageAttributes": {},
                }
                answers.append(door.external_calendars_worker({"Records": [record]}, None))
        return answers


@pytest.fixture
def elsewhere(people: People, calendars_queue: str, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    server = Elsewhere(calendars_queue)
    monkeypatch.setattr(fetch, "fetch", server.fetch)
    return server


@pytest.fixture
def service_id(people: People) -> str:
    people.opens("09:00-12:00")
    return people.offers()


def add(people: People, **fields: Any) -> HTTPResponse:
    body = {"name": "Private", "url": URL, **fields}
    return people.artist.post(ROUTE, json=body)


def added(people: People, elsewhere: Elsewhere) -> str:
    answer = add(people)
    assert answer.status_code == 201, answer.body
    elsewhere.work()
    calendar_id: str = answer.json_body["id"]
    return calendar_id


def listed(people: People) -> Any:
    (calendar,) = people.artist.get(ROUTE).json_body["items"]
    return calendar


def free(people: People, service_id: str) -> list[str]:
    return people.free(service_id, from_="2026-03-03", to="2026-03-03")


def test_what_is_busy_there_is_not_free_here(
    people: People, elsewhere: Any, service_id: Any
) -> None:
    assert free(people, service_id) == list(MORNING)
    elsewhere.body = ics("20260303T090000Z/20260303T093000Z")  # 10:00 in Berlin
    added(people, elsewhere)
    assert free(people, service_id) == [MORNING[0], MORNING[2]]
    refusal = people.books(service_id, "2026-03-03T09:00:00Z")
    assert refused(refusal) == (409, "slot_taken")
    assert listed(people)["blocks"] == 1


def test_buffers_keep_away_from_it_too(people: People, elsewhere: Any) -> None:
    people.opens("09:00-12:00")
    service_id = people.offers(bufferAfterMinutes=30)
    elsewhere.body = ics("20260303T091500Z/20260303T093000Z")
    added(people, elsewhere)
    assert free(people, service_id) == [MORNING[2]]


def test_a_whole_day_there_is_a_day_of_the_artists_zone(
    people: People, elsewhere: Any, service_id: Any
) -> None:
    elsewhere.body = ics("20260303/20260304").replace(b"DTSTART:", b"DTSTART;VALUE=DATE:")
    added(people, elsewhere)
    assert free(people, service_id) == []
    assert len(people.free(service_id, from_="2026-03-04", to="2026-03-04")) == 3


def test_it_is_read_again_every_half_hour(
    people: People, elsewhere: Any, service_id: Any, clock: TimeMachineFixture
) -> None:
    added(people, elsewhere)
    elsewhere.body = ics("20260303T090000Z/20260303T093000Z")
    clock.shift(timedelta(minutes=29))
    due_work.sweep(wall_clock.now(), lambda: 60)
    assert elsewhere.work() == []
    clock.shift(timedelta(minutes=1))
    due_work.sweep(wall_clock.now(), lambda: 60)
    assert elsewhere.work() == [{"batchItemFailures": []}]
    assert free(people, service_id) == [MORNING[0], MORNING[2]]
    due_work.sweep(wall_clock.now(), lambda: 60)
    assert elsewhere.work() == []  # ordered once


@pytest.mark.parametrize("body", [FetchFailed("The server did not answer."), b"<html>"])
def test_what_cannot_be_read_keeps_what_was_known_and_says_why(
    people: People, elsewhere: Any, service_id: Any, clock: TimeMachineFixture, body: Any
) -> None:
    elsewhere.body = ics("20260303T090000Z/20260303T093000Z")
    added(people, elsewhere)
    read_at = listed(people)["refreshedAt"]
    elsewhere.body = body
    clock.shift(timedelta(minutes=30))
    due_work.sweep(wall_clock.now(), lambda: 60)
    elsewhere.work()
    calendar = listed(people)
    assert calendar["problem"]
    assert (calendar["blocks"], calendar["refreshedAt"]) == (1, read_at)
    assert free(people, service_id) == [MORNING[0], MORNING[2]]
    elsewhere.body = ics()
    clock.shift(timedelta(minutes=30))
    due_work.sweep(wall_clock.now(), lambda: 60)
    elsewhere.work()
    assert listed(people)["problem"] is None


def test_forgetting_it_frees_what_it_kept(people: People, elsewhere: Any, service_id: Any) -> None:
    elsewhere.body = ics("20260303T090000Z/20260303T093000Z")
    calendar_id = added(people, elsewhere)
    assert people.artist.delete(f"{ROUTE}/{calendar_id}").status_code == 204
    assert free(people, service_id) == list(MORNING)
    assert people.artist.get(ROUTE).json_body["items"] == []


def test_an_order_for_a_forgotten_calendar_is_done(people: People, elsewhere: Any) -> None:
    answer = add(people)
    people.artist.delete(f"{ROUTE}/{answer.json_body['id']}")
    assert elsewhere.work() == [{"batchItemFailures": []}]
    assert elsewhere.asked == []


def test_it_is_only_its_artists(people: People, elsewhere: Any) -> None:
    calendar_id = added(people, elsewhere)
    assert people.other_artist.get(ROUTE).json_body["items"] == []
    assert people.other_artist.delete(f"{ROUTE}/{calendar_id}").status_code == 404
    assert people.client.get(ROUTE).status_code == 403
    assert listed(people)["id"] == calendar_id


def test_its_address_is_never_told_or_logged(
    people: People, elsewhere: Any, service_id: Any, logs: Logs
) -> None:
    elsewhere.body = FetchFailed("The server did not answer.")
    added(people, elsewhere)
    assert listed(people)["host"] == "calendar.example.com"
    assert SECRET not in json.dumps(people.artist.get(ROUTE).json_body)
    assert SECRET not in logs.text
    assert SECRET not in json.dumps(people.slots(service_id).json_body)


def test_five_are_enough(people: People, elsewhere: Any) -> None:
    for _ in range(5):
        assert add(people).status_code == 201
    assert refused(add(people)) == (409, "too_many_calendars")


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
def test_addresses_inside_are_refused_at_once(people: People, elsewhere: Any, url: str) -> None:
    assert list(error_fields(add(people, url=url))) == ["body.url"]
    assert [item for item in everything() if "EXTERNAL" in item["sk"]["S"]] == []


def test_a_change_meanwhile_lets_the_order_come_again(
    people: People, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(people, elsewhere)
    clock_now = wall_clock.now()
    real = fetch.fetch

    def slow(url: str) -> bytes:
        due_work.sweep(clock_now + timedelta(hours=1), lambda: 60)
        return real(url)

    monkeypatch.setattr(fetch, "fetch", slow)
    stored = next(item for item in everything() if "EXTERNAL" in item["sk"]["S"])
    order = CalendarRefresh(stored["pk"]["S"].removeprefix("CALENDAR#"), listed(people)["id"])
    record = {
        "messageId": "m1",
        "receiptHandle": "r1",
        "body": json.dumps({"artist_id": order.artist_id, "calendar_id": order.calendar_id}),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
    }
    answer = door.external_calendars_worker({"Records": [record]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
