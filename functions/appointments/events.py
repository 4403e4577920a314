"""What appointments tells the other features, complete enough that nobody must call back.

Names of people are not in them: who writes to people knows them by auth's events. `record_version`
counts the changes of the record, so that a consumer can tell which of two facts is the newer one.
"""

from datetime import datetime
from typing import Any

from appointments.models import (
    Appointment,
    DepositState,
    LedgerEntry,
    Mode,
    Money,
    Proposal,
    Service,
    Side,
    Status,
    Wait,
)
from shared.events.domain_events import EventData


class AppointmentData(EventData, frozen=True, kw_only=True):
    """What every fact about an appointment says. client_id: None for a walk-in without account.

    by: whose act it was. time_zone: in which the promise was made. sequence: that of its iCalendar
    event.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_id: str
    service_name: str
    location: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: Status
    price: Money
    by: Side
    proposal_id: str | None
    sequence: int
    record_version: int


class AppointmentCreated(AppointmentData, frozen=True, kw_only=True):
    """Somebody booked; it is confirmed or waits for the artist, as the status says."""

    type = "appointment.created"


class AppointmentConfirmed(AppointmentData, frozen=True, kw_only=True):
    """It is agreed, and takes place."""

    type = "appointment.confirmed"


class AppointmentDeclined(AppointmentData, frozen=True, kw_only=True):
    """The artist will not take it."""

    type = "appointment.declined"

    reason: str


class AppointmentRescheduled(AppointmentData, frozen=True, kw_only=True):
    """It takes place at another time than before. `fee`: what the client owes for the change."""

    type = "appointment.rescheduled"

    previous_starts_at: datetime
    previous_ends_at: datetime
    fee: int


class AppointmentCancelled(AppointmentData, frozen=True, kw_only=True):
    """It does not take place. `fee`: what the client owes for that."""

    type = "appointment.cancelled"

    reason: str
    fee: int


class AppointmentExpired(AppointmentData, frozen=True, kw_only=True):
    """Nobody answered in time; it does not take place."""

    type = "appointment.expired"


class AppointmentCompleted(AppointmentData, frozen=True, kw_only=True):
    """It took place."""

    type = "appointment.completed"


class AppointmentNoShow(AppointmentData, frozen=True, kw_only=True):
    """The client did not come. `fee`: what they owe for that."""

    type = "appointment.no_show"

    fee: int


class DepositData(EventData, frozen=True, kw_only=True):
    """What every fact about a deposit says. `amount`: what it was about, in minor units."""

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_name: str
    amount: int
    currency: str
    state: DepositState
    by: Side
    record_version: int


class DepositRequested(DepositData, frozen=True, kw_only=True):
    """The client is asked to pay."""

    type = "deposit.requested"


class DepositProofSubmitted(DepositData, frozen=True, kw_only=True):
    """The client says it is paid. files: what shows it, where these are the client's own."""

    type = "deposit.proof_submitted"

    files: tuple[str, ...]


class DepositConfirmed(DepositData, frozen=True, kw_only=True):
    """The artist has it."""

    type = "deposit.confirmed"


class DepositRejected(DepositData, frozen=True, kw_only=True):
    """The artist does not have it."""

    type = "deposit.rejected"


class DepositRefunded(DepositData, frozen=True, kw_only=True):
    """The artist gave it back."""

    type = "deposit.refunded"


class DepositForfeited(DepositData, frozen=True, kw_only=True):
    """The client lost it."""

    type = "deposit.forfeited"


class DepositTransferred(DepositData, frozen=True, kw_only=True):
    """It was applied to another sitting of the project."""

    type = "deposit.transferred"

    to_appointment_id: str


class ProposalData(EventData, frozen=True, kw_only=True):
    """What every fact about a proposal says. starts_at: of each sitting.

    consultation_id: of which consultation the artist says it comes.
    """

    proposal_id: str
    artist_id: str
    client_id: str
    service_id: str
    service_name: str
    starts_at: tuple[datetime, ...]
    time_zone: str
    total: Money
    expires_at: datetime
    consultation_id: str | None
    record_version: int


class ProposalSent(ProposalData, frozen=True, kw_only=True):
    """The artist proposes dates for a project."""

    type = "proposal.sent"


class ProposalAccepted(ProposalData, frozen=True, kw_only=True):
    """The client takes it: all its sittings are booked."""

    type = "proposal.accepted"

    appointment_ids: tuple[str, ...]


class ProposalDeclined(ProposalData, frozen=True, kw_only=True):
    """The client does not take it."""

    type = "proposal.declined"


class ProposalWithdrawn(ProposalData, frozen=True, kw_only=True):
    """The artist took it back."""

    type = "proposal.withdrawn"


class ProposalExpired(ProposalData, frozen=True, kw_only=True):
    """The client did not answer in time."""

    type = "proposal.expired"


