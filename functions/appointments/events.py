"""Domain events that appointments publishes and consumes.

Published events are complete enough that no consumer has to call back. They hold no names of
people: a consumer that writes to people keeps its own copy of them. `record_version` counts the
changes of the record, so that a consumer can tell which of two events is newer.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from appointments.models import (
    Appointment,
    AppointmentSide,
    AppointmentStatus,
    Availability,
    BookingMode,
    ChargeEntry,
    ChargeEntryKind,
    ConsultationStatus,
    DepositState,
    LedgerEntry,
    OpeningWindow,
    Proposal,
    Relation,
    Schedule,
    Service,
    Voucher,
    VoucherState,
    WaitlistEntry,
)
from appointments.rules import balances, consent, openings
from domain.ids import new_id
from domain.money import Money
from domain.opening_hours import Span
from domain.policy_terms import Cost, DepositAmount, Kind, Terms
from domain.types import Instant
from shared.events import domain_events
from shared.events.domain_events import ConsumedEvent, DomainEvent, EventData
from shared.http.caller import Role


class AppointmentData(EventData, frozen=True, kw_only=True):
    """Data of every event about an appointment.

    Attributes:
        client_id: The client; None for a walk-in without an account.
        time_zone: Time zone of its place.
        by: Who acted.
        sequence: SEQUENCE of its iCalendar event (RFC 5545, 3.8.7.4).
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
    status: AppointmentStatus
    price: Money
    by: AppointmentSide
    proposal_id: str | None
    sequence: int
    record_version: int


class AppointmentCreated(AppointmentData, frozen=True, kw_only=True):
    """An appointment was booked; its status says whether it still needs the artist's consent.

    Attributes:
        agreed_at: When its policies were agreed on: when it was booked, or when the proposal that
            it comes from was sent.
    """

    type = "appointment.created"

    agreed_at: datetime


class AppointmentConfirmed(AppointmentData, frozen=True, kw_only=True):
    """An appointment was confirmed."""

    type = "appointment.confirmed"


class RelationAffected(AppointmentData, frozen=True, kw_only=True):
    """A booking may begin the relation of its artist and client, or end the client's wait."""

    type = "relation.affected"


class AppointmentDeclined(AppointmentData, frozen=True, kw_only=True):
    """The artist declined an appointment."""

    type = "appointment.declined"

    reason: str


class AppointmentChargeData(AppointmentData, frozen=True, kw_only=True):
    """Data of the events that may cost the client something.

    Attributes:
        fee: What the client owes for it, in minor units.
        explanation: The cost in words, as it was charged.
        policy: Kind of the policy whose clause sets the cost; None where none does.
        policy_number: Number of the version of that policy; None where the service sets the term.
    """

    fee: int
    explanation: str
    policy: Kind | None
    policy_number: int | None


class AppointmentRescheduled(AppointmentChargeData, frozen=True, kw_only=True):
    """An appointment was moved to another time."""

    type = "appointment.rescheduled"

    previous_starts_at: datetime
    previous_ends_at: datetime


class AppointmentCancelled(AppointmentChargeData, frozen=True, kw_only=True):
    """An appointment was cancelled."""

    type = "appointment.cancelled"

    reason: str


class AppointmentExpired(AppointmentData, frozen=True, kw_only=True):
    """The artist did not answer a booking in time."""

    type = "appointment.expired"


class AppointmentCompleted(AppointmentData, frozen=True, kw_only=True):
    """An appointment took place."""

    type = "appointment.completed"


class AppointmentNoShow(AppointmentChargeData, frozen=True, kw_only=True):
    """The client did not come."""

    type = "appointment.no_show"


class AppointmentCorrected(AppointmentData, frozen=True, kw_only=True):
    """The artist corrected a completion or a no-show that was a mistake.

    Attributes:
        previous_status: Status that was recorded by mistake.
    """

    type = "appointment.corrected"

    previous_status: AppointmentStatus
    reason: str


class AppointmentRecorded(EventData, frozen=True, kw_only=True):
    """An appointment exists: published on request, for copies that lack it. Nothing has changed.

    Attributes:
        time_zone: Time zone of its place.
        agreed_at: When its policies were agreed on.
        changed_at: When it was last changed.
        sequence: SEQUENCE of its iCalendar event (RFC 5545, 3.8.7.4).
        price: Price of the sitting.
    """

    type = "appointment.recorded"

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_id: str
    service_name: str
    location: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: AppointmentStatus
    proposal_id: str | None
    agreed_at: datetime
    changed_at: datetime
    record_version: int
    sequence: int
    price: Money


