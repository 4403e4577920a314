"""Notices of appointments, to the side that did not act.

Events arrive in any order. Nobody is notified of a time after a newer version of the appointment
was seen, so no outdated time is sent; the end of an appointment is always
announced. The events of one transaction have one version, so none of them silences another.
"""

from datetime import datetime

from domain import quotation
from domain.money import format_money
from notifications.events import (
    AppointmentCancelled,
    AppointmentCorrected,
    AppointmentDeclined,
    AppointmentEvent,
    AppointmentRescheduled,
    Side,
)
from notifications.notices import booking_notice, parties
from notifications.notices.booking_notice import Variables
from notifications.store import artist_clients, seen_events
from shared.events.domain_events import DomainEvent, decode_data

PENDING = "pending"
FIRST_VERSION = 1  # of an appointment that was not changed since it was booked


def handle_created(event: DomainEvent, now: datetime) -> None:
    """Notify the artist of a booking or a request, or the client that they were booked.

    The sittings of a project are announced to the artist by the acceptance of its proposal.
    """
    appointment = decode_data(event, AppointmentEvent)
    is_newest = _record(appointment, now, client_booked=appointment.by is Side.CLIENT)
    if not is_newest:
        return
    both = parties.find(appointment.artist_id, appointment.client_id)
    if appointment.by is not Side.ARTIST and appointment.proposal_id is None:
        booking_notice.send(
            both.artist,
            "booking-request" if appointment.status == PENDING else "new-booking",
            _build_place_and_time(appointment) | {"clientName": both.client.name},
            event,
            now,
            link=appointment.link,
            good_until=appointment.ends_at,
        )
    if appointment.by is not Side.CLIENT:
        booking_notice.send(
            both.client,
            "booked-for-you",
            _build_place_and_time(appointment) | {"artistName": both.artist.name},
            event,
            now,
            link=appointment.link,
            good_until=appointment.ends_at,
        )


def handle_confirmed(event: DomainEvent, now: datetime) -> None:
    """Confirm an appointment to the client, unless `handle_created` announced it to them."""
    appointment = decode_data(event, AppointmentEvent)
    is_newest = _record(appointment, now, confirmed=True)
    is_first = appointment.record_version == FIRST_VERSION
    was_booked_for_client = is_first and appointment.by is not Side.CLIENT
    if not is_newest or was_booked_for_client:
        return
    both = parties.find(appointment.artist_id, appointment.client_id)
    booking_notice.send(
        both.client,
        "appointment-confirmation",
        _build_place_and_time(appointment) | {"artistName": both.artist.name},
        event,
        now,
        link=appointment.link,
        good_until=appointment.ends_at,
    )


def handle_declined(event: DomainEvent, now: datetime) -> None:
    """Notify the client that the artist declined their request."""
    appointment = decode_data(event, AppointmentDeclined)
    _record(appointment, now)
    both = parties.find(appointment.artist_id, appointment.client_id)
    variables = _build_time(appointment) | {
        "artistName": both.artist.name,
        "reason": _format_reason(appointment),
    }
    booking_notice.send(
        both.client, "appointment-declined", variables, event, now, link=appointment.link
    )


def handle_rescheduled(event: DomainEvent, now: datetime) -> None:
    """Notify the other side of the new time and the previous one."""
    appointment = decode_data(event, AppointmentRescheduled)
    if not _record(appointment, now):
        return
    previous = booking_notice.format_local(appointment.previous_starts_at, appointment.time_zone)
    variables = _build_place_and_time(appointment) | {
        "previousStartsAt": previous,
        "isPending": appointment.status == PENDING,
        "fee": _format_fee(appointment),
    }
    _send_to_others(
        appointment,
        "appointment-rescheduled",
        variables,
        event,
        now,
        good_until=appointment.ends_at,
    )


def handle_cancelled(event: DomainEvent, now: datetime) -> None:
    """Notify the other side that the appointment was cancelled, and why."""
    appointment = decode_data(event, AppointmentCancelled)
    _record(appointment, now)
    variables = _build_time(appointment) | {
        "reason": _format_reason(appointment),
        "fee": _format_fee(appointment),
    }
    _send_to_others(appointment, "appointment-cancelled", variables, event, now)


def handle_expired(event: DomainEvent, now: datetime) -> None:
    """Notify both sides that the request was not answered in time."""
    appointment = decode_data(event, AppointmentEvent)
    _record(appointment, now)
    _send_to_others(appointment, "appointment-expired", _build_time(appointment), event, now)


def handle_corrected(event: DomainEvent, now: datetime) -> None:
    """Notify the client that an outcome of the appointment was a mistake, and why."""
    appointment = decode_data(event, AppointmentCorrected)
    _record(appointment, now)
    variables = _build_time(appointment) | {
        "state": appointment.previous_status,
        "reason": _format_reason(appointment),
    }
    _send_to_others(appointment, "appointment-corrected", variables, event, now)


def _record(
    appointment: AppointmentEvent,
    now: datetime,
    *,
    client_booked: bool = False,
    confirmed: bool = False,
) -> bool:
    """Record the event, and the client of the artist. Return whether no newer one was seen.

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
    if seen.client_booked and seen.confirmed and appointment.client_id is not None:
        artist_clients.add(appointment.artist_id, appointment.client_id)
    return seen.is_newest(appointment.record_version)


def _send_to_others(
    appointment: AppointmentEvent,
    template: str,
    variables: Variables,
    event: DomainEvent,
    now: datetime,
    *,
    good_until: datetime | None = None,
) -> None:
    both = parties.find(appointment.artist_id, appointment.client_id)
    for party, other in both.list_others(appointment.by):
        booking_notice.send(
            party,
            template,
            variables | {"otherName": other.name},
            event,
            now,
            link=appointment.link,
            good_until=good_until,
        )


def _build_time(appointment: AppointmentEvent) -> Variables:
    return booking_notice.build_service_variables(
        appointment.service_name
    ) | booking_notice.build_time_variables(appointment.starts_at, appointment.time_zone)


def _build_place_and_time(appointment: AppointmentEvent) -> Variables:
    location = quotation.quote(appointment.location, quotation.MAX_PLACE) or None
    return {"location": location} | _build_time(appointment)


def _format_reason(
    appointment: AppointmentDeclined | AppointmentCancelled | AppointmentCorrected,
) -> str | None:
    return quotation.quote_lines(appointment.reason) or None


def _format_fee(appointment: AppointmentRescheduled | AppointmentCancelled) -> str | None:
    if not appointment.fee:
        return None
    return format_money(appointment.fee, appointment.price.currency)
