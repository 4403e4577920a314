"""Relations of artists and clients, each beside the copy of its client."""

from collections.abc import Iterable

from appointments.models import Person, Relation
from appointments.store.people import decode_person
from appointments.store.table import PERSON, PROFILE, RELATION, RecordItem
from shared.data.dynamodb import transaction


def find_relation(artist_id: str, client_id: str) -> Relation | None:
    """Return the relation of an artist and a client, read consistently."""
    return RecordItem.read(*_keys(artist_id, client_id), Relation)


def find_relations(artist_id: str, client_ids: Iterable[str]) -> dict[str, Relation]:
    """Return those of an artist's relations that exist, by client. They may lag behind."""
    keys = [_keys(artist_id, client_id) for client_id in dict.fromkeys(client_ids)]
    relations = [item.decoded(Relation) for item in RecordItem.batch_get(keys)] if keys else []
    return {relation.client_id: relation for relation in relations}


def find_relation_and_person(
    artist_id: str, client_id: str, person_id: str
) -> tuple[Relation | None, Person | None]:
    """Return a relation and the copy of a person, in one read. They may lag behind."""
    relation, person = None, None
    for item in RecordItem.batch_get([_keys(artist_id, client_id), (PERSON + person_id, PROFILE)]):
        if item.sk == PROFILE:
            person = decode_person(item)
        else:
            relation = item.decoded(Relation)
    return relation, person


def save_relation(relation: Relation) -> None:
    """Save the next version of a relation.

    Raises:
        WriteConflict: It was changed meanwhile.
    """
    with transaction(RecordItem) as writes:
        create_item(relation).write(writes, relation.version)


def create_item(relation: Relation) -> RecordItem:
    """Return the item of a relation."""
    item = RecordItem.of(*_keys(relation.artist_id, relation.client_id), relation)
    item.artist_id, item.listed_as = relation.artist_id, RELATION + relation.client_id
    return item


def delete_artist_relations(artist_id: str) -> None:
    """Delete all relations of an artist. The index that lists them lags behind."""
    found = RecordItem.by_artist.query(artist_id, RecordItem.listed_as.startswith(RELATION))
    RecordItem.delete_all(RecordItem(item.pk, item.sk) for item in found)


def _keys(artist_id: str, client_id: str) -> tuple[str, str]:
    return PERSON + client_id, RELATION + artist_id
