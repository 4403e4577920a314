"""quick_actions' DynamoDB table, and the only module that talks to it.

pk                  sk                       record
ARTIST#<userId>     ROW                      Row: all of an artist's actions under one version
ARTIST#<userId>     AUDIT#<time>#<id>        Execution
ARTIST#<userId>     EXECUTION#<id>           the sk of that AUDIT#: an id is used once
ARTIST#<userId>     CLIENT#<userId>          the id of their conversation
ARTIST#<userId>     SERVICE#<id>             Service: a copy; null once removed (TTL)
ARTIST#<userId>     POLICY#<kind>            Terms: a copy; null once withdrawn
CLIENT#<userId>     AUDIT#<artist>#<sk>      that this execution was about them
CLIENT#<userId>     CONVERSATION#<id>        the artist's id
PERSON#<userId>     CARD                     Person: a copy
PERSON#<userId>     DELETED                  the account is gone (TTL)
CONVERSATION#<id>   RECORD                   Conversation: a copy
OUTBOX#<subject>    <eventId>                OutboxItem: an event on its way (TTL)

What concerns somebody lies in partitions of their own, so that erasing needs no index, which would
lag behind: once DELETED is there no transaction adds to them, and one query finds all there is.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from pynamodb.transactions import TransactWrite

from domain.policy_terms import Kind, Terms
from quick_actions.models import Conversation, Execution, Person, Row, Service
from shared.data import record_items
from shared.data.conflicts import retry_on_conflict
from shared.data.dynamodb import find, table_meta, transaction
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

ARTIST, CLIENT, PERSON, CONVERSATION = "ARTIST#", "CLIENT#", "PERSON#", "CONVERSATION#"
AUDIT, EXECUTION, SERVICE, POLICY = "AUDIT#", "EXECUTION#", "SERVICE#", "POLICY#"
ROW, CARD, DELETED, RECORD = "ROW", "CARD", "DELETED", "RECORD"
NOTHING = "null"
REMEMBERED_FOR = timedelta(days=90)  # longer than an event is on its way
MAX_SERVICES = 100  # read for a price list


class RecordItem(record_items.RecordItem):
    """A record as JSON, and the version that conditions compare."""

    Meta = table_meta("quick-actions")


class OutboxItem(outbox.OutboxItem):
    """An event on its way."""

    Meta = table_meta("quick-actions")


class Copies(msgspec.Struct, frozen=True):
    """What is known of an artist and a client by events."""

    artist: Person | None
    client: Person | None
    services: tuple[Service, ...]
    terms: tuple[Terms, ...]


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")


# ---- rows --------------------------------------------------------------------------------------


def find_row(artist_id: str) -> Row:
    """The artist's row, read consistently; an empty one of version 0 where they keep none yet."""
    return RecordItem.read(ARTIST + artist_id, ROW, Row) or Row(artist_id)


def save_row(row: Row, event: DomainEvent) -> None:
    """Keep the next version of a row and tell it. Raises Conflict when somebody was first."""
    with transaction(RecordItem) as writes:
        RecordItem.of(ARTIST + row.artist_id, ROW, row).write(writes, row.version)
        _alive(writes, row.artist_id)
        add(writes, OutboxItem, [event])


# ---- executions --------------------------------------------------------------------------------


def find_execution(artist_id: str, execution_id: str) -> Execution | None:
    """The artist's execution of that id, read consistently."""
    sk = RecordItem.read(ARTIST + artist_id, EXECUTION + execution_id, str)
    return RecordItem.read(ARTIST + artist_id, sk, Execution) if sk else None


def list_executions(
    artist_id: str, after: str | None, limit: int
) -> tuple[list[Execution], str | None]:
    """So many executions of the artist, the newest first, and where to go on, None at the end."""
    pk = ARTIST + artist_id
    found = RecordItem.query(
        pk,
        RecordItem.sk.startswith(AUDIT),
        consistent_read=True,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key={"pk": {"S": pk}, "sk": {"S": after}} if after else None,
    )
    executions = [kept.decoded(Execution) for kept in found]
    last = found.last_evaluated_key
    return executions, last["sk"]["S"] if last else None


def audit_key(execution_id: str, at: datetime) -> str:
    """Where an execution of that instant lies among its artist's."""
    return f"{AUDIT}{at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}#{execution_id}"


