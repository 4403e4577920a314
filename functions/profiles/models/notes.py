"""Artists' private notes about their clients."""

from datetime import datetime

from msgspec import Struct


class Note(Struct, frozen=True):
    """An artist's note about a client. Only the artist ever sees it."""

    id: str
    artist_id: str
    client_id: str
    text: str
    created_at: datetime
    updated_at: datetime
    version: int = 1
