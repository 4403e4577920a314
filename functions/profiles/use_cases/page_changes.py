"""Saving of artists' pages, together with everything that must stay consistent with them.

Search entries and the copies of name and avatar are written in the transaction that changes the
page, so they agree at every moment and after every crash.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from profiles.models.artist_pages import ArtistPage
from profiles.models.people import Person
from profiles.rules import search_keys
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
    rewrite_entries: bool = False,
) -> ArtistPage:
    """Save a changed page with its search entries.

    Args:
        before: The stored page.
        changed: The page to store.
        now: Current time.
        person: New version of the artist's person.
        claimed_handles: Keys of a handle to claim.
        added_copy: Id of a service or guest spot that the page shows from now on.
        removed_copy: Id of a service or guest spot that was deleted.
        events: Events to publish.
        rewrite_entries: Whether to write search entries even if they did not change.

    Returns:
        The page as it is stored.

    Raises:
        WriteConflict: Something changed meanwhile; see the store.
    """
    entry = search_keys.build_entry(changed)
    is_unchanged = not rewrite_entries and entry == search_keys.build_entry(before)
    keys = search_keys.list_keys(entry)
    page = replace(changed, search_keys=keys, version=before.version + 1)
    if is_unchanged and set(keys) == set(before.search_keys):
        entry = None
    store.save_page(
        before,
        page,
        entry,
        person=person,
        claimed_handles=claimed_handles,
        added_copy=added_copy,
        removed_copy=removed_copy,
        events=events,
        now=now,
    )
    return page
