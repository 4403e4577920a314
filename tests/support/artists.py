"""Artists who can be booked, and the people who book them, made by use cases alone."""

from datetime import datetime
from typing import Any

from appointments.models import OpeningWindow, Service, WeeklyHours
from appointments.schemas import AvailabilityRequest, ServiceRequest
from appointments.use_cases import availability, services
from domain.ids import new_id
from domain.money import Money
from shared.http.caller import Caller, Role
from shared.platform import clock

ZONE = "Europe/Vienna"
DAY_AND_NIGHT = WeeklyHours(*[(OpeningWindow("00:00", "24:00"),)] * 7)


def person(role: Role = Role.CLIENT) -> Caller:
    """Return a new person."""
    return Caller(new_id("usr"), "someone@example.com", role, "ses_1")


def artist(time_zone: str = ZONE, weekly: WeeklyHours = DAY_AND_NIGHT) -> Caller:
    """Return an artist who is open day and night unless configured otherwise, without services."""
    caller = person(Role.ARTIST)
    request = AvailabilityRequest(time_zone=time_zone, weekly=weekly)
    availability.replace(caller, request, clock.now())
    return caller


def service_of(caller: Caller, now: datetime, **described: Any) -> Service:
    """Create a service of the artist: an hour for 200 EUR, booked directly, unless configured."""
    usual = {"name": "Tattoo", "duration_minutes": 60, "price": Money(20_000, "EUR")}
    return services.create(caller, ServiceRequest(**{**usual, **described}), now)
