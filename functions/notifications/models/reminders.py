"""Reminders: what is to be sent at a time, because of an appointment or a birthday."""

from datetime import datetime
from enum import StrEnum

import msgspec

from shared.data.mongodb import Record


class ReminderKind(StrEnum):
    """A kind of message that is sent at a time."""

    REMINDER = "reminder"
    FOLLOW_UP = "follow_up"
    AFTERCARE = "aftercare"
    REVIEW_REQUEST = "review_request"
    BIRTHDAY = "birthday"
    DEPOSIT = "deposit"


class AppointmentState(Record, frozen=True):
    """What the event of the newest version of an appointment says.

    Attributes:
        version: Version of the appointment.
        since: When that version came to be.
        time_zone: Time zone of its place.
        location: Its place, as the artist wrote it.
        proposal_id: The proposal whose sittings belong together; None for a single appointment.
        sequence: SEQUENCE of its iCalendar event.
    """

    version: int
    status: str
    starts_at: datetime
    ends_at: datetime
    since: datetime
    time_zone: str
    service_name: str
    location: str
    proposal_id: str | None = None
    sequence: int = 0


class Reminders(Record, frozen=True):
    """The reminders of an appointment, or those of a client's birthday.

    Everything that is to be sent is computed of it, the artist's settings and the present time
    (`rules/reminder_times.py`), so that it holds no times that could become outdated, except for
    the next one.

    Attributes:
        id: Id of the appointment; for a birthday, those of the artist and the client.
        appointment: None for a birthday.
        due_at: When the sweeper looks at it next; None for never.
        sent_through: What was due up to then was sent, or will never be.
        is_outdated: Whether `due_at` has to be computed again, because of other settings.
        claim: The sweeper that is looking at it; None for none, and after every other change, so
            that the sweeper does not overwrite it.
        lease_until: No other sweeper looks at it until then.
        expires_at: Instant at which the document is deleted.
    """

    id: str = msgspec.field(name="_id")
    artist_id: str
    client_id: str
    appointment: AppointmentState | None = None
    due_at: datetime | None = None
    sent_through: datetime | None = None
    is_outdated: bool = False
    claim: str | None = None
    lease_until: datetime | None = None
    expires_at: datetime | None = None


class ReminderReference(Record, frozen=True):
    """What a message reminds of, so that it is not sent once that has changed.

    Attributes:
        appointment_id: The appointment.
        anchor: What the time was computed of when the message was written: the start of an
            appointment that is to come, the end of one that is over, the deadline of a deposit.
        version: Version of the deposit; None of everything else.
    """

    appointment_id: str
    kind: ReminderKind
    anchor: datetime
    version: int | None = None