class DepositData(EventData, frozen=True, kw_only=True):
    """Data of every event about a deposit.

    Attributes:
        amount: Amount of the ledger entry, in minor units.
        by: Who acted.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_name: str
    amount: int
    currency: str
    state: DepositState
    by: AppointmentSide
    record_version: int


class PayableDepositData(DepositData, frozen=True, kw_only=True):
    """Data of the events about a deposit that the client has to pay.

    Attributes:
        due_at: When it is due; None while the artist has to answer the booking first.
        time_zone: The artist's time zone when the appointment was booked.
    """

    due_at: datetime | None
    time_zone: str


class DepositRequested(PayableDepositData, frozen=True, kw_only=True):
    """The client is asked for a deposit."""

    type = "deposit.requested"


class DepositProofSubmitted(DepositData, frozen=True, kw_only=True):
    """The client reported that the deposit is paid.

    Attributes:
        files: Files of the client that show the payment.
    """

    type = "deposit.proof_submitted"

    files: tuple[str, ...]


class DepositConfirmed(DepositData, frozen=True, kw_only=True):
    """The artist confirmed that the deposit arrived."""

    type = "deposit.confirmed"


class DepositRejected(PayableDepositData, frozen=True, kw_only=True):
    """The artist did not find the payment: the deposit is due anew."""

    type = "deposit.rejected"


class DepositDueSoon(PayableDepositData, frozen=True, kw_only=True):
    """A deposit that is not paid yet is due soon.

    Attributes:
        releases: Whether the dates are released when it is not paid by then.
    """

    type = "deposit.due_soon"

    releases: bool


class DepositOverdue(PayableDepositData, frozen=True, kw_only=True):
    """A deposit was not paid in time.

    Attributes:
        released: Whether the dates were released; they are kept otherwise.
    """

    type = "deposit.overdue"

    released: bool


class DepositWaived(DepositData, frozen=True, kw_only=True):
    """The artist does without the deposit."""

    type = "deposit.waived"


class DepositReinstated(DepositData, frozen=True, kw_only=True):
    """A forfeit of the deposit was undone: the artist holds the amount for the client again."""

    type = "deposit.reinstated"


class DepositSettled(DepositData, frozen=True, kw_only=True):
    """A part of the deposit paid charges."""

    type = "deposit.settled"


class DepositRefunded(DepositData, frozen=True, kw_only=True):
    """The artist returned the deposit, or a part of it."""

    type = "deposit.refunded"


class DepositForfeited(DepositData, frozen=True, kw_only=True):
    """The client lost the deposit, or a part of it."""

    type = "deposit.forfeited"


class DepositTransferred(DepositData, frozen=True, kw_only=True):
    """The deposit was transferred to another sitting of the project."""

    type = "deposit.transferred"

    to_appointment_id: str


class ChargeData(EventData, frozen=True, kw_only=True):
    """Data of every event about what an artist recorded for a charge.

    Attributes:
        number: Number of the charge within its appointment, from 1.
        kind: What happened.
        amount: Amount of the ledger entry, in minor units.
        due: What is open of the charge now, in minor units.
        by: Who acted.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_name: str
    number: int
    action: str
    kind: ChargeEntryKind
    amount: int
    due: int
    currency: str
    by: AppointmentSide
    note: str
    record_version: int


class ChargePaid(ChargeData, frozen=True, kw_only=True):
    """The client paid for a charge."""

    type = "charge.paid"


class ChargeRefunded(ChargeData, frozen=True, kw_only=True):
    """What was paid for a charge was returned."""

    type = "charge.refunded"


class ChargeSettled(ChargeData, frozen=True, kw_only=True):
    """A charge was paid out of the deposit."""

    type = "charge.settled"


class ChargeWaived(ChargeData, frozen=True, kw_only=True):
    """The artist does without a charge."""

    type = "charge.waived"


class ChargeReversed(ChargeData, frozen=True, kw_only=True):
    """A charge was a mistake: nothing of it is owed any more."""

    type = "charge.reversed"


