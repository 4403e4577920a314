"""What a deleted account means here: nothing of it goes on, and what was said is forgotten.

Each run does what it finds left to do, so one that died is finished by the next: of the event when
it comes again, or of the sweeper.
"""

from datetime import datetime, timedelta
from functools import partial

import msgspec

from appointments import store
from appointments.models import (
    Appointment,
    Erasure,
    Proposal,
    ProposalStatus,
    Side,
    Wait,
    WaitStatus,
)
from appointments.rules.transitions import LIVE
from appointments.use_cases import calendar_feeds, lifecycle, proposals, services, waitlist
from shared.data.conflicts import retry_on_conflict

# An access token outlives its account by minutes; what it may still do, a last look erases.
LAST_LOOK_AFTER = timedelta(hours=1)
# By then a run is done, or died.
NEXT_RUN_AFTER = timedelta(minutes=10)


def begin(user_id: str, deleted_at: datetime, now: datetime) -> None:
    """Erase what is kept of a user whose account was deleted at that instant."""
    erase(Erasure(user_id, deleted_at, now), now)


def erase(erasure: Erasure, now: datetime) -> None:
    """Erase what is kept of the user by now, and see to it that it is looked at again."""
    user_id, last_look = erasure.user_id, erasure.deleted_at + LAST_LOOK_AFTER
    store.keep_erasure(msgspec.structs.replace(erasure, due_at=now + NEXT_RUN_AFTER))
    store.forget_artist(user_id)  # without hours nothing is bookable any more
    for service in store.find_services(user_id):
        retry_on_conflict(partial(_take_out, user_id, service.id, now))()
    for side in (Side.ARTIST, Side.CLIENT):
        _end_all(user_id, side, now)
    calendar_feeds.forget(user_id)
    store.forget_person(user_id)
    if now < last_look:
        store.keep_erasure(msgspec.structs.replace(erasure, due_at=last_look))
    else:
        store.end_erasure(user_id)


def _take_out(artist_id: str, service_id: str, now: datetime) -> None:
    service = store.find_service(artist_id, service_id)
    if service is not None:
        services.take_out(service, now)


def _end_all(user_id: str, side: Side, now: datetime) -> None:
    """End what the user takes part in on that side, and forget what was said in it."""
    for proposal in store.list_records(Proposal, side, user_id)[0]:
        if proposal.status is ProposalStatus.SENT:
            retry_on_conflict(partial(_end_proposal, proposal.id, side, now))()
        if proposal.consultation_id and proposal.message:  # it repeats what the client asked for
            retry_on_conflict(partial(_forget_message, proposal.id, now))()
    for appointment in store.list_records(Appointment, side, user_id)[0]:
        if _is_ahead(appointment, now):
            retry_on_conflict(partial(_cancel, appointment.id, side, now))()
        if _has_words(appointment, side):
            retry_on_conflict(partial(_forget_words, appointment.id, now))()
    ended = WaitStatus.LEFT if side is Side.CLIENT else WaitStatus.EXPIRED
    for wait in store.list_records(Wait, side, user_id)[0]:
        retry_on_conflict(partial(waitlist.take_off, wait.id, ended, now))()


def _end_proposal(proposal_id: str, side: Side, now: datetime) -> None:
    proposal = store.find_proposal(proposal_id)
    assert proposal is not None
    proposals.end_for_deleted(side, proposal, now)


def _forget_message(proposal_id: str, now: datetime) -> None:
    proposal = store.find_proposal(proposal_id)
    assert proposal is not None
    forgotten = msgspec.structs.replace(
        proposal, message="", updated_at=now, version=proposal.version + 1
    )
    store.commit(records=[forgotten])


def _is_ahead(appointment: Appointment, now: datetime) -> bool:
    """Whether it must not take place; of one that has begun the other says what became of it."""
    return appointment.status in LIVE and appointment.starts_at > now


def _cancel(appointment_id: str, side: Side, now: datetime) -> None:
    appointment = store.find_appointment(appointment_id)
    assert appointment is not None
    if _is_ahead(appointment, now):
        lifecycle.cancel_by_system(appointment, f"The account of the {side} was deleted.", now)


def _has_words(appointment: Appointment, side: Side) -> bool:
    """Whether it says something of a client who is gone, or of one that only the artist knew."""
    if side is Side.ARTIST and appointment.client_id is not None:
        return False
    return bool(appointment.notes or appointment.walk_in_name or _own_reason(appointment))


def _own_reason(appointment: Appointment) -> str:
    return appointment.reason if appointment.closed_by is Side.CLIENT else ""


def _forget_words(appointment_id: str, now: datetime) -> None:
    appointment = store.find_appointment(appointment_id)
    assert appointment is not None
    reason = "" if _own_reason(appointment) else appointment.reason
    forgotten = lifecycle.changed(appointment, now, notes="", walk_in_name="", reason=reason)
    store.commit(records=[forgotten])
