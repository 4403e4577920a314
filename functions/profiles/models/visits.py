"""Visits: copies of a client's appointments with an artist."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from domain.money import Money


class VisitStatus(StrEnum):
    """The state of a visit. All but `confirmed` are final, unless the artist corrects a mistake."""

    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Visit(Struct, frozen=True):
    """A copy of an appointment.

    Attributes:
        version: Version of the appointment that was copied.
    """

    appointment_id: str
    artist_id: str
    client_id: str
    service_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: VisitStatus
    price: Money
    version: int

    def is_newer_than(self, stored: "Visit | None") -> bool:
        """Return whether this copy is newer than the stored one."""
        return stored is None or self.version > stored.version
