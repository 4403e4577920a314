"""Notices of deposits and charges, to the side that must act or is waiting.

A notice reports the state of the deposit, so none is sent after a newer event of the deposit was
seen.
"""

from datetime import datetime

from domain import quotation
from domain.money import Money
from notifications.events import ChargeEvent, DepositDueSoon, DepositEvent, DepositOverdue
from notifications.models import Channel, ChannelSwitches, ReminderKind, ReminderReference
from notifications.notices import booking_notice, parties
from notifications.notices.booking_notice import Variables
from notifications.notices.parties import Parties
from notifications.rules import local_time
from notifications.store import seen_events, settings
from notifications.use_cases import reminders
from notifications.use_cases.dispatch import Cause
from notifications.use_cases.reminders import DEPOSIT
from shared.events.domain_events import DomainEvent, decode_data

NO_CHANNELS = ChannelSwitches(email=False, sms=False, push=False)


def handle_requested(event: DomainEvent, now: datetime) -> None:
    """Ask the client to pay the deposit."""
    deposit = decode_data(event, DepositEvent)
    if _record(deposit, now):
        both = _find_parties(deposit)
        variables = (
            _build_variables(deposit) | _build_deadline(deposit) | {"artistName": both.artist.name}
        )
        booking_notice.send(
            both.client, "deposit-requested", variables, event, now, link=deposit.link
        )


def handle_proof_submitted(event: DomainEvent, now: datetime) -> None:
    """Ask the artist whether the deposit has arrived."""
    deposit = decode_data(event, DepositEvent)
    if _record(deposit, now):
        both = _find_parties(deposit)
        variables = _build_variables(deposit) | {"clientName": both.client.name}
        booking_notice.send(
            both.artist, "deposit-proof-submitted", variables, event, now, link=deposit.link
        )


def handle_decided(event: DomainEvent, now: datetime) -> None:
    """Notify the client of a decision about their deposit.

    It was confirmed, rejected, waived, refunded or forfeited.
    """
    deposit = decode_data(event, DepositEvent)
    if _record(deposit, now):
        both = _find_parties(deposit)
        variables = (
            _build_variables(deposit)
            | _build_deadline(deposit)
            | {"artistName": both.artist.name, "state": deposit.state}
        )
        booking_notice.send(both.client, "deposit-update", variables, event, now, link=deposit.link)


def handle_due_soon(event: DomainEvent, now: datetime) -> None:
    """Remind the client of the deposit, and notify the artist that it is not paid yet.

    The client is reminded as the artist's settings say.
    """
    deposit = decode_data(event, DepositDueSoon)
    if not _record(deposit, now) or reminders.has_ended(deposit.appointment_id):
        return
    own_settings = settings.get_reminders(deposit.artist_id).deposit_reminder
    switches = own_settings.channels if own_settings.enabled else NO_CHANNELS
    reminder = ReminderReference(
        appointment_id=deposit.appointment_id,
        kind=ReminderKind.DEPOSIT,
        anchor=deposit.due_at,
        version=deposit.record_version,
    )
    both = _find_parties(deposit)
    variables = (
        _build_variables(deposit) | _build_deadline(deposit) | {"releases": deposit.releases}
    )
    for_client: Variables = {"artistName": both.artist.name}
    for_artist: Variables = {"clientName": both.client.name, "isOverdue": False}
    cause = Cause.from_event(event, good_until=deposit.due_at, reminder=reminder)
    for party, template, own, channels in (
        (both.client, "deposit-reminder", for_client, switches.list_channels()),
        (both.artist, "deposit-unpaid", for_artist, tuple(Channel)),
    ):
        booking_notice.send(
            party,
            template,
            variables | own,
            cause,
            now,
            link=deposit.link,
            channels=channels,
        )


def handle_overdue(event: DomainEvent, now: datetime) -> None:
    """Notify the artist that a deposit was not paid in time and the dates are kept.

    Where they were released, both sides are notified of the cancellation.
    """
    deposit = decode_data(event, DepositOverdue)
    if _record(deposit, now) and not deposit.released:
        both = _find_parties(deposit)
        variables = (
            _build_variables(deposit)
            | _build_deadline(deposit)
            | {"clientName": both.client.name, "isOverdue": True, "releases": False}
        )
        booking_notice.send(both.artist, "deposit-unpaid", variables, event, now, link=deposit.link)


def handle_charge(event: DomainEvent, now: datetime) -> None:
    """Notify the client that a charge was paid, settled, waived or refunded."""
    charge = decode_data(event, ChargeEvent)
    both = parties.find(charge.artist_id, charge.client_id)
    variables = booking_notice.build_service_variables(charge.service_name) | {
        "artistName": both.artist.name,
        "amount": Money(charge.amount, charge.currency),
        "kind": charge.kind,
        "reason": quotation.quote_lines(charge.note) or None,
    }
    booking_notice.send(both.client, "charge-update", variables, event, now, link=charge.link)


def _record(deposit: DepositEvent, now: datetime) -> bool:
    # Apart from the appointment's own events: neither makes the other outdated.
    version = deposit.record_version
    return seen_events.record(f"{deposit.appointment_id} {DEPOSIT}", version, now).is_newest(
        version
    )


def _find_parties(deposit: DepositEvent) -> Parties:
    return parties.find(deposit.artist_id, deposit.client_id)


def _build_variables(deposit: DepositEvent) -> Variables:
    amount = Money(deposit.amount, deposit.currency)
    return booking_notice.build_service_variables(deposit.service_name) | {"amount": amount}


def _build_deadline(deposit: DepositEvent) -> Variables:
    if deposit.due_at is None:
        return {}
    due_at = local_time.convert(deposit.due_at, deposit.time_zone)
    return {"dueAt": due_at, "timeZone": deposit.time_zone}
