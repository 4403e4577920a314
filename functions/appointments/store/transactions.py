"""Transactions: calendars, records and events are written together, or not at all."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from appointments.models import (
    ACTIVE_ENTRY,
    Appointment,
    Availability,
    CalendarDay,
    ClientWaitlists,
    ConsultationCopy,
    ExternalCalendar,
    Proposal,
    ProposalStatus,
    Relation,
    Schedule,
    Service,
    Voucher,
    WaitlistEntry,
    WaitlistEntryStatus,
    WaitlistOffer,
)
from appointments.rules import deposit_deadlines
from appointments.rules.calendar import Calendar
from appointments.store import agreed_terms, days, relations, shown_calendars
from appointments.store.table import (
    CALENDAR,
    CONSULTATION,
    DUE,
    EXTERNAL,
    HOURS,
    ONCE,
    PERSON,
    PREFIXES,
    RECORD,
    REFRESH,
    SCHEDULE,
    SERVICE,
    TALLY,
    VOUCHER,
    WAITLISTS,
    OutboxItem,
    RecordItem,
)
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, sortable, transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

SharedRecord = Appointment | Proposal | WaitlistEntry  # of an artist and a client
# in the calendar of its artist
CalendarRecord = Service | Schedule | ExternalCalendar | Voucher
ENDED_ENTRY_TTL = timedelta(days=90)
ENDED_CONSULTATION_TTL = timedelta(days=90)  # longer than an event can be delayed
ONCE_TTL = timedelta(days=7)  # longer than what causes an event is repeated


def commit(
    *,
    calendar: Calendar | None = None,
    records: Iterable[SharedRecord | CalendarRecord | ConsultationCopy | Relation] = (),
    removed: Iterable[CalendarRecord] = (),
    availability: Availability | None = None,
    waitlists: ClientWaitlists | None = None,
    events: Iterable[DomainEvent] = (),
) -> None:
    """Write everything in one transaction, or nothing.

    The version of a record is that of its new state: 1 must not exist yet, n replaces n - 1. Days
    change on the condition that the time of each booking is as it was read.

    Args:
        calendar: Calendar whose changed days are written.
        records: Records to write.
        removed: Records to delete.
        availability: New availability of the calendar's artist.
        waitlists: The waitlists that a client is on.
        events: Events to publish.

    Raises:
        WriteConflict: Something that is written was changed meanwhile.
    """
    shown_calendars.forget()
    records = list(records)
    agreed_terms.save(record for record in records if isinstance(record, Appointment | Proposal))
    with transaction(RecordItem) as writes:
        if calendar is not None:
            _write_days(writes, calendar)
            if availability is not None:
                item = RecordItem.of(CALENDAR + calendar.artist_id, HOURS, availability)
                item.write(writes, availability.version)
        for record in records:
            if isinstance(record, Service):
                _write_service(writes, record)
            else:
                _create_item(record).write(writes, record.version)
        for record in removed:
            unchanged = RecordItem.unchanged_since(record.version)
            writes.delete(_create_calendar_item(record), condition=unchanged)
        if waitlists is not None:
            item = RecordItem.of(PERSON + waitlists.client_id, WAITLISTS, waitlists)
            item.write(writes, waitlists.version)
        add(writes, OutboxItem, events)


def publish_once(event: DomainEvent, records: Iterable[SharedRecord] = ()) -> None:
    """Publish an event, and write records with it, unless one with its id was published before.

    Raises:
        WriteConflict: Another transaction is publishing it and may fail, or a record was changed.
    """
    mark = RecordItem.of(ONCE + event.id, RECORD, None)
    mark.expires_at = int((event.time + ONCE_TTL).timestamp())
    try:
        with transaction(RecordItem) as writes:
            writes.save(mark, condition=RecordItem.pk.does_not_exist())
            for record in records:
                _create_item(record).write(writes, record.version)
            add(writes, OutboxItem, [event])
    except WriteConflict:
        if find(RecordItem, mark.pk, mark.sk) is None:
            raise


def _write_days(writes: TransactWrite, calendar: Calendar) -> None:
    for day, before in sorted(calendar.changed.items()):
        days.write(
            writes,
            calendar.artist_id,
            day,
            before=before,
            after=calendar.days[day],
            quarters=frozenset(quarter for of, quarter in calendar.locked if of == day),
            guarded=day in calendar.guarded,
        )
    for day in sorted(calendar.guarded - calendar.changed.keys()):
        version = calendar.days.get(day, CalendarDay()).version
        days.guard(writes, calendar.artist_id, day, version)
    for key, last in sorted(calendar.counted.items()):
        tally = RecordItem.of(CALENDAR + calendar.artist_id, TALLY + key, None)
        tally.expires_at = days.get_expiry(last)
        tally.write(writes, calendar.tallies[key] + 1)


def _write_service(writes: TransactWrite, service: Service) -> None:
    """Add a service to a transaction. The terms in its item stay."""
    item = _create_calendar_item(service)
    actions: list[Action] = [
        RecordItem.record.set(item.record),
        RecordItem.version.set(service.version),
    ]
    writes.update(item, actions=actions, condition=RecordItem.unchanged_since(service.version - 1))


def _create_item(
    record: SharedRecord | CalendarRecord | ConsultationCopy | Relation,
) -> RecordItem:
    if isinstance(record, Service | Schedule | ExternalCalendar | Voucher):
        return _create_calendar_item(record)
    if isinstance(record, ConsultationCopy):
        return _create_consultation_item(record)
    if isinstance(record, Relation):
        return relations.create_item(record)
    prefix = PREFIXES[type(record)]
    item = RecordItem.of(prefix + record.id, RECORD, agreed_terms.without_terms(record))
    item.status = record.status
    if isinstance(record, WaitlistEntry) and record.status not in ACTIVE_ENTRY:
        item.expires_at = int((record.updated_at + ENDED_ENTRY_TTL).timestamp())
    else:
        item.artist_id, item.client_id = record.artist_id, record.client_id
        at = record.starts_at if isinstance(record, Appointment) else record.created_at
        item.listed_as = f"{prefix}{sortable(at)}#{record.id}"
    due_at = _get_due_at(record)
    if due_at is not None:
        item.schedule(DUE, record.artist_id, due_at)
    return item


def _create_consultation_item(record: ConsultationCopy) -> RecordItem:
    item = RecordItem.of(CONSULTATION + record.id, RECORD, record)
    if not record.is_open:
        item.expires_at = int((record.updated_at + ENDED_CONSULTATION_TTL).timestamp())
    return item


def _create_calendar_item(record: CalendarRecord) -> RecordItem:
    if isinstance(record, Service):
        return RecordItem.of(CALENDAR + record.artist_id, SERVICE + record.id, record)
    if isinstance(record, Voucher):
        return RecordItem.of(CALENDAR + record.artist_id, VOUCHER + record.code_hash, record)
    if isinstance(record, Schedule):
        item = RecordItem.of(CALENDAR + record.artist_id, SCHEDULE + record.id, record)
        if record.last_date is not None:
            item.expires_at = days.get_expiry(record.last_date)
        return item
    item = RecordItem.of(CALENDAR + record.artist_id, EXTERNAL + record.id, record)
    item.schedule(REFRESH, record.artist_id, record.refresh_at)
    return item


def _get_due_at(record: SharedRecord) -> datetime | None:
    """Return when time alone changes a record."""
    match record:
        case Appointment():
            return deposit_deadlines.get_next(record)
        case Proposal(status=ProposalStatus.SENT):
            return record.expires_at
        case WaitlistEntry(status=WaitlistEntryStatus.OFFERED, offer=WaitlistOffer() as offer):
            return offer.answer_until
        case WaitlistEntry(status=WaitlistEntryStatus.WAITING):
            return record.expires_at
        case WaitlistEntry(offer=WaitlistOffer()):
            return record.updated_at
    return None