class SittingPlace(Struct, frozen=True, rename="camel"):
    """Where a sitting takes place, and the time zone there."""

    location: str
    time_zone: str


class ProposalData(EventData, frozen=True, kw_only=True):
    """Data of every event about a proposal.

    Attributes:
        starts_at: Start of each sitting.
        places: Place of each sitting, in the same order.
        time_zone: Time zone of the first sitting's place.
        consultation_id: Consultation that it answers.
    """

    proposal_id: str
    artist_id: str
    client_id: str
    service_id: str
    service_name: str
    starts_at: tuple[datetime, ...]
    places: tuple[SittingPlace, ...]
    time_zone: str
    total: Money
    expires_at: datetime
    consultation_id: str | None
    record_version: int


class ProposalSent(ProposalData, frozen=True, kw_only=True):
    """The artist proposed dates for a project."""

    type = "proposal.sent"


class ProposalAccepted(ProposalData, frozen=True, kw_only=True):
    """The client accepted a proposal: all its sittings are booked.

    Attributes:
        appointment_ids: Appointment of each sitting.
        ends_at: End of each sitting.
    """

    type = "proposal.accepted"

    appointment_ids: tuple[str, ...]
    ends_at: tuple[datetime, ...]


class ProposalDeclined(ProposalData, frozen=True, kw_only=True):
    """The client declined a proposal."""

    type = "proposal.declined"


class ProposalWithdrawn(ProposalData, frozen=True, kw_only=True):
    """The artist withdrew a proposal, or it ended with its consultation.

    Attributes:
        replaced_by: Proposal for the same consultation that was sent or accepted instead.
    """

    type = "proposal.withdrawn"

    replaced_by: str | None = None


class ProposalExpired(ProposalData, frozen=True, kw_only=True):
    """The client did not answer a proposal in time."""

    type = "proposal.expired"


class WaitlistData(EventData, frozen=True, kw_only=True):
    """Data of every event about a waitlist entry.

    Attributes:
        waitlist_id: Id of the entry.
    """

    waitlist_id: str
    artist_id: str
    client_id: str
    service_id: str
    service_name: str
    record_version: int


class WaitlistJoined(WaitlistData, frozen=True, kw_only=True):
    """A client joined a waitlist."""

    type = "waitlist.joined"


class WaitlistOffered(WaitlistData, frozen=True, kw_only=True):
    """A freed slot is held for the client who is first in line.

    Attributes:
        location: Where the appointment would take place.
        time_zone: Time zone of that place.
        hold_id: Hold that the client can book.
        answer_until: When the offer ends.
    """

    type = "waitlist.offered"

    starts_at: datetime
    ends_at: datetime
    time_zone: str
    location: str
    hold_id: str
    answer_until: datetime


class WaitlistOpened(WaitlistData, frozen=True, kw_only=True):
    """A slot was freed. All who are waiting are notified, and the first to book gets it.

    Attributes:
        location: Where the appointment would take place.
        time_zone: Time zone of that place.
    """

    type = "waitlist.opened"

    starts_at: datetime
    ends_at: datetime
    time_zone: str
    location: str


class VoucherDecided(EventData, frozen=True, kw_only=True):
    """Data of every event about the redemption of a voucher.

    Attributes:
        appointment_id: First appointment whose price it lowers, or that its artist named; None
            where there is none.
        expires_at: When it expires.
        voucher_version: Version of the voucher at profiles that was known to the decision.
        record_version: Number of the decision.
    """

    voucher_id: str
    artist_id: str
    appointment_id: str | None
    changed_at: datetime
    expires_at: datetime
    voucher_version: int
    record_version: int


class VoucherRedeemed(VoucherDecided, frozen=True, kw_only=True):
    """A voucher was redeemed, with a booking or by its artist."""

    type = "voucher.redeemed"


class VoucherVoided(VoucherDecided, frozen=True, kw_only=True):
    """A voucher was voided by its artist."""

    type = "voucher.voided"


class VoucherRestored(VoucherDecided, frozen=True, kw_only=True):
    """A voucher can be redeemed again, because its booking ended without taking place."""

    type = "voucher.restored"


class OpenedSpan(Struct, frozen=True, rename="camel"):
    """Time in which more can be booked than before."""

    starts_at: datetime
    ends_at: datetime


