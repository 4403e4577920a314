"""People."""

from collections.abc import Iterable

from pynamodb.transactions import TransactWrite

from profiles.models.people import Person
from profiles.store.table import PERSON, OutboxItem, RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

PEOPLE, SORT_KEY = "CARDS#", "CARD"
SHARDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # the last character of a ULID is any of these


def find_person(user_id: str) -> Person | None:
    """Return a person, read consistently."""
    return RecordItem.read(PERSON + user_id, SORT_KEY, Person)


def find_people(user_ids: Iterable[str]) -> dict[str, Person]:
    """Return those of these people who are known, by id."""
    keys = [(PERSON + user_id, SORT_KEY) for user_id in dict.fromkeys(user_ids)]
    people = [item.decoded(Person) for item in RecordItem.batch_get(keys)] if keys else []
    return {person.user_id: person for person in people}


def write_person(writes: TransactWrite, person: Person) -> None:
    """Store a new version of a person as part of a transaction."""
    item = RecordItem.of(PERSON + person.user_id, SORT_KEY, person)
    item.listed_in, item.listed_as = PEOPLE + person.user_id[-1], person.user_id
    item.write(writes, person.version)


def delete_person(writes: TransactWrite, user_id: str, person: Person | None) -> None:
    """Delete a person in this version, or check that there is none, as part of a transaction."""
    item = RecordItem(PERSON + user_id, SORT_KEY)
    writes.delete(item, condition=RecordItem.unchanged_since(person.version if person else 0))


def save_person(person: Person, events: Iterable[DomainEvent]) -> None:
    """Store a new version of a person, with events to publish.

    Raises:
        WriteConflict: The person was changed, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, person.user_id)
        write_person(writes, person)
        add(writes, OutboxItem, events)


def republish(person: Person, events: Iterable[DomainEvent]) -> None:
    """Publish events about a person's stored version.

    Raises:
        WriteConflict: The person was changed or erased.
    """
    with transaction(RecordItem) as writes:
        unchanged = RecordItem.unchanged_since(person.version)
        writes.condition_check(RecordItem, PERSON + person.user_id, SORT_KEY, condition=unchanged)
        add(writes, OutboxItem, events)


def list_people(shard: str, after: str | None, limit: int) -> list[Person]:
    """Return up to `limit` people of a shard, ordered by id, after that id."""
    later = RecordItem.listed_as > after if after else None
    items = RecordItem.by_list.query(PEOPLE + shard, later, limit=limit)
    return [item.decoded(Person) for item in items]
