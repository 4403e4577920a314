"""Republication: appointments are published again, for features that began to keep copies of them.

An operator's command asks for it, or an artist who has them written to a calendar. The event says
what was agreed and when, and notifies nobody.
"""

from datetime import datetime, timedelta

from appointments import events, store
from appointments.models import Appointment, AppointmentSide
from appointments.schemas import RepublishAppointmentsRequest, RepublishedAppointments

PAGE_SIZE = 50  # appointments, whose events one transaction saves
LONGEST = timedelta(days=1)  # of an appointment, so that one that has begun is found


def republish(request: RepublishAppointmentsRequest, now: datetime) -> RepublishedAppointments:
    """Publish the appointments of some clients again, and return their number."""
    return RepublishedAppointments(sum(_republish(user_id, now) for user_id in request.user_ids))


def republish_ahead(artist_id: str, now: datetime) -> None:
    """Publish the appointments of an artist again that are not over, whatever their status.

    Those that do not take place are among them: their events may have come before their copies.
    """
    _republish_all(AppointmentSide.ARTIST, artist_id, now, since=now - LONGEST)


def republish_availability(artist_id: str, now: datetime) -> None:
    """Publish the opening hours of an artist again, if they have set any."""
    availability = store.find_availability(artist_id)
    if availability is not None:
        store.commit(events=[events.availability_event(artist_id, availability, now)])


def _republish(client_id: str, now: datetime) -> int:
    return _republish_all(AppointmentSide.CLIENT, client_id, now)


def _republish_all(
    side: AppointmentSide, user_id: str, now: datetime, since: datetime | None = None
) -> int:
    after, published = None, 0
    while True:
        page, after = store.list_records(
            Appointment, side, user_id, since=since, limit=PAGE_SIZE, after=after
        )
        if page:  # DynamoDB takes no transaction without writes
            recorded = [events.recorded_data(one, _get_agreement(one)) for one in page]
            store.commit(
                events=[events.create_event(one.appointment_id, one, now) for one in recorded]
            )
        published += len(page)
        if after is None:
            return published


def _get_agreement(appointment: Appointment) -> datetime:
    """Return when the policies of an appointment were agreed on: with its proposal, if any."""
    proposal_id = appointment.project.proposal_id if appointment.project else None
    proposal = store.find_proposal(proposal_id) if proposal_id else None
    return proposal.created_at if proposal else appointment.created_at
