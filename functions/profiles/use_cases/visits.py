"""Visits and client relations, kept up to date by events of appointments and conversations.

Events may arrive twice, late or out of order. Nothing is stored about deleted accounts.
"""

from datetime import datetime

import msgspec

from domain.money import Money
from profiles.events import (
    AppointmentChanged,
    AppointmentRecorded,
    BlockChanged,
    ConversationOpened,
)
from profiles.models.clients import Block, Client
from profiles.models.visits import Visit, VisitStatus
from profiles.rules import client_totals
from profiles.store import clients, notes
from profiles.store import visits as store
from profiles.use_cases.account_retry import raise_unless_deleted
from shared.data import tombstones
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data


def handle_appointment_created(event: DomainEvent, now: datetime) -> None:
    """Make who asks for an appointment a client.

    An appointment that is confirmed at once is stored when its `appointment.confirmed` is handled,
    which says the same.
    """
    if decode_data(event, AppointmentChanged).status != VisitStatus.CONFIRMED:
        handle_appointment_changed(event, now)


def handle_appointment_changed(event: DomainEvent, now: datetime) -> None:
    """Store the visit of an appointment. Walk-ins without account are ignored.

    Visits that count are stored in one transaction with the client's totals. Others change only
    what is upcoming, which can be repeated: visit and client are written one after the other, and
    an event that comes again writes what is missing.

    A request that was not accepted yet is no visit, but makes its sender a client.
    """
    data = decode_data(event, AppointmentChanged)
    artist_id, client_id = data.artist_id, data.client_id
    if client_id is None:
        return
    if data.status not in set(VisitStatus):
        _ensure_client(artist_id, client_id, event.time)
        return
    visit = Visit(
        appointment_id=data.appointment_id,
        artist_id=artist_id,
        client_id=client_id,
        service_id=data.service_id,
        service_name=data.service_name,
        starts_at=data.starts_at,
        ends_at=data.ends_at,
        time_zone=data.time_zone,
        status=VisitStatus(data.status),
        price=Money(data.price.amount, data.price.currency),
        version=data.record_version,
    )
    _save_visit(visit, event.time, now)


def handle_appointment_recorded(event: DomainEvent, now: datetime) -> None:
    """Store the visit of an appointment that was imported: no other event is about it."""
    if decode_data(event, AppointmentRecorded).price is not None:
        handle_appointment_changed(event, now)


def handle_conversation_opened(event: DomainEvent, _now: datetime) -> None:
    """Make the client of a conversation a client of its artist."""
    data = decode_data(event, ConversationOpened)
    if data.client_id is not None:
        _ensure_client(data.artist_id, data.client_id, event.time)


def handle_block_changed(event: DomainEvent, _now: datetime) -> None:
    """Store whether one of an artist and a client blocks the other."""
    block = decode_data(event, BlockChanged)
    if block.client_id is not None:
        _save_block(block, block.client_id, event.time)


@retry_on_conflict
def _save_block(change: BlockChanged, client_id: str, at: datetime) -> None:
    """Store a block, unless something newer is stored. Who blocks has a conversation."""
    known = clients.find_client(change.artist_id, client_id)
    client = known or Client(change.artist_id, client_id, at)
    by_artist = change.user_id == change.artist_id
    before = client.artist_block if by_artist else client.client_block
    block = Block(change.blocked, change.record_version)
    if before.record_version > block.record_version or before == block:
        return
    client = (
        msgspec.structs.replace(client, artist_block=block)
        if by_artist
        else msgspec.structs.replace(client, client_block=block)
    )
    _save(client)


# ---- erasure -----------------------------------------------------------------------------------


def erase_client(client_id: str, limit: int) -> bool:
    """Erase a deleted client's data at up to `limit` artists; return whether nothing is left."""
    artists = clients.list_artists(client_id, limit)
    results = [_erase_relation(artist_id, client_id, limit) for artist_id in artists]
    return all(results) and len(artists) < limit


