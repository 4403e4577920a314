"""The door of appointments: routes and triggers."""

from appointments import (
    availability,
    booking,
    catalogue,
    changes,
    feeds,
    overview,
    reading,
    store,
)
from appointments.facts import (
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
from appointments.records import Availability, Service
from appointments.types import (
    Appointments,
    AppointmentsQuery,
    AppointmentView,
    AvailabilityRequest,
    BookingRequest,
    CancelRequest,
    CostPreview,
    DeclineRequest,
    Feed,
    Hold,
    HoldRequest,
    Overview,
    OverviewQuery,
    PreviewQuery,
    RescheduleRequest,
    ServiceRequest,
    Services,
    ServicesQuery,
    Slots,
    SlotsQuery,
    WalkInRequest,
)
from shared import clock
from shared.caller import Caller, Role
from shared.feature_app import FeatureApp
from shared.operations import Page

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
    return catalogue.of_artist(query.artist_id)


@app.route("/v1/appointments/services", methods=["POST"], status=201, roles=(Role.ARTIST,))
def add_service(caller: Caller, body: ServiceRequest) -> Service:
    """Add a service to the caller's catalogue."""
    return catalogue.add(caller, body, clock.now())


@app.route("/v1/appointments/services/{id}", methods=["GET"], public=True)
def get_service(id: str) -> Service:
    """One service."""
    return catalogue.find(id)


@app.route("/v1/appointments/services/{id}", methods=["PUT"], roles=(Role.ARTIST,))
def change_service(caller: Caller, id: str, body: ServiceRequest) -> Service:
    """Replace a service of the caller's; what is booked already stays as it was agreed."""
    return catalogue.change(caller, id, body, clock.now())


@app.route("/v1/appointments/services/{id}", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def remove_service(caller: Caller, id: str) -> None:
    """Take a service out of the caller's catalogue; what is booked already stays."""
    catalogue.remove(caller, id, clock.now())


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
    return reading.list_for(caller, query)


@app.route("/v1/appointments/{id}", methods=["GET"])
def get_appointment(caller: Caller, id: str) -> AppointmentView:
    """One appointment; a client who has to pay a deposit is shown where to."""
    return reading.get(caller, id)


# ---- changing ----------------------------------------------------------------------------------


@app.route("/v1/appointments/{id}/confirm", methods=["POST"])
def confirm_appointment(caller: Caller, id: str) -> AppointmentView:
    """The artist takes it."""
    return changes.confirm(caller, id, clock.now())


@app.route("/v1/appointments/{id}/decline", methods=["POST"])
def decline_appointment(caller: Caller, id: str, body: DeclineRequest) -> AppointmentView:
    """The artist does not take it."""
    return changes.decline(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/cancel", methods=["POST"])
def cancel_appointment(
    caller: Caller, id: str, query: PreviewQuery, body: CancelRequest
) -> AppointmentView | CostPreview:
    """Cancel; with `preview=true` only answer what it would cost, and by which clause.

    Where it costs something, `version` is that of the preview: the cost is the one that was shown,
    or the call is refused.
    """
    if query.preview:
        return changes.preview_cancel(caller, id, clock.now())
    return changes.cancel(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/reschedule", methods=["POST"])
def reschedule_appointment(
    caller: Caller, id: str, query: PreviewQuery, body: RescheduleRequest
) -> AppointmentView | CostPreview:
    """Move to another start; with `preview=true` only answer what it would cost, as `cancel`."""
    if query.preview:
        return changes.preview_reschedule(caller, id, body, clock.now())
    return changes.reschedule(caller, id, body, clock.now())


@app.route("/v1/appointments/{id}/complete", methods=["POST"])
def complete_appointment(caller: Caller, id: str) -> AppointmentView:
    """It took place."""
    return changes.complete(caller, id, clock.now())


@app.route("/v1/appointments/{id}/no-show", methods=["POST"])
def report_no_show(caller: Caller, id: str) -> AppointmentView:
    """The client did not come."""
    return changes.no_show(caller, id, clock.now())


# ---- overview and calendars --------------------------------------------------------------------


@app.route("/v1/appointments/overview", methods=["GET"])
def get_overview(caller: Caller, query: OverviewQuery) -> Overview:
    """What matters now to the caller as artist or as client (`role`)."""
    return overview.of(caller, query, clock.now())


@app.route("/v1/appointments/calendar", methods=["GET"])
def get_feed(caller: Caller) -> Feed:
    """Whether the caller has a calendar feed."""
    return feeds.of(caller)


@app.route("/v1/appointments/calendar", methods=["POST"], status=201, idempotent=False)
def renew_feed(caller: Caller) -> Feed:
    """Make the caller's calendar feed, or give it a new secret address.

    The address is told this once; one from before stops working.
    """
    return feeds.renew(caller)


@app.route("/v1/appointments/calendar", methods=["DELETE"], status=204)
def revoke_feed(caller: Caller) -> None:
    """Let the address of the caller's calendar feed work no more."""
    feeds.revoke(caller)


@app.route(
    "/v1/appointments/calendar/{file}",
    methods=["GET"],
    public=True,
    keyless=True,
    limit="calendar_feeds",
)
def read_feed(file: str) -> Page:
    """The calendar at a secret address, `<token>.ics`, for calendar programs."""
    return _calendar(feeds.text(file, clock.now()))


@app.route("/v1/appointments/{id}/calendar.ics", methods=["GET"])
def get_calendar_file(caller: Caller, id: str) -> Page:
    """One appointment as a calendar file; when it is off, one that takes it out."""
    return _calendar(feeds.file_of(caller, id))


def _calendar(text: str) -> Page:
    return Page(text, "text/calendar; charset=utf-8")