class AvailabilityOpened(EventData, frozen=True, kw_only=True):
    """More can be booked than before: the hours, the books or a service of an artist have changed.

    Attributes:
        service_id: The only service that it concerns; None for all.
        spans: When, within a month; a change of more than that publishes several events.
        cause: Identifies the change.
    """

    type = "availability.opened"

    artist_id: str
    service_id: str | None
    spans: tuple[OpenedSpan, ...]
    cause: str


class HoursOfDate(Struct, frozen=True, rename="camel"):
    """The windows of one date, which replace those of its weekday.

    Attributes:
        date: Date in the artist's time zone.
        windows: Windows such as `09:00-17:00`; none where it is closed.
    """

    date: date
    windows: tuple[str, ...]


class TimeOffSpan(Struct, frozen=True, rename="camel"):
    """Time in which the artist takes no bookings."""

    starts_at: datetime
    ends_at: datetime


class AvailabilitySaved(EventData, frozen=True, kw_only=True):
    """An artist's default opening hours and time off, as they are from now on.

    Attributes:
        time_zone: IANA time zone of all windows.
        weekly: For each weekday, from Monday on, its windows such as `09:00-17:00`; one that ends
            earlier than it starts ends on the next day.
        overrides: Dates with windows of their own.
        time_off: Periods without bookings.
    """

    type = "availability.saved"

    artist_id: str
    time_zone: str
    weekly: tuple[tuple[str, ...], ...]
    overrides: tuple[HoursOfDate, ...]
    time_off: tuple[TimeOffSpan, ...]
    record_version: int


class ServiceSaved(EventData, frozen=True, kw_only=True):
    """A service was created or replaced.

    Attributes:
        price: Price of one sitting.
        deposit: Deposit that it asks for; None for none.
        deposit_refundable_until_hours: Hours before the start until which the deposit is returned
            in full, unless the policy decides; None for any time.
    """

    type = "service.saved"

    service_id: str
    artist_id: str
    name: str
    description: str
    duration_minutes: int
    price: Money
    sittings: int
    mode: BookingMode
    deposit: DepositAmount | None
    deposit_refundable_until_hours: int | None
    record_version: int


class ServiceRemoved(EventData, frozen=True, kw_only=True):
    """A service was deleted."""

    type = "service.removed"

    service_id: str
    artist_id: str
    record_version: int


class ScheduleSaved(EventData, frozen=True, kw_only=True):
    """A schedule was created or replaced: where the artist takes bookings, and when.

    Attributes:
        first_date: First date of a guest spot, in its time zone; None for a schedule without dates.
        last_date: Last date of a guest spot.
        service_ids: Services that can be booked there; all where it is empty.
    """

    type = "schedule.saved"

    schedule_id: str
    artist_id: str
    name: str
    location: str
    time_zone: str
    first_date: date | None
    last_date: date | None
    service_ids: tuple[str, ...]
    record_version: int


class ScheduleRemoved(EventData, frozen=True, kw_only=True):
    """A schedule was deleted."""

    type = "schedule.removed"

    schedule_id: str
    artist_id: str
    record_version: int


class NextFreeChanged(EventData, frozen=True):
    """The next date on which something of an artist can be booked is another one.

    Attributes:
        day: The date at the artist's place; None where nothing is free for three months.
    """

    type = "next_free.changed"

    artist_id: str
    day: date | None
    record_version: int


class ExternalCalendarFailed(EventData, frozen=True, kw_only=True):
    """An external calendar could not be read twice in a row. What was read before still holds.

    Attributes:
        name: How the artist calls it.
        problem: Why, for the artist.
        failing_since: When it could not be read for the first time.
        time_zone: The artist's time zone.
    """

    type = "external_calendar.failed"

    calendar_id: str
    artist_id: str
    name: str
    problem: str
    failing_since: datetime
    time_zone: str
    record_version: int


