"""What artists note down of their clients. Nobody else sees it; no event and no log holds it."""

from datetime import datetime

import msgspec

from domain.errors import NotFound
from domain.ids import new_id
from profiles.models.collections import Note
from profiles.rules.errors import TooManyNotes
from profiles.schemas.clients import NoteRequest, Notes, NoteView
from profiles.schemas.portfolio import PageQuery
from profiles.store import clients as store
from profiles.use_cases import clients
from profiles.use_cases.live_accounts import settled_for
from shared.http import cursors
from shared.http.caller import Caller

MAX_NOTES = 200  # of one artist about one client


def list_about(caller: Caller, client_id: str, query: PageQuery) -> Notes:
    """The caller's notes of a client, the newest first. Raises a 404 Problem for who is none."""
    clients.own(caller, client_id)
    scope = f"notes {caller.user_id} {client_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    found, last = store.list_notes(caller.user_id, client_id, after, query.limit)
    return Notes(
        items=[_view(note) for note in found],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def add(caller: Caller, client_id: str, request: NoteRequest, now: datetime) -> NoteView:
    """Note something down of a client.

    Raises a 404 Problem for who is none, a 409 one where there are as many notes as may be.
    """

    def work() -> NoteView:
        clients.own(caller, client_id)
        if store.count_notes(caller.user_id, client_id) >= MAX_NOTES:
            raise TooManyNotes(f"There are at most {MAX_NOTES} notes of a client.")
        note = Note(new_id("nte"), caller.user_id, client_id, request.text, now, now)
        store.add_note(note, MAX_NOTES)
        return _view(note)

    return settled_for(caller.user_id, work, about=client_id)


def change(
    caller: Caller, client_id: str, note_id: str, request: NoteRequest, now: datetime
) -> NoteView:
    """Note something else down in its place. Raises a 404 Problem unless it is the caller's."""

    def work() -> NoteView:
        before = _own(caller, client_id, note_id)
        note = msgspec.structs.replace(
            before, text=request.text, updated_at=now, version=before.version + 1
        )
        store.change_note(note)
        return _view(note)

    return settled_for(caller.user_id, work, about=client_id)


def remove(caller: Caller, client_id: str, note_id: str) -> None:
    """Drop a note. Raises a 404 Problem unless it is the caller's."""
    settled_for(
        caller.user_id, lambda: store.remove_note(_own(caller, client_id, note_id)), client_id
    )


def _own(caller: Caller, client_id: str, note_id: str) -> Note:
    note = store.find_note(caller.user_id, client_id, note_id)
    if note is None:
        raise NotFound("There is no such note.")
    return note


def _view(note: Note) -> NoteView:
    return NoteView(note.id, note.client_id, note.text, note.created_at, note.updated_at)
