"""Clients of artists, their visits, and what the artists note down of them."""

from collections.abc import Iterable
from typing import Any

from pynamodb.transactions import TransactWrite

from profiles.models.clients import Client, Visit
from profiles.models.collections import Note
from profiles.store import paging
from profiles.store.table import PERSON, RECORD, RecordItem, alive
from shared.data.dynamodb import sortable, transaction

CLIENTS, CLIENT = "CLIENTS#", "CLIENT#"
VISIT, VISITS = "VISIT#", "VISITS#"
NOTES, NOTE = "NOTES#", "NOTE#"
NUMBER = "NUMBER"
REVIEWED = "REVIEW"  # beside where a visit is found: the id of its review


# ---- clients -----------------------------------------------------------------------------------


def find_client(artist_id: str, client_id: str) -> Client | None:
    """What an artist's client adds up to, read consistently; None for who is none."""
    return RecordItem.read(*_client_keys(artist_id, client_id), Client)


def list_clients(artist_id: str, after: str | None, limit: int) -> tuple[list[Client], str | None]:
    """So many clients of an artist, by their ids, and where to go on if there are more."""
    found, last = paging.page(
        RecordItem, CLIENTS + artist_id, CLIENT, after, limit, newest_first=False
    )
    return [kept.decoded(Client) for kept in found], last


def list_artists_of(client_id: str, limit: int) -> list[Client]:
    """So many artists whose client somebody is; the list lags behind by a moment."""
    found, _ = paging.listed(PERSON + client_id, CLIENT, None, limit)
    return [kept.decoded(Client) for kept in found]


def keep_client(client: Client) -> None:
    """Keep a client in their new version. Raises Conflict where they changed, or one is gone."""
    with transaction(RecordItem) as writes:
        _write_client(writes, client)


def remove_client(artist_id: str, client_id: str) -> None:
    """Forget that somebody was a client."""
    RecordItem(*_client_keys(artist_id, client_id)).delete()


# ---- visits ------------------------------------------------------------------------------------


def find_visit(artist_id: str, client_id: str, appointment_id: str) -> Visit | None:
    """A visit of a client to an artist, read consistently."""
    return RecordItem.read(_visits_of(artist_id, client_id), VISIT + appointment_id, Visit)


def find_visit_by_id(appointment_id: str) -> Visit | None:
    """A visit, whoever's it is, read consistently."""
    pair = RecordItem.read(VISIT + appointment_id, RECORD, tuple[str, str])
    return find_visit(*pair, appointment_id) if pair else None


def keep_visit(visit: Visit, known: Visit | None, client: Client) -> None:
    """Keep a visit in the place of what was known of it, with what its client adds up to then.

    Raises Conflict where either was changed, or one of the two is gone.
    """
    pair = visit.artist_id, visit.client_id
    kept = RecordItem.of(_visits_of(*pair), VISIT + visit.appointment_id, visit)
    kept.version = visit.version
    kept.listed_in = _visits_of(*pair)
    kept.listed_as = f"{sortable(visit.starts_at)}#{visit.appointment_id}"
    with transaction(RecordItem) as writes:
        writes.save(kept, condition=RecordItem.unchanged_since(known.version if known else 0))
        if known is None:
            writes.save(RecordItem.of(VISIT + visit.appointment_id, RECORD, pair))
        _write_client(writes, client)


def list_visits(artist_id: str, client_id: str, after: Any, limit: int) -> tuple[list[Visit], Any]:
    """So many visits of a client to an artist, the latest first, and where to go on, or None.

    The list lags behind by a moment.
    """
    found, last = paging.listed(_visits_of(artist_id, client_id), "", after, limit)
    return [kept.decoded(Visit) for kept in found], last


def read_visits(
    artist_id: str, client_id: str, after: str | None, limit: int
) -> tuple[list[Visit], str | None]:
    """So many visits of a client to an artist, by their ids, and where to go on."""
    pk = _visits_of(artist_id, client_id)
    found, last = paging.page(RecordItem, pk, VISIT, after, limit, newest_first=False)
    return [kept.decoded(Visit) for kept in found], last


def remove_visits(visits: Iterable[Visit]) -> None:
    """Forget visits, and which reviews they have."""
    with RecordItem.batch_write() as batch:
        for visit in visits:
            appointment = VISIT + visit.appointment_id
            batch.delete(RecordItem(appointment, REVIEWED))
            batch.delete(RecordItem(appointment, RECORD))
            batch.delete(RecordItem(_visits_of(visit.artist_id, visit.client_id), appointment))


# ---- notes -------------------------------------------------------------------------------------


def find_note(artist_id: str, client_id: str, note_id: str) -> Note | None:
    """An artist's note of a client, read consistently."""
    return RecordItem.read(_notes_of(artist_id, client_id), NOTE + note_id, Note)


def list_notes(
    artist_id: str, client_id: str, after: str | None, limit: int
) -> tuple[list[Note], str | None]:
    """So many notes of an artist about a client, the newest first, and where to go on."""
    found, last = paging.page(RecordItem, _notes_of(artist_id, client_id), NOTE, after, limit)
    return [kept.decoded(Note) for kept in found], last


def count_notes(artist_id: str, client_id: str) -> int:
    """How many notes an artist has of a client."""
    return paging.find_number(_notes_of(artist_id, client_id), NUMBER)


def add_note(note: Note, most: int) -> None:
    """Keep a new note. Raises Conflict where there are `most`, or who it is of is no client."""
    with transaction(RecordItem) as writes:
        _write_note(writes, note)
        paging.one_more(writes, _notes_of(note.artist_id, note.client_id), NUMBER, most)


def change_note(note: Note) -> None:
    """Keep a note in its new version. Raises Conflict where it was changed, or as `add_note`."""
    with transaction(RecordItem) as writes:
        _write_note(writes, note)


def remove_note(note: Note) -> None:
    """Drop a note. Raises Conflict where it was changed."""
    with transaction(RecordItem) as writes:
        writes.delete(_note_item(note), condition=RecordItem.unchanged_since(note.version))
        paging.one_less(writes, _notes_of(note.artist_id, note.client_id), NUMBER)


def remove_notes(artist_id: str, client_id: str) -> None:
    """Drop all that an artist noted down of a client."""
    RecordItem.delete_all(RecordItem.query(_notes_of(artist_id, client_id), consistent_read=True))


# ---- keys and items ----------------------------------------------------------------------------


def _write_client(writes: TransactWrite, client: Client) -> None:
    alive(writes, client.artist_id, client.client_id)
    kept = RecordItem.of(*_client_keys(client.artist_id, client.client_id), client)
    kept.listed_in, kept.listed_as = PERSON + client.client_id, CLIENT + client.artist_id
    kept.write(writes, client.version)


def _write_note(writes: TransactWrite, note: Note) -> None:
    alive(writes, note.artist_id, note.client_id)
    writes.condition_check(
        RecordItem,
        *_client_keys(note.artist_id, note.client_id),
        condition=RecordItem.pk.exists(),
    )
    _note_item(note).write(writes, note.version)


def _note_item(note: Note) -> RecordItem:
    return RecordItem.of(_notes_of(note.artist_id, note.client_id), NOTE + note.id, note)


def _client_keys(artist_id: str, client_id: str) -> tuple[str, str]:
    return CLIENTS + artist_id, CLIENT + client_id


def _visits_of(artist_id: str, client_id: str) -> str:
    return f"{VISITS}{artist_id}#{client_id}"


def _notes_of(artist_id: str, client_id: str) -> str:
    return f"{NOTES}{artist_id}#{client_id}"