PUBLISHED = (
    AppointmentCreated,
    AppointmentConfirmed,
    RelationAffected,
    AppointmentDeclined,
    AppointmentRescheduled,
    AppointmentCancelled,
    AppointmentExpired,
    AppointmentCompleted,
    AppointmentNoShow,
    AppointmentCorrected,
    AppointmentRecorded,
    DepositRequested,
    DepositProofSubmitted,
    DepositConfirmed,
    DepositRejected,
    DepositDueSoon,
    DepositOverdue,
    DepositWaived,
    DepositRefunded,
    DepositForfeited,
    DepositReinstated,
    DepositSettled,
    DepositTransferred,
    ChargePaid,
    ChargeRefunded,
    ChargeSettled,
    ChargeWaived,
    ChargeReversed,
    ProposalSent,
    ProposalAccepted,
    ProposalDeclined,
    ProposalWithdrawn,
    ProposalExpired,
    WaitlistJoined,
    WaitlistOffered,
    WaitlistOpened,
    VoucherRedeemed,
    VoucherVoided,
    VoucherRestored,
    ServiceSaved,
    ServiceRemoved,
    ScheduleSaved,
    ScheduleRemoved,
    AvailabilityOpened,
    AvailabilitySaved,
    NextFreeChanged,
    ExternalCalendarFailed,
)


# ---- creating events -----------------------------------------------------------------------------


def create_event(subject: str, data: EventData, now: datetime) -> DomainEvent:
    """Create an event about the record whose id is `subject`."""
    return domain_events.new_event("appointments", subject, data, now)


def appointment_data(appointment: Appointment, by: AppointmentSide) -> dict[str, Any]:
    """Return the fields that all events about an appointment share."""
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


def charge_fields(cost: Cost) -> dict[str, Any]:
    """Return the fields of what a change costs the client."""
    return {
        # Out of the deposit, or still to be paid.
        "fee": cost.deposit_forfeited + cost.due,
        "explanation": cost.explanation,
        "policy": cost.clause.kind if cost.clause else None,
        "policy_number": cost.clause.number if cost.clause else None,
    }


def booking_events(
    appointment: Appointment,
    now: datetime,
    relation: Relation | None,
    *,
    agreed_at: datetime | None = None,
) -> list[DomainEvent]:
    """Create the events about an appointment that was just booked.

    Args:
        appointment: The appointment.
        now: The current instant.
        relation: Relation of its artist and client, as it was before.
        agreed_at: When its policies were agreed on; None for now.
    """
    common = appointment_data(appointment, appointment.booked_by)
    published: list[EventData] = [AppointmentCreated(**common, agreed_at=agreed_at or now)]
    if appointment.status is AppointmentStatus.CONFIRMED:
        published.append(AppointmentConfirmed(**common))
    if appointment.client_id is not None and consent.is_affected(relation):
        published.append(RelationAffected(**common))
    if appointment.deposit is not None:
        published.append(deposit_data(appointment, appointment.deposit.entries[-1]))
    return [create_event(appointment.id, data, now) for data in published]


def recorded_data(appointment: Appointment, agreed_at: datetime) -> AppointmentRecorded:
    """Return the data of the event that an appointment exists."""
    return AppointmentRecorded(
        appointment_id=appointment.id,
        artist_id=appointment.artist_id,
        client_id=appointment.client_id,
        service_id=appointment.service.id,
        service_name=appointment.service.name,
        location=appointment.service.location,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        time_zone=appointment.time_zone,
        status=appointment.status,
        proposal_id=appointment.project.proposal_id if appointment.project else None,
        agreed_at=agreed_at,
        changed_at=appointment.updated_at,
        record_version=appointment.version,
        sequence=appointment.sequence,
        price=appointment.price,
    )


_VOUCHER_EVENTS: dict[VoucherState, type[VoucherDecided]] = {
    VoucherState.REDEEMED: VoucherRedeemed,
    VoucherState.VOID: VoucherVoided,
    VoucherState.OPEN: VoucherRestored,
}


def voucher_event(voucher: Voucher, now: datetime) -> DomainEvent:
    """Create the event about the decision that a voucher has just been given."""
    data = _VOUCHER_EVENTS[voucher.state](
        voucher_id=voucher.id,
        artist_id=voucher.artist_id,
        appointment_id=voucher.appointment_ids[0] if voucher.appointment_ids else None,
        changed_at=now,
        expires_at=voucher.expires_at,
        voucher_version=voucher.record_version,
        record_version=voucher.version,
    )
    return create_event(voucher.id, data, now)


def service_data(service: Service) -> ServiceSaved:
    """Return the data of an event that a service was saved."""
    return ServiceSaved(
        service_id=service.id,
        artist_id=service.artist_id,
        name=service.name,
        description=service.description,
        duration_minutes=service.duration_minutes,
        price=service.price,
        sittings=service.sittings,
        mode=service.mode,
        deposit=service.deposit,
        deposit_refundable_until_hours=service.deposit_refundable_until_hours,
        record_version=service.version,
    )