def erase_artist(artist_id: str, limit: int) -> bool:
    """Erase up to `limit` clients of a deleted artist; return whether nothing is left."""
    records, last = clients.list_clients(artist_id, None, limit)
    results = [_erase_relation(artist_id, record.client_id, limit) for record in records]
    return all(results) and last is None


def _erase_relation(artist_id: str, client_id: str, limit: int) -> bool:
    """Delete notes, up to `limit` visits, and finally the client; return whether that was all."""
    notes.delete_notes(artist_id, client_id)
    visits, last = store.list_visits_by_id(artist_id, client_id, None, limit)
    store.delete_visits(visits)
    if last is None:
        clients.delete_client(artist_id, client_id)
    return last is None


# ---- writing -----------------------------------------------------------------------------------


@retry_on_conflict
def _save_visit(visit: Visit, contact_at: datetime, now: datetime) -> None:
    # In this order: whoever stores another version of the visit in between also changes the client,
    # so that what is saved here conflicts.
    known = clients.find_client(visit.artist_id, visit.client_id)
    stored = store.find_visit(visit.artist_id, visit.client_id, visit.appointment_id)
    if not visit.is_newer_than(stored):
        _complete(known, stored or visit, contact_at, now)
    elif known is None or client_totals.changes_totals(stored, visit):
        client = known or Client(visit.artist_id, visit.client_id, contact_at)
        client = _move_since(client, contact_at)
        try:
            store.save_visit(visit, stored, _update_totals(client, stored, visit, now))
        except WriteConflict:
            raise_unless_deleted(visit.artist_id, visit.client_id)
            store.delete_visits([visit])  # an earlier version may be there
    else:
        store.save_visit_alone(visit, stored)
        client = client_totals.apply_visit(_move_since(known, contact_at), stored, visit, now)
        clients.save_client_alone(client)
        _delete_if_too_late(visit)


def _complete(known: Client | None, stored: Visit, contact_at: datetime, now: datetime) -> None:
    """Write what is missing of a visit that was stored alone, by an attempt that ended then."""
    if known is None:
        _save_relation(stored.artist_id, stored.client_id, contact_at)
    else:
        client = client_totals.apply_upcoming(_move_since(known, contact_at), stored, now)
        if client != known:
            clients.save_client_alone(_next_version(client))
    if stored.status is VisitStatus.CONFIRMED:
        _delete_if_too_late(stored)


def _delete_if_too_late(visit: Visit) -> None:
    """Delete a visit that was stored alone if an account was deleted: the erasure may be over."""
    if tombstones.find_deleted(visit.artist_id, visit.client_id):
        store.delete_visits([visit])


def _update_totals(client: Client, stored: Visit | None, visit: Visit, now: datetime) -> Client:
    """Return the client with the totals after a visit was stored."""
    if not client_totals.undoes_completion(stored, visit):
        return client_totals.apply_visit(client, stored, visit, now)
    others = (
        other
        for other in store.iterate_visits(visit.artist_id, visit.client_id)
        if other.appointment_id != visit.appointment_id
    )
    return client_totals.recount(client, [*others, visit], now)


@retry_on_conflict
def _ensure_client(artist_id: str, client_id: str, contact_at: datetime) -> None:
    """Store the client, unless they are known since that contact or longer."""
    _save_relation(artist_id, client_id, contact_at)


def _save_relation(artist_id: str, client_id: str, contact_at: datetime) -> None:
    known = clients.find_client(artist_id, client_id)
    if known is not None and known.since <= contact_at:
        return
    _save(_move_since(known or Client(artist_id, client_id, contact_at), contact_at))


def _save(client: Client) -> None:
    """Store the next version of a client, unless one of the accounts was deleted."""
    try:
        clients.save_client(_next_version(client))
    except WriteConflict:
        raise_unless_deleted(client.artist_id, client.client_id)


def _next_version(client: Client) -> Client:
    return msgspec.structs.replace(client, version=client.version + 1)


def _move_since(client: Client, contact_at: datetime) -> Client:
    """Return the client as related since that contact, unless they are for longer."""
    return msgspec.structs.replace(client, since=min(client.since, contact_at))
