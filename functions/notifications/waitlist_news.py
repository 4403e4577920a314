"""Freed slots, told to those who wait. Too late to be of use, the news are not sent."""

from datetime import datetime

from notifications import news
from notifications.facts import WaitlistOffered, WaitlistOpened
from notifications.news import Variables
from shared.events import DomainEvent, read_data


def offered(event: DomainEvent, now: datetime) -> None:
    """Tell the first in line what is kept for them, and until when."""
    fact = read_data(event, WaitlistOffered)
    people = news.people(fact.artist_id, fact.client_id)
    answer_until = news.on_the_wall(fact.answer_until, fact.time_zone)
    variables = _slot(fact) | {"artistName": people.artist.name, "answerUntil": answer_until}
    news.tell(
        people.client,
        "waitlist-offered",
        variables,
        event,
        now,
        fact=fact,
        good_until=fact.answer_until,
    )


def opened(event: DomainEvent, now: datetime) -> None:
    """Tell one of all who wait that they may be the first to book it."""
    fact = read_data(event, WaitlistOpened)
    people = news.people(fact.artist_id, fact.client_id)
    variables = _slot(fact) | {"artistName": people.artist.name}
    news.tell(
        people.client,
        "waitlist-opened",
        variables,
        event,
        now,
        fact=fact,
        good_until=fact.starts_at,
    )


def _slot(fact: WaitlistOpened) -> Variables:
    return news.service(fact.service_name) | news.time(fact.starts_at, fact.time_zone)
