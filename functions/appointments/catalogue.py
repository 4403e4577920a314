"""What an artist can be booked for."""

from datetime import datetime

from appointments import facts, references, store
from appointments.records import Service
from appointments.types import ServiceRequest, Services
from shared import events
from shared.caller import Caller
from shared.contention import settled
from shared.problems import conflict, not_found

MAX_SERVICES = 100


def add(caller: Caller, request: ServiceRequest, now: datetime) -> Service:
    """Add a service to the caller's catalogue. Raises a 409 Problem when it is full."""
    if len(store.find_services(caller.user_id)) >= MAX_SERVICES:
        raise conflict("catalogue_full", f"A catalogue holds at most {MAX_SERVICES} services.")
    service = _service(references.new_service_id(caller.user_id), caller.user_id, request, 1)
    _save(service, now)
    return service


def of_artist(artist_id: str) -> Services:
    """The services of an artist, oldest first."""
    return Services(store.find_services(artist_id))


def find(service_id: str) -> Service:
    """A service. Raises a 404 Problem where there is none."""
    service = store.find_service(references.artist_of(service_id), service_id)
    if service is None:
        raise not_found("There is no such service.")
    return service


def change(caller: Caller, service_id: str, request: ServiceRequest, now: datetime) -> Service:
    """Replace a service of the caller's; what is booked already stays as it was agreed.

    Raises a 404 Problem unless it is theirs.
    """

    def work() -> Service:
        before = _own(caller, service_id)
        service = _service(before.id, before.artist_id, request, before.version + 1)
        _save(service, now)
        return service

    return settled(work)


def remove(caller: Caller, service_id: str, now: datetime) -> None:
    """Take a service out of the caller's catalogue; what is booked already stays.

    Raises a 404 Problem unless it is theirs.
    """

    def work() -> None:
        take_out(_own(caller, service_id), now)

    settled(work)


def take_out(service: Service, now: datetime) -> None:
    """Take a service out of its artist's catalogue.

    Raises Conflict where it was changed meanwhile.
    """
    removed = facts.ServiceRemoved(
        service_id=service.id, artist_id=service.artist_id, record_version=service.version + 1
    )
    fact = events.event("appointments", service.id, removed, now)
    store.commit(removed=[service], events=[fact])


def _own(caller: Caller, service_id: str) -> Service:
    service = find(service_id)
    if service.artist_id != caller.user_id:
        raise not_found("There is no such service.")
    return service


def _service(service_id: str, artist_id: str, request: ServiceRequest, version: int) -> Service:
    described = {field: getattr(request, field) for field in request.__struct_fields__}
    return Service(id=service_id, artist_id=artist_id, version=version, **described)


def _save(service: Service, now: datetime) -> None:
    fact = events.event("appointments", service.id, facts.about_service(service), now)
    store.commit(records=[service], events=[fact])
