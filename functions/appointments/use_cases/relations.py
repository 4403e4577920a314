"""Relations of artists and clients, as the events of several features establish them."""

import msgspec

from appointments import store
from appointments.models import AppointmentSide, Block, Relation
from appointments.rules import ids
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict


@retry_on_conflict
def record_request(artist_id: str, client_id: str) -> None:
    """Record that a client has asked an artist for something."""
    relation = _get(artist_id, client_id)
    if not relation.asked or relation.may_wait:
        # Read after the relation, which whoever joins a waitlist changes.
        waits = store.get_client_waitlists(client_id).entries
        may_wait = any(ids.get_artist_id(service_id) == artist_id for service_id in waits)
        _save(relation, msgspec.structs.replace(relation, asked=True, may_wait=may_wait))


@retry_on_conflict
def record_block(
    artist_id: str, client_id: str, side: AppointmentSide, blocked: bool, record_version: int
) -> None:
    """Record whether one side blocks the other, unless something newer is recorded.

    Args:
        artist_id: The artist.
        client_id: The client.
        side: Whose block it is.
        blocked: Whether it holds.
        record_version: Version of the conversation in which it was set.
    """
    relation = _get(artist_id, client_id)
    is_artist = side is AppointmentSide.ARTIST
    known = relation.artist_block if is_artist else relation.client_block
    if known.record_version > record_version:
        return
    block = Block(blocked, record_version)
    _save(
        relation,
        msgspec.structs.replace(relation, artist_block=block)
        if is_artist
        else msgspec.structs.replace(relation, client_block=block),
    )


def _get(artist_id: str, client_id: str) -> Relation:
    return store.find_relation(artist_id, client_id) or Relation(artist_id, client_id)


def _save(before: Relation, after: Relation) -> None:
    """Save a relation if it has changed and both accounts exist: an event may come too late."""
    if after == before or tombstones.find_deleted(before.artist_id, before.client_id):
        return
    store.save_relation(msgspec.structs.replace(after, version=before.version + 1))
