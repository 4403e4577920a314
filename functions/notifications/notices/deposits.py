"""What becomes of deposits, told to who must act or wants to know.

A deposit's news say where it stands, so none is told once something newer was heard of it.
"""

from datetime import datetime

from domain.money import format_money
from notifications.events import DepositNews
from notifications.notices import common
from notifications.notices.common import People, Variables
from shared.events.domain_events import DomainEvent, decode_data


def requested(event: DomainEvent, now: datetime) -> None:
    """Ask the client to pay."""
    fact = decode_data(event, DepositNews)
    if _hear(fact, now):
        people = _people(fact)
        variables = _particulars(fact) | {"artistName": people.artist.name}
        common.tell(people.client, "deposit-requested", variables, event, now, fact=fact)


def proof_submitted(event: DomainEvent, now: datetime) -> None:
    """Ask the artist whether it is there."""
    fact = decode_data(event, DepositNews)
    if _hear(fact, now):
        people = _people(fact)
        variables = _particulars(fact) | {"clientName": people.client.name}
        common.tell(people.artist, "deposit-proof-submitted", variables, event, now, fact=fact)


def settled(event: DomainEvent, now: datetime) -> None:
    """Tell the client what became of their money."""
    fact = decode_data(event, DepositNews)
    if _hear(fact, now):
        people = _people(fact)
        variables = _particulars(fact) | {"artistName": people.artist.name, "state": fact.state}
        common.tell(people.client, "deposit-update", variables, event, now, fact=fact)


def _hear(fact: DepositNews, now: datetime) -> bool:
    # Apart from the appointment's own news: neither makes the other outdated.
    return common.hear(f"{fact.appointment_id} deposit", fact.record_version, now)


def _people(fact: DepositNews) -> People:
    return common.people(fact.artist_id, fact.client_id)


def _particulars(fact: DepositNews) -> Variables:
    return common.service(fact.service_name) | {"amount": format_money(fact.amount, fact.currency)}
