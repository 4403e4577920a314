"""What becomes of proposals, told to the side that did not do it.

A proposal is not told once its end was heard, or is past; what ends it is always told.
"""

from datetime import datetime

from domain.money import format_money
from notifications.events import ProposalNews, Side
from notifications.notices import common
from notifications.notices.common import Variables
from notifications.rules import local_time
from notifications.store import relations
from shared.events.domain_events import DomainEvent, decode_data

DATE = "%A, %-d %B %Y, %H:%M"  # as the templates write dates


def sent(event: DomainEvent, now: datetime) -> None:
    """Tell the client what is proposed, and until when to answer."""
    fact = decode_data(event, ProposalNews)
    if not _hear(fact, now):
        return
    people = common.people(fact.artist_id, fact.client_id)
    answer_until = common.on_the_wall(fact.expires_at, fact.time_zone)
    variables = _dates(fact) | {"artistName": people.artist.name, "answerUntil": answer_until}
    common.tell(
        people.client, "proposal-sent", variables, event, now, fact=fact, good_until=fact.expires_at
    )


def accepted(event: DomainEvent, now: datetime) -> None:
    """Tell the artist that all is booked; from now on they work with the client."""
    fact = decode_data(event, ProposalNews)
    _hear(fact, now)
    relations.acquaint(fact.artist_id, fact.client_id)
    people = common.people(fact.artist_id, fact.client_id)
    variables = _dates(fact) | {"clientName": people.client.name}
    common.tell(people.artist, "proposal-accepted", variables, event, now, fact=fact)


def declined(event: DomainEvent, now: datetime) -> None:
    """Tell the artist."""
    _ended(event, "declined", Side.CLIENT, now)


def withdrawn(event: DomainEvent, now: datetime) -> None:
    """Tell the client."""
    _ended(event, "withdrawn", Side.ARTIST, now)


def expired(event: DomainEvent, now: datetime) -> None:
    """Tell both."""
    _ended(event, "expired", Side.SYSTEM, now)


def _ended(event: DomainEvent, outcome: str, by: Side, now: datetime) -> None:
    fact = decode_data(event, ProposalNews)
    _hear(fact, now)
    people = common.people(fact.artist_id, fact.client_id)
    for person, other in people.told_of(by):
        variables = common.service(fact.service_name) | {
            "otherName": other.name,
            "outcome": outcome,
        }
        common.tell(person, "proposal-ended", variables, event, now, fact=fact)


def _hear(fact: ProposalNews, now: datetime) -> bool:
    return common.hear(fact.proposal_id, fact.record_version, now)


def _dates(fact: ProposalNews) -> Variables:
    local = [local_time.local(starts_at, fact.time_zone) for starts_at in fact.starts_at]
    return common.service(fact.service_name) | {
        "sittings": len(local),
        "dates": "\n".join(starts_at.strftime(DATE) for starts_at in local),
        "timeZone": fact.time_zone,
        "total": format_money(fact.total.amount, fact.total.currency),
    }