def add_execution(execution: Execution, event: DomainEvent) -> None:
    """Keep a new execution with its event.

    Raises Conflict where the id was used, or one of the two is gone.
    """
    artist, client = ARTIST + execution.artist_id, CLIENT + (execution.client_id or "")
    with transaction(RecordItem) as writes:
        RecordItem.of(artist, EXECUTION + execution.id, execution.sk).write(writes, 1)
        RecordItem.of(artist, execution.sk, execution).write(writes, 1)
        writes.save(RecordItem.of(client, f"{AUDIT}{execution.artist_id}#{execution.sk}", None))
        _alive(writes, execution.artist_id, execution.client_id or "")
        add(writes, OutboxItem, [event])


def save_execution(execution: Execution) -> None:
    """Keep the next version of an execution. Raises Conflict when somebody was first."""
    with transaction(RecordItem) as writes:
        kept = RecordItem.of(ARTIST + execution.artist_id, execution.sk, execution)
        kept.write(writes, execution.version)


# ---- copies ------------------------------------------------------------------------------------


def find_conversation(conversation_id: str) -> Conversation | None:
    """The conversation, as far as it was heard of."""
    return RecordItem.read(CONVERSATION + conversation_id, RECORD, Conversation)


def find_conversation_with(artist_id: str, client_id: str) -> Conversation | None:
    """The conversation of these two, as far as it was heard of."""
    conversation_id = RecordItem.read(ARTIST + artist_id, CLIENT + client_id, str)
    return Conversation(conversation_id, artist_id, client_id) if conversation_id else None


def find_copies(artist_id: str, client_id: str) -> Copies:
    """What is known of these two: one batch and one query."""
    keys = [(PERSON + artist_id, CARD), (PERSON + client_id, CARD)]
    keys += [(ARTIST + artist_id, POLICY + kind) for kind in (Kind.DEPOSIT, Kind.CANCELLATION)]
    found = {item.pk + item.sk: item for item in RecordItem.batch_get(keys, consistent_read=True)}
    people = [found.get(pk + sk) for pk, sk in keys[:2]]
    policies = [item for pk, sk in keys[2:] if (item := found.get(pk + sk))]
    services = RecordItem.query(
        ARTIST + artist_id,
        RecordItem.sk.startswith(SERVICE),
        consistent_read=True,
        limit=MAX_SERVICES,
    )
    artist, client = (item.decoded(Person) if item else None for item in people)
    return Copies(
        artist,
        client,
        tuple(item.decoded(Service) for item in services if item.record != NOTHING),
        tuple(item.decoded(Terms) for item in policies if item.record != NOTHING),
    )


def find_people(user_ids: Iterable[str]) -> list[Person]:
    """Those of these people that are known, in no order; at most a hundred at once."""
    keys = [(PERSON + user_id, CARD) for user_id in dict.fromkeys(user_ids)]
    return [item.decoded(Person) for item in RecordItem.batch_get(keys, consistent_read=True)]


def keep_person(person: Person) -> None:
    """Keep who somebody is, unless something newer is known, or their account is gone."""
    _keep_newest(RecordItem.of(PERSON + person.id, CARD, person), person.record_version, person.id)


def keep_service(artist_id: str, service: Service, version: int) -> None:
    """Keep what an artist offers, unless something newer is known, or they are gone."""
    _keep_newest(
        RecordItem.of(ARTIST + artist_id, SERVICE + service.id, service), version, artist_id
    )


def end_service(artist_id: str, service_id: str, version: int, now: datetime) -> None:
    """Keep that an artist offers this no more, for as long as late events may come."""
    kept = RecordItem.of(ARTIST + artist_id, SERVICE + service_id, None)
    kept.expires_at = int((now + REMEMBERED_FOR).timestamp())
    _keep_newest(kept, version, artist_id)


def keep_terms(artist_id: str, kind: Kind, terms: Terms | None, number: int) -> None:
    """Keep what holds since version `number` of a policy; None: that it was withdrawn."""
    version = 2 * number + (terms is None)
    _keep_newest(RecordItem.of(ARTIST + artist_id, POLICY + kind, terms), version, artist_id)