def opening_events(
    artist_id: str,
    spans: Iterable[Span],
    now: datetime,
    *,
    cause: str | None = None,
    service_id: str | None = None,
) -> list[DomainEvent]:
    """Create the events that more can be booked than before; none for no time.

    Args:
        artist_id: Whose time it is.
        spans: When.
        now: The present time.
        cause: Identifies the change; None for a new one.
        service_id: The only service that it concerns; None for all.
    """
    cause = cause or new_id("chg")
    return [
        create_event(
            artist_id,
            AvailabilityOpened(
                artist_id=artist_id,
                service_id=service_id,
                spans=tuple(OpenedSpan(*span) for span in openings.to_instants(part)),
                cause=cause,
            ),
            now,
        )
        for part in openings.split(spans)
    ]


def availability_event(artist_id: str, availability: Availability, now: datetime) -> DomainEvent:
    """Create the event that says when an artist takes bookings."""
    weekly = availability.weekly
    data = AvailabilitySaved(
        artist_id=artist_id,
        time_zone=availability.time_zone,
        weekly=tuple(_format_windows(getattr(weekly, day)) for day in weekly.__struct_fields__),
        overrides=tuple(
            HoursOfDate(override.date, _format_windows(override.windows))
            for override in availability.overrides
        ),
        time_off=tuple(TimeOffSpan(off.starts_at, off.ends_at) for off in availability.time_off),
        record_version=availability.version,
    )
    return create_event(artist_id, data, now)


def _format_windows(windows: Iterable[OpeningWindow]) -> tuple[str, ...]:
    return tuple(f"{window.start}-{window.end}" for window in windows)


def schedule_data(schedule: Schedule) -> ScheduleSaved:
    """Return the data of an event that a schedule was saved."""
    return ScheduleSaved(
        schedule_id=schedule.id,
        artist_id=schedule.artist_id,
        name=schedule.name,
        location=schedule.location,
        time_zone=schedule.time_zone,
        first_date=schedule.first_date,
        last_date=schedule.last_date,
        service_ids=schedule.service_ids,
        record_version=schedule.version,
    )


_DEPOSIT_EVENTS: dict[DepositState, type[DepositData]] = {
    DepositState.CONFIRMED: DepositConfirmed,
    DepositState.WAIVED: DepositWaived,
    DepositState.REFUNDED: DepositRefunded,
    DepositState.FORFEITED: DepositForfeited,
    DepositState.REINSTATED: DepositReinstated,
    DepositState.SETTLED: DepositSettled,
}
_CHARGE_EVENTS: dict[ChargeEntryKind, type[ChargeData]] = {
    ChargeEntryKind.PAID: ChargePaid,
    ChargeEntryKind.REFUNDED: ChargeRefunded,
    ChargeEntryKind.SETTLED: ChargeSettled,
    ChargeEntryKind.WAIVED: ChargeWaived,
    ChargeEntryKind.REVERSED: ChargeReversed,
}


def deposit_data(appointment: Appointment, entry: LedgerEntry) -> DepositData:
    """Return the data of the event about a ledger entry other than a transfer or a missed term."""
    common = _common_deposit_data(appointment, entry)
    match entry.state:
        case DepositState.PROOF_SUBMITTED:
            return DepositProofSubmitted(**common, files=entry.files)
        case DepositState.REQUESTED:
            return DepositRequested(**common, **_payment_data(appointment))
        case DepositState.REJECTED:
            return DepositRejected(**common, **_payment_data(appointment))
    return _DEPOSIT_EVENTS[entry.state](**common)


def due_soon_data(appointment: Appointment, *, releases: bool) -> DepositDueSoon:
    """Return the data of the event that a deposit is due soon."""
    assert appointment.deposit is not None
    latest = msgspec.structs.replace(appointment.deposit.entries[-1], by=AppointmentSide.SYSTEM)
    common = _common_deposit_data(appointment, latest) | _payment_data(appointment)
    return DepositDueSoon(**common, releases=releases)