class WaitlistData(EventData, frozen=True, kw_only=True):
    """What every fact about a place on a waitlist says."""

    waitlist_id: str
    artist_id: str
    client_id: str
    service_id: str
    service_name: str
    record_version: int


class WaitlistJoined(WaitlistData, frozen=True, kw_only=True):
    """Somebody waits for a slot."""

    type = "waitlist.joined"


class WaitlistOffered(WaitlistData, frozen=True, kw_only=True):
    """A freed slot is held for the first in line: book with `hold_id` until `answer_until`."""

    type = "waitlist.offered"

    starts_at: datetime
    ends_at: datetime
    time_zone: str
    hold_id: str
    answer_until: datetime


class WaitlistOpened(WaitlistData, frozen=True, kw_only=True):
    """A slot was freed; all who wait for it are told, and the first to book has it."""

    type = "waitlist.opened"

    starts_at: datetime
    ends_at: datetime
    time_zone: str


class ServiceSaved(EventData, frozen=True, kw_only=True):
    """A service was added to the catalogue, or changed."""

    type = "service.saved"

    service_id: str
    artist_id: str
    name: str
    description: str
    duration_minutes: int
    price: Money
    sittings: int
    mode: Mode
    record_version: int


class ServiceRemoved(EventData, frozen=True, kw_only=True):
    """A service was taken out of the catalogue."""

    type = "service.removed"

    service_id: str
    artist_id: str
    record_version: int


def about(appointment: Appointment, by: Side) -> dict[str, Any]:
    """The fields that every fact about an appointment has."""
    return {
        "appointment_id": appointment.id,
        "artist_id": appointment.artist_id,
        "client_id": appointment.client_id,
        "service_id": appointment.service.id,
        "service_name": appointment.service.name,
        "location": appointment.service.location,
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "time_zone": appointment.time_zone,
        "status": appointment.status,
        "price": appointment.price,
        "by": by,
        "proposal_id": appointment.project.proposal_id if appointment.project else None,
        "sequence": appointment.sequence,
        "record_version": appointment.version,
    }


def about_service(service: Service) -> ServiceSaved:
    """The fact that this is how a service stands now."""
    return ServiceSaved(
        service_id=service.id,
        artist_id=service.artist_id,
        name=service.name,
        description=service.description,
        duration_minutes=service.duration_minutes,
        price=service.price,
        sittings=service.sittings,
        mode=service.mode,
        record_version=service.version,
    )


_ABOUT_DEPOSITS: dict[DepositState, type[DepositData]] = {
    DepositState.REQUESTED: DepositRequested,
    DepositState.CONFIRMED: DepositConfirmed,
    DepositState.REJECTED: DepositRejected,
    DepositState.REFUNDED: DepositRefunded,
    DepositState.FORFEITED: DepositForfeited,
}


def about_deposit(appointment: Appointment, entry: LedgerEntry) -> DepositData:
    """The fact that this happened to the appointment's deposit; transfers have their own."""
    about = _deposit(appointment, entry)
    if entry.state is DepositState.PROOF_SUBMITTED:
        return DepositProofSubmitted(**about, files=entry.files)
    return _ABOUT_DEPOSITS[entry.state](**about)


def about_transfer(
    appointment: Appointment, entry: LedgerEntry, to_appointment_id: str
) -> DepositTransferred:
    """The fact that the appointment's deposit was applied to another sitting."""
    return DepositTransferred(**_deposit(appointment, entry), to_appointment_id=to_appointment_id)


def about_proposal(proposal: Proposal) -> dict[str, Any]:
    """The fields that every fact about a proposal has."""
    return {
        "proposal_id": proposal.id,
        "artist_id": proposal.artist_id,
        "client_id": proposal.client_id,
        "service_id": proposal.service.id,
        "service_name": proposal.service.name,
        "starts_at": tuple(sitting.starts_at for sitting in proposal.sittings),
        "time_zone": proposal.time_zone,
        "total": proposal.total,
        "expires_at": proposal.expires_at,
        "consultation_id": proposal.consultation_id,
        "record_version": proposal.version,
    }


def about_wait(wait: Wait, service_name: str) -> dict[str, Any]:
    """The fields that every fact about a place on a waitlist has."""
    return {
        "waitlist_id": wait.id,
        "artist_id": wait.artist_id,
        "client_id": wait.client_id,
        "service_id": wait.service_id,
        "service_name": service_name,
        "record_version": wait.version,
    }


def _deposit(appointment: Appointment, entry: LedgerEntry) -> dict[str, Any]:
    return {
        "appointment_id": appointment.id,
        "artist_id": appointment.artist_id,
        "client_id": appointment.client_id,
        "service_name": appointment.service.name,
        "amount": entry.amount,
        "currency": appointment.price.currency,
        "state": entry.state,
        "by": entry.by,
        "record_version": appointment.version,
    }