def keep_conversation(conversation: Conversation) -> None:
    """Keep that these two have a thread, unless one of them is gone."""
    artist_id, client_id = conversation.artist_id, conversation.client_id

    @retry_on_conflict
    def attempt() -> None:
        if _is_gone(artist_id, client_id):
            return
        with transaction(RecordItem) as writes:
            writes.save(RecordItem.of(CONVERSATION + conversation.id, RECORD, conversation))
            writes.save(RecordItem.of(ARTIST + artist_id, CLIENT + client_id, conversation.id))
            writes.save(
                RecordItem.of(CLIENT + client_id, CONVERSATION + conversation.id, artist_id)
            )
            _alive(writes, artist_id, client_id)

    attempt()


# ---- erasing -----------------------------------------------------------------------------------


def mark_deleted(user_id: str, now: datetime) -> None:
    """Let nothing be kept of the user any more."""
    mark = RecordItem.of(PERSON + user_id, DELETED, None)
    mark.expires_at = int((now + REMEMBERED_FOR).timestamp())
    mark.save()


def forget_artist(artist_id: str) -> None:
    """Delete all that is an artist's, and what leads there from others."""
    with RecordItem.batch_write() as batch:
        for item in RecordItem.query(ARTIST + artist_id, consistent_read=True):
            # First what leads here: whoever dies between the two comes back.
            for pk, sk in _leading_to(artist_id, item):
                batch.delete(RecordItem(pk, sk))
            batch.delete(RecordItem(item.pk, item.sk))
        batch.delete(RecordItem(PERSON + artist_id, CARD))


def forget_client(client_id: str, strip: Callable[[Execution], Execution]) -> None:
    """Delete a client's threads, and keep of what was sent to them only what `strip` leaves."""
    for item in RecordItem.query(CLIENT + client_id, consistent_read=True):
        if item.sk.startswith(CONVERSATION):
            conversation_id, artist_id = item.sk.removeprefix(CONVERSATION), item.decoded(str)
            RecordItem(CONVERSATION + conversation_id, RECORD).delete()
            RecordItem(ARTIST + artist_id, CLIENT + client_id).delete()
        else:
            artist_id, _, sk = item.sk.removeprefix(AUDIT).partition("#")
            retry_on_conflict(_stripping(artist_id, sk, strip))()
        item.delete()
    RecordItem(PERSON + client_id, CARD).delete()


def _stripping(
    artist_id: str, sk: str, strip: Callable[[Execution], Execution]
) -> Callable[[], None]:
    def attempt() -> None:
        execution = RecordItem.read(ARTIST + artist_id, sk, Execution)
        if execution is not None:
            save_execution(strip(execution))

    return attempt


def _leading_to(artist_id: str, item: RecordItem) -> Iterable[tuple[str, str]]:
    """The keys of what lies elsewhere because of this item of the artist's."""
    if item.sk.startswith(CLIENT):
        conversation_id = item.decoded(str)
        yield CONVERSATION + conversation_id, RECORD
        yield item.sk, CONVERSATION + conversation_id
    elif item.sk.startswith(AUDIT):
        client_id = item.decoded(Execution).client_id
        if client_id is not None:
            yield CLIENT + client_id, f"{AUDIT}{artist_id}#{item.sk}"


# ---- conditions --------------------------------------------------------------------------------


def _alive(writes: TransactWrite, *user_ids: str) -> None:
    """Write only if nobody's account was deleted: else the transaction raises Conflict."""
    for user_id in user_ids:
        writes.condition_check(
            RecordItem, PERSON + user_id, DELETED, condition=RecordItem.pk.does_not_exist()
        )


def _is_gone(*user_ids: str) -> bool:
    keys = [(PERSON + user_id, DELETED) for user_id in user_ids]
    return bool(list(RecordItem.batch_get(keys, consistent_read=True)))


def _keep_newest(item: RecordItem, version: int, owner_id: str) -> None:
    """Keep a copy unless one of a higher version is kept, or its owner's account is gone."""
    item.version = version

    @retry_on_conflict
    def attempt() -> None:
        kept = find(RecordItem, item.pk, item.sk)
        if (kept is not None and (kept.version or 0) > version) or _is_gone(owner_id):
            return
        not_newer = RecordItem.pk.does_not_exist() | (RecordItem.version <= version)
        with transaction(RecordItem) as writes:
            writes.save(item, condition=not_newer)
            _alive(writes, owner_id)

    attempt()
