"""Relations of artists and clients, established by the events that establish them in production."""

import itertools
from typing import Any

from appointments import consumers
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock

_numbers = itertools.count(1)


def consume(type_: str, **data: Any) -> None:
    """Let appointments consume an event of another feature, as of now."""
    event = DomainEvent(
        id=f"evt_relation_{next(_numbers)}",
        source="/artist-booking/elsewhere",
        type=type_,
        subject="usr_somebody",
        time=clock.now(),
        data=data,
    )
    consumers.handle(event, clock.now())


def verify(user_id: str, role: Role = Role.CLIENT, name: str = "Cleo Client") -> None:
    """Let a user be known to appointments."""
    consume("user.verified", userId=user_id, name=name, role=role)


def introduce(artist_id: str, *client_ids: str) -> None:
    """Let clients contact an artist, who can book and propose for them from then on."""
    for client_id in client_ids:
        verify(client_id)
        consume("conversation.opened", artistId=artist_id, clientId=client_id, openedBy=client_id)


def set_block(
    artist_id: str, client_id: str, by: str, *, blocked: bool = True, version: int = 1
) -> None:
    """Let one of two people block the other, or remove their block."""
    consume(
        "conversation.block_changed",
        artistId=artist_id,
        clientId=client_id,
        userId=by,
        blocked=blocked,
        recordVersion=version,
    )


def set_books(artist_id: str, *, are_open: bool, version: int = 1) -> None:
    """Let an artist open or close their books."""
    consume(
        "user.profile.updated",
        userId=artist_id,
        role=Role.ARTIST,
        name="Mara Voss",
        avatar=None,
        handle=None,
        booksOpen=are_open,
        recordVersion=version,
    )


def clean(owner_id: str, *file_ids: str) -> None:
    """Let files of a user be found clean."""
    for file_id in file_ids:
        consume("file.cleaned", fileId=file_id, ownerId=owner_id, recordVersion=2)
