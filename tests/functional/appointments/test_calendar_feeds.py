"""Appointments in calendar applications: feeds and files."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments import store
from shared.http.caller import Role
from shared.platform.clock import now
from tests.functional.appointments.background import consume
from tests.functional.appointments.people import ARTIST, CLIENT, People, everything
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient
from tests.support.responses import refused

START = "2026-03-05T09:00:00Z"
LATER = "2026-03-06T09:00:00Z"


@pytest.fixture
def appointment(people: People) -> dict[str, Any]:
    service_id = people.open_studio(location="Main Street 1", bookingHorizonDays=700)
    return people.book(service_id, START, notes="Left arm.")


def consume_names(**names: str) -> None:
    for user_id, name in names.items():
        role = Role.ARTIST if user_id == ARTIST else Role.CLIENT
        data = {"userId": user_id, "role": role, "name": name, "recordVersion": 1}
        consume("user.profile.updated", data)


def parse_events(answer: HTTPResponse) -> list[Any]:
    """Return the events of a file, which has the method that its content type names."""
    assert answer.status_code == 200
    calendar = icalendar.Calendar.from_ical(answer.body.decode())
    expected = f"text/calendar; method={calendar['METHOD']}; charset=utf-8"
    assert answer.headers["content-type"] == expected
    return calendar.walk("VEVENT")


def create_feed(person: ApiClient, nobody: ApiClient) -> Callable[[], HTTPResponse]:
    created = person.post("/v1/appointments/calendar")
    assert created.status_code == 201
    return lambda: nobody.get(created.json_body["path"])


def get_file(person: ApiClient, appointment: Any) -> HTTPResponse:
    return person.get(f"/v1/appointments/{appointment['id']}/calendar.ics")


class TestFeed:
    def test_both_sides_see_the_appointment_in_their_own_feed(
        self, people: People, appointment: Any
    ) -> None:
        # Each side reads the words of the other in quotation marks.
        shown = {
            'Fine line tattoo with "Ada Byron"': (people.artist, 'Client: "Ada Byron"'),
            '"Fine line tattoo" with "Mara Voss"': (people.client, 'Artist: "Mara Voss"'),
        }
        consume_names(**{ARTIST: "Mara Voss", CLIENT: "Ada Byron"})
        for summary, (person, line) in shown.items():
            (event,) = parse_events(create_feed(person, people.nobody)())
            assert str(event["UID"]) == f"{appointment['id']}@artist-booking"
            assert event["DTSTART"].dt.isoformat() == "2026-03-05T09:00:00+00:00"
            assert event["DTEND"].dt.isoformat() == "2026-03-05T10:00:00+00:00"
            assert str(event["SUMMARY"]) == summary
            assert str(event["LOCATION"]) == "Main Street 1"
            assert str(event["DESCRIPTION"]).splitlines() == [
                "Status: confirmed",
                line,
                'Place: "Main Street 1"',
                'Notes: "Left arm."',
            ]
            assert str(event["STATUS"]) == "CONFIRMED"

    def test_a_deleted_account_has_no_name(self, people: People, appointment: Any) -> None:
        consume_names(**{CLIENT: "Ada Byron"})
        store.mark_deleted(CLIENT, now())
        (event,) = parse_events(get_file(people.artist, appointment))
        assert str(event["SUMMARY"]) == "Fine line tattoo"

    def test_names_become_no_links(self, people: People) -> None:
        urgent = "Locked, see http://evil.example/login"
        consume_names(**{ARTIST: urgent, CLIENT: urgent})
        service_id = people.open_studio(name=urgent, location=urgent)
        appointment = people.book(service_id, START, notes=urgent)
        for person in (people.artist, people.client):
            (event,) = parse_events(get_file(person, appointment))
            assert "evil" not in str(event.to_ical())
            assert str(event["LOCATION"]) == "Locked, see ..."

    def test_a_stranger_does_not_see_the_appointment(
        self, people: People, appointment: Any
    ) -> None:
        assert parse_events(create_feed(people.other_client, people.nobody)()) == []

    def test_a_cancelled_appointment_stays_with_a_higher_sequence(
        self, people: People, appointment: Any
    ) -> None:
        feed = create_feed(people.client, people.nobody)
        (before,) = parse_events(feed())
        people.artist.post(f"/v1/appointments/{appointment['id']}/cancel")
        (after,) = parse_events(feed())
        assert str(after["STATUS"]) == "CANCELLED"
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert after["UID"] == before["UID"]

    def test_a_rescheduled_appointment_keeps_its_uid_and_raises_its_sequence(
        self, people: People, appointment: Any
    ) -> None:
        feed = create_feed(people.client, people.nobody)
        (before,) = parse_events(feed())
        people.client.post(
            f"/v1/appointments/{appointment['id']}/reschedule", json={"startsAt": LATER}
        )
        (after,) = parse_events(feed())
        assert after["UID"] == before["UID"]
        assert after["SEQUENCE"] == before["SEQUENCE"] + 1
        assert after["DTSTART"].dt.isoformat() == "2026-03-06T09:00:00+00:00"

    def test_a_pending_appointment_is_tentative(self, people: People) -> None:
        people.book(people.open_studio(mode="request"), START)
        (event,) = parse_events(create_feed(people.client, people.nobody)())
        assert str(event["STATUS"]) == "TENTATIVE"

    def test_a_feed_reaches_back_a_month(
        self, people: People, appointment: Any, clock: TimeMachineFixture
    ) -> None:
        feed = create_feed(people.client, people.nobody)
        clock.shift(timedelta(days=30))
        assert len(parse_events(feed())) == 1
        clock.shift(timedelta(days=10))
        assert parse_events(feed()) == []

    def test_the_artist_sees_the_name_of_a_walk_in(self, people: People) -> None:
        service_id = people.open_studio()
        body = {"serviceId": service_id, "name": "Joe"}
        assert people.artist.post("/v1/appointments/walk-ins", json=body).status_code == 201
        (event,) = parse_events(create_feed(people.artist, people.nobody)())
        assert str(event["SUMMARY"]) == 'Fine line tattoo with "Joe"'
        assert 'Walk-in: "Joe"' in str(event["DESCRIPTION"])


class TestAddress:
    def test_a_new_address_replaces_the_previous_one(
        self, people: People, appointment: Any
    ) -> None:
        first = create_feed(people.client, people.nobody)
        second = create_feed(people.client, people.nobody)
        assert refused(first()) == (404, "not_found")
        assert len(parse_events(second())) == 1

    def test_a_revoked_address_is_not_found(self, people: People, appointment: Any) -> None:
        feed = create_feed(people.client, people.nobody)
        assert people.client.delete("/v1/appointments/calendar").status_code == 204
        assert refused(feed()) == (404, "not_found")
        assert people.client.get("/v1/appointments/calendar").json_body["active"] is False

    def test_revoking_a_missing_feed_succeeds(self, people: People) -> None:
        assert people.client.delete("/v1/appointments/calendar").status_code == 204

    def test_the_address_is_shown_once_and_stored_only_as_a_hash(self, people: People) -> None:
        created = people.client.post("/v1/appointments/calendar").json_body
        token = created["path"].rpartition("/")[2].removesuffix(".ics")
        assert len(token) >= 43  # 256 bits
        again = people.client.get("/v1/appointments/calendar").json_body
        assert again == {"active": True, "path": None}
        assert token not in str(everything())

    def test_the_address_is_not_logged(self, people: People, logs: Logs) -> None:
        created = people.client.post("/v1/appointments/calendar").json_body
        people.nobody.get(created["path"])
        assert created["path"].rpartition("/")[2].removesuffix(".ics") not in logs.text

    def test_an_idempotency_key_does_not_store_the_address(self, people: People) -> None:
        headers = {"idempotency-key": "feed-1"}
        first = people.client.post("/v1/appointments/calendar", headers=headers).json_body
        second = people.client.post("/v1/appointments/calendar", headers=headers).json_body
        assert first["path"] != second["path"]

    @pytest.mark.parametrize("file", ["nonsense.ics", "nonsense", ".ics"])
    def test_an_invalid_token_is_not_found(self, people: People, file: str) -> None:
        answer = people.nobody.get(f"/v1/appointments/calendar/{file}")
        assert refused(answer) == (404, "not_found")

    def test_a_token_without_its_suffix_is_not_found(self, people: People) -> None:
        path = people.client.post("/v1/appointments/calendar").json_body["path"]
        assert people.nobody.get(path.removesuffix(".ics")).status_code == 404


class TestFile:
    def test_a_file_adds_the_appointment(self, people: People, appointment: Any) -> None:
        answer = get_file(people.client, appointment)
        (event,) = parse_events(answer)
        assert str(event["UID"]) == f"{appointment['id']}@artist-booking"
        assert b"METHOD:REQUEST\r\n" in answer.body
        assert answer.headers["content-type"] == "text/calendar; method=REQUEST; charset=utf-8"
        # Both are required by RFC 5546, 3.2.2. Nobody else's address is shown.
        assert str(event["ORGANIZER"]) == "invalid:nomail"
        assert str(event["ATTENDEE"]) == "mailto:someone@example.com"

    def test_the_file_of_a_cancelled_appointment_removes_it(
        self, people: People, appointment: Any
    ) -> None:
        people.artist.post(f"/v1/appointments/{appointment['id']}/cancel")
        answer = get_file(people.client, appointment)
        (event,) = parse_events(answer)
        assert b"METHOD:CANCEL\r\n" in answer.body
        assert answer.headers["content-type"] == "text/calendar; method=CANCEL; charset=utf-8"
        assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CANCELLED", 1)

    def test_strangers_do_not_get_the_file(self, people: People, appointment: Any) -> None:
        for stranger in (people.other_client, people.other_artist):
            assert get_file(stranger, appointment).status_code == 404
        assert get_file(people.nobody, appointment).status_code == 401
