"""The door of appointments: routes and triggers."""

from typing import Any

from chalice.app import CloudWatchEvent, Rate, SQSEvent

from appointments import consumers, store
from appointments.events import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentCreated,
    AppointmentDeclined,
    AppointmentExpired,
    AppointmentNoShow,
    AppointmentRescheduled,
    DepositConfirmed,
    DepositForfeited,
    DepositProofSubmitted,
    DepositRefunded,
    DepositRejected,
    DepositRequested,
    DepositTransferred,
    ProposalAccepted,
    ProposalDeclined,
    ProposalExpired,
    ProposalSent,
    ProposalWithdrawn,
    ServiceRemoved,
    ServiceSaved,
    WaitlistJoined,
    WaitlistOffered,
    WaitlistOpened,
)
from appointments.models import Availability, Service
from appointments.schemas import (
    Appointments,
    AppointmentsQuery,
    AppointmentView,
    AvailabilityRequest,
    BankDetails,
    BookingRequest,
    CancelRequest,
    CostPreview,
    DeclineRequest,
    ExternalCalendarRequest,
    ExternalCalendars,
    ExternalCalendarView,
    Feed,
    Hold,
    HoldRequest,
    NoteRequest,
    Overview,
    OverviewQuery,
    Plan,
    PlanRequest,
    PreviewQuery,
    ProofRequest,
    ProposalRequest,
    Proposals,
    ProposalsQuery,
    ProposalView,
    RefreshOrder,
    RefundRequest,
    RescheduleRequest,
    ServiceRequest,
    Services,
    ServicesQuery,
    Slots,
    SlotsQuery,
    TransferRequest,
    WaitRequest,
    Waits,
    WaitsQuery,
    WaitView,
    WalkInRequest,
)
from appointments.use_cases import (
    availability,
    booking,
    calendar_feeds,
    deposits,
    due_work,
    external_calendars,
    lifecycle,
    overview,
    proposals,
    queries,
    services,
    waitlist,
)
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.operations import RawResponse
from shared.platform import clock

RETRY_BASE_SECONDS = 60  # for calendars elsewhere, whose servers may rest a while

app = FeatureApp("appointments", ready={"dynamodb": store.ping})
app.publishes(
    *(AppointmentCreated, AppointmentConfirmed, AppointmentDeclined, AppointmentRescheduled),
    *(AppointmentCancelled, AppointmentExpired, AppointmentCompleted, AppointmentNoShow),
    *(DepositRequested, DepositProofSubmitted, DepositConfirmed, DepositRejected),
    *(DepositRefunded, DepositForfeited, DepositTransferred),
    *(ProposalSent, ProposalAccepted, ProposalDeclined, ProposalWithdrawn, ProposalExpired),
    *(WaitlistJoined, WaitlistOffered, WaitlistOpened),
    *(ServiceSaved, ServiceRemoved),
)
app.health_route()
outbox = app.outbox_relay(table="appointments")


# ---- catalogue and availability ----------------------------------------------------------------


@app.route("/v1/appointments/services", methods=["GET"], public=True)
def list_services(query: ServicesQuery) -> Services:
    """What an artist can be booked for."""
    return services.of_artist(query.artist_id)


@app.route("/v1/appointments/services", methods=["POST"], status=201, roles=(Role.ARTIST,))
def add_service(caller: Caller, body: ServiceRequest) -> Service:
    """Add a service to the caller's catalogue."""
    return services.add(caller, body, clock.now())


@app.route("/v1/appointments/services/{id}", methods=["GET"], public=True)
def get_service(id: str) -> Service:
    """One service."""
    return services.find(id)


@app.route("/v1/appointments/services/{id}", methods=["PUT"], roles=(Role.ARTIST,))
def change_service(caller: Caller, id: str, body: ServiceRequest) -> Service:
    """Replace a service of the caller's; what is booked already stays as it was agreed."""
    return services.change(caller, id, body, clock.now())


