"""Notices of appointments: both sides get one of every change.

The side that acted gets a confirmation of its own act, the other side a notice of it. Mails bring
the appointment along for the reader's calendar, and the fee with the clause that decided it.

Events arrive in any order. Nobody is notified of a time after a newer version of the appointment
was seen, so no outdated time is sent; the end of an appointment is always
announced. The events of one transaction have one version, so none of them silences another.
"""

from datetime import datetime

from domain import quotation
from domain.money import Money
from notifications.events import (
    AppointmentCancelled,
    AppointmentCorrected,
    AppointmentCost,
    AppointmentDeclined,
    AppointmentEvent,
    AppointmentRescheduled,
    Side,
)
from notifications.notices import booking_notice, parties
from notifications.notices.booking_notice import Variables
from notifications.notices.parties import Parties, Party
from notifications.rules import local_time
from notifications.store import seen_events
from notifications.use_cases import birthdays, reminders
from shared.events.domain_events import DomainEvent, decode_data

PENDING = "pending"
FIRST_VERSION = 1  # of an appointment that was not changed since it was booked
OWN_CHANGE = "own-change"


def handle_created(event: DomainEvent, now: datetime) -> None:
    """Notify the artist of a booking or a request, or the client that they were booked.

    Who booked gets a confirmation; a client whose booking needs no answer gets it when
    `handle_confirmed` runs. The sittings of a proposal are announced to the artist by its
    acceptance.
    """
    appointment = decode_data(event, AppointmentEvent)
    is_newest = _record(appointment, event, now, client_booked=appointment.by is Side.CLIENT)
    if not is_newest:
        return
    notice = _Notice(appointment, event, now)
    is_pending = appointment.status == PENDING
    if appointment.by is not Side.ARTIST and appointment.proposal_id is None:
        template = "booking-request" if is_pending else "new-booking"
        notice.send(notice.both.artist, template, {"clientName": notice.both.client.name})
    if appointment.by is not Side.CLIENT:
        name = notice.both.artist.name
        notice.send(notice.both.client, "booked-for-you", {"artistName": name})
    if appointment.by is Side.ARTIST:
        notice.send_to_actor("booked")
    elif is_pending:
        notice.send_to_actor("requested")


def handle_confirmed(event: DomainEvent, now: datetime) -> None:
    """Confirm an appointment to the client, unless `handle_created` announced it to them."""
    appointment = decode_data(event, AppointmentEvent)
    is_newest = _record(appointment, event, now, confirmed=True)
    is_first = appointment.record_version == FIRST_VERSION
    was_booked_for_client = is_first and appointment.by is not Side.CLIENT
    if not is_newest or was_booked_for_client:
        return
    notice = _Notice(appointment, event, now)
    notice.send(
        notice.both.client,
        "appointment-confirmation",
        {"artistName": notice.both.artist.name, "isOwnBooking": appointment.by is Side.CLIENT},
    )
    if appointment.by is Side.ARTIST:
        notice.send_to_actor("confirmed")


def handle_declined(event: DomainEvent, now: datetime) -> None:
    """Notify both sides that the artist declined the client's request."""
    appointment = decode_data(event, AppointmentDeclined)
    _record(appointment, event, now)
    notice = _Notice(appointment, event, now, is_on=False)
    reason: Variables = {"reason": _format_reason(appointment)}
    name: Variables = {"artistName": notice.both.artist.name}
    notice.send(notice.both.client, "appointment-declined", name | reason)
    notice.send_to_actor("declined", reason)


def handle_rescheduled(event: DomainEvent, now: datetime) -> None:
    """Notify both sides of the new time and the previous one."""
    appointment = decode_data(event, AppointmentRescheduled)
    if not _record(appointment, event, now):
        return
    notice = _Notice(appointment, event, now)
    moved: Variables = {
        "previousStartsAt": local_time.convert(
            appointment.previous_starts_at, appointment.time_zone
        ),
        "isPending": appointment.status == PENDING,
    }
    notice.send_to_both("appointment-rescheduled", "moved", moved | _build_cost(appointment))


def handle_cancelled(event: DomainEvent, now: datetime) -> None:
    """Notify both sides that the appointment was cancelled, why, and at what cost."""
    appointment = decode_data(event, AppointmentCancelled)
    _record(appointment, event, now)
    notice = _Notice(appointment, event, now, is_on=False)
    variables = _build_cost(appointment) | {"reason": _format_reason(appointment)}
    notice.send_to_both("appointment-cancelled", "cancelled", variables)


def handle_expired(event: DomainEvent, now: datetime) -> None:
    """Notify both sides that the request was not answered in time."""
    appointment = decode_data(event, AppointmentEvent)
    _record(appointment, event, now)
    _Notice(appointment, event, now, is_on=False).send_to_both("appointment-expired", None)


def handle_completed(event: DomainEvent, now: datetime) -> None:
    """Notify the client that the artist recorded the appointment as completed."""
    appointment = decode_data(event, AppointmentEvent)
    if _record(appointment, event, now):
        _Notice(appointment, event, now, is_over=True).send_to_both("appointment-completed", None)


