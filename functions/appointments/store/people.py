"""Copies of people, updated by events of auth and profiles."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.exceptions import PutError

from appointments.models import Person
from appointments.store.table import PERSON, PROFILE, RecordItem
from shared.data.dynamodb import is_condition_failure

DELETED = "null"
MARK_KEPT_FOR = timedelta(days=90)  # longer than an event can be delayed


def find_people(user_ids: Iterable[str], *, consistent: bool = False) -> dict[str, Person]:
    """Return those of some people who are known, by id. The copies may lag behind."""
    keys = [(PERSON + user_id, PROFILE) for user_id in dict.fromkeys(user_ids)]
    items = RecordItem.batch_get(keys, consistent_read=consistent) if keys else ()
    people = (decode_person(item) for item in items)
    return {person.id: person for person in people if person is not None}


def find_person(user_id: str, *, consistent: bool = False) -> Person | None:
    """Return a person who is known. The copy may lag behind."""
    return find_people([user_id], consistent=consistent).get(user_id)


def decode_person(item: RecordItem) -> Person | None:
    """Return the copy in an item; None for an account that was deleted."""
    return None if item.record == DELETED else item.decoded(Person)


def save_person(person: Person) -> None:
    """Save a copy, unless a newer one is stored or the account was deleted."""
    item = RecordItem.of(PERSON + person.id, PROFILE, person)
    item.version = person.record_version
    not_newer = (RecordItem.version <= person.record_version) & (RecordItem.record != DELETED)
    try:
        item.save(condition=RecordItem.pk.does_not_exist() | not_newer)
    except PutError as error:
        if not is_condition_failure(error):
            raise


def mark_deleted(user_id: str, now: datetime) -> None:
    """Replace the copy of a person by a mark that the account was deleted."""
    mark = RecordItem.of(PERSON + user_id, PROFILE, None)
    mark.expires_at = int((now + MARK_KEPT_FOR).timestamp())
    mark.save()
