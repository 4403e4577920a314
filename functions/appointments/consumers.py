"""Consumers of domain events, our own included.

Events may come twice, late, or out of order. Each handler decides by the present state of the
records and not by the event, so a late event does no harm and a repeated one changes nothing.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import UNSET

from appointments import store
from appointments.events import (
    AccountDisconnected,
    AwayMessageEnabled,
    BlockChanged,
    BusyTimesChanged,
    ClientRequest,
    ConsultationChanged,
    ConsumedAppointment,
    ConsumedOpening,
    ConsumedProposal,
    ConsumedReschedule,
    ConsumedService,
    ConsumedServiceRemoval,
    ConversationOpened,
    FileCleaned,
    FileRemoved,
    PolicyPublished,
    PolicyWithdrawn,
    ProfileUpdated,
    UserDeleted,
    UserVerified,
    VoucherSaved,
    WritingChanged,
)
from appointments.models import Appointment, AppointmentSide, File, Person
from appointments.rules.transitions import LIVE
from appointments.rules.waitlist_matching import FreedTime
from appointments.use_cases import (
    connected_calendars,
    consultations,
    erasure,
    export,
    next_free,
    relations,
    republication,
    vouchers,
    waitlist,
)
from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data
from shared.http.caller import Role


def handle_policy_published(event: DomainEvent, _now: datetime) -> None:
    """Bind bookings to this policy version from now on, unless a newer event was consumed."""
    store.save_terms(decode_data(event, PolicyPublished).terms)


def handle_policy_withdrawn(event: DomainEvent, _now: datetime) -> None:
    """Bind bookings to this policy no longer, unless a newer event was consumed."""
    policy = decode_data(event, PolicyWithdrawn)
    store.withdraw_terms(policy.artist_id, policy.service_id, policy.kind, policy.number)


def handle_user_verified(event: DomainEvent, _now: datetime) -> None:
    """Save a copy of a new user, which the first event of profiles replaces."""
    user = decode_data(event, UserVerified)
    store.save_person(Person(user.user_id, user.role, user.name))


def handle_profile_updated(event: DomainEvent, now: datetime) -> None:
    """Save a copy of the user, unless a newer one is stored.

    Those who wait for an artist who takes new bookings again are offered what is free.
    """
    profile = decode_data(event, ProfileUpdated)
    before = store.find_person(profile.user_id, consistent=True)
    opened_by = before.books_opened_by if before else ""
    if profile.books_open and before is not None and not before.books_open:
        opened_by = event.id
    person = Person(
        id=profile.user_id,
        role=profile.role,
        name=profile.name,
        books_open=profile.books_open is not False,
        record_version=profile.record_version,
        books_opened_by=opened_by,
    )
    store.save_person(person)
    # Also when this event comes again, in case it was not published the first time. A rebuild
    # publishes a profile that has not changed, under another id.
    if profile.books_open and opened_by == event.id:
        waitlist.publish_open_books(person.id, event.id, now)
    if profile.role is Role.ARTIST:
        next_free.refresh(person.id, now, publish=True)


def handle_conversation_opened(event: DomainEvent, _now: datetime) -> None:
    """Let the artist work with a client who opened a conversation.

    One that the artist opened unasked counts once the client answers in it.
    """
    opened = decode_data(event, ConversationOpened)
    if opened.client_id is not None and opened.opened_by in (UNSET, opened.client_id):
        relations.record_request(opened.artist_id, opened.client_id)


def handle_client_request(event: DomainEvent, _now: datetime) -> None:
    """Let the artist work with a client who asked for something."""
    request = decode_data(event, ClientRequest)
    relations.record_request(request.artist_id, request.client_id)


def handle_block_changed(event: DomainEvent, _now: datetime) -> None:
    """Save whether one of the pair blocks the other."""
    block = decode_data(event, BlockChanged)
    if block.client_id is None:
        return
    is_artist = block.user_id == block.artist_id
    side = AppointmentSide.ARTIST if is_artist else AppointmentSide.CLIENT
    relations.record_block(
        block.artist_id, block.client_id, side, block.blocked, block.record_version
    )


def handle_file_cleaned(event: DomainEvent, _now: datetime) -> None:
    """Allow the file's owner to refer to it."""
    file = decode_data(event, FileCleaned)
    store.save_file(File(file.file_id, file.owner_id, file.record_version))


