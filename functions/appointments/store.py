"""appointments' DynamoDB table, and the only module that talks to it.

pk                     sk                    record
CALENDAR#<artistId>    DAY#<UTC date>        Day: who is busy when (TTL)
CALENDAR#<artistId>    EXTERNAL#<id>         ExternalCalendar: busy times of another calendar
CALENDAR#<artistId>    HOURS                 Availability
CALENDAR#<artistId>    POLICY#<kind>#<for>   Terms: a copy of the policy in force, kept by events;
                                             null once it was withdrawn. Its version tells which of
                                             two events is the newer one
CALENDAR#<artistId>    SERVICE#<serviceId>   Service
APPOINTMENT#<id>       RECORD                Appointment
PROPOSAL#<id>          RECORD                Proposal
WAIT#<id>              RECORD                Wait
FEED#<token's hash>    RECORD                whose calendar feed has this token
PERSON#<userId>        FEED                  the hash of the token of their feed
PERSON#<userId>        BANK                  BankDetails: where deposits are paid to
PERSON#<userId>        PLACES                Places: the waitlists that they are on
ERASURE#<userId>       RECORD                Erasure: their account is gone
OUTBOX#<subject>       <eventId>             OutboxItem: an event on its way (TTL)

A calendar is read from a day on in one query: DAY# sorts before all that has no date.

Indexes: `by-artist` and `by-client` list what somebody takes part in, by `listed_as`, of waits only
those that go on; `by-due` holds what must be looked at when its time has come. Other calendars have
a partition of their own there, so that however many there are, the rest has its turn.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from appointments.models import (
    ON_THE_LIST,
    Appointment,
    Availability,
    Day,
    Erasure,
    ExternalCalendar,
    Offer,
    Places,
    Proposal,
    ProposalStatus,
    Service,
    Side,
    Status,
    Wait,
    WaitStatus,
)
from appointments.rules.calendar import Calendar
from appointments.schemas import BankDetails
from domain.policy_terms import Kind as PolicyKind
from domain.policy_terms import Terms, form_of
from shared.data.dynamodb import index_meta, is_condition_failure, sortable, table_meta, transaction
from shared.data.record_items import DueItem, due_text, json_of
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add, outbox_item
from shared.events.sweeper import DueRecord

CALENDAR = "CALENDAR#"
DAY, EXTERNAL, HOURS, POLICY, SERVICE = "DAY#", "EXTERNAL#", "HOURS", "POLICY#", "SERVICE#"
AFTER_ALL = SERVICE + "~"
RECORD = "RECORD"
PERSON, BANK, FEED = "PERSON#", "BANK", "FEED"
FEED_OF = "FEED#"
PLACES, ERASURE = "PLACES", "ERASURE#"
WITHDRAWN = "null"
DUE, REFRESH = "DUE", "REFRESH"
DAYS_KEPT_SECONDS = 90 * 24 * 3600
ENDED_WAITS_KEPT = timedelta(days=90)

Record = Appointment | Proposal | Wait  # what two people take part in
Owned = Service | ExternalCalendar  # what lies in its artist's calendar
Kind = TypeVar("Kind", Appointment, Proposal, Wait)
PREFIXES: dict[type[Any], str] = {
    Appointment: "APPOINTMENT#",
    Proposal: "PROPOSAL#",
    Wait: "WAIT#",
}


class ByArtist(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What an artist takes part in."""

    Meta = index_meta("by-artist")
    artist_id = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByClient(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What a client takes part in."""

    Meta = index_meta("by-client")
    client_id = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class RecordItem(DueItem):
    """A record as JSON, with what conditions and indexes need of it beside."""

    Meta = table_meta("appointments")
    status = UnicodeAttribute(null=True)
    artist_id = UnicodeAttribute(null=True)
    client_id = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    by_artist = ByArtist()
    by_client = ByClient()


class OutboxItem(outbox.OutboxItem):
    """An event on its way."""

    Meta = table_meta("appointments")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")


# ---- calendars ---------------------------------------------------------------------------------


def read_calendar(artist_id: str, since: date) -> Calendar:
    """The calendar of an artist from a UTC day on, read consistently in one query."""
    items = RecordItem.query(
        CALENDAR + artist_id,
        RecordItem.sk.between(f"{DAY}{since}", AFTER_ALL),
        consistent_read=True,
    )
    availability: Availability | None = None
    services: dict[str, Service] = {}
    days: dict[date, Day] = {}
    terms: list[Terms] = []
    external: list[tuple[int, int]] = []
    for item in items:
        if item.sk.startswith(DAY):
            days[date.fromisoformat(item.sk.removeprefix(DAY))] = item.decoded(Day)
        elif item.sk.startswith(SERVICE):
            service = item.decoded(Service)
            services[service.id] = service
        elif item.sk.startswith(POLICY):
            if item.record != WITHDRAWN:
                terms.append(item.decoded(Terms))
        elif item.sk.startswith(EXTERNAL):
            external += item.decoded(ExternalCalendar).busy
        elif item.sk == HOURS:
            availability = item.decoded(Availability)
    return Calendar(artist_id, availability, services, tuple(terms), tuple(external), days)


def find_service(artist_id: str, service_id: str) -> Service | None:
    """One service of an artist."""
    return RecordItem.read(CALENDAR + artist_id, SERVICE + service_id, Service)


def find_services(artist_id: str) -> list[Service]:
    """All services of an artist, oldest first."""
    items = RecordItem.query(
        CALENDAR + artist_id, RecordItem.sk.startswith(SERVICE), consistent_read=True
    )
    return [item.decoded(Service) for item in items]


def find_external_calendar(artist_id: str, calendar_id: str) -> ExternalCalendar | None:
    """One of an artist's calendars elsewhere."""
    return RecordItem.read(CALENDAR + artist_id, EXTERNAL + calendar_id, ExternalCalendar)


def find_external_calendars(artist_id: str) -> list[ExternalCalendar]:
    """An artist's calendars elsewhere, oldest first."""
    items = RecordItem.query(
        CALENDAR + artist_id, RecordItem.sk.startswith(EXTERNAL), consistent_read=True
    )
    return [item.decoded(ExternalCalendar) for item in items]


def find_feed(user_id: str) -> str | None:
    """The hash of the token of somebody's feed."""
    return RecordItem.read(PERSON + user_id, FEED, str)


def find_feed_owner(token_hash: str) -> str | None:
    """Whose feed has a token of this hash."""
    return RecordItem.read(FEED_OF + token_hash, RECORD, str)


def replace_feed(user_id: str, before: str | None, after: str | None) -> None:
    """Let somebody's feed have the token of the hash `after`, and that of `before` no more.

    Raises Conflict where the token is not that of `before` any more.
    """
    pointer = RecordItem.of(PERSON + user_id, FEED, after)
    unchanged = RecordItem.record == json_of(before) if before else RecordItem.pk.does_not_exist()
    with transaction(RecordItem) as writes:
        if before is not None:
            writes.delete(RecordItem.of(FEED_OF + before, RECORD, user_id))
        if after is not None:
            writes.save(RecordItem.of(FEED_OF + after, RECORD, user_id))
            writes.save(pointer, condition=unchanged)
        else:
            writes.delete(pointer, condition=unchanged)


def find_bank_details(artist_id: str) -> BankDetails | None:
    """Where deposits are paid to; not in the calendar, which is read for everybody."""
    return RecordItem.read(PERSON + artist_id, BANK, BankDetails)


def save_bank_details(artist_id: str, details: BankDetails) -> None:
    """Where deposits are paid to from now on."""
    RecordItem.of(PERSON + artist_id, BANK, details).save()


def remove_bank_details(artist_id: str) -> None:
    """Forget where deposits were paid to, if anybody knew."""
    RecordItem(PERSON + artist_id, BANK).delete()


def find_availability(artist_id: str) -> Availability | None:
    """When an artist can be booked."""
    return RecordItem.read(CALENDAR + artist_id, HOURS, Availability)


# ---- records of two people ---------------------------------------------------------------------


def find_appointment(appointment_id: str) -> Appointment | None:
    """The appointment, read consistently."""
    return _find(Appointment, appointment_id)


def find_proposal(proposal_id: str) -> Proposal | None:
    """The proposal, read consistently."""
    return _find(Proposal, proposal_id)


def find_wait(wait_id: str) -> Wait | None:
    """The place on a waitlist, read consistently."""
    return _find(Wait, wait_id)


def list_records(
    kind: type[Kind],
    side: Side,
    person_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    statuses: Collection[str] = (),
    limit: int | None = None,
    after: str | None = None,
) -> tuple[list[Kind], str | None]:
    """What somebody takes part in on that side, by start (appointments) or creation, in order.

    after: the position that the page before ended at. Returns the records and the position to go
    on from, None at the end. The index lags behind the records by a moment.
    """
    index, own = (
        (RecordItem.by_artist, RecordItem.artist_id)
        if side is Side.ARTIST
        else (RecordItem.by_client, RecordItem.client_id)
    )
    prefix = PREFIXES[kind]
    lowest = prefix + sortable(since) if since else prefix
    highest = prefix + sortable(until) if until else prefix + "~"
    found = index.query(
        person_id,
        RecordItem.listed_as.between(lowest, highest),
        filter_condition=RecordItem.status.is_in(*statuses) if statuses else None,
        limit=limit,
        last_evaluated_key=_key_after(after, own.attr_name, person_id) if after else None,
    )
    records = [item.decoded(kind) for item in found]
    last = found.last_evaluated_key
    return records, _position(last) if last else None


def find_places(client_id: str) -> Places:
    """On which waitlists the client is, read consistently."""
    return RecordItem.read(PERSON + client_id, PLACES, Places) or Places(client_id)


# ---- what is due -------------------------------------------------------------------------------


def due_records(now: datetime, limit: int) -> list[DueRecord]:
    """So much of what must be looked at by now, the longest due first, external calendars apart."""
    return RecordItem.find_due(DUE, now, limit)


def due_calendars(now: datetime, limit: int) -> list[DueRecord]:
    """So many of the external calendars that must be read again by now, the longest due first."""
    return RecordItem.find_due(REFRESH, now, limit)


def read_due(due: DueRecord) -> Appointment | Proposal | Wait | Erasure | ExternalCalendar:
    """What is due, as the index knows it: it lags behind the records by a moment.

    Raises msgspec.DecodeError for what we cannot read.
    """
    record: Appointment | Proposal | Wait | Erasure | ExternalCalendar
    record = msgspec.json.decode(due.record, type=_kind_of(due))
    return record


def postpone(due: DueRecord, until: datetime) -> None:
    """Let it be due later, behind what else is; what was changed meanwhile is left alone."""
    RecordItem.postpone(due, until)


# ---- writing -----------------------------------------------------------------------------------


def commit(
    *,
    calendar: Calendar | None = None,
    records: Iterable[Record | Owned] = (),
    removed: Iterable[Owned] = (),
    availability: Availability | None = None,
    places: Places | None = None,
    events: Iterable[DomainEvent] = (),
) -> None:
    """Write all of it in one transaction, or nothing.

    A record's version is that of the new state: 1 must not exist yet, n replaces n - 1. Days are
    replaced in the version they were read in. `availability` is that of the calendar's artist.
    Raises Conflict when somebody changed any of it meanwhile.
    """
    with transaction(RecordItem) as writes:
        if calendar is not None:
            _write_days(writes, calendar)
            if availability is not None:
                item = RecordItem.of(CALENDAR + calendar.artist_id, HOURS, availability)
                item.write(writes, availability.version)
        for record in records:
            _record_item(record).write(writes, record.version)
        for record in removed:
            unchanged = RecordItem.unchanged_since(record.version)
            writes.delete(_owned_item(record), condition=unchanged)
        if places is not None:
            item = RecordItem.of(PERSON + places.client_id, PLACES, places)
            item.write(writes, places.version)
        add(writes, OutboxItem, events)


def tell_once(event: DomainEvent) -> None:
    """Tell what changes nothing here; an event of that id that was told before is fine."""
    try:
        outbox_item(OutboxItem, event).save(condition=OutboxItem.pk.does_not_exist())
    except PutError as error:
        if not is_condition_failure(error):
            raise


# ---- copies of policies ------------------------------------------------------------------------


def keep_terms(terms: Terms) -> None:
    """Keep what is in force now, unless something newer was heard of it."""
    form = form_of(terms.rules)
    item = _terms_item(terms.artist_id, terms.service_id, terms.kind, form, terms)
    _keep_newest(item, 2 * terms.number)


def end_terms(
    artist_id: str, service_id: str | None, kind: PolicyKind, form: str | None, number: int
) -> None:
    """Keep that version `number` is in force no longer, unless something newer was heard."""
    _keep_newest(_terms_item(artist_id, service_id, kind, form, None), 2 * number + 1)


def _terms_item(
    artist_id: str, service_id: str | None, kind: PolicyKind, form: str | None, held: Terms | None
) -> RecordItem:
    subject = f"{kind}-{form}" if form else kind
    return RecordItem.of(CALENDAR + artist_id, f"{POLICY}{subject}#{service_id or '*'}", held)


def _keep_newest(item: RecordItem, version: int) -> None:
    item.version = version
    try:
        item.save(condition=RecordItem.pk.does_not_exist() | (RecordItem.version < version))
    except PutError as error:
        if not is_condition_failure(error):
            raise


# ---- erasing -----------------------------------------------------------------------------------


def find_erasure(user_id: str) -> Erasure | None:
    """What has yet to be erased of a deleted account."""
    return RecordItem.read(ERASURE + user_id, RECORD, Erasure)


def keep_erasure(erasure: Erasure) -> None:
    """Keep in mind what has to be erased, and when to look again."""
    item = RecordItem.of(ERASURE + erasure.user_id, RECORD, erasure)
    item.due, item.due_at = DUE, due_text(erasure.due_at)
    item.save()


def end_erasure(user_id: str) -> None:
    """All of it is erased."""
    RecordItem(ERASURE + user_id, RECORD).delete()


def forget_artist(artist_id: str) -> None:
    """Delete what makes an artist's calendar, but for its days and services."""
    pk = CALENDAR + artist_id
    RecordItem.delete_all(RecordItem.query(pk, RecordItem.sk.between(EXTERNAL, POLICY + "~")))


def forget_person(user_id: str) -> None:
    """Delete what is kept of a person beside what they take part in."""
    RecordItem.delete_all(RecordItem.query(PERSON + user_id))


# ---- items and records -------------------------------------------------------------------------


def _write_days(writes: TransactWrite, calendar: Calendar) -> None:
    pk = CALENDAR + calendar.artist_id
    for day in sorted(calendar.changed):
        entries = calendar.days[day]
        written = msgspec.structs.replace(entries, version=entries.version + 1)
        item = RecordItem.of(pk, f"{DAY}{day}", written)
        item.expires_at = _midnight(day) + DAYS_KEPT_SECONDS
        item.write(writes, written.version)
    for day in sorted(calendar.relied_on - calendar.changed):
        version = calendar.days.get(day, Day()).version
        unchanged = RecordItem.unchanged_since(version)
        writes.condition_check(RecordItem, pk, f"{DAY}{day}", condition=unchanged)


def _owned_item(owned: Owned) -> RecordItem:
    if isinstance(owned, Service):
        return RecordItem.of(CALENDAR + owned.artist_id, SERVICE + owned.id, owned)
    item = RecordItem.of(CALENDAR + owned.artist_id, EXTERNAL + owned.id, owned)
    item.due, item.due_at = REFRESH, due_text(owned.refresh_at)
    return item


def _record_item(record: Record | Owned) -> RecordItem:
    if isinstance(record, Service | ExternalCalendar):
        return _owned_item(record)
    prefix = PREFIXES[type(record)]
    item = RecordItem.of(prefix + record.id, RECORD, record)
    item.status = record.status
    if isinstance(record, Wait) and record.status not in ON_THE_LIST:
        item.expires_at = int((record.updated_at + ENDED_WAITS_KEPT).timestamp())
    else:
        item.artist_id, item.client_id = record.artist_id, record.client_id
        at = record.starts_at if isinstance(record, Appointment) else record.created_at
        item.listed_as = f"{prefix}{sortable(at)}#{record.id}"
    due_at = _due_at(record)
    if due_at is not None:
        item.due, item.due_at = DUE, due_text(due_at)
    return item


def _due_at(record: Record) -> datetime | None:
    """When time alone changes the record."""
    match record:
        case Appointment(status=Status.PENDING):
            return record.answer_by
        case Proposal(status=ProposalStatus.SENT):
            return record.expires_at
        case Wait(status=WaitStatus.OFFERED, offer=Offer() as offer):
            return offer.answer_until
        case Wait(status=WaitStatus.WAITING):
            return record.expires_at
        case Wait(offer=Offer()):
            return record.updated_at
    return None


def _find(kind: type[Kind], record_id: str) -> Kind | None:
    return RecordItem.read(PREFIXES[kind] + record_id, RECORD, kind)


def _kind_of(item: RecordItem | DueRecord) -> type[Any]:
    if item.sk.startswith(EXTERNAL):
        return ExternalCalendar
    if item.pk.startswith(ERASURE):
        return Erasure
    return next(kind for kind, prefix in PREFIXES.items() if item.pk.startswith(prefix))


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _key_after(position: str, person: str, person_id: str) -> dict[str, Any]:
    """DynamoDB's own form of a position: the keys of the index and of the item."""
    prefix, _, record_id = position.split("#")
    keys = {"pk": f"{prefix}#{record_id}", "sk": RECORD, person: person_id, "listed_as": position}
    return {name: {"S": value} for name, value in keys.items()}


def _position(key: dict[str, Any]) -> str:
    listed_as: str = key["listed_as"]["S"]
    return listed_as