def handle_no_show(event: DomainEvent, now: datetime) -> None:
    """Notify both sides that the client did not come, and at what cost."""
    appointment = decode_data(event, AppointmentCost)
    if _record(appointment, event, now):
        notice = _Notice(appointment, event, now, is_over=True)
        notice.send_to_both("appointment-no-show", "missed", _build_cost(appointment))


def handle_corrected(event: DomainEvent, now: datetime) -> None:
    """Notify both sides that an outcome of the appointment was a mistake, and why."""
    appointment = decode_data(event, AppointmentCorrected)
    _record(appointment, event, now)
    variables: Variables = {"reason": _format_reason(appointment)}
    notice = _Notice(appointment, event, now, is_over=True)
    state: Variables = {"state": appointment.previous_status}
    notice.send_to_others("appointment-corrected", variables | state)
    notice.send_to_actor("corrected", variables)


class _Notice:
    """The notices of one event.

    Args:
        appointment: Data of the event.
        event: The event.
        now: The present time.
        is_on: Whether the appointment is going to take place.
        is_over: Whether its time has come: calendars then keep what they have.
    """

    def __init__(
        self,
        appointment: AppointmentEvent,
        event: DomainEvent,
        now: datetime,
        *,
        is_on: bool = True,
        is_over: bool = False,
    ) -> None:
        self._appointment, self._event, self._now = appointment, event, now
        self._is_on, self._is_over = is_on, is_over
        self._is_ahead = is_on and not is_over
        self.both: Parties = parties.find(appointment.artist_id, appointment.client_id)

    def send(self, party: Party, template: str, variables: Variables) -> None:
        """Notify a party with a template."""
        appointment = self._appointment
        invitation = None
        if not self._is_over:
            invitation = booking_notice.build_invitation(
                appointment, self.both, party, self._event.time, is_on=self._is_on
            )
        place: Variables = {}
        if self._is_on:
            place["location"] = quotation.quote(appointment.location, quotation.MAX_PLACE) or None
        booking_notice.send(
            party,
            template,
            place | _build_time(appointment) | variables,
            self._event,
            self._now,
            link=appointment.link,
            # A confirmation is a record: it is never too late for it.
            good_until=appointment.ends_at if self._is_ahead and template != OWN_CHANGE else None,
            invitation=invitation,
        )

    def send_to_others(self, template: str, variables: Variables) -> None:
        """Notify the side that did not act, or both if the system did."""
        for party, other in self.both.list_others(self._appointment.by):
            self.send(party, template, variables | {"otherName": other.name})

    def send_to_actor(self, action: str, variables: Variables | None = None) -> None:
        """Confirm to the side that acted what it did."""
        actor = self.both.find_actor(self._appointment.by)
        if actor is not None:
            party, other = actor
            own: Variables = {"action": action, "otherName": other.name}
            self.send(party, OWN_CHANGE, (variables or {}) | own)

    def send_to_both(
        self, template: str, action: str | None, variables: Variables | None = None
    ) -> None:
        """Notify both sides; None as the action for what its actor needs no confirmation of."""
        self.send_to_others(template, variables or {})
        if action is not None:
            self.send_to_actor(action, variables)


def _record(
    appointment: AppointmentEvent,
    event: DomainEvent,
    now: datetime,
    *,
    client_booked: bool = False,
    confirmed: bool = False,
) -> bool:
    """Record the event, its reminders, and the client of the artist.

    Return whether no newer one was seen.

    An artist does not gain a client by booking for them: that takes the client's own booking, and
    its confirmation.
    """
    seen = seen_events.record(
        appointment.appointment_id,
        appointment.record_version,
        now,
        client_booked=client_booked,
        confirmed=confirmed,
    )
    is_newest = seen.is_newest(appointment.record_version)
    if is_newest:
        reminders.record_appointment(appointment, event.time, now)
    if seen.client_booked and seen.confirmed and appointment.client_id is not None:
        birthdays.add_client(appointment.artist_id, appointment.client_id, now)
    return is_newest


def _build_time(appointment: AppointmentEvent) -> Variables:
    return booking_notice.build_service_variables(
        appointment.service_name
    ) | booking_notice.build_time_variables(appointment.starts_at, appointment.time_zone)


def _format_reason(
    appointment: AppointmentDeclined | AppointmentCancelled | AppointmentCorrected,
) -> str | None:
    return quotation.quote_lines(appointment.reason) or None


def _build_cost(appointment: AppointmentCost) -> Variables:
    """Build the variables of a fee, and of the clause that decided it as it was charged."""
    fee = Money(appointment.fee, appointment.price.currency) if appointment.fee else None
    clause = appointment.explanation
    if clause and appointment.policy is not None and appointment.policy_number is not None:
        policy = appointment.policy.replace("_", "-")
        clause += f" This follows from version {appointment.policy_number} of the {policy} policy."
    return {"fee": fee, "clause": clause or None}