def handle_file_removed(event: DomainEvent, now: datetime) -> None:
    """Forbid new references to the file."""
    file = decode_data(event, FileRemoved)
    store.remove_file(file.file_id, file.record_version, now)


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase the data of the user."""
    erasure.begin(decode_data(event, UserDeleted).user_id, event.time, now)


def handle_waitlist_joined(event: DomainEvent, now: datetime) -> None:
    """Let the artist work with a client who waits, unless they have booked since: their wait ends.

    A booking that was made at the same moment may not have seen that its client waits.
    """
    handle_client_request(event, now)
    request = decode_data(event, ClientRequest)
    waitlist.end_for_later_bookings(request.artist_id, request.client_id, event.time, now)


def handle_relation_affected(event: DomainEvent, now: datetime) -> None:
    """End the waitlist entry of a client who has booked what they waited for.

    The artist may work with a client who booked; what the artist booked says nothing about that.
    """
    appointment = store.find_appointment(decode_data(event, ConsumedAppointment).appointment_id)
    if appointment is None:
        return
    is_asked = appointment.booked_by is AppointmentSide.CLIENT
    if is_asked and appointment.client_id is not None:
        relations.record_request(appointment.artist_id, appointment.client_id)
    _end_waitlist_entry(appointment, event, now)


def handle_appointment_ended(event: DomainEvent, now: datetime) -> None:
    """Offer the time of an appointment that does not take place to the waitlist."""
    ended = decode_data(event, ConsumedAppointment)
    _offer_time(ended.appointment_id, ended.starts_at, ended.ends_at, event, now)


def handle_appointment_rescheduled(event: DomainEvent, now: datetime) -> None:
    """Offer the previous time of an appointment to the waitlist.

    Its client no longer waits if they waited for the new time.
    """
    moved = decode_data(event, ConsumedReschedule)
    appointment = store.find_appointment(moved.appointment_id)
    if appointment is not None:
        _end_waitlist_entry(appointment, event, now)
    _offer_time(moved.appointment_id, moved.previous_starts_at, moved.previous_ends_at, event, now)


def handle_availability_opened(event: DomainEvent, now: datetime) -> None:
    """Offer time in which more can be booked than before to the waitlist."""
    opening = decode_data(event, ConsumedOpening)
    waitlist.offer_opened_time(opening, event.id, now)
    next_free.refresh(opening.artist_id, now)


def handle_service_saved(event: DomainEvent, now: datetime) -> None:
    """Look when the artist is free next."""
    next_free.refresh(decode_data(event, ConsumedService).artist_id, now)


def handle_service_removed(event: DomainEvent, now: datetime) -> None:
    """End the waitlist of a service that was deleted."""
    removal = decode_data(event, ConsumedServiceRemoval)
    waitlist.end_for_service(removal.artist_id, removal.service_id, now)
    next_free.refresh(removal.artist_id, now)


def handle_proposal_ended(event: DomainEvent, now: datetime) -> None:
    """Offer the sittings of a proposal that was not accepted to the waitlist."""
    proposal = store.find_proposal(decode_data(event, ConsumedProposal).proposal_id)
    if proposal is None:
        return
    for number, sitting in enumerate(proposal.sittings, 1):
        cause = f"{event.id}.{number}"
        freed = FreedTime.from_booking(proposal, sitting.starts_at, sitting.ends_at, cause)
        waitlist.offer_freed_time(freed, now)


def handle_consultation_requested(event: DomainEvent, now: datetime) -> None:
    """Copy the consultation, and let the artist work with its client."""
    handle_client_request(event, now)
    handle_consultation_changed(event, now)


def handle_consultation_changed(event: DomainEvent, now: datetime) -> None:
    """Update the copy of the consultation; when it ended, end its proposal."""
    consultations.apply_event(decode_data(event, ConsultationChanged), now)


def handle_voucher_saved(event: DomainEvent, now: datetime) -> None:
    """Keep a copy of a voucher, and redeem or void it where its artist asks for that."""
    vouchers.save_copy(decode_data(event, VoucherSaved), now)


def handle_busy_times_changed(event: DomainEvent, _now: datetime) -> None:
    """Block slots by the busy times of a connected calendar, unless newer ones are stored."""
    connected_calendars.replace_busy_times(decode_data(event, BusyTimesChanged), event.time)


def handle_account_disconnected(event: DomainEvent, _now: datetime) -> None:
    """Free the time that calendars of an account blocked."""
    disconnected = decode_data(event, AccountDisconnected)
    connected_calendars.end_account(disconnected.artist_id, disconnected.account_id, event.time)


def handle_writing_changed(event: DomainEvent, now: datetime) -> None:
    """Publish the artist's appointments ahead again, for the calendar that they are written to."""
    republication.republish_ahead(decode_data(event, WritingChanged).artist_id, now)


