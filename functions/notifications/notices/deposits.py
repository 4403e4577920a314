"""Notices of deposits, to the side that must act or is waiting.

A notice reports the state of the deposit, so none is sent after a newer event of the deposit was
seen.
"""

from datetime import datetime

from domain.money import format_money
from notifications.events import DepositEvent
from notifications.notices import booking_notice, parties
from notifications.notices.booking_notice import Variables
from notifications.notices.parties import Parties
from notifications.store import seen_events
from shared.events.domain_events import DomainEvent, decode_data


def handle_requested(event: DomainEvent, now: datetime) -> None:
    """Ask the client to pay the deposit."""
    deposit = decode_data(event, DepositEvent)
    if _record(deposit, now):
        both = _find_parties(deposit)
        variables = _build_variables(deposit) | {"artistName": both.artist.name}
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
    """Notify the client that their deposit was confirmed, rejected, refunded or forfeited."""
    deposit = decode_data(event, DepositEvent)
    if _record(deposit, now):
        both = _find_parties(deposit)
        variables = _build_variables(deposit) | {
            "artistName": both.artist.name,
            "state": deposit.state,
        }
        booking_notice.send(both.client, "deposit-update", variables, event, now, link=deposit.link)


def _record(deposit: DepositEvent, now: datetime) -> bool:
    # Apart from the appointment's own events: neither makes the other outdated.
    version = deposit.record_version
    return seen_events.record(f"{deposit.appointment_id} deposit", version, now).is_newest(version)


def _find_parties(deposit: DepositEvent) -> Parties:
    return parties.find(deposit.artist_id, deposit.client_id)


def _build_variables(deposit: DepositEvent) -> Variables:
    amount = format_money(deposit.amount, deposit.currency)
    return booking_notice.build_service_variables(deposit.service_name) | {"amount": amount}
