"""Freed slots, told to those who wait. Too late to be of use, the news are not sent."""

from datetime import datetime

from notifications.events import WaitlistOffered, WaitlistOpened
from notifications.notices import common
from notifications.notices.common import Variables
from shared.events.domain_events import DomainEvent, decode_data


def offered(event: DomainEvent, now: datetime) -> None:
    """Tell the first in line what is kept for them, and until when."""
    fact = decode_data(event, WaitlistOffered)
    people = common.people(fact.artist_id, fact.client_id)
    answer_until = common.on_the_wall(fact.answer_until, fact.time_zone)
    variables = _slot(fact) | {"artistName": people.artist.name, "answerUntil": answer_until}
    common.tell(
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
    fact = decode_data(event, WaitlistOpened)
    people = common.people(fact.artist_id, fact.client_id)
    variables = _slot(fact) | {"artistName": people.artist.name}
    common.tell(
        people.client,
        "waitlist-opened",
        variables,
        event,
        now,
        fact=fact,
        good_until=fact.starts_at,
    )


def _slot(fact: WaitlistOpened) -> Variables:
    return common.service(fact.service_name) | common.time(fact.starts_at, fact.time_zone)
