"""Clients of an artist, with their visits and totals."""

from datetime import datetime

from domain.errors import NotFound
from domain.money import Money
from profiles.models.clients import Client
from profiles.models.people import Person
from profiles.models.visits import Visit
from profiles.schemas.clients import ClientHistory, ClientList, ClientSummary, VisitView
from profiles.schemas.common import ListQuery
from profiles.store import clients as store
from profiles.store import people, visits
from shared.http import cursors
from shared.http.caller import Caller


def list_own(caller: Caller, query: ListQuery, now: datetime) -> ClientList:
    """List the caller's clients, ordered by id and thus by time of registration."""
    scope = f"clients {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    clients, last = store.list_clients(caller.user_id, after, query.limit)
    persons = people.find_people(client.client_id for client in clients)
    return ClientList(
        items=[_present(client, persons.get(client.client_id), now) for client in clients],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def get(caller: Caller, client_id: str, query: ListQuery, now: datetime) -> ClientHistory:
    """Get one of the caller's clients with a page of their visits, latest first.

    Raises:
        NotFound: The caller has no such client.
    """
    client = get_own(caller, client_id)
    scope = f"visits {caller.user_id} {client_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    page, last = visits.list_visits(caller.user_id, client_id, after, query.limit)
    return ClientHistory(
        client=_present(client, people.find_person(client_id), now),
        items=[_present_visit(visit) for visit in page],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def get_own(caller: Caller, client_id: str) -> Client:
    """Return one of the caller's clients.

    Raises:
        NotFound: The caller has no such client.
    """
    client = store.find_client(caller.user_id, client_id)
    if client is None:
        raise NotFound("There is no such client.")
    return client


def _present(client: Client, person: Person | None, now: datetime) -> ClientSummary:
    return ClientSummary(
        client_id=client.client_id,
        name=person.name if person else "",
        avatar=person.avatar if person else None,
        since=client.since,
        visits=client.visits,
        no_shows=client.no_shows,
        cancelled=client.cancelled,
        spend=[Money(client.spend[currency], currency) for currency in sorted(client.spend)],
        last_visit_at=client.last_visit_at,
        next_visit_at=client.get_next_visit(now),
    )


def _present_visit(visit: Visit) -> VisitView:
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
