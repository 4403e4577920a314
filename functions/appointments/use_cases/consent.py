"""Consent: the copies that `rules/consent.py` decides by, read before anything begins.

They lag behind the events of other features by seconds, so they are read eventually consistently.
Whoever is banned is asked for each time, but for artists whom a client books: their books close.
"""

from collections.abc import Iterable

from appointments import store
from appointments.models import AppointmentSide, Relation
from appointments.rules import consent
from shared.data import bans


def require_client(artist_id: str, client_id: str) -> Relation | None:
    """Check that an artist may book, propose or plan something for a client; return the relation.

    Raises:
        Blocked: One of the two blocks the other, or the other one is banned.
        NoRelation: The client has not asked the artist for anything.
    """
    relation, client = store.find_relation_and_person(artist_id, client_id, client_id)
    consent.require_client(relation, client)
    consent.require_admitted(is_banned=bans.is_banned(client_id))
    return relation


def require_bookable(artist_id: str, client_id: str) -> Relation | None:
    """Check that a client may book or hold something with an artist; return the relation.

    Raises:
        Blocked: One of the two blocks the other, or the other one is banned.
        BooksClosed: The artist takes no new bookings.
    """
    relation, artist = store.find_relation_and_person(artist_id, client_id, artist_id)
    consent.require_bookable(relation, artist)
    return relation


def require_movable(artist_id: str, client_id: str | None, by: AppointmentSide) -> None:
    """Check that one side may confirm or move an appointment; a walk-in has no account to ask for.

    Raises:
        Blocked: One of the two blocks the other, or the other one is banned.
        NoRelation: The artist acts, and the client's account was deleted.
    """
    if client_id is None:
        return
    relation, client = store.find_relation_and_person(artist_id, client_id, client_id)
    if by is AppointmentSide.ARTIST:
        consent.require_movable(relation, client)
    else:
        consent.require_unblocked(relation)
    other_id = client_id if by is AppointmentSide.ARTIST else artist_id
    consent.require_admitted(is_banned=bans.is_banned(other_id))


def require_unblocked(artist_id: str, client_id: str | None) -> Relation | None:
    """Check that a client may agree to something with an artist; one without account has no blocks.

    Returns:
        Their relation, if there is one.

    Raises:
        Blocked: One of the two blocks the other, or the artist is banned.
    """
    if client_id is None:
        return None
    consent.require_admitted(is_banned=bans.is_banned(artist_id))
    relation = store.find_relations(artist_id, [client_id]).get(client_id)
    consent.require_unblocked(relation)
    return relation


def list_blocked(artist_id: str, client_ids: Iterable[str]) -> set[str]:
    """Return those of some clients with whom nothing begins: across a block, or for a ban."""
    ids = list(client_ids)
    relations = store.find_relations(artist_id, ids)
    blocked = {client_id for client_id, relation in relations.items() if relation.is_blocked}
    return blocked | bans.find_banned(ids)


def has_open_books(artist_id: str) -> bool:
    """Return whether an artist takes new bookings."""
    return consent.has_open_books(store.find_person(artist_id))
