"""Copies on pages: what another feature owns and a page shows, updated by events in any order."""

from collections.abc import Callable
from datetime import datetime

from profiles.models.artist_pages import ArtistPage
from profiles.store import artist_pages as store
from profiles.use_cases import page_changes
from profiles.use_cases.account_retry import raise_unless_deleted
from shared.data.conflicts import WriteConflict, retry_on_conflict

Change = Callable[[ArtistPage], ArtistPage]


@retry_on_conflict
def save(artist_id: str, copy_id: str, add: Change, now: datetime) -> None:
    """Add a copy to an artist's page, unless what it is a copy of was removed.

    Args:
        artist_id: The artist.
        copy_id: Id of what is copied.
        add: Returns the page with the copy, or the same page if its copy is as new.
        now: The present time.
    """
    before = _get_page(artist_id)
    page = add(before)
    if page is before:
        return
    try:
        page_changes.save(before, page, now, added_copy=copy_id)
    except WriteConflict:
        _raise_unless_gone(artist_id, copy_id)


@retry_on_conflict
def remove(artist_id: str, copy_id: str, drop: Change, now: datetime) -> None:
    """Remove a copy from an artist's page for good; late events do not bring it back.

    Args:
        artist_id: The artist.
        copy_id: Id of what is copied.
        drop: Returns the page without the copy.
        now: The present time.
    """
    if store.is_removed(artist_id, copy_id):
        return
    before = _get_page(artist_id)
    try:
        page_changes.save(before, drop(before), now, removed_copy=copy_id)
    except WriteConflict:
        _raise_unless_gone(artist_id, copy_id)


def _get_page(artist_id: str) -> ArtistPage:
    return store.find_page(artist_id) or ArtistPage(artist_id)


def _raise_unless_gone(artist_id: str, copy_id: str) -> None:
    """Raise WriteConflict again, unless the original was removed or the account was deleted."""
    if not store.is_removed(artist_id, copy_id):
        raise_unless_deleted(artist_id)
