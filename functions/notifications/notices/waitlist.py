"""Notices of freed slots, to clients on a waitlist. A notice that comes too late is not sent."""

from datetime import datetime

from domain import quotation
from notifications.events import WaitlistOffered, WaitlistOpened
from notifications.notices import booking_notice, parties
from notifications.notices.booking_notice import Variables
from notifications.rules import local_time
from shared.events.domain_events import DomainEvent, decode_data


def handle_offered(event: DomainEvent, now: datetime) -> None:
    """Notify the first client of the slot that is reserved for them, and until when."""
    offer = decode_data(event, WaitlistOffered)
    both = parties.find(offer.artist_id, offer.client_id)
    variables = _build_slot(offer) | {
        "artistName": both.artist.name,
        "answerUntil": local_time.convert(offer.answer_until, offer.time_zone),
    }
    booking_notice.send(
        both.client,
        "waitlist-offered",
        variables,
        event,
        now,
        link=offer.link,
        good_until=offer.answer_until,
    )


def handle_opened(event: DomainEvent, now: datetime) -> None:
    """Notify a client, one of several, that the slot is free for the first to book it."""
    opening = decode_data(event, WaitlistOpened)
    both = parties.find(opening.artist_id, opening.client_id)
    variables = _build_slot(opening) | {"artistName": both.artist.name}
    booking_notice.send(
        both.client,
        "waitlist-opened",
        variables,
        event,
        now,
        link=opening.link,
        good_until=opening.starts_at,
    )


def _build_slot(slot: WaitlistOpened) -> Variables:
    return (
        {"location": quotation.quote(slot.location, quotation.MAX_PLACE) or None}
        | booking_notice.build_service_variables(slot.service_name)
        | booking_notice.build_time_variables(slot.starts_at, slot.time_zone)
    )
