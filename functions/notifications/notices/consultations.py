"""Notices of consultations, to the side that did not act.

A request is not announced, nor the artist reminded, after a newer version of the consultation was
seen. The artist's answer is announced as a message.
"""

from datetime import datetime

from domain import quotation
from notifications.events import ConsultationEnded, ConsultationEvent, Side
from notifications.notices import booking_notice, parties, quick_actions
from notifications.notices.booking_notice import Variables, Words
from notifications.notices.parties import Parties
from notifications.notices.quick_actions import Actions
from notifications.store import conversations, seen_events
from shared.events.domain_events import DomainEvent, decode_data

ERASED_SUBJECT = "a consultation"


def handle_requested(event: DomainEvent, now: datetime) -> None:
    """Notify the artist of the request, unless it was imported."""
    if decode_data(event, ConsultationEvent).imported:
        return
    _send_to_artist(event, "consultation-requested", now)


def handle_nudged(event: DomainEvent, now: datetime) -> None:
    """Remind the artist of the request, unless one of the two blocks the other by now."""
    nudged = decode_data(event, ConsultationEvent)
    if not conversations.is_blocked(nudged.artist_id, nudged.client_id):
        _send_to_artist(event, "consultation-nudged", now)


def handle_ended(event: DomainEvent, now: datetime) -> None:
    """Notify the side that did not end the consultation, or both that it expired."""
    consultation = decode_data(event, ConsultationEnded)
    _record(consultation, now)
    both = parties.find(consultation.artist_id, consultation.client_id)
    for party, other in both.list_others(consultation.by):
        variables = _build_subject(consultation) | {
            "otherName": other.name,
            "outcome": consultation.status,
            "reason": quotation.quote_lines(consultation.reason) or None,
        }
        booking_notice.send(
            party, "consultation-ended", variables, event, now, link=consultation.link
        )


def _send_to_artist(event: DomainEvent, template: str, now: datetime) -> None:
    consultation = decode_data(event, ConsultationEvent)
    if not _record(consultation, now):
        return
    both = parties.find(consultation.artist_id, consultation.client_id)
    booking_notice.send(
        both.artist,
        template,
        _build_subject(consultation) | {"clientName": both.client.name},
        event,
        now,
        link=consultation.link,
        actions=_build_actions(both, event),
    )


def _build_actions(both: Parties, event: DomainEvent) -> Actions:
    """Build the artist's quick actions for the conversation that messaging opens for the two.

    None until the conversation is known, which may be after the request.
    """
    artist, client = both.artist.contact, both.client.contact
    if artist is None or client is None or not artist.one_tap:
        return ()
    conversation_id = conversations.find_id(artist.id, client.id)
    return quick_actions.build_actions(artist, conversation_id, event) if conversation_id else ()


def _record(consultation: ConsultationEvent, now: datetime) -> bool:
    version = consultation.record_version
    return seen_events.record(consultation.consultation_id, version, now).is_newest(version)


def _build_subject(consultation: ConsultationEvent) -> Variables:
    if not consultation.subject:
        return {"subject": ERASED_SUBJECT}
    return {"subject": Words(consultation.subject, Side.CLIENT, "request")}
