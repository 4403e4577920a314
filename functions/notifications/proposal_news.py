"""What becomes of proposals, told to the side that did not do it.

A proposal is not told once its end was heard, or is past; what ends it is always told.
"""

from datetime import datetime

from notifications import news, wall_clock
from notifications.facts import ProposalNews, Side
from notifications.news import Variables
from notifications.store import pairs
from shared.events import DomainEvent, read_data
from shared.policy_terms import money

DATE = "%A, %-d %B %Y, %H:%M"  # as the templates write dates


def sent(event: DomainEvent, now: datetime) -> None:
    """Tell the client what is proposed, and until when to answer."""
    fact = read_data(event, ProposalNews)
    if not _hear(fact, now):
        return
    people = news.people(fact.artist_id, fact.client_id)
    answer_until = news.on_the_wall(fact.expires_at, fact.time_zone)
    variables = _dates(fact) | {"artistName": people.artist.name, "answerUntil": answer_until}
    news.tell(
        people.client, "proposal-sent", variables, event, now, fact=fact, good_until=fact.expires_at
    )


def accepted(event: DomainEvent, now: datetime) -> None:
    """Tell the artist that all is booked; from now on they work with the client."""
    fact = read_data(event, ProposalNews)
    _hear(fact, now)
    pairs.acquaint(fact.artist_id, fact.client_id)
    people = news.people(fact.artist_id, fact.client_id)
    variables = _dates(fact) | {"clientName": people.client.name}
    news.tell(people.artist, "proposal-accepted", variables, event, now, fact=fact)


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
    fact = read_data(event, ProposalNews)
    _hear(fact, now)
    people = news.people(fact.artist_id, fact.client_id)
    for person, other in people.told_of(by):
        variables = news.service(fact.service_name) | {"otherName": other.name, "outcome": outcome}
        news.tell(person, "proposal-ended", variables, event, now, fact=fact)


def _hear(fact: ProposalNews, now: datetime) -> bool:
    return news.hear(fact.proposal_id, fact.record_version, now)


def _dates(fact: ProposalNews) -> Variables:
    local = [wall_clock.local(starts_at, fact.time_zone) for starts_at in fact.starts_at]
    return news.service(fact.service_name) | {
        "sittings": len(local),
        "dates": "\n".join(starts_at.strftime(DATE) for starts_at in local),
        "timeZone": fact.time_zone,
        "total": money(fact.total.amount, fact.total.currency),
    }
