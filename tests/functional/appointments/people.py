"""Helpers for using appointments over HTTP and for reading what its table holds."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from chalice.test import HTTPResponse

from appointments import store
from appointments.app import app
from appointments.models import Appointment, CalendarDay, CalendarEntry
from appointments.rules.calendar import list_days
from appointments.store.days import decode_day
from appointments.store.table import PROFILE, RELATION
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from tests.support import streams
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # 09:00 in Berlin

ARTIST = "usr_01JD0000000000000000000AAA"
OTHER_ARTIST = "usr_01JD0000000000000000000BBB"
CLIENT = "usr_01JD0000000000000000000CCC"
OTHER_CLIENT = "usr_01JD0000000000000000000DDD"

COPIED = (PROFILE, RELATION)
BERLIN = "Europe/Berlin"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# An hour on the hour, without buffers, notice or deposit, which is confirmed immediately.
SERVICE: Mapping[str, Any] = {
    "name": "Fine line tattoo",
    "durationMinutes": 60,
    "price": {"amount": 12000, "currency": "EUR"},
    "slotIntervalMinutes": 60,
    "minimumNoticeMinutes": 0,
}


class People:
    """Two artists, two clients and an anonymous caller, with their usual actions."""

    artist: ApiClient = client_for(app).as_user(ARTIST, Role.ARTIST)
    client: ApiClient = client_for(app).as_user(CLIENT, Role.CLIENT)
    other_artist: ApiClient = client_for(app).as_user(OTHER_ARTIST, Role.ARTIST)
    other_client: ApiClient = client_for(app).as_user(OTHER_CLIENT, Role.CLIENT)
    nobody: ApiClient = client_for(app)

    def set_hours(
        self, *windows: str, zone: str = BERLIN, by: ApiClient | None = None, **fields: Any
    ) -> None:
        """Set the hours of an artist: these windows (by default `09:00-17:00`) every day."""
        body = {"timeZone": zone, "weekly": week(*windows or ("09:00-17:00",)), **fields}
        answer = (by or self.artist).put("/v1/appointments/availability", json=body)
        assert answer.status_code == 200, answer.body

    def create_service(self, by: ApiClient | None = None, **fields: Any) -> str:
        """Create SERVICE with these fields of the API changed, and return its id."""
        body = {**SERVICE, **fields}
        answer = (by or self.artist).post("/v1/appointments/services", json=body)
        assert answer.status_code == 201, answer.body
        service_id: str = answer.json_body["id"]
        return service_id

    def open_studio(self, **fields: Any) -> str:
        """Set the artist's hours, create a service, and return its id."""
        self.set_hours()
        return self.create_service(**fields)

    def try_hold(
        self, service_id: str, starts_at: str, by: ApiClient | None = None
    ) -> HTTPResponse:
        """Request a hold as the client, unless `by` says otherwise."""
        body = {"serviceId": service_id, "startsAt": starts_at}
        return (by or self.client).post("/v1/appointments/holds", json=body)

    def try_book(
        self, service_id: str, starts_at: str, by: ApiClient | None = None, **fields: Any
    ) -> HTTPResponse:
        """Request a booking as the client, unless `by` says otherwise."""
        body = {"serviceId": service_id, "startsAt": starts_at, **fields}
        return (by or self.client).post("/v1/appointments", json=body)

    def book(
        self, service_id: str, starts_at: str, by: ApiClient | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Book a slot like `try_book`, require success, and return the appointment."""
        answer = self.try_book(service_id, starts_at, by, **fields)
        assert answer.status_code == 201, answer.body
        appointment: dict[str, Any] = answer.json_body
        return appointment

    def move(
        self, appointment_id: str, starts_at: str, by: ApiClient | None = None
    ) -> dict[str, Any]:
        """Move an appointment as the client, unless `by` says otherwise, at the previewed cost."""
        path, body = f"/v1/appointments/{appointment_id}/reschedule", {"startsAt": starts_at}
        shown = (by or self.client).post(f"{path}?preview=true", json=body)
        assert shown.status_code == 200, shown.body
        body["version"] = shown.json_body["version"]
        answer = (by or self.client).post(path, json=body)
        assert answer.status_code == 200, answer.body
        appointment: dict[str, Any] = answer.json_body
        return appointment

    def get_slots(self, service_id: str, **query: Any) -> HTTPResponse:
        """Search for free slots anonymously; `from_` is the query's `from`."""
        fields = {"artistId": _get_artist_id(service_id), "serviceId": service_id, **query}
        return self.nobody.get(f"/v1/appointments/slots?{encode_query(fields)}")

    def list_free_starts(self, service_id: str, **query: Any) -> list[str]:
        """Search like `get_slots`, require a single page, and return the local starts."""
        answer = self.get_slots(service_id, **query)
        assert answer.status_code == 200, answer.body
        assert answer.json_body["nextCursor"] is None
        return [slot["local"] for slot in answer.json_body["items"]]


def week(*windows: str) -> dict[str, list[dict[str, str]]]:
    """Return the same windows (`09:00-17:00`) for every weekday, as the API takes them."""
    spans = [window.split("-") for window in windows]
    return {day: [{"start": start, "end": end} for start, end in spans] for day in WEEKDAYS}


def encode_query(query: Mapping[str, Any]) -> str:
    """Return a query string.

    A trailing underscore, which keeps names apart from Python keywords, is dropped.
    """
    return "&".join(
        f"{name.rstrip('_')}={str(value).replace('+', '%2B')}" for name, value in query.items()
    )


# ---- table -------------------------------------------------------------------------------------


everything = partial(streams.items, "appointments")


def list_created() -> list[dict[str, Any]]:
    """Return everything in the table but copies of people and their relations."""
    return [item for item in everything() if not item["sk"]["S"].startswith(COPIED)]


outbox = partial(published, "appointments")


def list_events_since(before: list[DomainEvent]) -> list[DomainEvent]:
    """Return the events published since `outbox()` returned `before`."""
    known = {event.id for event in before}
    return [event for event in outbox() if event.id not in known]


def days(artist_id: str = ARTIST) -> dict[date, CalendarDay]:
    """Return an artist's calendar days, lapsed entries included."""
    return dict(_iterate_days(artist_id))


def entries(artist_id: str = ARTIST) -> dict[str, CalendarEntry]:
    """Return the entries of an artist's calendar by id.

    Fails unless each entry lies in exactly the days it touches.
    """
    calendar_days = days(artist_id)
    by_id = {entry.id: entry for day in calendar_days.values() for entry in day.entries}
    for entry in by_id.values():
        lies_in = {day for day, stored in calendar_days.items() if entry in stored.entries}
        assert lies_in == set(list_days(entry))
    return by_id


def appointment(appointment_id: str) -> Appointment:
    """Return the stored appointment."""
    stored = store.find_appointment(appointment_id)
    assert stored is not None
    return stored


def _iterate_days(artist_id: str) -> Iterator[tuple[date, CalendarDay]]:
    for item in everything():
        if item["pk"]["S"] == f"CALENDAR#{artist_id}" and item["sk"]["S"].startswith("DAY#"):
            day, _, external = item["sk"]["S"].removeprefix("DAY#").partition("#")
            if not external:
                yield date.fromisoformat(day), decode_day(artist_id, item)


def _get_artist_id(service_id: str) -> str:
    return f"usr_{service_id.split('_')[1]}"
