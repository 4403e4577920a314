"""Routes and triggers of appointments."""

from typing import Any

from chalice.app import CloudWatchEvent, Rate, SQSEvent

from appointments import consumers, events, store
from appointments.events import CalendarRefresh
from appointments.models import Availability, Schedule, ScheduleId
from appointments.rules.errors import (
    AlreadyStarted,
    AlreadyWaiting,
    CatalogueFull,
    ChargePaid,
    ConsultationEnded,
    CorrectionTooLate,
    HoldExpired,
    NoDeposit,
    NoRelation,
    NoSlots,
    NotDue,
    NotHeld,
    NotMoved,
    NotPaid,
    NotStarted,
    PreviewOutdated,
    PreviewRequired,
    ProposalExpired,
    ServiceGone,
    SittingsRequired,
    SlotTaken,
    SlotUnavailable,
    TooManyCalendars,
    TooManySchedules,
    TooManyWaits,
    WrongDepositState,
    WrongStatus,
)
from appointments.schemas import (
    AcceptProposalRequest,
    AppointmentList,
    AppointmentOverview,
    AppointmentOverviewQuery,
    AppointmentsQuery,
    AppointmentView,
    AvailabilityRequest,
    BankDetails,
    BookingRequest,
    BookingStatementView,
    CalendarFeed,
    CalendarFileName,
    CancelAppointmentRequest,
    ChargeNumber,
    ChargeRequest,
    CorrectAppointmentRequest,
    CostPreview,
    CostPreviewQuery,
    DeclineAppointmentRequest,
    DepositNoteRequest,
    DepositProofRequest,
    ExternalCalendarId,
    ExternalCalendarList,
    ExternalCalendarRequest,
    ExternalCalendarView,
    Hold,
    HoldPathId,
    HoldRequest,
    JoinWaitlistRequest,
    OpeningHours,
    OpeningHoursQuery,
    PricePreview,
    ProposalId,
    ProposalList,
    ProposalRequest,
    ProposalsQuery,
    ProposalView,
    RefundDepositRequest,
    RepublishAppointmentsRequest,
    RepublishedAppointments,
    RescheduleAppointmentRequest,
    ScheduleList,
    ScheduleRequest,
    ServiceList,
    ServiceRequest,
    ServicesQuery,
    ServiceView,
    SettleChargeRequest,
    SittingPlan,
    SittingPlanRequest,
    SlotList,
    SlotsQuery,
    TransferDepositRequest,
    WaitlistEntryId,
    WaitlistEntryList,
    WaitlistEntryView,
    WaitlistQuery,
    WaiveDepositRequest,
    WalkInRequest,
)
from appointments.use_cases import (
    availability,
    booking,
    calendar_feeds,
    charges,
    deposits,
    due_work,
    external_calendars,
    holds,
    imports,
    lifecycle,
    overview,
    person_copies,
    proposals,
    queries,
    republication,
    schedules,
    services,
    sitting_plans,
    slot_search,
    statements,
    waitlist,
)
from domain.calendar_files import CalendarFile
from domain.errors import Blocked, BooksClosed, Forbidden, NotFound
from domain.step_up import StepUpRequired
from domain.types import AppointmentId, ServiceId
from domain.vouchers import VoucherExpired, VoucherRedeemed, VoucherVoid
from shared.data import imported_rows
from shared.data.imported_rows import ImportedRows, ImportRowsRequest
from shared.data.person_copies import CopiesByUserQuery, PersonCopies
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role, Scope
from shared.http.operations import RawResponse
from shared.platform import clock

RETRY_BASE_SECONDS = 60  # for external calendars, whose servers may be down for a while

app = FeatureApp(
    "appointments",
    ready={"dynamodb": store.ping},
    services=("ssm", "sqs"),
    worker_services=("dynamodb",),
)
app.publishes(*events.PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="appointments")


# ---- catalogue and availability ------------------------------------------------------------------


