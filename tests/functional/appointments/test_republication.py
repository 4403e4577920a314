"""Republication: appointments are published again as they were agreed, and nobody is notified."""

from datetime import timedelta
from typing import Any

from time_machine import TimeMachineFixture

from appointments.schemas import RepublishAppointmentsRequest
from appointments.use_cases import republication
from shared.platform.clock import now
from tests.functional.appointments import people as table
from tests.functional.appointments.background import consume
from tests.functional.appointments.people import ARTIST, CLIENT, OTHER_CLIENT, People
from tests.functional.appointments.test_deposits import accept_project

NEXT_WEEK = "2026-03-20T09:00:00Z"


def list_agreements(type_: str) -> list[Any]:
    """Return what the events of a type say about each appointment, in the order of their ids."""
    fields = ("appointmentId", "artistId", "clientId", "serviceId", "agreedAt")
    return sorted([event.data[field] for field in fields] for event in table.outbox(type_))


def test_appointments_of_clients_are_published_again_as_they_were_agreed(
    people: People, clock: TimeMachineFixture
) -> None:
    accept_project(people, sittings=2)
    clock.shift(3600)
    people.book(people.create_service(), NEXT_WEEK)
    clock.shift(3600)
    before, agreed = table.outbox(), list_agreements("appointment.created")
    request = RepublishAppointmentsRequest([CLIENT, OTHER_CLIENT])
    assert republication.republish(request, now()).appointments == len(agreed) == 3
    assert list_agreements("appointment.recorded") == agreed
    published = {event.type for event in table.list_events_since(before)}
    assert published == {"appointment.recorded"}


def test_appointments_ahead_are_published_for_the_calendar_that_an_artist_chose(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    over = people.book(service_id, "2026-03-03T09:00:00Z")
    clock.shift(timedelta(days=3))
    ahead = people.book(service_id, NEXT_WEEK)
    cancelled = people.book(service_id, "2026-03-21T09:00:00Z")
    path = f"/v1/appointments/{cancelled['id']}/cancel"
    version = people.client.post(f"{path}?preview=true", json={"reason": "Ill."}).json_body
    people.client.post(path, json={"reason": "Ill.", "version": version["version"]})
    before = table.outbox()
    consume("social_calendar.writing_changed", {"artistId": ARTIST, "recordId": "scl_1"})
    recorded = table.list_events_since(before)
    assert {event.type for event in recorded} == {"appointment.recorded"}
    statuses = {event.data["appointmentId"]: event.data["status"] for event in recorded}
    assert statuses == {ahead["id"]: "confirmed", cancelled["id"]: "cancelled"}
    assert over["id"] not in statuses
