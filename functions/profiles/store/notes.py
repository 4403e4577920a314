"""Artists' notes about their clients."""

from pynamodb.transactions import TransactWrite

from profiles.models.notes import Note
from profiles.store import counters, paging
from profiles.store.clients import require_client
from profiles.store.table import RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts

NOTES, NOTE, NUMBER = "NOTES#", "NOTE#", "NUMBER"


def find_note(artist_id: str, client_id: str, note_id: str) -> Note | None:
    """Return an artist's note about a client, read consistently."""
    return RecordItem.read(_get_pk(artist_id, client_id), NOTE + note_id, Note)


def list_notes(
    artist_id: str, client_id: str, after: str | None, limit: int
) -> tuple[list[Note], str | None]:
    """Return a page of notes about a client, newest first, and where the next page starts."""
    pk = _get_pk(artist_id, client_id)
    items, last = paging.list_items(RecordItem, pk, NOTE, after, limit)
    return [item.decoded(Note) for item in items], last


def count_notes(artist_id: str, client_id: str) -> int:
    """Return the number of notes about a client."""
    return counters.get_count(_get_pk(artist_id, client_id), NUMBER)


def create_note(note: Note, maximum: int) -> None:
    """Store a new note.

    Raises:
        WriteConflict: There are `maximum` notes, the artist has no such client, or one of the two
            accounts was deleted.
    """
    with transaction(RecordItem) as writes:
        _write_note(writes, note)
        counters.increment(writes, _get_pk(note.artist_id, note.client_id), NUMBER, maximum)


def update_note(note: Note) -> None:
    """Store a new version of a note.

    Raises:
        WriteConflict: The note was changed or deleted, the artist has no such client, or one of the
            two accounts was deleted.
    """
    with transaction(RecordItem) as writes:
        _write_note(writes, note)


def delete_note(note: Note) -> None:
    """Delete a note.

    Raises:
        WriteConflict: The note was changed or deleted.
    """
    with transaction(RecordItem) as writes:
        writes.delete(_build_item(note), condition=RecordItem.unchanged_since(note.version))
        counters.decrement(writes, _get_pk(note.artist_id, note.client_id), NUMBER)


def delete_notes(artist_id: str, client_id: str) -> None:
    """Delete all notes of an artist about a client."""
    RecordItem.delete_all(RecordItem.query(_get_pk(artist_id, client_id), consistent_read=True))


def _write_note(writes: TransactWrite, note: Note) -> None:
    require_accounts(writes, note.artist_id, note.client_id)
    require_client(writes, note.artist_id, note.client_id)
    _build_item(note).write(writes, note.version)


def _build_item(note: Note) -> RecordItem:
    return RecordItem.of(_get_pk(note.artist_id, note.client_id), NOTE + note.id, note)


def _get_pk(artist_id: str, client_id: str) -> str:
    return f"{NOTES}{artist_id}#{client_id}"
