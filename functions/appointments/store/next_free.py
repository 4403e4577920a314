"""Next free dates of artists."""

from collections.abc import Iterable

from appointments.models import NextFree
from appointments.store.table import DUE, PREFIXES, RECORD, OutboxItem, RecordItem
from shared.data.dynamodb import transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add


def find_next_free(artist_id: str) -> NextFree | None:
    """Return the next free date of an artist as it was last found."""
    return RecordItem.read(PREFIXES[NextFree] + artist_id, RECORD, NextFree)


def save_next_free(known: NextFree, events: Iterable[DomainEvent]) -> None:
    """Store a version of an artist's next free date, and publish it where there are events.

    Raises:
        WriteConflict: Another version was stored meanwhile.
    """
    item = RecordItem.of(PREFIXES[NextFree] + known.artist_id, RECORD, known)
    if known.look_at is not None:
        item.schedule(DUE, known.artist_id, known.look_at)
    item.version = known.version
    listed, unchanged = list(events), RecordItem.unchanged_since(known.version - 1)
    if not listed:
        item.put(unchanged)
        return
    with transaction(RecordItem) as writes:
        writes.save(item, condition=unchanged)
        add(writes, OutboxItem, listed)


def delete_next_free(artist_id: str) -> None:
    """Delete the next free date of a deleted artist."""
    RecordItem.delete_all(RecordItem.query(PREFIXES[NextFree] + artist_id))
