"""Messages that are due at a time: reminders of an appointment, what follows it, and birthdays."""

from datetime import datetime

import msgspec

from domain import quotation
from domain.ids import new_id
from notifications.events import RecordLink
from notifications.models import (
    AppointmentState,
    Invitation,
    MessageCategory,
    ReminderKind,
    ReminderReference,
    Reminders,
    ReminderSettings,
)
from notifications.notices import booking_notice, parties
from notifications.notices.booking_notice import Variables
from notifications.notices.parties import Parties
from notifications.rules import map_links, reminder_times, review_links
from notifications.rules.reminder_times import Occurrence
from notifications.store import conversations
from notifications.use_cases.dispatch import Cause

TEMPLATES = {
    ReminderKind.REMINDER: ("appointment-reminder", MessageCategory.BOOKING),
    ReminderKind.FOLLOW_UP: ("follow-up", MessageCategory.AFTERCARE),
    ReminderKind.AFTERCARE: ("aftercare", MessageCategory.AFTERCARE),
    ReminderKind.REVIEW_REQUEST: ("review-request", MessageCategory.REVIEW),
    ReminderKind.BIRTHDAY: ("birthday", MessageCategory.MARKETING),
}


def send(
    reminders: Reminders, occurrence: Occurrence, settings: ReminderSettings, now: datetime
) -> None:
    """Send the client what is due, once, unless the client or the artist blocks the other."""
    both = parties.find(reminders.artist_id, reminders.client_id)
    if both.client.contact is None or both.artist.contact is None:
        return
    if conversations.is_blocked(reminders.artist_id, reminders.client_id):
        return
    kind, state = occurrence.kind, reminders.appointment
    template, category = TEMPLATES[kind]
    anchor = None if state is None else reminder_times.get_anchor(kind, state)
    names: Variables = {"artistName": both.artist.name}
    if state is None:
        names["clientName"] = both.client.name
        link = RecordLink("artists", "artistId", reminders.artist_id)
        variables: Variables = {}
    else:
        link = RecordLink("appointments", "appointmentId", reminders.id)
        variables = _build_variables(occurrence, state, settings)
    booking_notice.send(
        both.client,
        template,
        names | variables,
        Cause(
            reminder_times.build_event_id(reminders.id, occurrence, anchor),
            new_id("ntf"),
            good_until=occurrence.good_until,
            about=(reminders.artist_id, reminders.client_id),
            billed_to=reminders.artist_id,
            reminder=None
            if anchor is None
            else ReminderReference(appointment_id=reminders.id, kind=kind, anchor=anchor),
        ),
        now,
        link=link,
        invitation=_build_invitation(reminders, kind, both),
        category=category,
        channels=settings.get_switches(kind).list_channels(),
    )


class _Booked(msgspec.Struct, frozen=True):
    """The appointment of a reminder, as calendars show it."""

    appointment_id: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    status: str
    service_name: str
    location: str


def _build_invitation(reminders: Reminders, kind: ReminderKind, both: Parties) -> Invitation | None:
    """Build the appointment for the calendar of a client who is reminded of it."""
    state = reminders.appointment
    if state is None or kind is not ReminderKind.REMINDER:
        return None
    booked = _Booked(
        reminders.id,
        state.sequence,
        state.starts_at,
        state.ends_at,
        state.status,
        state.service_name,
        state.location,
    )
    return booking_notice.build_invitation(booked, both, both.client, state.since)


def _build_variables(
    occurrence: Occurrence, state: AppointmentState, settings: ReminderSettings
) -> Variables:
    service = booking_notice.build_service_variables(state.service_name)
    match occurrence.kind:
        case ReminderKind.REMINDER:
            location = quotation.quote(state.location, quotation.MAX_PLACE) or None
            place: Variables = {"location": location, "mapUrl": map_links.build(state.location)}
            times = booking_notice.build_time_variables(state.starts_at, state.time_zone)
            return service | times | place
        case ReminderKind.AFTERCARE:
            return service | {"day": occurrence.number, "days": settings.aftercare.days}
        case ReminderKind.REVIEW_REQUEST:
            links = settings.review_request.links
            google = review_links.get_google_link(links)
            first = google or links.facebook or links.custom
            return service | {
                "reviewUrl": first,
                "googleUrl": google,
                "facebookUrl": links.facebook,
                "customUrl": links.custom,
            }
    return service
