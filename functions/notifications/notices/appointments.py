"""What becomes of appointments, told to the side that did not do it.

Events come in any order. What gives an appointment its time is not told once something newer was
heard of it, so nobody is told a time that does not hold any more; what ends it is always told.
Facts of one transaction have one version, so none of them silences another.
"""

from datetime import datetime

from domain.money import format_money
from notifications.events import (
    AppointmentCancelled,
    AppointmentDeclined,
    AppointmentNews,
    AppointmentRescheduled,
    Side,
)
from notifications.notices import common
from notifications.notices.common import Variables
from notifications.store import relations, seen_events
from notifications.templates import rendering
from shared.events.domain_events import DomainEvent, decode_data

PENDING = "pending"
AS_BOOKED = 1  # the version of an appointment that nothing happened to yet


def created(event: DomainEvent, now: datetime) -> None:
    """Tell the artist of a booking or request, or the client that they were booked.

    Of the sittings of a project the artist hears by its acceptance.
    """
    fact = decode_data(event, AppointmentNews)
    is_newest = _hear(fact, now, client_booked=fact.by is Side.CLIENT)
    if not is_newest:
        return
    people = common.people(fact.artist_id, fact.client_id)
    if fact.by is not Side.ARTIST and fact.proposal_id is None:
        template = "booking-request" if fact.status == PENDING else "new-booking"
        variables = _where_and_when(fact) | {"clientName": people.client.name}
        common.tell(
            people.artist, template, variables, event, now, fact=fact, good_until=fact.ends_at
        )
    if fact.by is not Side.CLIENT:
        variables = _where_and_when(fact) | {"artistName": people.artist.name}
        common.tell(
            people.client,
            "booked-for-you",
            variables,
            event,
            now,
            fact=fact,
            good_until=fact.ends_at,
        )


def confirmed(event: DomainEvent, now: datetime) -> None:
    """Confirm it to the client, unless it was booked for them: they hear of that by `created`."""
    fact = decode_data(event, AppointmentNews)
    is_newest = _hear(fact, now, confirmed=True)
    was_booked_for_them = fact.record_version == AS_BOOKED and fact.by is not Side.CLIENT
    if not is_newest or was_booked_for_them:
        return
    people = common.people(fact.artist_id, fact.client_id)
    variables = _where_and_when(fact) | {"artistName": people.artist.name}
    common.tell(
        people.client,
        "appointment-confirmation",
        variables,
        event,
        now,
        fact=fact,
        good_until=fact.ends_at,
    )


def declined(event: DomainEvent, now: datetime) -> None:
    """Tell the client that the artist does not take it."""
    fact = decode_data(event, AppointmentDeclined)
    _hear(fact, now)
    people = common.people(fact.artist_id, fact.client_id)
    variables = _when(fact) | {"artistName": people.artist.name, "reason": _reason(fact)}
    common.tell(people.client, "appointment-declined", variables, event, now, fact=fact)


def rescheduled(event: DomainEvent, now: datetime) -> None:
    """Tell the other side when it takes place now, and when it would have."""
    fact = decode_data(event, AppointmentRescheduled)
    if not _hear(fact, now):
        return
    variables = _where_and_when(fact) | {
        "previousStartsAt": common.on_the_wall(fact.previous_starts_at, fact.time_zone),
        "isPending": fact.status == PENDING,
        "fee": _fee(fact),
    }
    good_until = fact.ends_at
    _tell_others(fact, "appointment-rescheduled", variables, event, now, good_until=good_until)


def cancelled(event: DomainEvent, now: datetime) -> None:
    """Tell the other side that it does not take place, and why."""
    fact = decode_data(event, AppointmentCancelled)
    _hear(fact, now)
    variables = _when(fact) | {"reason": _reason(fact), "fee": _fee(fact)}
    _tell_others(fact, "appointment-cancelled", variables, event, now)


def expired(event: DomainEvent, now: datetime) -> None:
    """Tell both that the request was not answered in time."""
    fact = decode_data(event, AppointmentNews)
    _hear(fact, now)
    _tell_others(fact, "appointment-expired", _when(fact), event, now)


def _hear(
    fact: AppointmentNews, now: datetime, *, client_booked: bool = False, confirmed: bool = False
) -> bool:
    """Note the fact, and whom the artist works with; whether nothing newer was heard before.

    An artist who books for somebody gets to know nobody by that: it takes the client's own booking,
    and its being agreed.
    """
    known = seen_events.hear(
        fact.appointment_id,
        fact.record_version,
        now,
        client_booked=client_booked,
        confirmed=confirmed,
    )
    if known.client_booked and known.confirmed and fact.client_id is not None:
        relations.acquaint(fact.artist_id, fact.client_id)
    return known.version == fact.record_version


def _tell_others(
    fact: AppointmentNews,
    template: str,
    variables: Variables,
    event: DomainEvent,
    now: datetime,
    *,
    good_until: datetime | None = None,
) -> None:
    people = common.people(fact.artist_id, fact.client_id)
    for person, other in people.told_of(fact.by):
        given = variables | {"otherName": other.name}
        common.tell(person, template, given, event, now, fact=fact, good_until=good_until)


def _when(fact: AppointmentNews) -> Variables:
    return common.service(fact.service_name) | common.time(fact.starts_at, fact.time_zone)


def _where_and_when(fact: AppointmentNews) -> Variables:
    return {"location": rendering.one_line(fact.location) or None} | _when(fact)


def _reason(fact: AppointmentDeclined | AppointmentCancelled) -> str | None:
    lines = [rendering.one_line(line) for line in fact.reason.splitlines()]
    return "\n".join(lines).strip() or None


def _fee(fact: AppointmentRescheduled | AppointmentCancelled) -> str | None:
    return format_money(fact.fee, fact.price.currency) if fact.fee else None
