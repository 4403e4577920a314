"""Artists' pages, and how searches find them: both are written in one transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from profiles.models.pages import Card, Found, Page
from profiles.store import handles
from profiles.store.people import delete_card, write_card
from profiles.store.table import ARTIST, OutboxItem, RecordItem, alive
from shared.data.dynamodb import find, transaction
from shared.data.record_items import json_of
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

PAGE, GONE, SEARCH = "PAGE", "GONE#", "SEARCH#"
# An event that was given up on is brought back within days, or never.
GONE_KEPT = timedelta(days=90)


def find_page(artist_id: str) -> Page | None:
    """An artist's page, read consistently."""
    return RecordItem.read(ARTIST + artist_id, PAGE, Page)


def save_page(
    before: Page,
    page: Page,
    found: Found | None,
    *,
    card: Card | None = None,
    claimed: str | None = None,
    added: str | None = None,
    removed: str | None = None,
    events: Iterable[DomainEvent] = (),
    now: datetime,
) -> None:
    """Keep a page in its new version, and let searches find it as `found`, or not at all.

    Its index items are written unless they are as they were (`page.index` is that of `before`, and
    `found` None means: leave them). card: the artist's, in its new version. claimed: the key of a
    handle. added, removed: the service that the artist offers now, or never again.
    Raises Conflict where any of it was changed meanwhile, the handle is somebody else's, the
    service was removed before, or the account is gone.
    """
    with transaction(RecordItem) as writes:
        alive(writes, page.artist_id)
        RecordItem.of(ARTIST + page.artist_id, PAGE, page).write(writes, page.version)
        for key in sorted(set(before.index) - set(page.index)):
            writes.delete(RecordItem(SEARCH + key, page.artist_id))
        if found is not None:
            for key in page.index:
                writes.save(RecordItem.of(SEARCH + key, page.artist_id, found))
        if card is not None:
            write_card(writes, card)
        if claimed is not None:
            handles.claim(writes, claimed, page.artist_id, now)
        if added is not None:
            writes.condition_check(
                RecordItem,
                ARTIST + page.artist_id,
                GONE + added,
                condition=RecordItem.pk.does_not_exist(),
            )
        if removed is not None:
            gone = RecordItem.of(ARTIST + page.artist_id, GONE + removed, None)
            gone.expires_at = int((now + GONE_KEPT).timestamp())
            writes.save(gone)
        add(writes, OutboxItem, events)


def is_gone(artist_id: str, service_id: str) -> bool:
    """Whether the service was removed, and stays so."""
    return find(RecordItem, ARTIST + artist_id, GONE + service_id) is not None


def erase(page: Page, card: Card | None, keys: Iterable[str], now: datetime) -> None:
    """Delete a page, its artist's card, what searches find, and give the handles of these keys up.

    Nothing of it needs to exist. Raises Conflict where it was changed meanwhile.
    """
    artist_id = page.artist_id
    kept_page = RecordItem(ARTIST + artist_id, PAGE)
    with transaction(RecordItem) as writes:
        writes.delete(kept_page, condition=RecordItem.unchanged_since(page.version))
        delete_card(writes, artist_id, card)
        for key in page.index:
            writes.delete(RecordItem(SEARCH + key, artist_id))
        for key in keys:
            handles.give_up(writes, key, now)
    gone = RecordItem.query(ARTIST + artist_id, RecordItem.sk.startswith(GONE))
    RecordItem.delete_all(gone)


# ---- searching ---------------------------------------------------------------------------------


def search(key: str, after: str | None, limit: int) -> list[Found]:
    """So many artists that are found under a key, in the order of their ids, after that one."""
    later = RecordItem.sk > after if after else None
    return [kept.decoded(Found) for kept in RecordItem.query(SEARCH + key, later, limit=limit)]


def find_misfiled(page: Page, found: Found | None) -> list[str]:
    """The keys of the page's index under which searches do not find it as this, in their order."""
    places = [(SEARCH + key, page.artist_id) for key in page.index]
    items = RecordItem.batch_get(places, consistent_read=True) if places else ()
    right = {kept.pk for kept in items if kept.record == json_of(found)}
    return sorted(key for key in page.index if SEARCH + key not in right)
