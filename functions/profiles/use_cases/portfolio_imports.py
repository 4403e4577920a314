"""Portfolio items that social imports from an artist's accounts.

Social says that media became a clean file; an item is made of it once, however often the event
arrives, and stays deleted if the artist deletes it. Files makes the file public only if it is the
artist's own.
"""

from datetime import datetime, timedelta

import msgspec

from domain.social_media import ImportRefusal, MediaSource, MediaTarget
from profiles import events
from profiles.events import (
    FEATURE,
    PortfolioImportRefused,
    PortfolioItemImported,
    SocialMediaImported,
    SocialMediaSourceChanged,
)
from profiles.models.portfolio import PortfolioItem
from profiles.rules.ids import create_id
from profiles.store import portfolio as store
from profiles.use_cases.portfolio import MAX_ITEMS
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data, new_event

IMPORT_KEPT_FOR = timedelta(days=90)  # longer than an event can be delayed


def handle_media_imported(event: DomainEvent, now: datetime) -> None:
    """Add an imported picture to the portfolio, and publish whether it was taken."""
    media = decode_data(event, SocialMediaImported)
    if media.target is MediaTarget.PORTFOLIO:
        _add(media, now)


def handle_source_changed(event: DomainEvent, now: datetime) -> None:
    """Show on an imported item whether it was removed at its provider."""
    change = decode_data(event, SocialMediaSourceChanged)
    if change.target is MediaTarget.PORTFOLIO:
        _update_source(change, now)


@retry_on_conflict
def _add(media: SocialMediaImported, now: datetime) -> None:
    key = f"{media.import_id} {media.attempt}"
    if store.has_import(key) or tombstones.is_deleted(media.artist_id):
        return
    expires_at = now + IMPORT_KEPT_FOR
    order = store.find_order(media.artist_id)
    if order.number >= MAX_ITEMS:
        refused = PortfolioImportRefused(
            media.import_id, media.attempt, media.artist_id, ImportRefusal.PORTFOLIO_FULL
        )
        store.save_import(key, expires_at, [new_event(FEATURE, media.import_id, refused, now)])
        return
    item = PortfolioItem(
        id=create_id("itm", media.artist_id),
        artist_id=media.artist_id,
        file_id=media.file_id,
        caption=media.caption,
        style=None,
        state=None,
        created_at=now,
        source=MediaSource(media.provider, media.permalink),
        import_id=media.import_id,
        import_attempt=media.attempt,
        import_version=media.record_version,
    )
    data = PortfolioItemImported(media.import_id, media.attempt, item.artist_id, item.id)
    published = [
        events.portfolio_item_saved(item, now),
        new_event(FEATURE, media.import_id, data, now),
    ]
    store.create_item(item, order, published, imported=(key, expires_at))


@retry_on_conflict
def _update_source(change: SocialMediaSourceChanged, now: datetime) -> None:
    item = store.find_item(change.record_id)
    if item is None or item.source is None or item.import_id != change.import_id:
        return  # deleted meanwhile
    if item.import_version >= change.record_version or tombstones.is_deleted(item.artist_id):
        return
    item = msgspec.structs.replace(
        item,
        source=msgspec.structs.replace(item.source, removed_at_source=change.removed_at_source),
        import_version=change.record_version,
        version=item.version + 1,
    )
    store.update_item(item, [events.portfolio_item_saved(item, now)])
