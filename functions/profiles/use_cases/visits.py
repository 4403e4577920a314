"""What is heard of appointments and conversations: who is whose client, and what became of it.

An event may come twice, late, or out of order; of people who are gone nothing is kept any more.
"""

from datetime import datetime

import msgspec

from profiles.models.clients import Client, Visit, VisitStatus, counted, is_newer
from profiles.models.pages import Money
from profiles.schemas.clients import AppointmentHeard, ConversationOpened
from profiles.store import clients as store
from profiles.store import table
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data


def appointment_heard(event: DomainEvent, now: datetime) -> None:
    """Keep what became of an appointment. Walk-ins without account are nobody's client.

    One that waits for an answer is no visit yet, but who asked for it is a client.
    """
    heard = decode_data(event, AppointmentHeard)
    artist_id, client_id = heard.artist_id, heard.client_id
    if client_id is None:
        return
    if heard.status not in set(VisitStatus):
        retry_on_conflict(lambda: _acquaint(artist_id, client_id, event.time))()
        return
    visit = Visit(
        appointment_id=heard.appointment_id,
        artist_id=artist_id,
        client_id=client_id,
        service_id=heard.service_id,
        service_name=heard.service_name,
        starts_at=heard.starts_at,
        ends_at=heard.ends_at,
        time_zone=heard.time_zone,
        status=VisitStatus(heard.status),
        price=Money(heard.price.amount, heard.price.currency),
        version=heard.record_version,
    )
    retry_on_conflict(lambda: _keep(visit, event.time, now))()


def conversation_opened(event: DomainEvent, _now: datetime) -> None:
    """Who talks to an artist is their client from then on."""
    heard = decode_data(event, ConversationOpened)
    retry_on_conflict(lambda: _acquaint(heard.artist_id, heard.client_id, event.time))()


def forget_some_of_client(client_id: str, limit: int) -> bool:
    """Forget so much of what artists know of a client who is gone; whether it was all."""
    artists = store.list_artists_of(client_id, limit)
    done = [_forget(client.artist_id, client_id, limit) for client in artists]
    return all(done) and len(artists) < limit


def forget_some_of_artist(artist_id: str, limit: int) -> bool:
    """Forget so much of what an artist who is gone knew of clients; whether it was all."""
    clients, last = store.list_clients(artist_id, None, limit)
    done = [_forget(artist_id, client.client_id, limit) for client in clients]
    return all(done) and last is None


def _forget(artist_id: str, client_id: str, limit: int) -> bool:
    """Forget notes and visits, and at last that one was a client; whether that was all."""
    store.remove_notes(artist_id, client_id)
    visits, last = store.read_visits(artist_id, client_id, None, limit)
    store.remove_visits(visits)
    if last is None:
        store.remove_client(artist_id, client_id)
    return last is None


def _keep(visit: Visit, at: datetime, now: datetime) -> None:
    known = store.find_visit(visit.artist_id, visit.client_id, visit.appointment_id)
    if not is_newer(visit, known):
        _acquaint(visit.artist_id, visit.client_id, at)
        return
    client = _since(_client(visit.artist_id, visit.client_id, at), at)
    try:
        store.keep_visit(visit, known, counted(client, known, visit, now))
    except WriteConflict:
        _unless_gone(visit.artist_id, visit.client_id)


def _acquaint(artist_id: str, client_id: str, at: datetime) -> None:
    """They have to do with each other since then, or longer."""
    client = _client(artist_id, client_id, at)
    if client.version and client.since <= at:
        return
    try:
        store.keep_client(msgspec.structs.replace(_since(client, at), version=client.version + 1))
    except WriteConflict:
        _unless_gone(artist_id, client_id)


def _client(artist_id: str, client_id: str, at: datetime) -> Client:
    return store.find_client(artist_id, client_id) or Client(artist_id, client_id, at)


def _since(client: Client, at: datetime) -> Client:
    return msgspec.structs.replace(client, since=min(client.since, at))


def _unless_gone(*user_ids: str) -> None:
    """Raise Conflict unless one of them is gone, of whom nothing is kept."""
    if not any(table.is_deleted(user_id) for user_id in user_ids):
        raise WriteConflict