def handle_away_message_enabled(event: DomainEvent, now: datetime) -> None:
    """Publish the opening hours of an artist, of which messaging may have no copy."""
    republication.republish_availability(decode_data(event, AwayMessageEnabled).artist_id, now)


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what appointments stores about the user."""
    write_share(event, "appointments", export.gather)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.verified": handle_user_verified,
    "user.profile.updated": handle_profile_updated,
    "away_message.enabled": handle_away_message_enabled,
    "conversation.opened": handle_conversation_opened,
    "conversation.answered": handle_client_request,
    "conversation.block_changed": handle_block_changed,
    "waitlist.joined": handle_waitlist_joined,
    "file.cleaned": handle_file_cleaned,
    "file.removed": handle_file_removed,
    "policy.published": handle_policy_published,
    "policy.withdrawn": handle_policy_withdrawn,
    "export.requested": handle_export_requested,
    "user.deleted": handle_user_deleted,
    "relation.affected": handle_relation_affected,
    "appointment.cancelled": handle_appointment_ended,
    "appointment.declined": handle_appointment_ended,
    "appointment.expired": handle_appointment_ended,
    "appointment.rescheduled": handle_appointment_rescheduled,
    "availability.opened": handle_availability_opened,
    "service.saved": handle_service_saved,
    "service.removed": handle_service_removed,
    "proposal.declined": handle_proposal_ended,
    "proposal.withdrawn": handle_proposal_ended,
    "proposal.expired": handle_proposal_ended,
    "voucher.saved": handle_voucher_saved,
    "social_calendar.busy_times_changed": handle_busy_times_changed,
    "social_account.disconnected": handle_account_disconnected,
    "social_calendar.writing_changed": handle_writing_changed,
    "consultation.requested": handle_consultation_requested,
    "consultation.viewed": handle_consultation_changed,
    "consultation.responded": handle_consultation_changed,
    "consultation.scheduled": handle_consultation_changed,
    "consultation.declined": handle_consultation_changed,
    "consultation.cancelled": handle_consultation_changed,
    "consultation.expired": handle_consultation_changed,
    "consultation.reopened": handle_consultation_changed,
}
# Version 0.3 subscribed to it; some may still be in the queue.
EARLIER_HANDLERS = {"appointment.created": handle_relation_affected}


def handle(event: DomainEvent, now: datetime) -> None:
    """Handle an event.

    Raises:
        msgspec.ValidationError: Its data does not have the agreed form.
    """
    handler = HANDLERS.get(event.type) or EARLIER_HANDLERS[event.type]
    handler(event, now)


def _end_waitlist_entry(appointment: Appointment, event: DomainEvent, now: datetime) -> None:
    if appointment.status in LIVE:
        waitlist.end_for_booking(appointment, event.time, now)


def _offer_time(
    appointment_id: str, starts_at: datetime, ends_at: datetime, event: DomainEvent, now: datetime
) -> None:
    appointment = store.find_appointment(appointment_id)
    if appointment is not None:
        freed = FreedTime.from_booking(appointment, starts_at, ends_at, event.id)
        waitlist.offer_freed_time(freed, now)
