"""Import of portfolios from an earlier system, once their images are clean files."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from profiles import events
from profiles.models.portfolio import PortfolioItem
from profiles.schemas.imports import ImportedPortfolioItem
from profiles.store import portfolio as store
from profiles.use_cases import files
from profiles.use_cases.portfolio import MAX_ITEMS
from shared.data import tombstones
from shared.data.conflicts import WriteConflict
from shared.data.imported_rows import Kind, Reasons

ATTEMPTS = 3
DELETED = "The account of its artist was deleted here."
NOT_CLEAN = "Its image has not been found clean."
FULL = f"The portfolio holds {MAX_ITEMS} items."


def find(rows: Sequence[ImportedPortfolioItem]) -> Mapping[str, ImportedPortfolioItem]:
    """Return those of the items that exist."""
    return {
        item.id: ImportedPortfolioItem(
            id=item.id,
            artist_id=item.artist_id,
            file_id=item.file_id,
            created_at=item.created_at,
            caption=item.caption,
            style=item.style,
        )
        for item in store.find_items([row.id for row in rows]).values()
    }


def check(rows: Sequence[ImportedPortfolioItem], _now: datetime) -> Reasons:
    """Return why items cannot be added."""
    deleted = tombstones.find_deleted(*{row.artist_id for row in rows})
    counts: dict[str, int] = {}
    reasons: Reasons = {}
    for row in rows:
        if row.artist_id not in counts:
            counts[row.artist_id] = store.count_items(row.artist_id)
        if row.artist_id in deleted:
            reasons[row.id] = DELETED
        elif counts[row.artist_id] >= MAX_ITEMS:
            reasons[row.id] = FULL
        else:
            counts[row.artist_id] += 1
    return reasons


def write(rows: Sequence[ImportedPortfolioItem], now: datetime) -> Reasons:
    """Add items, one by one: each is counted, and lets everybody see its image."""
    reasons: Reasons = {}
    for row in rows:
        if not files.is_image_of(row.file_id, row.artist_id):
            reasons[row.id] = NOT_CLEAN
        elif not _write(row, now):
            reasons[row.id] = FULL
    return reasons


def _write(row: ImportedPortfolioItem, now: datetime) -> bool:
    item = PortfolioItem(
        id=row.id,
        artist_id=row.artist_id,
        file_id=row.file_id,
        caption=row.caption,
        style=row.style,
        state=None,
        created_at=row.created_at,
    )
    for _ in range(ATTEMPTS):
        order = store.find_order(row.artist_id)
        if order.number >= MAX_ITEMS:
            return False
        try:
            store.create_item(item, order, [events.portfolio_item_saved(item, now)])
        except WriteConflict:
            continue
        return True
    return False


KINDS = {"portfolios": Kind(ImportedPortfolioItem, find, write, check)}
