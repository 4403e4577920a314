"""Saving of artists' pages, together with everything that must stay consistent with them.

The search index and the copies of name and avatar are written in the transaction that changes the
page, so they agree at every moment and after every crash.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from profiles.models.artist_pages import ArtistPage
from profiles.models.people import Person
from profiles.rules import search_entries
from profiles.store import artist_pages as store
from shared.events.domain_events import DomainEvent


def save(
    before: ArtistPage,
    changed: ArtistPage,
    now: datetime,
    *,
    person: Person | None = None,
    claimed_handles: Iterable[str] = (),
    added_copy: str | None = None,
    removed_copy: str | None = None,
    events: Iterable[DomainEvent] = (),
    rewrite_entry: bool = False,
) -> ArtistPage:
    """Save a changed page with what searches find.

    Args:
        before: The stored page.
        changed: The page to store.
        now: Current time.
        person: New version of the artist's person.
        claimed_handles: Keys of a handle to claim.
        added_copy: Id of a service or guest spot that the page shows from now on.
        removed_copy: Id of a service or guest spot that was deleted.
        events: Events to publish.
        rewrite_entry: Whether to write the search entry even if it did not change.

    Returns:
        The page as it is stored.

    Raises:
        WriteConflict: Something changed meanwhile; see the store.
    """
    entry = search_entries.build_entry(changed)
    is_changed = rewrite_entry or entry != search_entries.build_entry(before)
    page = replace(changed, old_search_keys=(), version=before.version + 1)
    store.save_page(
        before,
        page,
        store.PageEntry(entry) if is_changed else None,
        person=person,
        claimed_handles=claimed_handles,
        added_copy=added_copy,
        removed_copy=removed_copy,
        events=events,
        now=now,
    )
    return page
