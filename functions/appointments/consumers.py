"""What events mean here, our own included. Each may come twice, late, or out of order.

What is done depends on how things stand now, not on what the event says of then: so a late one does
no harm, and the same again nothing.
"""

from collections.abc import Callable
from datetime import datetime

from appointments import store
from appointments.rules import waitlist_matching
from appointments.rules.transitions import LIVE
from appointments.schemas import (
    AppointmentHeard,
    AppointmentMoved,
    PolicyPublished,
    PolicyWithdrawn,
    ProposalHeard,
    ServiceRemoved,
    UserDeleted,
)
from appointments.use_cases import erasure, waitlist
from shared.events.domain_events import DomainEvent, decode_data


def policy_published(event: DomainEvent, _now: datetime) -> None:
    """Book by this policy from now on, unless a newer one was heard of."""
    store.keep_terms(decode_data(event, PolicyPublished).terms)


def policy_withdrawn(event: DomainEvent, _now: datetime) -> None:
    """Book by this policy no longer, unless a newer one was heard of."""
    ended = decode_data(event, PolicyWithdrawn)
    store.end_terms(ended.artist_id, ended.service_id, ended.kind, ended.form, ended.number)


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase what is kept of the user."""
    erasure.begin(decode_data(event, UserDeleted).user_id, event.time, now)


def appointment_created(event: DomainEvent, now: datetime) -> None:
    """Whoever waited for it waits no longer."""
    _has_time(decode_data(event, AppointmentHeard).appointment_id, event, now)


def appointment_ended(event: DomainEvent, now: datetime) -> None:
    """Its time is free: for those who wait."""
    heard = decode_data(event, AppointmentHeard)
    _free_again(heard.appointment_id, heard.starts_at, heard.ends_at, event, now)


def appointment_rescheduled(event: DomainEvent, now: datetime) -> None:
    """The time it had is free; whoever waited for the one it has now waits no longer."""
    moved = decode_data(event, AppointmentMoved)
    _has_time(moved.appointment_id, event, now)
    _free_again(moved.appointment_id, moved.previous_starts_at, moved.previous_ends_at, event, now)


def service_removed(event: DomainEvent, now: datetime) -> None:
    """Nobody waits for it any longer."""
    removed = decode_data(event, ServiceRemoved)
    waitlist.close(removed.artist_id, removed.service_id, now)


def proposal_ended(event: DomainEvent, now: datetime) -> None:
    """What was kept for its sittings is free: for those who wait."""
    proposal = store.find_proposal(decode_data(event, ProposalHeard).proposal_id)
    if proposal is None:
        return
    for number, sitting in enumerate(proposal.sittings, 1):
        cause = f"{event.id}.{number}"
        freed = waitlist_matching.by_booking(proposal, sitting.starts_at, sitting.ends_at, cause)
        waitlist.pass_on(freed, now)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "policy.published": policy_published,
    "policy.withdrawn": policy_withdrawn,
    "user.deleted": user_deleted,
    "appointment.created": appointment_created,
    "appointment.cancelled": appointment_ended,
    "appointment.declined": appointment_ended,
    "appointment.expired": appointment_ended,
    "appointment.rescheduled": appointment_rescheduled,
    "service.removed": service_removed,
    "proposal.declined": proposal_ended,
    "proposal.withdrawn": proposal_ended,
    "proposal.expired": proposal_ended,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Act on the event. Raises msgspec.ValidationError where its data is not what was agreed."""
    HANDLERS[event.type](event, now)


def _has_time(appointment_id: str, event: DomainEvent, now: datetime) -> None:
    appointment = store.find_appointment(appointment_id)
    if appointment is not None and appointment.status in LIVE:
        waitlist.booked(appointment, event.time, now)


def _free_again(
    appointment_id: str, starts_at: datetime, ends_at: datetime, event: DomainEvent, now: datetime
) -> None:
    appointment = store.find_appointment(appointment_id)
    if appointment is not None:
        waitlist.pass_on(
            waitlist_matching.by_booking(appointment, starts_at, ends_at, event.id), now
        )
