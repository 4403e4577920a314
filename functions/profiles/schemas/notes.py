"""Requests and responses for an artist's notes about clients."""

from typing import Annotated

from msgspec import Meta

from domain import types
from domain.types import FilledText
from profiles.schemas.common import NoteId
from shared.http.decoding import Input, Output


class ClientNoteRequest(Input, frozen=True):
    """The text of a note.

    Attributes:
        text: Text of the note, seen by the artist only.
            Example: Prefers afternoons. Allergic to latex.
    """

    text: Annotated[FilledText, Meta(max_length=4000)]


class ClientNoteView(Output, frozen=True):
    """A note about a client, seen by the artist only.

    Attributes:
        text: Text of the note.
            Example: Prefers afternoons. Allergic to latex.
        created_at: When the note was created.
        updated_at: When its text last changed.
    """

    id: NoteId
    client_id: types.ClientId
    text: str
    created_at: types.Instant
    updated_at: types.Instant


class ClientNoteList(Output, frozen=True):
    """Notes about a client, newest first.

    Attributes:
        items: Notes.
    """

    items: list[ClientNoteView]
    next_cursor: types.NextCursor
