"""What an artist can be booked for."""

from datetime import datetime

from appointments import events, store
from appointments.models import Service
from appointments.rules import ids
from appointments.rules.errors import CatalogueFull
from appointments.schemas import ServiceRequest, Services
from domain.errors import NotFound
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.http.caller import Caller

MAX_SERVICES = 100


def add(caller: Caller, request: ServiceRequest, now: datetime) -> Service:
    """Add a service to the caller's catalogue. Raises a 409 Problem when it is full."""
    if len(store.find_services(caller.user_id)) >= MAX_SERVICES:
        raise CatalogueFull(f"A catalogue holds at most {MAX_SERVICES} services.")
    service = _service(ids.new_service_id(caller.user_id), caller.user_id, request, 1)
    _save(service, now)
    return service


def of_artist(artist_id: str) -> Services:
    """The services of an artist, oldest first."""
    return Services(store.find_services(artist_id))


def find(service_id: str) -> Service:
    """A service. Raises a 404 Problem where there is none."""
    service = store.find_service(ids.artist_of(service_id), service_id)
    if service is None:
        raise NotFound("There is no such service.")
    return service


@retry_on_conflict
def change(caller: Caller, service_id: str, request: ServiceRequest, now: datetime) -> Service:
    """Replace a service of the caller's; what is booked already stays as it was agreed.

    Raises a 404 Problem unless it is theirs.
    """
    before = _own(caller, service_id)
    service = _service(before.id, before.artist_id, request, before.version + 1)
    _save(service, now)
    return service


@retry_on_conflict
def remove(caller: Caller, service_id: str, now: datetime) -> None:
    """Take a service out of the caller's catalogue; what is booked already stays.

    Raises a 404 Problem unless it is theirs.
    """
    take_out(_own(caller, service_id), now)


def take_out(service: Service, now: datetime) -> None:
    """Take a service out of its artist's catalogue.

    Raises Conflict where it was changed meanwhile.
    """
    removed = events.ServiceRemoved(
        service_id=service.id, artist_id=service.artist_id, record_version=service.version + 1
    )
    fact = domain_events.new_event("appointments", service.id, removed, now)
    store.commit(removed=[service], events=[fact])


def _own(caller: Caller, service_id: str) -> Service:
    service = find(service_id)
    if service.artist_id != caller.user_id:
        raise NotFound("There is no such service.")
    return service


def _service(service_id: str, artist_id: str, request: ServiceRequest, version: int) -> Service:
    described = {field: getattr(request, field) for field in request.__struct_fields__}
    return Service(id=service_id, artist_id=artist_id, version=version, **described)


def _save(service: Service, now: datetime) -> None:
    fact = domain_events.new_event("appointments", service.id, events.about_service(service), now)
    store.commit(records=[service], events=[fact])
