"""Appointments in people's own calendar programs: feeds and files."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from tests.functional.appointments.people import People, everything, refused
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient

START = "2026-03-05T09:00:00Z"
LATER = "2026-03-06T09:00:00Z"
CALENDAR = "text/calendar; charset=utf-8"


@pytest.fixture
def appointment(people: People) -> dict[str, Any]:
    service_id = people.studio(location="Main Street 1", bookingHorizonDays=700)
    return people.has_booked(service_id, START, notes="Left arm.")


def events(answer: HTTPResponse) -> list[Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (200, CALENDAR)
    return icalendar.Calendar.from_ical(answer.body.decode()).walk("VEVENT")


def feed_of(person: ApiClient, nobody: ApiClient) -> Callable[[], HTTPResponse]:
    made = person.post("/v1/appointments/calendar")
    assert made.status_code == 201
    return lambda: nobody.get(made.json_body["path"])


def file_of(person: ApiClient, appointment: Any) -> HTTPResponse:
    return person.get(f"/v1/appointments/{appointment['id']}/calendar.ics")


class TestFeed:
    def test_both_sides_see_the_appointment_in_their_own(
        self, people: People, appointment: Any
    ) -> None:
        for person in (people.artist, people.client):
            (event,) = events(feed_of(person, people.nobody)())
            assert str(event["UID"]) == f"{appointment['id']}@artist-booking"
            assert event["DTSTART"].dt.isoformat() == "2026-03-05T09:00:00+00:00"
            assert event["DTEND"].dt.isoformat() == "2026-03-05T10:00:00+00:00"
            assert str(event["SUMMARY"]) == "Fine line tattoo"
            assert str(event["LOCATION"]) == "Main Street 1"
            assert "Left arm." in str(event["DESCRIPTION"])
            assert str(event["STATUS"]) == "CONFIRMED"

    def test_a_stranger_sees_nothing_of_it(self, people: People, appointment: Any) -> None:
        assert events(feed_of(people.other_client, people.nobody)()) == []

    def test_what_was_cancelled_stays_and_says_so_with_a_higher_sequence(
        self, people: People, appointment: Any
    ) -> None:
        feed = feed_of(people.client, people.nobody)
        (before,) = events(feed())
        people.artist.post(f"/v1/appointments/{appointment['id']}/cancel")
        (after,) = events(feed())
        assert str(after["STATUS"]) == "CANCELLED"
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert after["UID"] == before["UID"]

    def test_what_was_moved_keeps_its_uid_and_raises_its_sequence(
        self, people: People, appointment: Any
    ) -> None:
        feed = feed_of(people.client, people.nobody)
        (before,) = events(feed())
        people.client.post(
            f"/v1/appointments/{appointment['id']}/reschedule", json={"startsAt": LATER}
        )
        (after,) = events(feed())
        assert after["UID"] == before["UID"]
        assert after["SEQUENCE"] == before["SEQUENCE"] + 1
        assert after["DTSTART"].dt.isoformat() == "2026-03-06T09:00:00+00:00"

    def test_what_waits_for_an_answer_is_tentative(self, people: People) -> None:
        people.has_booked(people.studio(mode="request"), START)
        (event,) = events(feed_of(people.client, people.nobody)())
        assert str(event["STATUS"]) == "TENTATIVE"

    def test_the_past_month_and_the_coming_year_are_in_it(
        self, people: People, appointment: Any, clock: TimeMachineFixture
    ) -> None:
        feed = feed_of(people.client, people.nobody)
        clock.shift(timedelta(days=30))
        assert len(events(feed())) == 1
        clock.shift(timedelta(days=10))
        assert events(feed()) == []

    def test_a_walk_ins_name_is_the_artists_to_see(self, people: People) -> None:
        service_id = people.studio()
        body = {"serviceId": service_id, "name": "Joe"}
        assert people.artist.post("/v1/appointments/walk-ins", json=body).status_code == 201
        (event,) = events(feed_of(people.artist, people.nobody)())
        assert "Joe" in str(event["DESCRIPTION"])


class TestAddress:
    def test_a_new_address_replaces_the_one_before(self, people: People, appointment: Any) -> None:
        first = feed_of(people.client, people.nobody)
        second = feed_of(people.client, people.nobody)
        assert refused(first()) == (404, "not_found")
        assert len(events(second())) == 1

    def test_a_revoked_address_works_no_more(self, people: People, appointment: Any) -> None:
        feed = feed_of(people.client, people.nobody)
        assert people.client.delete("/v1/appointments/calendar").status_code == 204
        assert refused(feed()) == (404, "not_found")
        assert people.client.get("/v1/appointments/calendar").json_body["active"] is False

    def test_revoking_none_is_fine(self, people: People) -> None:
        assert people.client.delete("/v1/appointments/calendar").status_code == 204

    def test_it_is_told_once_and_never_kept_in_the_clear(self, people: People) -> None:
        made = people.client.post("/v1/appointments/calendar").json_body
        token = made["path"].rpartition("/")[2].removesuffix(".ics")
        assert len(token) >= 43  # 256 bits
        again = people.client.get("/v1/appointments/calendar").json_body
        assert again == {"active": True, "path": None}
        assert token not in str(everything())

    def test_it_is_in_no_log(self, people: People, logs: Logs) -> None:
        made = people.client.post("/v1/appointments/calendar").json_body
        people.nobody.get(made["path"])
        assert made["path"].rpartition("/")[2].removesuffix(".ics") not in logs.text

    def test_an_idempotency_key_does_not_keep_it(self, people: People) -> None:
        headers = {"idempotency-key": "feed-1"}
        first = people.client.post("/v1/appointments/calendar", headers=headers).json_body
        second = people.client.post("/v1/appointments/calendar", headers=headers).json_body
        assert first["path"] != second["path"]

    @pytest.mark.parametrize("file", ["nonsense.ics", "nonsense", ".ics"])
    def test_nonsense_is_a_404(self, people: People, file: str) -> None:
        answer = people.nobody.get(f"/v1/appointments/calendar/{file}")
        assert refused(answer) == (404, "not_found")

    def test_the_token_without_its_suffix_is_none(self, people: People) -> None:
        path = people.client.post("/v1/appointments/calendar").json_body["path"]
        assert people.nobody.get(path.removesuffix(".ics")).status_code == 404


class TestFile:
    def test_it_takes_the_appointment_in(self, people: People, appointment: Any) -> None:
        answer = file_of(people.client, appointment)
        (event,) = events(answer)
        assert str(event["UID"]) == f"{appointment['id']}@artist-booking"
        assert b"METHOD:REQUEST\r\n" in answer.body

    def test_it_takes_out_what_is_off(self, people: People, appointment: Any) -> None:
        people.artist.post(f"/v1/appointments/{appointment['id']}/cancel")
        answer = file_of(people.client, appointment)
        (event,) = events(answer)
        assert b"METHOD:CANCEL\r\n" in answer.body
        assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CANCELLED", 1)

    def test_it_is_nobody_elses(self, people: People, appointment: Any) -> None:
        for stranger in (people.other_client, people.other_artist):
            assert file_of(stranger, appointment).status_code == 404
        assert file_of(people.nobody, appointment).status_code == 401
