"""Republication: appointments are published again, for features that began to keep copies of them.

An operator's command asks for it. The event says what was agreed and when, and notifies nobody.
"""

from datetime import datetime

from appointments import events, store
from appointments.models import Appointment, AppointmentSide
from appointments.schemas import RepublishAppointmentsRequest, RepublishedAppointments

PAGE_SIZE = 50  # appointments, whose events one transaction saves


def republish(request: RepublishAppointmentsRequest, now: datetime) -> RepublishedAppointments:
    """Publish the appointments of some clients again, and return their number."""
    return RepublishedAppointments(sum(_republish(user_id, now) for user_id in request.user_ids))


def _republish(client_id: str, now: datetime) -> int:
    after, published = None, 0
    while True:
        page, after = store.list_records(
            Appointment, AppointmentSide.CLIENT, client_id, limit=PAGE_SIZE, after=after
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
