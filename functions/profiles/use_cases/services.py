"""The services that pages show: copies of what appointments tells, whatever order it comes in."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from profiles.models.pages import OfferedService, Page
from profiles.schemas.consumed import ServiceRemoved, ServiceSaved
from profiles.store import pages as store
from profiles.store import table
from profiles.use_cases.publication import publish
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data


def service_saved(event: DomainEvent, now: datetime) -> None:
    """Show the service as it is now, unless something newer is known, or it was removed."""
    heard = decode_data(event, ServiceSaved)
    service = OfferedService(
        id=heard.service_id,
        name=heard.name,
        duration_minutes=heard.duration_minutes,
        price=heard.price,
        sittings=heard.sittings,
        mode=heard.mode,
        version=heard.record_version,
    )
    _settled(heard.artist_id, heard.service_id, partial(_show, heard.artist_id, service, now))


def service_removed(event: DomainEvent, now: datetime) -> None:
    """Show the service no more, whatever comes late."""
    heard = decode_data(event, ServiceRemoved)
    _settled(
        heard.artist_id,
        heard.service_id,
        partial(_hide, heard.artist_id, heard.service_id, now),
    )


def _show(artist_id: str, service: OfferedService, now: datetime) -> None:
    before = _page(artist_id)
    known = before.services.get(service.id)
    if known is None or known.version < service.version:
        page = replace(before, services={**before.services, service.id: service})
        publish(before, page, now, added=service.id)


def _hide(artist_id: str, service_id: str, now: datetime) -> None:
    if store.is_gone(artist_id, service_id):
        return
    before = _page(artist_id)
    left = {name: service for name, service in before.services.items() if name != service_id}
    publish(before, replace(before, services=left), now, removed=service_id)


def _page(artist_id: str) -> Page:
    return store.find_page(artist_id) or Page(artist_id)


@retry_on_conflict
def _settled(artist_id: str, service_id: str, work: Callable[[], None]) -> None:
    """Do the work, unless the service was removed or its artist is gone."""
    try:
        work()
    except WriteConflict:
        if not store.is_gone(artist_id, service_id) and not table.is_deleted(artist_id):
            raise
