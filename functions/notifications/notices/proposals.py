"""Notices of proposals, to the side that did not act.

A proposal is not announced after its end was seen or is past; its end is always announced.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from domain import quotation
from domain.money import Money
from notifications.events import ProposalEvent, Side
from notifications.models import Invitation
from notifications.notices import booking_notice, parties
from notifications.notices.booking_notice import Variables
from notifications.notices.parties import Parties
from notifications.rules import local_time, locales
from notifications.store import seen_events
from notifications.use_cases import birthdays
from shared.events.domain_events import DomainEvent, decode_data

# As the templates show dates, by language.
DATE_FORMATS = {"en": "%A, %-d %B %Y, %H:%M", "de": "%A, %-d. %B %Y, %H:%M"}


def handle_sent(event: DomainEvent, now: datetime) -> None:
    """Notify the client of the proposed dates and the deadline."""
    proposal = decode_data(event, ProposalEvent)
    if not _record(proposal, now):
        return
    both = parties.find(proposal.artist_id, proposal.client_id)
    variables = _build_dates(proposal, both.client.locale) | {
        "artistName": both.artist.name,
        "answerUntil": local_time.convert(proposal.expires_at, proposal.time_zone),
    }
    booking_notice.send(
        both.client,
        "proposal-sent",
        variables,
        event,
        now,
        link=proposal.link,
        good_until=proposal.expires_at,
    )


def handle_accepted(event: DomainEvent, now: datetime) -> None:
    """Notify the artist that all dates are booked, and make the user their client."""
    proposal = decode_data(event, ProposalEvent)
    _record(proposal, now)
    birthdays.add_client(proposal.artist_id, proposal.client_id, now)
    both = parties.find(proposal.artist_id, proposal.client_id)
    variables = _build_dates(proposal, both.artist.locale) | {"clientName": both.client.name}
    booking_notice.send(
        both.artist,
        "proposal-accepted",
        variables,
        event,
        now,
        link=proposal.link,
        invitation=_build_invitation(proposal, both, event.time),
    )


class _Sitting(msgspec.Struct, frozen=True):
    """A sitting that was booked, as calendars show it."""

    appointment_id: str
    starts_at: datetime
    ends_at: datetime
    service_name: str
    location: str
    sequence: int = 0  # of an appointment that was not changed since it was booked
    status: str = "confirmed"


def _build_invitation(
    proposal: ProposalEvent, both: Parties, accepted_at: datetime
) -> Invitation | None:
    """Build the sittings for the artist's calendar, whom their appointments do not announce."""
    places = [place.location for place in proposal.places] or [""] * len(proposal.starts_at)
    sittings = zip(
        proposal.appointment_ids, proposal.starts_at, proposal.ends_at, places, strict=False
    )
    invitations = [
        booking_notice.build_invitation(
            _Sitting(appointment_id, starts_at, ends_at, proposal.service_name, place),
            both,
            both.artist,
            accepted_at,
        )
        for appointment_id, starts_at, ends_at, place in sittings
    ]
    if len(invitations) <= 1:
        return invitations[0] if invitations else None
    others = tuple(invitation.event for invitation in invitations[1:])
    return msgspec.structs.replace(invitations[0], method="PUBLISH", others=others)


def handle_declined(event: DomainEvent, now: datetime) -> None:
    """Notify the artist that the client declined."""
    _handle_ended(event, "declined", Side.CLIENT, now)


def handle_withdrawn(event: DomainEvent, now: datetime) -> None:
    """Notify the client that the artist withdrew the proposal."""
    _handle_ended(event, "withdrawn", Side.ARTIST, now)


def handle_expired(event: DomainEvent, now: datetime) -> None:
    """Notify both sides that the proposal expired."""
    _handle_ended(event, "expired", Side.SYSTEM, now)


def _handle_ended(event: DomainEvent, outcome: str, by: Side, now: datetime) -> None:
    proposal = decode_data(event, ProposalEvent)
    _record(proposal, now)
    both = parties.find(proposal.artist_id, proposal.client_id)
    for party, other in both.list_others(by):
        variables = booking_notice.build_service_variables(proposal.service_name) | {
            "otherName": other.name,
            "outcome": outcome,
        }
        booking_notice.send(party, "proposal-ended", variables, event, now, link=proposal.link)


def _record(proposal: ProposalEvent, now: datetime) -> bool:
    version = proposal.record_version
    return seen_events.record(proposal.proposal_id, version, now).is_newest(version)


def _build_dates(proposal: ProposalEvent, locale: str | None) -> Variables:
    dates = list(_format_dates(proposal, locale))
    return booking_notice.build_service_variables(proposal.service_name) | {
        "sittings": len(dates),
        "dates": "\n".join(dates),
        "timeZone": proposal.time_zone,
        "total": Money(proposal.total.amount, proposal.total.currency),
    }


def _format_dates(proposal: ProposalEvent, locale: str | None) -> Iterator[str]:
    """Yield each date in local time, with its place and zone where the sittings are not all at one.

    Without that, all dates are in the time zone of the proposal, which the mail names once.
    """
    if len(set(proposal.places)) <= 1:
        for starts_at in proposal.starts_at:
            yield _format_date(starts_at, proposal.time_zone, locale)
        return
    for starts_at, place in zip(proposal.starts_at, proposal.places, strict=True):
        where = quotation.quote(place.location, quotation.MAX_PLACE)
        parts = [_format_date(starts_at, place.time_zone, locale), place.time_zone, where]
        yield ", ".join(part for part in parts if part)


def _format_date(starts_at: datetime, time_zone: str, locale: str | None) -> str:
    pattern = DATE_FORMATS[locales.get_language(locale)]
    return local_time.format_local(local_time.convert(starts_at, time_zone), pattern, locale)