@app.route("/v1/appointments/services", methods=["GET"], public=True)
def list_services(query: ServicesQuery) -> ServiceList:
    """List the services of an artist."""
    return services.list_by_artist(query.artist_id)


@app.route(
    "/v1/appointments/services",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
    errors=(CatalogueFull,),
)
def create_service(caller: Caller, body: ServiceRequest) -> ServiceView:
    """Add a service to the caller's catalogue."""
    return services.create(caller, body, clock.now())


@app.route("/v1/appointments/services/{id}", methods=["GET"], public=True, errors=(NotFound,))
def get_service(id: ServiceId) -> ServiceView:
    """Get a service."""
    return services.get(id)


@app.route(
    "/v1/appointments/services/{id}", methods=["PUT"], roles=(Role.ARTIST,), errors=(NotFound,)
)
def replace_service(caller: Caller, id: ServiceId, body: ServiceRequest) -> ServiceView:
    """Replace a service.

    Existing bookings stay as they were agreed.
    """
    return services.replace(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/services/{id}",
    methods=["DELETE"],
    status=204,
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def delete_service(caller: Caller, id: ServiceId) -> None:
    """Delete a service.

    Existing bookings stay.
    """
    services.delete(caller, id, clock.now())


@app.route("/v1/appointments/opening-hours", methods=["GET"], public=True)
def get_opening_hours(query: OpeningHoursQuery) -> OpeningHours:
    """Get the usual opening hours of an artist.

    They say when appointments can be, not what is free: that is in the slots. Single dates, time
    off and guest spots are not in them.
    """
    return availability.get_opening_hours(query.artist_id)


@app.route(
    "/v1/appointments/availability",
    methods=["GET"],
    scope=Scope.CALENDAR,
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def get_availability(caller: Caller) -> Availability:
    """Get the caller's availability, which is their default schedule."""
    return availability.get(caller)


@app.route(
    "/v1/appointments/availability", methods=["PUT"], scope=Scope.CALENDAR, roles=(Role.ARTIST,)
)
def replace_availability(caller: Caller, body: AvailabilityRequest) -> Availability:
    """Replace the caller's availability, which is their default schedule.

    All times are local times in the time zone. `weekly` holds the windows of each
    weekday, `overrides` those of single dates instead, and `timeOff` is taken out of both. Existing
    bookings stay.
    """
    return availability.replace(caller, body, clock.now())


@app.route(
    "/v1/appointments/schedules", methods=["GET"], scope=Scope.CALENDAR, roles=(Role.ARTIST,)
)
def list_schedules(caller: Caller) -> ScheduleList:
    """List the caller's schedules besides their availability."""
    return schedules.list_own(caller)


@app.route(
    "/v1/appointments/schedules",
    methods=["POST"],
    scope=Scope.CALENDAR,
    status=201,
    roles=(Role.ARTIST,),
    errors=(TooManySchedules,),
)
def create_schedule(caller: Caller, body: ScheduleRequest) -> Schedule:
    """Add a schedule at another place: a guest spot, or hours for some services.

    During its dates, the caller's other hours are closed. Where two schedules have the same time,
    one with dates comes before one without, then one that names the service before one for all
    services. Existing bookings keep their place and time zone.
    """
    return schedules.create(caller, body, clock.now())


@app.route(
    "/v1/appointments/schedules/{id}",
    methods=["PUT"],
    scope=Scope.CALENDAR,
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def replace_schedule(caller: Caller, id: ScheduleId, body: ScheduleRequest) -> Schedule:
    """Replace a schedule.

    Existing bookings keep their place and time zone.
    """
    return schedules.replace(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/schedules/{id}",
    methods=["DELETE"],
    scope=Scope.CALENDAR,
    status=204,
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def delete_schedule(caller: Caller, id: ScheduleId) -> None:
    """Delete a schedule.

    Existing bookings keep their place and time zone.
    """
    schedules.delete(caller, id, clock.now())


@app.route("/v1/appointments/slots", methods=["GET"], public=True, errors=(NotFound,))
def list_slots(query: SlotsQuery) -> SlotList:
    """List the free slots of a service.

    Every slot that is listed can be booked; there are none while the artist's books are closed.
    `from` and `to` are instants, or dates in `timeZone`.
    """
    return slot_search.find_free(query, clock.now())


# ---- booking -------------------------------------------------------------------------------------


@app.route(
    "/v1/appointments/holds",
    methods=["POST"],
    status=201,
    errors=(NotFound, Blocked, BooksClosed, SlotTaken, SlotUnavailable),
)
def create_hold(caller: Caller, body: HoldRequest) -> Hold:
    """Hold a slot for ten minutes.

    Until then, only the caller can book it, by its id. Clients cannot while the artist's books are
    closed.
    """
    return holds.create(caller, body, clock.now())


@app.route(
    "/v1/appointments/holds/{id}", methods=["DELETE"], status=204, errors=(NotFound, HoldExpired)
)
def release_hold(caller: Caller, id: HoldPathId) -> None:
    """Release a hold before it expires."""
    holds.release(caller, id, clock.now())


@app.route(
    "/v1/appointments",
    methods=["POST"],
    status=201,
    errors=(
        NotFound,
        Blocked,
        NoRelation,
        BooksClosed,
        SittingsRequired,
        SlotTaken,
        SlotUnavailable,
        HoldExpired,
        VoucherRedeemed,
        VoucherVoid,
        VoucherExpired,
    ),
)
def book_appointment(caller: Caller, body: BookingRequest) -> AppointmentView:
    """Book an appointment, or all sittings of a service.

    Book a hold (`holdId`), a slot of a service (`serviceId` and `startsAt`), or all sittings of a
    service that takes several (`serviceId` and `sittings`): all of them are booked, or none, and
    the response is the first. The artist of the service books for the `clientId` they name, who
    must have contacted them before, and can quote `price` and `durationMinutes`. Clients cannot
    book while the artist's books are closed. What is not quoted is that of the service; price,
    service and policies are those in force now. `voucherCode` redeems a voucher with the booking.
    """
    return booking.book(caller, body, clock.now())


@app.route(
    "/v1/appointments/previews",
    methods=["POST"],
    errors=(
        NotFound,
        Blocked,
        NoRelation,
        BooksClosed,
        SittingsRequired,
        SlotTaken,
        SlotUnavailable,
        HoldExpired,
        VoucherRedeemed,
        VoucherVoid,
        VoucherExpired,
    ),
)
def preview_booking(caller: Caller, body: BookingRequest) -> PricePreview:
    """Preview a booking: its price, with the discount of a voucher, and its deposit.

    Nothing is held or redeemed. What cannot be booked is refused as the booking would be.
    """
    return booking.preview(caller, body, clock.now())


@app.route(
    "/v1/appointments/walk-ins",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
    errors=(
        NotFound,
        Blocked,
        NoRelation,
        SlotTaken,
        VoucherRedeemed,
        VoucherVoid,
        VoucherExpired,
    ),
)
def book_walk_in(caller: Caller, body: WalkInRequest) -> AppointmentView:
    """Book one sitting of a client who is in the studio.

    The appointment starts with the present minute, whatever the caller's hours and notice.
    """
    return booking.book_walk_in(caller, body, clock.now())


@app.route("/v1/appointments", methods=["GET"], scope=Scope.CALENDAR)
def list_appointments(caller: Caller, query: AppointmentsQuery) -> AppointmentList:
    """List the caller's appointments by their start."""
    return queries.list_own(caller, query)


@app.route("/v1/appointments/{id}", methods=["GET"], scope=Scope.CALENDAR, errors=(NotFound,))
def get_appointment(caller: Caller, id: AppointmentId) -> AppointmentView:
    """Get an appointment.

    A client who has to pay a deposit is shown the artist's bank details.
    """
    return queries.get(caller, id)


@app.route(
    "/v1/appointments/{id}/statement",
    methods=["GET"],
    errors=(NotFound, WrongStatus, AlreadyStarted),
)
def get_booking_statement(caller: Caller, id: AppointmentId) -> BookingStatementView:
    """Get price, deposit and cancellation costs of a booking in words.

    They are those of the policies that the booking is bound to, and of its deposit as it is now.
    Quick actions send them to the client: `statement` is their `bookingStatement`.
    """
    return statements.get(caller, id, clock.now())


# ---- changes -------------------------------------------------------------------------------------


@app.route(
    "/v1/appointments/{id}/confirm",
    methods=["POST"],
    scope=Scope.CALENDAR,
    errors=(NotFound, Forbidden, Blocked, NoRelation, WrongStatus),
)
def confirm_appointment(caller: Caller, id: AppointmentId) -> AppointmentView:
    """Confirm an appointment, as its artist.

    Sittings that were booked together are confirmed together.
    """
    return lifecycle.confirm(caller, id, clock.now())


@app.route(
    "/v1/appointments/{id}/decline",
    methods=["POST"],
    scope=Scope.CALENDAR,
    errors=(NotFound, Forbidden, WrongStatus),
)
def decline_appointment(
    caller: Caller, id: AppointmentId, body: DeclineAppointmentRequest
) -> AppointmentView:
    """Decline an appointment, as its artist.

    Sittings that were booked together are declined together. Their time becomes free.
    """
    return lifecycle.decline(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/{id}/cancel",
    methods=["POST"],
    errors=(NotFound, WrongStatus, AlreadyStarted, PreviewRequired, PreviewOutdated),
)
def cancel_appointment(
    caller: Caller, id: AppointmentId, query: CostPreviewQuery, body: CancelAppointmentRequest
) -> AppointmentView | CostPreview:
    """Cancel an appointment, or preview what that would cost.

    With `preview=true` the response is the cost and the clause that decides it, and nothing
    changes. Where cancelling costs something, send the `version` of the preview: the cost is the
    one that was shown, or the request is refused.
    """
    if query.preview:
        return lifecycle.preview_cancellation(caller, id, clock.now())
    return lifecycle.cancel(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/{id}/reschedule",
    methods=["POST"],
    scope=Scope.CALENDAR,
    errors=(
        NotFound,
        Blocked,
        NoRelation,
        WrongStatus,
        AlreadyStarted,
        NotMoved,
        ServiceGone,
        SlotTaken,
        SlotUnavailable,
        PreviewRequired,
        PreviewOutdated,
    ),
)
def reschedule_appointment(
    caller: Caller, id: AppointmentId, query: CostPreviewQuery, body: RescheduleAppointmentRequest
) -> AppointmentView | CostPreview:
    """Move an appointment to another start, or preview what that would cost.

    With `preview=true` the response is the cost and the clause that decides it, and nothing
    changes. Where the move costs something, send the `version` of the preview: the cost is the one
    that was shown, or the request is refused.
    """
    if query.preview:
        return lifecycle.preview_reschedule(caller, id, body, clock.now())
    return lifecycle.reschedule(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/{id}/complete",
    methods=["POST"],
    errors=(NotFound, Forbidden, WrongStatus, NotStarted),
)
def complete_appointment(caller: Caller, id: AppointmentId) -> AppointmentView:
    """Complete an appointment that took place, as its artist."""
    return lifecycle.complete(caller, id, clock.now())


@app.route(
    "/v1/appointments/{id}/no-show",
    methods=["POST"],
    errors=(NotFound, Forbidden, WrongStatus, NotStarted),
)
def report_no_show(caller: Caller, id: AppointmentId) -> AppointmentView:
    """Report that the client did not come, as the artist.

    The client owes what the agreed policies say.
    """
    return lifecycle.report_no_show(caller, id, clock.now())


@app.route(
    "/v1/appointments/{id}/correct",
    methods=["POST"],
    errors=(NotFound, Forbidden, WrongStatus, CorrectionTooLate, ChargePaid),
)
def correct_appointment(
    caller: Caller, id: AppointmentId, body: CorrectAppointmentRequest
) -> AppointmentView:
    """Correct a completion or a no-show that was a mistake, as the artist.

    The appointment is confirmed again: what the no-show cost is owed no more, and the deposit that
    it forfeited is held again. This is possible for fourteen days.
    """
    return lifecycle.correct(caller, id, body, clock.now())


# ---- projects ------------------------------------------------------------------------------------


@app.route(
    "/v1/appointments/plans",
    methods=["POST"],
    roles=(Role.ARTIST,),
    errors=(NotFound, Blocked, NoRelation, NoSlots),
)
def plan_sittings(caller: Caller, body: SittingPlanRequest) -> SittingPlan:
    """Find a slot for every sitting of a project.

    Nothing is held. `weekly`, `biweekly` and `monthly` count from `startsOn`, `consecutive` from
    sitting to sitting. A sitting whose date has no free slot goes on one of the next days.
    """
    return sitting_plans.create(caller, body, clock.now())


@app.route(
    "/v1/appointments/proposals",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
    errors=(NotFound, Blocked, NoRelation, SlotTaken, SlotUnavailable, ConsultationEnded),
)
def send_proposal(caller: Caller, body: ProposalRequest) -> ProposalView:
    """Propose the dates of a project to a client.

    All dates are held until the proposal ends, or none. Price and length are those that the artist
    quotes, else those of the service; service and policies are those in force now. The proposal
    expires after `expiresInHours`, at the latest when its first sitting would start. It replaces
    an earlier proposal for the same consultation, which is withdrawn with it: to change the dates,
    send a new proposal.
    """
    return proposals.send(caller, body, clock.now())


@app.route("/v1/appointments/proposals", methods=["GET"])
def list_proposals(caller: Caller, query: ProposalsQuery) -> ProposalList:
    """List the caller's proposals, oldest first."""
    return proposals.list_own(caller, query)


@app.route("/v1/appointments/proposals/{id}", methods=["GET"], errors=(NotFound,))
def get_proposal(caller: Caller, id: ProposalId) -> ProposalView:
    """Get a proposal."""
    return proposals.get(caller, id)


@app.route(
    "/v1/appointments/proposals/{id}/accept",
    methods=["POST"],
    errors=(
        NotFound,
        Forbidden,
        Blocked,
        ProposalExpired,
        WrongStatus,
        ConsultationEnded,
        SlotTaken,
        SlotUnavailable,
        VoucherRedeemed,
        VoucherVoid,
        VoucherExpired,
    ),
)
def accept_proposal(caller: Caller, id: ProposalId, body: AcceptProposalRequest) -> ProposalView:
    """Accept a proposal, as its client.

    All sittings are booked and confirmed, or none. `voucherCode` redeems a voucher with it.
    """
    return proposals.accept(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/proposals/{id}/preview",
    methods=["POST"],
    errors=(
        NotFound,
        Forbidden,
        Blocked,
        ProposalExpired,
        WrongStatus,
        ConsultationEnded,
        SlotTaken,
        SlotUnavailable,
        VoucherRedeemed,
        VoucherVoid,
        VoucherExpired,
    ),
)
def preview_acceptance(caller: Caller, id: ProposalId, body: AcceptProposalRequest) -> PricePreview:
    """Preview the acceptance of a proposal: its price, with the discount of a voucher.

    Nothing is booked or redeemed.
    """
    return proposals.preview_acceptance(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/proposals/{id}/decline",
    methods=["POST"],
    errors=(NotFound, Forbidden, ProposalExpired, WrongStatus),
)
def decline_proposal(caller: Caller, id: ProposalId) -> ProposalView:
    """Decline a proposal, as its client.

    Its dates become free. The consultation that it answers is cancelled.
    """
    return proposals.decline(caller, id, clock.now())


@app.route(
    "/v1/appointments/proposals/{id}/withdraw",
    methods=["POST"],
    errors=(NotFound, Forbidden, ProposalExpired, WrongStatus),
)
def withdraw_proposal(caller: Caller, id: ProposalId) -> ProposalView:
    """Withdraw a proposal, as its artist.

    Its dates become free. The consultation that it answers is declined.
    """
    return proposals.withdraw(caller, id, clock.now())


# ---- deposits ------------------------------------------------------------------------------------


@app.route(
    "/v1/appointments/{id}/deposit/proof",
    methods=["POST"],
    errors=(NotFound, Forbidden, NoDeposit, WrongDepositState),
)
def submit_deposit_proof(
    caller: Caller, id: AppointmentId, body: DepositProofRequest
) -> AppointmentView:
    """Report that the deposit is paid, as the client.

    That is possible even after the appointment ended or was cancelled: the artist can refund it.
    """
    return deposits.submit_proof(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/{id}/deposit/confirm",
    methods=["POST"],
    errors=(NotFound, Forbidden, NoDeposit, WrongDepositState),
)
def confirm_deposit(caller: Caller, id: AppointmentId, body: DepositNoteRequest) -> AppointmentView:
    """Confirm that the deposit arrived, as the artist.

    A direct booking that only waited for its deposit is confirmed with it. A payment that arrives
    after the appointment ended or was cancelled is recorded as well, and can be refunded.
    """
    return deposits.confirm(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/{id}/deposit/reject",
    methods=["POST"],
    errors=(NotFound, Forbidden, NoDeposit, WrongDepositState),
)
def reject_deposit(caller: Caller, id: AppointmentId, body: DepositNoteRequest) -> AppointmentView:
    """Reject a proof of payment, as the artist.

    The deposit is due again, unless the appointment has ended.
    """
    return deposits.reject(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/{id}/deposit/waive",
    methods=["POST"],
    errors=(NotFound, Forbidden, NoDeposit, WrongStatus, WrongDepositState),
)
def waive_deposit(caller: Caller, id: AppointmentId, body: WaiveDepositRequest) -> AppointmentView:
    """Waive a deposit that was not paid, as the artist.

    A direct booking that only waited for its deposit is confirmed with it.
    """
    return deposits.waive(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/{id}/deposit/refund",
    methods=["POST"],
    errors=(NotFound, Forbidden, NoDeposit, NotHeld),
)
def refund_deposit(
    caller: Caller, id: AppointmentId, body: RefundDepositRequest
) -> AppointmentView:
    """Record a refund of the deposit, as the artist.

    What was forfeited can be refunded, too, and a refund is possible even when the appointment is
    over. Charges that are still open are paid out of it first: waive them to return the whole.
    """
    return deposits.refund(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/{id}/deposit/transfer",
    methods=["POST"],
    errors=(NotFound, Forbidden, NoDeposit, NotHeld, WrongStatus),
)
def transfer_deposit(
    caller: Caller, id: AppointmentId, body: TransferDepositRequest
) -> AppointmentView:
    """Transfer the deposit to another sitting of the project, as the artist.

    Charges that are still open are paid out of it first: waive them to transfer the whole.
    """
    return deposits.transfer(caller, id, body, clock.now())


@app.route(
    "/v1/appointments/{id}/charges/{number}/settle",
    methods=["POST"],
    errors=(NotFound, Forbidden, NoDeposit, NotDue, NotHeld),
)
def settle_charge(
    caller: Caller, id: AppointmentId, number: ChargeNumber, body: SettleChargeRequest
) -> AppointmentView:
    """Record that a charge was paid, as the artist.

    `source` says whether it is taken from the held deposit, or was paid by the client.
    """
    return charges.settle(caller, id, number, body, clock.now())


@app.route(
    "/v1/appointments/{id}/charges/{number}/waive",
    methods=["POST"],
    errors=(NotFound, Forbidden, NotDue),
)
def waive_charge(
    caller: Caller, id: AppointmentId, number: ChargeNumber, body: ChargeRequest
) -> AppointmentView:
    """Waive what is open of a charge, or a part of it, as the artist."""
    return charges.waive(caller, id, number, body, clock.now())


@app.route(
    "/v1/appointments/{id}/charges/{number}/refund",
    methods=["POST"],
    errors=(NotFound, Forbidden, NotPaid),
)
def refund_charge(
    caller: Caller, id: AppointmentId, number: ChargeNumber, body: ChargeRequest
) -> AppointmentView:
    """Record that what was paid for a charge was returned to the client, as the artist.

    What was returned is not owed again.
    """
    return charges.refund(caller, id, number, body, clock.now())


@app.route(
    "/v1/appointments/bank-details", methods=["GET"], roles=(Role.ARTIST,), errors=(NotFound,)
)
def get_bank_details(caller: Caller) -> BankDetails:
    """Get the bank account that the caller's deposits are paid to."""
    return deposits.get_bank_details(caller)


@app.route(
    "/v1/appointments/bank-details",
    methods=["PUT"],
    roles=(Role.ARTIST,),
    errors=(StepUpRequired,),
)
def replace_bank_details(caller: Caller, body: BankDetails) -> BankDetails:
    """Replace the bank account that the caller's deposits are paid to.

    Clients are shown it only while their deposit is due.
    """
    return deposits.replace_bank_details(caller, body, clock.now())


@app.route(
    "/v1/appointments/bank-details",
    methods=["DELETE"],
    status=204,
    roles=(Role.ARTIST,),
    errors=(StepUpRequired,),
)
def delete_bank_details(caller: Caller) -> None:
    """Delete the caller's bank details."""
    deposits.delete_bank_details(caller, clock.now())


# ---- waitlist ------------------------------------------------------------------------------------


@app.route(
    "/v1/appointments/waitlist",
    methods=["POST"],
    status=201,
    errors=(NotFound, Forbidden, Blocked, AlreadyWaiting, TooManyWaits),
)
def join_waitlist(caller: Caller, body: JoinWaitlistRequest) -> WaitlistEntryView:
    """Join the waitlist of a service for some dates.

    The `waitlistMode` of the service decides what happens with a freed slot: it is held for the
    first client in line until a time to answer (`offer`), or everybody who is waiting is notified
    and the first to book gets it.
    """
    return waitlist.join(caller, body, clock.now())


@app.route("/v1/appointments/waitlist", methods=["GET"], scope=Scope.CALENDAR)
def list_waitlist_entries(caller: Caller, query: WaitlistQuery) -> WaitlistEntryList:
    """List the entries on the caller's waitlists as artist, or their own as client."""
    return waitlist.list_own(caller, query)


@app.route("/v1/appointments/waitlist/{id}", methods=["DELETE"], status=204, errors=(NotFound,))
def leave_waitlist(caller: Caller, id: WaitlistEntryId) -> None:
    """Leave a waitlist.

    A slot that is on offer goes to the next in line.
    """
    waitlist.leave(caller, id, clock.now())


# ---- overview and calendars ----------------------------------------------------------------------


@app.route("/v1/appointments/overview", methods=["GET"])
def get_appointment_overview(
    caller: Caller, query: AppointmentOverviewQuery
) -> AppointmentOverview:
    """Get the caller's overview, as artist or as client."""
    return overview.get(caller, query, clock.now())


@app.route("/v1/appointments/calendar", methods=["GET"])
def get_calendar_feed(caller: Caller) -> CalendarFeed:
    """Get the status of the caller's calendar feed."""
    return calendar_feeds.get(caller)


@app.route("/v1/appointments/calendar", methods=["POST"], status=201, idempotent=False)
def renew_calendar_feed(caller: Caller) -> CalendarFeed:
    """Create the caller's calendar feed, or give it a new secret path.

    The path is only shown in this response. An earlier path stops working.
    """
    return calendar_feeds.renew(caller)


@app.route("/v1/appointments/calendar", methods=["DELETE"], status=204)
def delete_calendar_feed(caller: Caller) -> None:
    """Delete the caller's calendar feed.

    Its path stops working.
    """
    calendar_feeds.delete(caller.user_id)


@app.route(
    "/v1/appointments/calendar/{file}",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="calendar-feeds",
    errors=(NotFound,),
)
def read_calendar_feed(file: CalendarFileName) -> RawResponse:
    """Read a calendar feed as an iCalendar file, for calendar programs."""
    return _calendar(calendar_feeds.render_feed(file, clock.now()))


@app.route("/v1/appointments/{id}/calendar.ics", methods=["GET"], errors=(NotFound,))
def get_appointment_calendar(caller: Caller, id: AppointmentId) -> RawResponse:
    """Get an appointment as an iCalendar file.

    The file of an appointment that does not take place removes it from a calendar.
    """
    return _calendar(calendar_feeds.render_appointment(caller, id))


@app.route("/v1/appointments/external-calendars", methods=["GET"], roles=(Role.ARTIST,))
def list_external_calendars(caller: Caller) -> ExternalCalendarList:
    """List the caller's external calendars."""
    return external_calendars.list_own(caller)


@app.route(
    "/v1/appointments/external-calendars",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
    errors=(TooManyCalendars,),
)
def add_external_calendar(caller: Caller, body: ExternalCalendarRequest) -> ExternalCalendarView:
    """Add a calendar of another program, whose busy times block slots.

    It is read at once, and every half hour after that.
    """
    return external_calendars.add(caller, body, clock.now())


@app.route(
    "/v1/appointments/external-calendars/{id}",
    methods=["DELETE"],
    status=204,
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def delete_external_calendar(caller: Caller, id: ExternalCalendarId) -> None:
    """Delete an external calendar and its busy times."""
    external_calendars.delete(caller, id, clock.now())


def _calendar(file: CalendarFile) -> RawResponse:
    # The method stands beside the calendar as well as in it (RFC 5545, 3.7.2 and 8.1).
    return RawResponse(file.text, f"text/calendar; method={file.method}; charset=utf-8")


# ---- triggers ------------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Consume domain events."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Process due records."""
    due_work.sweep(clock.now(), lambda: queues.seconds_left(event))


@app.on_sqs_message(queue=external_calendars.QUEUE, batch_size=1)
def external_calendars_worker(batch: SQSEvent) -> dict[str, Any]:
    """Read external calendars."""

    def handle(message: CalendarRefresh) -> None:
        external_calendars.refresh(message, clock.now())

    return queues.consume(
        batch, external_calendars.QUEUE, CalendarRefresh, handle, RETRY_BASE_SECONDS
    )


# ---- for operators -------------------------------------------------------------------------------


@app.operator_function()
def copies(request: CopiesByUserQuery) -> PersonCopies:
    """Return the stored copies of these users, to be compared with profiles."""
    return person_copies.list_copies(request)


@app.operator_function()
def import_rows(request: ImportRowsRequest) -> ImportedRows:
    """Import appointments from an earlier system."""
    return imported_rows.import_rows(request, imports.KINDS, clock.now())


@app.operator_function(name="republish")
def republish_appointments(request: RepublishAppointmentsRequest) -> RepublishedAppointments:
    """Publish the appointments of these clients again."""
    return republication.republish(request, clock.now())
