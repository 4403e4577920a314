"""Services: what an artist can be booked for."""

from datetime import datetime

from appointments import events, store
from appointments.models import Service
from appointments.rules import ids, openings, projects
from appointments.rules.errors import CatalogueFull
from appointments.schemas import ServiceList, ServiceRequest, ServiceView
from appointments.use_cases import presenter
from domain.errors import NotFound
from domain.opening_hours import to_seconds
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller
from shared.http.repetition import find_made

MAX_SERVICES = 100


def create(caller: Caller, request: ServiceRequest, now: datetime) -> ServiceView:
    """Add a service to the caller's catalogue.

    Raises:
        CatalogueFull: The caller already has a hundred services.
        InvalidFields: All sittings together cost more than the greatest amount.
    """
    if made := find_made(ids.service_prefix(caller.user_id), get):
        return made
    if len(store.list_services(caller.user_id)) >= MAX_SERVICES:
        raise CatalogueFull(f"A catalogue holds at most {MAX_SERVICES} services.")
    service = _from_request(ids.new_service_id(caller.user_id), caller.user_id, request, 1)
    _save(service, now)
    return presenter.present_service(service)


def list_by_artist(artist_id: str) -> ServiceList:
    """Return the services of an artist, oldest first."""
    return ServiceList(
        [presenter.present_service(service) for service in store.list_services(artist_id)]
    )


def get(service_id: str) -> ServiceView:
    """Return a service as its artist offers it.

    Raises:
        NotFound: It does not exist.
    """
    return presenter.present_service(require(service_id))


def require(service_id: str) -> Service:
    """Return a service.

    Raises:
        NotFound: It does not exist.
    """
    service = store.find_service(ids.get_artist_id(service_id), service_id)
    if service is None:
        raise NotFound("There is no such service.")
    return service


@retry_on_conflict
def replace(caller: Caller, service_id: str, request: ServiceRequest, now: datetime) -> ServiceView:
    """Replace a service of the caller. Existing bookings stay as they were agreed.

    Where it can be booked at more times than before, that is published for those who wait.

    Raises:
        NotFound: The caller does not offer it.
        InvalidFields: All sittings together cost more than the greatest amount.
    """
    before = _require_own(caller, service_id)
    service = _from_request(before.id, before.artist_id, request, before.version + 1)
    _save(service, now, *_create_opening_events(before, service, now))
    return presenter.present_service(service)


@retry_on_conflict
def delete(caller: Caller, service_id: str, now: datetime) -> None:
    """Delete a service of the caller. Existing bookings stay.

    Raises:
        NotFound: The caller does not offer it.
    """
    _delete(_require_own(caller, service_id), now)


@retry_on_conflict
def delete_for_erasure(artist_id: str, service_id: str, now: datetime) -> None:
    """Delete a service of an artist whose account was deleted, if it still exists."""
    service = store.find_service(artist_id, service_id)
    if service is not None:
        _delete(service, now)


def _require_own(caller: Caller, service_id: str) -> Service:
    service = require(service_id)
    if service.artist_id != caller.user_id:
        raise NotFound("There is no such service.")
    return service


def _from_request(
    service_id: str, artist_id: str, request: ServiceRequest, version: int
) -> Service:
    fields = {field: getattr(request, field) for field in request.__struct_fields__}
    service = Service(id=service_id, artist_id=artist_id, version=version, **fields)
    projects.require_bounded_total(service)
    return service


def _save(service: Service, now: datetime, *more: DomainEvent) -> None:
    event = events.create_event(service.id, events.service_data(service), now)
    store.commit(records=[service], events=[event, *more])


def _create_opening_events(before: Service, after: Service, now: datetime) -> list[DomainEvent]:
    if not openings.may_open(before, after):
        return []
    ahead = (to_seconds(now), to_seconds(openings.get_horizon([after], now)))
    return events.opening_events(after.artist_id, [ahead], now, service_id=after.id)


def _delete(service: Service, now: datetime) -> None:
    data = events.ServiceRemoved(
        service_id=service.id, artist_id=service.artist_id, record_version=service.version + 1
    )
    store.commit(removed=[service], events=[events.create_event(service.id, data, now)])
