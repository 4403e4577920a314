"""Services shown on pages: copies kept up to date by events, whatever order those arrive in."""

from datetime import datetime

from msgspec.structs import replace

from domain.money import Money
from profiles.events import ServiceRemoved, ServiceSaved
from profiles.models.artist_pages import ArtistPage, OfferedService
from profiles.store import artist_pages as store
from profiles.store import table
from profiles.use_cases import page_changes
from shared.data.conflicts import WriteConflict, retry_on_conflict
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
    _save(data.artist_id, service, now)


def handle_service_removed(event: DomainEvent, now: datetime) -> None:
    """Remove the copy of a service for good; late events do not bring it back."""
    data = decode_data(event, ServiceRemoved)
    _remove(data.artist_id, data.service_id, now)


@retry_on_conflict
def _save(artist_id: str, service: OfferedService, now: datetime) -> None:
    before = _get_page(artist_id)
    known = before.services.get(service.id)
    if known is not None and known.version >= service.version:
        return
    page = replace(before, services={**before.services, service.id: service})
    try:
        page_changes.save(before, page, now, added_copy=service.id)
    except WriteConflict:
        _raise_unless_gone(artist_id, service.id)


@retry_on_conflict
def _remove(artist_id: str, service_id: str, now: datetime) -> None:
    if store.is_removed(artist_id, service_id):
        return
    before = _get_page(artist_id)
    services = {key: service for key, service in before.services.items() if key != service_id}
    page = replace(before, services=services)
    try:
        page_changes.save(before, page, now, removed_copy=service_id)
    except WriteConflict:
        _raise_unless_gone(artist_id, service_id)


def _get_page(artist_id: str) -> ArtistPage:
    return store.find_page(artist_id) or ArtistPage(artist_id)


def _raise_unless_gone(artist_id: str, service_id: str) -> None:
    """Raise WriteConflict again, unless the service was removed or the account was deleted."""
    if not store.is_removed(artist_id, service_id) and not table.is_deleted(artist_id):
        raise WriteConflict
