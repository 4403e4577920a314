"""Artists' notes about their clients.

Only the artist sees them; no event and no log line contains them.
"""

from datetime import datetime
from functools import partial

import msgspec

from domain.errors import NotFound
from domain.ids import new_id
from profiles.models.notes import Note
from profiles.rules.errors import TooManyNotes
from profiles.schemas.common import ListQuery
from profiles.schemas.notes import ClientNoteList, ClientNoteRequest, ClientNoteView
from profiles.store import notes as store
from profiles.use_cases import clients
from profiles.use_cases.account_retry import retry_while_account_exists
from shared.http import cursors
from shared.http.caller import Caller
from shared.http.repetition import find_made

MAX_NOTES = 200  # per artist and client


def list_own(caller: Caller, client_id: str, query: ListQuery) -> ClientNoteList:
    """List the caller's notes about a client, newest first.

    Raises:
        NotFound: The caller has no such client.
    """
    clients.get_own(caller, client_id)
    scope = f"notes {caller.user_id} {client_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    notes, last = store.list_notes(caller.user_id, client_id, after, query.limit)
    return ClientNoteList(
        items=[_present(note) for note in notes],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


@retry_while_account_exists(other="client_id")
def create(
    caller: Caller, client_id: str, request: ClientNoteRequest, now: datetime
) -> ClientNoteView:
    """Create a note about a client.

    Raises:
        NotFound: The caller has no such client.
        TooManyNotes: There are MAX_NOTES notes about the client.
    """
    if made := find_made("nte", partial(_get_own, caller, client_id)):
        return _present(made)
    clients.get_own(caller, client_id)
    if store.count_notes(caller.user_id, client_id) >= MAX_NOTES:
        raise TooManyNotes(f"You can have at most {MAX_NOTES} notes about a client.")
    note = Note(new_id("nte"), caller.user_id, client_id, request.text, now, now)
    store.create_note(note, MAX_NOTES)
    return _present(note)


@retry_while_account_exists(other="client_id")
def replace(
    caller: Caller, client_id: str, note_id: str, request: ClientNoteRequest, now: datetime
) -> ClientNoteView:
    """Replace the text of a note.

    Raises:
        NotFound: The caller has no such note.
    """
    before = _get_own(caller, client_id, note_id)
    note = msgspec.structs.replace(
        before, text=request.text, updated_at=now, version=before.version + 1
    )
    store.update_note(note)
    return _present(note)


@retry_while_account_exists(other="client_id")
def delete(caller: Caller, client_id: str, note_id: str) -> None:
    """Delete a note.

    Raises:
        NotFound: The caller has no such note.
    """
    store.delete_note(_get_own(caller, client_id, note_id))


def _get_own(caller: Caller, client_id: str, note_id: str) -> Note:
    note = store.find_note(caller.user_id, client_id, note_id)
    if note is None:
        raise NotFound("There is no such note.")
    return note


def _present(note: Note) -> ClientNoteView:
    return ClientNoteView(note.id, note.client_id, note.text, note.created_at, note.updated_at)
