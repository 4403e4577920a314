"""Services shown on pages: copies kept up to date by events, whatever order those arrive in."""

from datetime import datetime

from msgspec.structs import replace

from domain.money import Money
from profiles.events import ServiceRemoved, ServiceSaved
from profiles.models.artist_pages import ArtistPage, OfferedService
from profiles.use_cases import page_copies
from shared.events.domain_events import DomainEvent, decode_data


def handle_service_saved(event: DomainEvent, now: datetime) -> None:
    """Update the copy of a service, unless it is newer or the service was removed."""
    data = decode_data(event, ServiceSaved)
    service = OfferedService(
        id=data.service_id,
        name=data.name,
        duration_minutes=data.duration_minutes,
        price=Money(data.price.amount, data.price.currency),
        sittings=data.sittings,
        mode=data.mode,
        version=data.record_version,
    )
    page_copies.save(data.artist_id, service.id, lambda page: _add(page, service), now)


def handle_service_removed(event: DomainEvent, now: datetime) -> None:
    """Remove the copy of a service for good; late events do not bring it back."""
    data = decode_data(event, ServiceRemoved)
    removed = data.service_id
    page_copies.remove(data.artist_id, removed, lambda page: _drop(page, removed), now)


def _add(page: ArtistPage, service: OfferedService) -> ArtistPage:
    known = page.services.get(service.id)
    if known is not None and known.version >= service.version:
        return page
    return replace(page, services={**page.services, service.id: service})


def _drop(page: ArtistPage, service_id: str) -> ArtistPage:
    services = {key: service for key, service in page.services.items() if key != service_id}
    return replace(page, services=services)
