"""What a deleted account means here: nothing of it goes on, and what was said is forgotten.

Each run does what it finds left to do, so one that died is finished by the next: of the event when
it comes again, or of the sweeper.
"""

from datetime import datetime, timedelta
from functools import partial

import msgspec

from appointments import catalogue, changes, feeds, proposals, store, waitlist
from appointments.contention import settled
from appointments.records import (
    ON_THE_LIST,
    Appointment,
    Erasure,
    Proposal,
    Side,
    Wait,
    WaitStatus,
)
from appointments.transitions import LIVE

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
        settled(partial(_take_out, user_id, service.id, now))
    for side in (Side.ARTIST, Side.CLIENT):
        _end_all(user_id, side, now)
    feeds.forget(user_id)
    store.forget_person(user_id)
    if now < last_look:
        store.keep_erasure(msgspec.structs.replace(erasure, due_at=last_look))
    else:
        store.end_erasure(user_id)


def _take_out(artist_id: str, service_id: str, now: datetime) -> None:
    service = store.find_service(artist_id, service_id)
    if service is not None:
        catalogue.take_out(service, now)


def _end_all(user_id: str, side: Side, now: datetime) -> None:
    """End what the user takes part in on that side, and forget what was said in it."""
    for proposal in store.list_records(Proposal, side, user_id)[0]:
        settled(partial(_end_proposal, proposal.id, side, now))
    for appointment in store.list_records(Appointment, side, user_id)[0]:
        settled(partial(_cancel, appointment.id, side, now))
        settled(partial(_forget_words, appointment.id, side, now))
    for wait in store.list_records(Wait, side, user_id)[0]:
        settled(partial(_end_wait, wait.id, side, now))


def _end_proposal(proposal_id: str, side: Side, now: datetime) -> None:
    proposal = store.find_proposal(proposal_id)
    assert proposal is not None
    proposals.end_for_deleted(side, proposal, now)


def _cancel(appointment_id: str, side: Side, now: datetime) -> None:
    """Cancel it, unless it has started: then the other side says what became of it."""
    appointment = store.find_appointment(appointment_id)
    assert appointment is not None
    if appointment.status in LIVE and appointment.starts_at > now:
        changes.cancel_by_system(appointment, f"The account of the {side} was deleted.", now)


def _forget_words(appointment_id: str, side: Side, now: datetime) -> None:
    """Forget what was written in a client's appointment, or in one that only an artist had."""
    appointment = store.find_appointment(appointment_id)
    assert appointment is not None
    if side is Side.ARTIST and appointment.client_id is not None:
        return
    reason = "" if appointment.closed_by is Side.CLIENT else appointment.reason
    if (appointment.notes, appointment.walk_in_name, appointment.reason) != ("", "", reason):
        forgotten = changes.changed(appointment, now, notes="", walk_in_name="", reason=reason)
        store.commit(records=[forgotten])


def _end_wait(wait_id: str, side: Side, now: datetime) -> None:
    wait = store.find_wait(wait_id)
    if wait is not None and wait.status in ON_THE_LIST:
        waitlist.end(wait, WaitStatus.LEFT if side is Side.CLIENT else WaitStatus.EXPIRED, now)
