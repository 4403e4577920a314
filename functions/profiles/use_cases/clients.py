"""An artist's clients: who had to do with them, what became of it, and what it came to."""

from datetime import datetime

from domain.errors import NotFound
from profiles.models.clients import Client, Visit
from profiles.models.pages import Card, Money
from profiles.schemas.clients import ClientHistory, Clients, ClientSummary, VisitView
from profiles.schemas.portfolio import PageQuery
from profiles.store import clients as store
from profiles.store import people
from shared.http import cursors
from shared.http.caller import Caller


def are_related(artist_id: str, client_id: str) -> bool:
    """Whether these had to do with each other: an appointment, or a conversation."""
    return store.find_client(artist_id, client_id) is not None


def list_own(caller: Caller, query: PageQuery, now: datetime) -> Clients:
    """The caller's clients, by their ids: by when they joined."""
    scope = f"clients {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    found, last = store.list_clients(caller.user_id, after, query.limit)
    names = people.find_cards(client.client_id for client in found)
    return Clients(
        items=[_summary(client, names.get(client.client_id), now) for client in found],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def get(caller: Caller, client_id: str, query: PageQuery, now: datetime) -> ClientHistory:
    """A client of the caller's, and one page of their visits, the latest first.

    Raises a 404 Problem for who is no client of theirs.
    """
    client = own(caller, client_id)
    scope = f"visits {caller.user_id} {client_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    visits, last = store.list_visits(caller.user_id, client_id, after, query.limit)
    return ClientHistory(
        client=_summary(client, people.find_card(client_id), now),
        items=[_visit(visit) for visit in visits],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def own(caller: Caller, client_id: str) -> Client:
    """A client of the caller's. Raises a 404 Problem for who is none."""
    client = store.find_client(caller.user_id, client_id)
    if client is None:
        raise NotFound("There is no such client.")
    return client


def _summary(client: Client, card: Card | None, now: datetime) -> ClientSummary:
    return ClientSummary(
        client_id=client.client_id,
        name=card.name if card else "",
        avatar=card.avatar if card else None,
        since=client.since,
        visits=client.visits,
        no_shows=client.no_shows,
        cancelled=client.cancelled,
        spend=[Money(client.spend[currency], currency) for currency in sorted(client.spend)],
        last_visit_at=client.last_visit_at,
        next_visit_at=client.next_visit_at(now),
    )


def _visit(visit: Visit) -> VisitView:
    return VisitView(
        appointment_id=visit.appointment_id,
        service_id=visit.service_id,
        service_name=visit.service_name,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        time_zone=visit.time_zone,
        status=visit.status,
        price=visit.price,
    )