def overdue_data(appointment: Appointment, entry: LedgerEntry, *, released: bool) -> DepositOverdue:
    """Return the data of the event that a deposit was not paid in time."""
    common = _common_deposit_data(appointment, entry) | _payment_data(appointment)
    return DepositOverdue(**common, released=released)


def charge_data(appointment: Appointment, number: int, entry: ChargeEntry) -> ChargeData:
    """Return the data of the event about a ledger entry of a charge."""
    charge = appointment.charges[number - 1]
    return _CHARGE_EVENTS[entry.kind](
        appointment_id=appointment.id,
        artist_id=appointment.artist_id,
        client_id=appointment.client_id,
        service_name=appointment.service.name,
        number=number,
        action=charge.action,
        kind=entry.kind,
        amount=entry.amount,
        due=balances.get_open_amount(charge),
        currency=charge.currency,
        by=entry.by,
        note=entry.note,
        record_version=appointment.version,
    )


def transfer_data(
    appointment: Appointment, entry: LedgerEntry, to_appointment_id: str
) -> DepositTransferred:
    """Return the data of the event that a deposit was transferred to another sitting."""
    common = _common_deposit_data(appointment, entry)
    return DepositTransferred(**common, to_appointment_id=to_appointment_id)


def proposal_data(proposal: Proposal) -> dict[str, Any]:
    """Return the fields that all events about a proposal share."""
    return {
        "proposal_id": proposal.id,
        "artist_id": proposal.artist_id,
        "client_id": proposal.client_id,
        "service_id": proposal.service.id,
        "service_name": proposal.service.name,
        "starts_at": tuple(sitting.starts_at for sitting in proposal.sittings),
        "places": tuple(
            SittingPlace(
                proposal.service.location if sitting.location is None else sitting.location,
                sitting.time_zone or proposal.time_zone,
            )
            for sitting in proposal.sittings
        ),
        "time_zone": proposal.time_zone,
        "total": proposal.total,
        "expires_at": proposal.expires_at,
        "consultation_id": proposal.consultation_id,
        "record_version": proposal.version,
    }


def waitlist_data(entry: WaitlistEntry, service_name: str) -> dict[str, Any]:
    """Return the fields that all events about a waitlist entry share."""
    return {
        "waitlist_id": entry.id,
        "artist_id": entry.artist_id,
        "client_id": entry.client_id,
        "service_id": entry.service_id,
        "service_name": service_name,
        "record_version": entry.version,
    }


def _common_deposit_data(appointment: Appointment, entry: LedgerEntry) -> dict[str, Any]:
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


def _payment_data(appointment: Appointment) -> dict[str, Any]:
    deposit = appointment.deposit
    return {
        "due_at": deposit.due_at if deposit else None,
        "time_zone": appointment.time_zone,
    }


# ---- consumed ------------------------------------------------------------------------------------


class UserDeleted(ConsumedEvent, frozen=True):
    """`user.deleted` of auth."""

    user_id: str


class UserVerified(ConsumedEvent, frozen=True):
    """`user.verified` of auth: a new account."""

    user_id: str
    name: str
    role: Role


class ProfileUpdated(ConsumedEvent, frozen=True):
    """`user.profile.updated` of profiles.

    Attributes:
        books_open: Whether an artist takes new bookings; None for everybody else.
    """

    user_id: str
    role: Role
    name: str
    record_version: int
    books_open: bool | None = None


class ConversationOpened(ConsumedEvent, frozen=True):
    """`conversation.opened` of messaging.

    Attributes:
        client_id: None for a guest, who has no account.
        opened_by: The member who opened it; None where an event of another feature did. Events of
            versions before 0.3 do not say it.
    """

    artist_id: str
    client_id: str | None
    opened_by: str | UnsetType | None = UNSET


class ClientRequest(ConsumedEvent, frozen=True):
    """A client asks an artist for something.

    `conversation.answered` of messaging, `consultation.requested` of consultations, and our own
    `waitlist.joined`.
    """

    artist_id: str
    client_id: str


class BlockChanged(ConsumedEvent, frozen=True):
    """`conversation.block_changed` of messaging.

    Attributes:
        client_id: None for a guest, who has no account.
        user_id: The member who blocked the other, or no longer does.
    """

    artist_id: str
    client_id: str | None
    user_id: str
    blocked: bool
    record_version: int


class FileCleaned(ConsumedEvent, frozen=True):
    """`file.cleaned` of files."""

    file_id: str
    owner_id: str
    record_version: int


