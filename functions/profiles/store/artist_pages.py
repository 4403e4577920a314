"""Artists' pages, written in one transaction with what searches find."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from profiles.models.artist_pages import ArtistPage
from profiles.models.people import Person
from profiles.models.search import PendingPage, SearchEntry, Standing
from profiles.store import handles, search
from profiles.store.people import delete_person, write_person
from profiles.store.standings import delete_next_free, find_standing, require_standing
from profiles.store.table import ARTIST, OutboxItem, RecordItem
from shared.data.dynamodb import find, transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

PAGE, REMOVED = "PAGE", "GONE#"
# Longer than any event can be delayed: dead letters are redriven within days, or never.
REMOVAL_REMEMBERED_FOR = timedelta(days=90)


class PageEntry(Struct, frozen=True):
    """What searches find of a page; None for a page that they must not find."""

    entry: SearchEntry | None


def find_page(artist_id: str) -> ArtistPage | None:
    """Return an artist's page, read consistently."""
    return RecordItem.read(ARTIST + artist_id, PAGE, ArtistPage)


def find_pages(artist_ids: Iterable[str]) -> dict[str, ArtistPage]:
    """Return those of up to 100 pages that exist, by the artists' ids."""
    keys = [(ARTIST + artist_id, PAGE) for artist_id in dict.fromkeys(artist_ids)]
    pages = [item.decoded(ArtistPage) for item in RecordItem.batch_get(keys)] if keys else []
    return {page.artist_id: page for page in pages}


def is_hidden(artist_id: str) -> bool:
    """Return whether the page of an artist is hidden; one who has no page yet is not."""
    page = find_page(artist_id)
    return page is not None and page.is_hidden


def save_page(
    before: ArtistPage,
    page: ArtistPage,
    changed: PageEntry | None,
    *,
    person: Person | None = None,
    claimed_handles: Iterable[str] = (),
    added_copy: str | None = None,
    removed_copy: str | None = None,
    events: Iterable[DomainEvent] = (),
    now: datetime,
) -> None:
    """Store a new version of a page, with everything that changes together with it.

    Args:
        before: The stored page.
        page: The new version.
        changed: What searches find of it from now on; None if that stays as it is.
        person: New version of the artist's person.
        claimed_handles: Keys of a handle to claim.
        added_copy: Id of a service or guest spot that the page shows; it must not have been
            removed.
        removed_copy: Id of a service or guest spot to mark as removed.
        events: Events to publish.
        now: Current time.

    Raises:
        WriteConflict: Page, person or standing were changed, the handle is taken, the copy was
            removed before, or the account was deleted.
    """
    entry = changed.entry if changed else None
    standing, version = find_standing(page.artist_id) if entry else (Standing(), 0)
    with transaction(RecordItem) as writes:
        require_accounts(writes, page.artist_id)
        RecordItem.of(ARTIST + page.artist_id, PAGE, page).write(writes, page.version)
        for key in before.old_search_keys:
            search.delete_old_entry(writes, key, page.artist_id)
        if entry is not None:
            require_standing(writes, page.artist_id, standing, version)
            search.add_page(writes, page.artist_id, PendingPage(entry, standing))
        elif changed is not None:
            search.add_page(writes, page.artist_id, None)
        if person is not None:
            write_person(writes, person)
        for key in claimed_handles:
            handles.claim(writes, key, page.artist_id, now)
        if added_copy is not None:
            writes.condition_check(
                RecordItem,
                ARTIST + page.artist_id,
                REMOVED + added_copy,
                condition=RecordItem.pk.does_not_exist(),
            )
        if removed_copy is not None:
            mark = RecordItem.of(ARTIST + page.artist_id, REMOVED + removed_copy, None)
            mark.expires_at = int((now + REMOVAL_REMEMBERED_FOR).timestamp())
            writes.save(mark)
        add(writes, OutboxItem, events)


def is_removed(artist_id: str, copy_id: str) -> bool:
    """Return whether a service or guest spot was removed."""
    return find(RecordItem, ARTIST + artist_id, REMOVED + copy_id) is not None


def delete_page(
    page: ArtistPage, person: Person | None, handle_keys: Iterable[str], now: datetime
) -> None:
    """Delete a page with what searches find of it and the artist's person, and release the handles.

    Nothing of it needs to exist.

    Raises:
        WriteConflict: Page or person were changed.
    """
    artist_id = page.artist_id
    item = RecordItem(ARTIST + artist_id, PAGE)
    with transaction(RecordItem) as writes:
        writes.delete(item, condition=RecordItem.unchanged_since(page.version))
        delete_person(writes, artist_id, person)
        for old_key in page.old_search_keys:
            search.delete_old_entry(writes, old_key, artist_id)
        if page.version:
            search.add_page(writes, artist_id, None)
        for key in handle_keys:
            handles.release(writes, key, now)
    delete_next_free(artist_id)
    marks = RecordItem.query(ARTIST + artist_id, RecordItem.sk.startswith(REMOVED))
    RecordItem.delete_all(marks)
