"""What becomes of consultations, told to the side that did not do it.

A request is not told, nor is its artist reminded, once something newer was heard of it. That the
artist answered is told by the message itself.
"""

from datetime import datetime

from notifications.events import ConsultationEnded, ConsultationNews
from notifications.notices import common, quick_actions
from notifications.notices.common import People, Variables
from notifications.notices.quick_actions import Offers
from notifications.store import relations
from notifications.templates import rendering
from shared.events.domain_events import DomainEvent, decode_data

SOME_SUBJECT = "a consultation"  # its words were erased


def requested(event: DomainEvent, now: datetime) -> None:
    """Tell the artist who asks what."""
    _to_artist(event, "consultation-requested", now)


def nudged(event: DomainEvent, now: datetime) -> None:
    """Remind the artist."""
    _to_artist(event, "consultation-nudged", now)


def ended(event: DomainEvent, now: datetime) -> None:
    """Tell who did not end it, and why it ended."""
    fact = decode_data(event, ConsultationEnded)
    _hear(fact, now)
    people = common.people(fact.artist_id, fact.client_id)
    for person, other in people.told_of(fact.by):
        variables = _subject(fact) | {
            "otherName": other.name,
            "outcome": fact.status,
            "reason": fact.reason or None,
        }
        common.tell(person, "consultation-ended", variables, event, now, fact=fact)


def _to_artist(event: DomainEvent, template: str, now: datetime) -> None:
    fact = decode_data(event, ConsultationNews)
    if not _hear(fact, now):
        return
    people = common.people(fact.artist_id, fact.client_id)
    variables = _subject(fact) | {"clientName": people.client.name}
    common.tell(
        people.artist, template, variables, event, now, fact=fact, offered=_offers(people, event)
    )


def _offers(people: People, event: DomainEvent) -> Offers:
    """What the artist may answer with one tap, in the thread that messaging opens for the two.

    A request may be heard of before its thread is: then nothing is offered.
    """
    artist, client = people.artist.contact, people.client.contact
    if artist is None or client is None or not artist.one_tap:
        return ()
    conversation_id = relations.find_conversation_id(artist.id, client.id)
    return quick_actions.of(artist, conversation_id, event) if conversation_id else ()


def _hear(fact: ConsultationNews, now: datetime) -> bool:
    return common.hear(fact.consultation_id, fact.record_version, now)


def _subject(fact: ConsultationNews) -> Variables:
    return {"subject": rendering.one_line(fact.subject) or SOME_SUBJECT}