class FileRemoved(ConsumedEvent, frozen=True):
    """`file.removed` of files."""

    file_id: str
    record_version: int


class PolicyPublished(ConsumedEvent, frozen=True):
    """`policy.published` of policies: a version came into force."""

    terms: Terms


class PolicyWithdrawn(ConsumedEvent, frozen=True):
    """`policy.withdrawn` of policies: versions up to `number` are no longer in force."""

    artist_id: str
    service_id: str | None
    kind: Kind
    form: str | None
    number: int


class ConsumedBusyTime(ConsumedEvent, frozen=True):
    """Time at which a calendar of another platform is busy."""

    starts_at: Instant
    ends_at: Instant


class BusyTimesChanged(ConsumedEvent, frozen=True):
    """`social_calendar.busy_times_changed` of social: all busy times of a calendar from now on.

    Attributes:
        record_version: Counts the changes of this calendar.
        first_day: The first UTC day whose busy times these are.
    """

    account_id: str
    artist_id: str
    calendar_id: str
    record_version: int
    first_day: date
    busy_times: tuple[ConsumedBusyTime, ...]


class AccountDisconnected(ConsumedEvent, frozen=True):
    """`social_account.disconnected` of social: no calendar of the account is read any more."""

    account_id: str
    artist_id: str


class WritingChanged(ConsumedEvent, frozen=True):
    """`social_calendar.writing_changed` of social: appointments are written to another calendar."""

    artist_id: str


class ConsumedAppointment(ConsumedEvent, frozen=True):
    """Our own `relation.affected`, and `appointment.cancelled`, `.declined` and `.expired`."""

    appointment_id: str
    starts_at: Instant
    ends_at: Instant


class ConsumedReschedule(ConsumedEvent, frozen=True):
    """Our own `appointment.rescheduled`."""

    appointment_id: str
    previous_starts_at: Instant
    previous_ends_at: Instant


class ConsumedProposal(ConsumedEvent, frozen=True):
    """Our own `proposal.declined`, `.withdrawn` and `.expired`."""

    proposal_id: str


class VoucherClosing(ConsumedEvent, frozen=True):
    """What an artist asks to do with a voucher, and the appointment they name."""

    action: Literal["redeem", "void"]
    appointment_id: str | None


class ConsumedFixedValue(ConsumedEvent, frozen=True, tag="fixed", tag_field="type"):
    """A fixed amount off, in minor units."""

    amount: int
    currency: str


class ConsumedPercentValue(ConsumedEvent, frozen=True, tag="percent", tag_field="type"):
    """A percentage off."""

    percent: int


class VoucherSaved(ConsumedEvent, frozen=True):
    """`voucher.saved` of profiles: a voucher was issued or changed, or is to be closed."""

    voucher_id: str
    artist_id: str
    client_id: str | None
    name: str
    value: ConsumedFixedValue | ConsumedPercentValue
    code_hash: str
    expires_at: Instant
    status: Literal["issued", "redeemed", "void"]
    closing: VoucherClosing | None
    record_version: int


class ConsultationChanged(ConsumedEvent, frozen=True):
    """The events of consultations that open, answer or end one."""

    consultation_id: str
    artist_id: str
    client_id: str
    status: ConsultationStatus
    by: AppointmentSide
    record_version: int


class ConsumedSpan(ConsumedEvent, frozen=True):
    """Time in which more can be booked than before."""

    starts_at: Instant
    ends_at: Instant


class ConsumedOpening(ConsumedEvent, frozen=True):
    """Our own `availability.opened`."""

    artist_id: str
    service_id: str | None
    spans: tuple[ConsumedSpan, ...]
    cause: str


class AwayMessageEnabled(ConsumedEvent, frozen=True):
    """`away_message.enabled`: messaging needs the opening hours of an artist."""

    artist_id: str


class ConsumedService(ConsumedEvent, frozen=True):
    """Our own `service.saved`."""

    artist_id: str


class ConsumedServiceRemoval(ConsumedEvent, frozen=True):
    """Our own `service.removed`."""

    artist_id: str
    service_id: str


# ---- messages of our own queue -------------------------------------------------------------------


class CalendarRefresh(Struct, frozen=True):
    """An order to read an external calendar again."""

    artist_id: str
    calendar_id: str
