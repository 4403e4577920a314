"""Visits of clients to artists."""

from collections.abc import Iterable, Iterator
from typing import Any

from pynamodb.expressions.condition import Condition

from profiles.models.clients import Client
from profiles.models.visits import Visit
from profiles.store import paging
from profiles.store.clients import write_client
from profiles.store.table import RECORD, RecordItem
from shared.data.dynamodb import sortable, transaction

VISIT, VISITS = "VISIT#", "VISITS#"
PAGE_SIZE = 100
REVIEW = "REVIEW"  # sort key of the id of a visit's review


def find_visit(artist_id: str, client_id: str, appointment_id: str) -> Visit | None:
    """Return a visit of a client to an artist, read consistently."""
    return RecordItem.read(_get_pk(artist_id, client_id), VISIT + appointment_id, Visit)


def find_visit_by_appointment(appointment_id: str) -> Visit | None:
    """Return the visit of an appointment, read consistently."""
    pair = RecordItem.read(VISIT + appointment_id, RECORD, tuple[str, str])
    return find_visit(*pair, appointment_id) if pair else None


def save_visit(visit: Visit, stored: Visit | None, client: Client) -> None:
    """Store a visit in place of its stored version, and the client's new totals.

    Raises:
        WriteConflict: Visit or client were changed, or one of the two accounts was deleted.
    """
    with transaction(RecordItem) as writes:
        writes.save(_create_item(visit), condition=_unchanged_since(stored))
        if stored is None:
            writes.save(_create_reference(visit))
        write_client(writes, client)


def save_visit_alone(visit: Visit, stored: Visit | None) -> None:
    """Store a visit in place of its stored version, even if an account was deleted.

    Raises:
        WriteConflict: The visit was changed.
    """
    if stored is None:
        _create_reference(visit).save()  # first, so that no visit is without it
    _create_item(visit).put(_unchanged_since(stored))


def list_visits(artist_id: str, client_id: str, after: Any, limit: int) -> tuple[list[Visit], Any]:
    """Return a page of visits, latest first, and where the next page starts.

    The list is eventually consistent.
    """
    items, last = paging.list_by_index(_get_pk(artist_id, client_id), "", after, limit)
    return [item.decoded(Visit) for item in items], last


def list_visits_by_id(
    artist_id: str, client_id: str, after: str | None, limit: int
) -> tuple[list[Visit], str | None]:
    """Return a page of visits, ordered by id and read consistently, and where the next starts."""
    pk = _get_pk(artist_id, client_id)
    items, last = paging.list_items(RecordItem, pk, VISIT, after, limit, newest_first=False)
    return [item.decoded(Visit) for item in items], last


def iterate_visits(artist_id: str, client_id: str) -> Iterator[Visit]:
    """Yield all visits of a client to an artist, read consistently."""
    after: str | None = None
    while True:
        visits, after = list_visits_by_id(artist_id, client_id, after, PAGE_SIZE)
        yield from visits
        if after is None:
            return


def delete_visits(visits: Iterable[Visit]) -> None:
    """Delete visits, with the references to their reviews."""
    with RecordItem.batch_write() as batch:
        for visit in visits:
            appointment = VISIT + visit.appointment_id
            batch.delete(RecordItem(appointment, REVIEW))
            batch.delete(RecordItem(appointment, RECORD))
            batch.delete(RecordItem(_get_pk(visit.artist_id, visit.client_id), appointment))


def _create_item(visit: Visit) -> RecordItem:
    pk = _get_pk(visit.artist_id, visit.client_id)
    item = RecordItem.of(pk, VISIT + visit.appointment_id, visit)
    item.version = visit.version
    item.listed_in = pk
    item.listed_as = f"{sortable(visit.starts_at)}#{visit.appointment_id}"
    return item


def _create_reference(visit: Visit) -> RecordItem:
    pair = visit.artist_id, visit.client_id
    return RecordItem.of(VISIT + visit.appointment_id, RECORD, pair)


def _unchanged_since(stored: Visit | None) -> Condition:
    return RecordItem.unchanged_since(stored.version if stored else 0)


def _get_pk(artist_id: str, client_id: str) -> str:
    return f"{VISITS}{artist_id}#{client_id}"
