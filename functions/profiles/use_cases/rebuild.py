"""Rebuild: counts are counted again, copies are published again.

A command of operators invokes it batch by batch, so each call does a bounded amount of work.
Running it twice does no harm.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

from msgspec.structs import replace

from profiles import events
from profiles.models.artist_pages import ArtistPage
from profiles.models.people import Person
from profiles.rules import handles, search_entries
from profiles.schemas.rebuild import (
    OriginalPerson,
    OriginalPersonList,
    Position,
    RebuildDifference,
    RebuildRequest,
    RebuildResponse,
)
from profiles.store import artist_pages
from profiles.store import handles as handle_store
from profiles.store import people as store
from profiles.use_cases import page_changes, people, recount, search_repair, vouchers
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Role

START: Position = (0, None)
MAX_PEOPLE = 25  # per call
REQUIRED_SECONDS = 30  # time that one artist with all their items and clients may take


def list_originals(request: RebuildRequest) -> OriginalPersonList:
    """List a batch of people as every copy of them must look."""
    batch, position = _list_people(request.next or START, request.limit)
    originals = [
        OriginalPerson(
            person.user_id, person.role, person.name, person.avatar, person.handle, person.version
        )
        for person in batch
        if person.name  # others were never published
    ]
    return OriginalPersonList(originals, position)


def run(
    request: RebuildRequest, now: datetime, seconds_left: Callable[[], float]
) -> RebuildResponse:
    """Correct the counts of a batch of people, and publish them and their vouchers again.

    It stops before a person that might not be finished in time; the next batch starts there.
    """
    position = request.next or START
    batch, end = _list_people(position, min(request.limit, MAX_PEOPLE))
    differences: list[RebuildDifference] = []
    for number, person in enumerate(batch):
        if seconds_left() < REQUIRED_SECONDS:
            return RebuildResponse(number, differences, position)
        if person.role is Role.ARTIST:
            differences += _repair_page(person, now)
            differences += _claim_handles(person.user_id, now)
            differences += recount.correct_counts(person.user_id, now)
            vouchers.republish(person.user_id, now)
        _republish(person, now)
        position = (store.SHARDS.index(person.user_id[-1]), person.user_id)
    return RebuildResponse(len(batch), differences, end)


def _list_people(position: Position, limit: int) -> tuple[list[Person], Position | None]:
    """Return up to `limit` people from a position on, and where to continue; None at the end."""
    shard, after = position
    batch: list[Person] = []
    while shard < len(store.SHARDS):
        remaining = limit - len(batch)
        more = store.list_people(store.SHARDS[shard], after, remaining)
        batch += more
        if len(more) == remaining:
            return batch, (shard, more[-1].user_id)
        shard, after = shard + 1, None
    return batch, None


@retry_on_conflict
def _repair_page(person: Person, now: datetime) -> list[RebuildDifference]:
    """Correct the page's copy of the person, and its search entries."""
    before = _find_or_create_page(person.user_id)
    page = replace(before, name=person.name, avatar=person.avatar)
    differences = list(_compare(before, page))
    if differences:
        page_changes.save(before, page, now, rewrite_entry=True)
    return differences


def _claim_handles(artist_id: str, now: datetime) -> Iterator[RebuildDifference]:
    """Claim what looks like an artist's handles, as versions up to 0.3 did not.

    Handles that nobody could claim today stay with their artist, and are reported each time.
    """
    for handle in _find_or_create_page(artist_id).handles:
        key = handles.get_lookalike_key(handle)
        owner = handle_store.find_owner(key)
        if owner is None:
            with suppress(WriteConflict):  # somebody claimed it, or the account was deleted
                handle_store.claim_alone(key, artist_id, now)
            yield RebuildDifference(f"claim of {handle}", None, artist_id)
        elif owner != artist_id:
            yield RebuildDifference(f"look-alike of {handle}", artist_id, owner)
        if handles.is_reserved(handle):
            yield RebuildDifference(f"reserved handle of {artist_id}", handle, None)


def _compare(before: ArtistPage, page: ArtistPage) -> Iterator[RebuildDifference]:
    artist = page.artist_id
    found, expected = (before.name, before.avatar), (page.name, page.avatar)
    if found != expected:
        yield RebuildDifference(f"page of {artist}", found, expected)
    if before.old_search_keys:
        yield RebuildDifference(f"old search keys of {artist}", list(before.old_search_keys), [])
    yield from search_repair.compare(artist, search_entries.build_entry(page))


def _republish(person: Person, now: datetime) -> None:
    is_artist = person.role is Role.ARTIST
    page = _find_or_create_page(person.user_id) if is_artist else people.find_former_page(person)
    with suppress(WriteConflict):  # it was erased, or changed and thus published, meanwhile
        store.republish(person, events.profile_updated(person, page, now))


def _find_or_create_page(artist_id: str) -> ArtistPage:
    return artist_pages.find_page(artist_id) or ArtistPage(artist_id)