@app.route("/v1/appointments/services/{id}", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def remove_service(caller: Caller, id: str) -> None:
    """Take a service out of the caller's catalogue; what is booked already stays."""
    services.remove(caller, id, clock.now())


@app.route("/v1/appointments/availability", methods=["GET"], roles=(Role.ARTIST,))
def get_availability(caller: Caller) -> Availability:
    """When the caller takes bookings."""
    return availability.of(caller)


@app.route("/v1/appointments/availability", methods=["PUT"], roles=(Role.ARTIST,))
def replace_availability(caller: Caller, body: AvailabilityRequest) -> Availability:
    """Replace when the caller takes bookings: windows by the wall clock of an IANA time zone.

    `weekly` per weekday, `overrides` instead of a weekday's for one date, `timeOff` out of both.
    """
    return availability.replace(caller, body)


@app.route("/v1/appointments/slots", methods=["GET"], public=True)
def list_slots(query: SlotsQuery) -> Slots:
    """The free slots of a service; each of them can be booked.

    `from` and `to` are instants, or dates of `timeZone`; `local` is the start in that zone.
    """
    return booking.free_slots(query, clock.now())


# ---- booking -----------------------------------------------------------------------------------


@app.route("/v1/appointments/holds", methods=["POST"], status=201)
def hold_slot(caller: Caller, body: HoldRequest) -> Hold:
    """Keep a slot for the caller alone for ten minutes; book it with its id."""
    return booking.hold(caller, body, clock.now())


@app.route("/v1/appointments/holds/{id}", methods=["DELETE"], status=204)
def release_hold(caller: Caller, id: str) -> None:
    """Give a hold up before its time."""
    booking.release(caller, id, clock.now())


@app.route("/v1/appointments", methods=["POST"], status=201)
def book_appointment(caller: Caller, body: BookingRequest) -> AppointmentView:
    """Book a hold (`holdId`), or a slot of a service (`serviceId` and `startsAt`).

    The artist of the service books for the `clientId` they name. Price, names and policies are
    those of the catalogue at this moment.
    """
    return booking.book(caller, body, clock.now())


@app.route("/v1/appointments/walk-ins", methods=["POST"], status=201, roles=(Role.ARTIST,))
def add_walk_in(caller: Caller, body: WalkInRequest) -> AppointmentView:
    """Book the caller's time from this minute on for somebody who is there."""
    return booking.walk_in(caller, body, clock.now())


@app.route("/v1/appointments", methods=["GET"])
def list_appointments(caller: Caller, query: AppointmentsQuery) -> Appointments:
    """The caller's appointments by their start, as artist or as client (`role`).

    `status` may be several, with commas between.
    """
    return queries.list_for(caller, query)


@app.route("/v1/appointments/{id}", methods=["GET"])
def get_appointment(caller: Caller, id: str) -> AppointmentView:
    """One appointment; a client who has to pay a deposit is shown where to."""
    return queries.get(caller, id)


# ---- changing ----------------------------------------------------------------------------------


@app.route("/v1/appointments/{id}/confirm", methods=["POST"])
def confirm_appointment(caller: Caller, id: str) -> AppointmentView:
    """The artist takes it."""
    return lifecycle.confirm(caller, id, clock.now())


@app.route("/v1/appointments/{id}/decline", methods=["POST"])
def decline_appointment(caller: Caller, id: str, body: DeclineRequest) -> AppointmentView:
    """The artist does not take it."""
    return lifecycle.decline(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/cancel", methods=["POST"])
def cancel_appointment(
    caller: Caller, id: str, query: PreviewQuery, body: CancelRequest
) -> AppointmentView | CostPreview:
    """Cancel; with `preview=true` only answer what it would cost, and by which clause.

    Where it costs something, `version` is that of the preview: the cost is the one that was shown,
    or the call is refused.
    """
    if query.preview:
        return lifecycle.preview_cancel(caller, id, clock.now())
    return lifecycle.cancel(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/reschedule", methods=["POST"])
def reschedule_appointment(
    caller: Caller, id: str, query: PreviewQuery, body: RescheduleRequest
) -> AppointmentView | CostPreview:
    """Move to another start; with `preview=true` only answer what it would cost, as `cancel`."""
    if query.preview:
        return lifecycle.preview_reschedule(caller, id, body, clock.now())
    return lifecycle.reschedule(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/complete", methods=["POST"])
def complete_appointment(caller: Caller, id: str) -> AppointmentView:
    """It took place."""
    return lifecycle.complete(caller, id, clock.now())


@app.route("/v1/appointments/{id}/no-show", methods=["POST"])
def report_no_show(caller: Caller, id: str) -> AppointmentView:
    """The client did not come."""
    return lifecycle.no_show(caller, id, clock.now())


# ---- projects ----------------------------------------------------------------------------------


@app.route("/v1/appointments/plans", methods=["POST"], roles=(Role.ARTIST,))
def plan_project(caller: Caller, body: PlanRequest) -> Plan:
    """Find a slot for every sitting of a project; nothing is kept yet.

    `weekly`, `biweekly` and `monthly` count from `startsOn`, `consecutive` from sitting to sitting.
    A sitting goes on one of the next days where its date has no free slot.
    """
    return proposals.plan(caller, body, clock.now())


@app.route("/v1/appointments/proposals", methods=["POST"], status=201, roles=(Role.ARTIST,))
def propose_project(caller: Caller, body: ProposalRequest) -> ProposalView:
    """Propose dates for a project; they are kept free for its life, all of them or none.

    Price and policies are those of the catalogue at this moment. It ends after `expiresInHours`, or
    when its first sitting would start.
    """
    return proposals.propose(caller, body, clock.now())


@app.route("/v1/appointments/proposals", methods=["GET"])
def list_proposals(caller: Caller, query: ProposalsQuery) -> Proposals:
    """The caller's proposals, oldest first, as artist or as client (`role`)."""
    return proposals.list_for(caller, query)


@app.route("/v1/appointments/proposals/{id}", methods=["GET"])
def get_proposal(caller: Caller, id: str) -> ProposalView:
    """One proposal."""
    return proposals.get(caller, id)


@app.route("/v1/appointments/proposals/{id}/accept", methods=["POST"])
def accept_proposal(caller: Caller, id: str) -> ProposalView:
    """The client takes it: all sittings are booked and confirmed, or none."""
    return proposals.accept(caller, id, clock.now())


@app.route("/v1/appointments/proposals/{id}/decline", methods=["POST"])
def decline_proposal(caller: Caller, id: str) -> ProposalView:
    """The client does not take it."""
    return proposals.decline(caller, id, clock.now())


@app.route("/v1/appointments/proposals/{id}/withdraw", methods=["POST"])
def withdraw_proposal(caller: Caller, id: str) -> ProposalView:
    """The artist takes it back."""
    return proposals.withdraw(caller, id, clock.now())


# ---- deposits ----------------------------------------------------------------------------------


@app.route("/v1/appointments/{id}/deposit/proof", methods=["POST"])
def submit_deposit_proof(caller: Caller, id: str, body: ProofRequest) -> AppointmentView:
    """The client paid the deposit."""
    return deposits.prove(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/deposit/confirm", methods=["POST"])
def confirm_deposit(caller: Caller, id: str, body: NoteRequest) -> AppointmentView:
    """The artist has the deposit; a direct booking that waited for it is confirmed."""
    return deposits.confirm(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/deposit/reject", methods=["POST"])
def reject_deposit(caller: Caller, id: str, body: NoteRequest) -> AppointmentView:
    """The artist does not find the payment; it is due again."""
    return deposits.reject(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/deposit/refund", methods=["POST"])
def refund_deposit(caller: Caller, id: str, body: RefundRequest) -> AppointmentView:
    """The artist gave back all that is held of the deposit, or `amount`."""
    return deposits.refund(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/deposit/transfer", methods=["POST"])
def transfer_deposit(caller: Caller, id: str, body: TransferRequest) -> AppointmentView:
    """The artist applies what is held of the deposit to another sitting of the project."""
    return deposits.transfer(caller, id, body, clock.now())


@app.route("/v1/appointments/bank-details", methods=["GET"], roles=(Role.ARTIST,))
def get_bank_details(caller: Caller) -> BankDetails:
    """Where the caller has deposits paid to."""
    return deposits.bank_details(caller)


@app.route("/v1/appointments/bank-details", methods=["PUT"], roles=(Role.ARTIST,))
def replace_bank_details(caller: Caller, body: BankDetails) -> BankDetails:
    """Have deposits paid there; clients see it only while theirs is due."""
    return deposits.replace_bank_details(caller, body)


@app.route("/v1/appointments/bank-details", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def remove_bank_details(caller: Caller) -> None:
    """Show no bank details to anybody any more."""
    deposits.remove_bank_details(caller)


# ---- waitlist ----------------------------------------------------------------------------------


@app.route("/v1/appointments/waitlist", methods=["POST"], status=201)
def join_waitlist(caller: Caller, body: WaitRequest) -> WaitView:
    """Wait for a slot of a service that starts on one of these dates of the artist's zone.

    By the service's `waitlistMode` a freed slot is kept for the first in line (`offer`), until a
    time to answer; or all who wait are told, and the first to book has it.
    """
    return waitlist.join(caller, body, clock.now())


@app.route("/v1/appointments/waitlist", methods=["GET"])
def list_waitlist(caller: Caller, query: WaitsQuery) -> Waits:
    """Who waits for the caller as artist, or for what the caller waits as client (`role`)."""
    return waitlist.list_for(caller, query)


@app.route("/v1/appointments/waitlist/{id}", methods=["DELETE"], status=204)
def leave_waitlist(caller: Caller, id: str) -> None:
    """Wait no longer; a slot that is on offer goes to the next in line."""
    waitlist.leave(caller, id, clock.now())


# ---- overview and calendars --------------------------------------------------------------------


@app.route("/v1/appointments/overview", methods=["GET"])
def get_overview(caller: Caller, query: OverviewQuery) -> Overview:
    """What matters now to the caller as artist or as client (`role`)."""
    return overview.of(caller, query, clock.now())


@app.route("/v1/appointments/calendar", methods=["GET"])
def get_feed(caller: Caller) -> Feed:
    """Whether the caller has a calendar feed."""
    return calendar_feeds.of(caller)


@app.route("/v1/appointments/calendar", methods=["POST"], status=201, idempotent=False)
def renew_feed(caller: Caller) -> Feed:
    """Make the caller's calendar feed, or give it a new secret address.

    The address is told this once; one from before stops working.
    """
    return calendar_feeds.renew(caller)


@app.route("/v1/appointments/calendar", methods=["DELETE"], status=204)
def revoke_feed(caller: Caller) -> None:
    """Let the address of the caller's calendar feed work no more."""
    calendar_feeds.revoke(caller)


@app.route(
    "/v1/appointments/calendar/{file}",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="calendar_feeds",
)
def read_feed(file: str) -> RawResponse:
    """The calendar at a secret address, `<token>.ics`, for calendar programs."""
    return _calendar(calendar_feeds.text(file, clock.now()))


@app.route("/v1/appointments/{id}/calendar.ics", methods=["GET"])
def get_calendar_file(caller: Caller, id: str) -> RawResponse:
    """One appointment as a calendar file; when it is off, one that takes it out."""
    return _calendar(calendar_feeds.file_of(caller, id))


@app.route("/v1/appointments/external-calendars", methods=["GET"], roles=(Role.ARTIST,))
def list_external_calendars(caller: Caller) -> ExternalCalendars:
    """The caller's calendars elsewhere."""
    return external_calendars.list_for(caller)


@app.route(
    "/v1/appointments/external-calendars",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
)
def add_external_calendar(caller: Caller, body: ExternalCalendarRequest) -> ExternalCalendarView:
    """Let the busy times of a calendar elsewhere (the URL of its ICS) keep slots free here."""
    return external_calendars.add(caller, body, clock.now())


@app.route(
    "/v1/appointments/external-calendars/{id}",
    methods=["DELETE"],
    status=204,
    roles=(Role.ARTIST,),
)
def remove_external_calendar(caller: Caller, id: str) -> None:
    """Forget a calendar elsewhere, and what it kept free."""
    external_calendars.remove(caller, id)


def _calendar(text: str) -> RawResponse:
    return RawResponse(text, "text/calendar; charset=utf-8")


# ---- triggers ----------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Learn of policies and deleted users; let those who wait have what was freed."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Do what time alone brings about."""
    due_work.sweep(clock.now(), lambda: queues.seconds_left(event))


@app.on_sqs_message(queue=external_calendars.QUEUE, batch_size=1)
def external_calendars_worker(batch: SQSEvent) -> dict[str, Any]:
    """Read a calendar elsewhere."""

    def handle(order: RefreshOrder) -> None:
        external_calendars.read_again(order, clock.now())

    return queues.consume(batch, external_calendars.QUEUE, RefreshOrder, handle, RETRY_BASE_SECONDS)
