"""Appointments in calendars, as their artist sees and decides about them."""

from typing import Literal

from domain.types import Instant
from shared.http.decoding import Input, Output
from social.models.bookings import AppointmentId, ChangeKind, EventTitle
from social.models.calendars import CalendarId


class WritingRequest(Input, frozen=True):
    """How appointments are written to calendars.

    Attributes:
        title: What the title of an event says: `booked` says nothing else, and
            `service_and_first_name` names the service and the client's first name to everybody who
            sees the calendar. Example: booked
    """

    title: EventTitle


class WritingView(Output, frozen=True):
    """How appointments are written to calendars.

    Attributes:
        title: What the title of an event says. Example: booked
    """

    title: EventTitle


class Acceptance(Output, frozen=True):
    """How to have the appointment follow the calendar.

    Attributes:
        action: What to do with the appointment: the calendar alone changes nothing.
            Example: reschedule
        path: The route that does it, which shows what it costs first.
            Example: /v1/appointments/apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC/reschedule
        starts_at: The new start to ask for; null for a cancellation, and where the event is at no
            single time. Example: 2030-01-31T15:00:00Z
    """

    action: Literal["reschedule", "cancel"]
    path: str
    starts_at: Instant | None


class CalendarChangeView(Output, frozen=True, kw_only=True):
    """A change of an appointment's event in a calendar, about which the artist decides.

    Attributes:
        calendar_name: Name of the calendar. Example: Work
        service_name: Name of the service. Example: Fine line tattoo
        change: What was done to the event. Example: moved
        booked_starts_at: When the appointment begins.
        booked_ends_at: When it ends.
        starts_at: When the event begins now; null if it was deleted, or is at no single time.
            Example: 2030-01-31T15:00:00Z
        ends_at: When it ends now; the same. Example: 2030-01-31T16:00:00Z
        noticed_at: When the change was noticed.
        keep: The route that has the event written again, as the appointment is.
            Example: /v1/social/calendar-changes/apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC/keep
        accept: How to have the appointment follow the calendar.
    """

    appointment_id: AppointmentId
    calendar_id: CalendarId
    calendar_name: str
    service_name: str
    change: ChangeKind
    booked_starts_at: Instant
    booked_ends_at: Instant
    starts_at: Instant | None
    ends_at: Instant | None
    noticed_at: Instant
    keep: str
    accept: Acceptance


class CalendarChangeList(Output, frozen=True):
    """The changes about which an artist has to decide.

    Attributes:
        items: The changes, the earliest appointment first.
    """

    items: list[CalendarChangeView]
