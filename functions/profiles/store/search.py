"""The search index: segments, and what changed since they were sealed.

A change of an artist is an attribute of a record of changes, named after the artist. It is set by
the transaction that makes the change, without reading anything, and it is removed when a segment
holds it, unless it was set again. The manifest is read after the changes, by the order of its key:
so a change that was removed is in a segment that is known by then.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import reduce
from operator import and_
from typing import Any

import msgspec
from pynamodb.attributes import BinaryAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.operand import Path
from pynamodb.transactions import TransactWrite

from profiles.models.reviews import Rating
from profiles.models.search import (
    Manifest,
    PendingChanges,
    PendingPage,
    SearchEntry,
)
from profiles.store.table import ARTIST, RecordItem
from shared.data.dynamodb import Item, is_conflict, table_meta
from shared.data.record_items import json_of
from shared.platform import aws

INDEX, CHANGES, MANIFEST = "SEARCH#INDEX", "CHANGES#", "MANIFEST"
SEGMENT, PART = "SEARCH#SEGMENT#", "PART"
ENTRY = "ENTRY"
PAGES, RATINGS, NEXT_FREE = "", "#RATING", "#FREE"  # what the names of attributes end with
MAX_REMOVED = 50  # attributes removed by one update, whose expression may have 300 operators
OLD_ENTRIES = "SEARCH#"  # versions up to 0.3 stored an entry under each of many keys

# A change as it is stored: the key of its record, the name of its attribute, its value.
Change = tuple[str, str, str]


class SegmentItem(Item):
    """A packed record of a segment."""

    Meta = table_meta("profiles")
    content = BinaryAttribute(legacy_encoding=False)


# ---- changes -----------------------------------------------------------------------------------


def add_page(writes: TransactWrite, artist_id: str, page: PendingPage | None) -> None:
    """Note a changed page, and store its entry, as part of a transaction; None removes it."""
    _add(writes, artist_id, PAGES, page)
    if page is None:
        writes.delete(RecordItem(ARTIST + artist_id, ENTRY))
    else:
        shown = msgspec.structs.replace(page.entry, words=())
        writes.save(RecordItem.of(ARTIST + artist_id, ENTRY, shown))


def add_rating(writes: TransactWrite, artist_id: str, rating: Rating) -> None:
    """Note a changed rating as part of a transaction."""
    _add(writes, artist_id, RATINGS, rating)


def add_next_free(writes: TransactWrite, artist_id: str, day: date | None) -> None:
    """Note a changed next free date as part of a transaction."""
    _add(writes, artist_id, NEXT_FREE, day)


def delete_old_entry(writes: TransactWrite, key: str, artist_id: str) -> None:
    """Delete an entry of a version up to 0.3 as part of a transaction."""
    writes.delete(RecordItem(OLD_ENTRIES + key, artist_id))


def read_index() -> tuple[list[Change], Manifest]:
    """Return the changes that are not sealed, and the segments they are changes of.

    They are read consistently, by one query as long as they have less than a megabyte.
    """
    changes: list[Change] = []
    manifest = Manifest()
    for item in _query_index():
        sk = item["sk"]["S"]
        if sk == MANIFEST:
            manifest = msgspec.json.decode(item["record"]["S"], type=Manifest)
            continue
        changes += [
            (sk, name, value["S"]) for name, value in item.items() if name not in ("pk", "sk")
        ]
    return changes, manifest


def decode_changes(changes: Iterable[Change]) -> PendingChanges:
    """Return changes by artist."""
    pages: dict[str, PendingPage | None] = {}
    ratings: dict[str, Rating] = {}
    next_free: dict[str, date | None] = {}
    for _, name, value in changes:
        if name.endswith(RATINGS):
            ratings[name.removesuffix(RATINGS)] = msgspec.json.decode(value, type=Rating)
        elif name.endswith(NEXT_FREE):
            next_free[name.removesuffix(NEXT_FREE)] = msgspec.json.decode(value, type=date | None)
        else:
            pages[name] = msgspec.json.decode(value, type=PendingPage | None)
    return PendingChanges(pages, ratings, next_free)


def remove_changes(changes: Iterable[Change]) -> None:
    """Remove changes that segments hold, except those that were made again meanwhile."""
    by_record: dict[str, list[Change]] = {}
    for change in changes:
        by_record.setdefault(change[0], []).append(change)
    for listed in by_record.values():
        for start in range(0, len(listed), MAX_REMOVED):
            some = listed[start : start + MAX_REMOVED]
            if not _remove(some):
                for one in some:
                    _remove([one])


def _remove(changes: Collection[Change]) -> bool:
    """Remove changes of one record; return whether all of them were as they had been read."""
    sk = next(iter(changes))[0]
    unchanged = [Path([name]) == value for _, name, value in changes]
    try:
        RecordItem(INDEX, sk).update(
            actions=[Path([name]).remove() for _, name, _ in changes],
            condition=reduce(and_, unchanged),
        )
    except UpdateError as error:
        if not is_conflict(error):
            raise
        return False
    return True


def _add(writes: TransactWrite, artist_id: str, kind: str, value: Any) -> None:
    record = RecordItem(INDEX, CHANGES + artist_id[-1])
    writes.update(record, actions=[Path([artist_id + kind]).set(json_of(value))])


def _query_index() -> Iterator[dict[str, Any]]:
    request: dict[str, Any] = {
        "TableName": RecordItem.Meta.table_name,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": INDEX}},
        "ConsistentRead": True,
    }
    while True:
        page = aws.client("dynamodb").query(**request)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


# ---- segments ----------------------------------------------------------------------------------


def find_parts(keys: Collection[str]) -> dict[str, bytes]:
    """Return the packed records of segments that exist, by key."""
    places = [(SEGMENT + key, PART) for key in dict.fromkeys(keys)]
    items = SegmentItem.batch_get(places) if places else ()
    return {item.pk.removeprefix(SEGMENT): item.content for item in items}


def save_parts(parts: dict[str, bytes]) -> None:
    """Store packed records of segments."""
    with SegmentItem.batch_write() as batch:
        for key, content in parts.items():
            batch.save(SegmentItem(SEGMENT + key, PART, content=content))


def delete_parts(keys: Iterable[str]) -> None:
    """Delete packed records of segments."""
    with SegmentItem.batch_write() as batch:
        for key in keys:
            batch.delete(SegmentItem(SEGMENT + key, PART))


def save_manifest(manifest: Manifest) -> None:
    """Store the next version of the manifest.

    Raises:
        WriteConflict: Somebody else stored one.
    """
    item = RecordItem.of(INDEX, MANIFEST, manifest)
    item.version = manifest.version
    item.put(RecordItem.unchanged_since(manifest.version - 1))


# ---- entries -----------------------------------------------------------------------------------


def find_entries(artist_ids: Collection[str]) -> dict[str, SearchEntry]:
    """Return the entries of at most 100 artists as searches show them, by id.

    They may lag behind by a moment, except those of artists who have just come to be found.
    """
    entries = _read_entries(artist_ids, consistent=False)
    missing = [artist_id for artist_id in artist_ids if artist_id not in entries]
    return entries | _read_entries(missing, consistent=True)


def _read_entries(artist_ids: Collection[str], *, consistent: bool) -> dict[str, SearchEntry]:
    places = [(ARTIST + artist_id, ENTRY) for artist_id in artist_ids]
    items = RecordItem.batch_get(places, consistent_read=consistent) if places else ()
    entries = [item.decoded(SearchEntry) for item in items]
    return {entry.artist_id: entry for entry in entries}
