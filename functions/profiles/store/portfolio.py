"""Portfolio items, their order, and likes.

A like is an item of its own. The number of likes is stored with the portfolio item and changes in
the transaction that creates or deletes a like.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from profiles.models.portfolio import PortfolioItem, PortfolioOrder
from profiles.rules import portfolio_order
from profiles.rules.ids import get_artist_id, get_sort_key
from profiles.store import counters, paging
from profiles.store.table import PERSON, RECORD, OutboxItem, RecordItem
from shared.data import dynamodb
from shared.data.dynamodb import Item, table_meta, transaction
from shared.data.record_items import json_of
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

PORTFOLIO, ITEM, ITEMS = "PORTFOLIO#", "WORK#", "WORKS"
IMPORT = "IMPORT#"
LIKES, LIKE = "LIKES#", "LIKE#"
MAX_BATCH = 100  # keys of a BatchGetItem


class StoredItem(Item):
    """A portfolio item as JSON, with its number of likes and of changes of that number."""

    Meta = table_meta("profiles")
    record = UnicodeAttribute()
    version = NumberAttribute()
    likes = NumberAttribute(default=0)
    like_changes = NumberAttribute(default=0)


class OrderItem(Item):
    """The number of an artist's portfolio items, which is counted alone, and their order."""

    Meta = table_meta("profiles")
    number = NumberAttribute(default=0)
    order = UnicodeAttribute(null=True)
    order_changes = NumberAttribute(default=0)


class LikeCount(msgspec.Struct, frozen=True):
    """The stored number of likes, and how often it changed."""

    likes: int
    changes: int


# ---- portfolio items ---------------------------------------------------------------------------


def find_item(item_id: str) -> PortfolioItem | None:
    """Return a portfolio item, read consistently."""
    keys = _find_keys(item_id)
    stored = dynamodb.find(StoredItem, *keys) if keys else None
    return _decode(stored) if stored else None


def find_items(item_ids: Collection[str]) -> dict[str, PortfolioItem]:
    """Return those of at most 100 portfolio items that exist, by id."""
    places = [keys for item_id in item_ids if (keys := _find_keys(item_id)) is not None]
    items = map(_decode, StoredItem.batch_get(places)) if places else ()
    return {item.id: item for item in items}


def find_all_items(item_ids: Sequence[str]) -> dict[str, PortfolioItem]:
    """Return those of any number of portfolio items that exist, by id; a read for each 100."""
    found: dict[str, PortfolioItem] = {}
    for start in range(0, len(item_ids), MAX_BATCH):
        found |= find_items(item_ids[start : start + MAX_BATCH])
    return found


def list_items(
    artist_id: str, after: str | None, limit: int
) -> tuple[list[PortfolioItem], str | None]:
    """Return a page of an artist's portfolio, newest first, and where the next page starts."""
    stored, last = paging.list_items(StoredItem, PORTFOLIO + artist_id, ITEM, after, limit)
    return [_decode(item) for item in stored], last


def find_in_order(artist_id: str, keys: Collection[str]) -> list[PortfolioItem]:
    """Return those of up to 100 items of an artist that exist, by their sort keys, in order."""
    places = [(PORTFOLIO + artist_id, ITEM + key) for key in keys]
    stored = StoredItem.batch_get(places, consistent_read=True) if places else ()
    found = {each.sk: _decode(each) for each in stored}
    return [found[sk] for _, sk in places if sk in found]


def list_keys(artist_id: str) -> tuple[str, ...]:
    """Return the sort keys of all items of an artist, the newest first."""
    stored = StoredItem.query(
        PORTFOLIO + artist_id,
        StoredItem.sk.startswith(ITEM),
        consistent_read=True,
        scan_index_forward=False,
    )
    return tuple(each.sk.removeprefix(ITEM) for each in stored)


def find_order(artist_id: str) -> PortfolioOrder:
    """Return the number and the order of an artist's items, read consistently."""
    stored = dynamodb.find(OrderItem, PORTFOLIO + artist_id, ITEMS)
    return _decode_order(stored) if stored else PortfolioOrder()


def find_orders(artist_ids: Collection[str]) -> dict[str, PortfolioOrder]:
    """Return the number and the order of the items of any number of artists, by their ids."""
    places = [(PORTFOLIO + artist_id, ITEMS) for artist_id in artist_ids]
    stored = OrderItem.batch_get(places) if places else ()
    return {each.pk.removeprefix(PORTFOLIO): _decode_order(each) for each in stored}


def save_order(artist_id: str, before: PortfolioOrder, order: PortfolioOrder) -> None:
    """Store the order of an artist's items.

    Raises:
        WriteConflict: Items were added, removed or moved, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, artist_id)
        _write_order(writes, artist_id, before, order)


def count_items(artist_id: str) -> int:
    """Return the number of an artist's portfolio items."""
    return counters.get_count(PORTFOLIO + artist_id, ITEMS)


def create_item(
    item: PortfolioItem,
    order: PortfolioOrder,
    events: Iterable[DomainEvent],
    *,
    imported: tuple[str, datetime] | None = None,
) -> None:
    """Store a new portfolio item, with events to publish.

    Args:
        item: The item.
        order: Number and order of the artist's items before.
        events: Events to publish.
        imported: Key of the import that it comes from, and until when the key is kept.

    Raises:
        WriteConflict: Items of the artist were added, removed or moved, or their account was
            deleted, or an item was made of the import before.
    """
    stored = StoredItem(*_get_keys(item), record=_encode(item), version=1, likes=0)
    with transaction(RecordItem) as writes:
        require_accounts(writes, item.artist_id)
        writes.save(stored, condition=StoredItem.pk.does_not_exist())
        after = portfolio_order.add(order, get_sort_key(item.id))
        _write_order(writes, item.artist_id, order, after)
        if imported is not None:
            _save_import(writes, *imported)
        add(writes, OutboxItem, events)


def has_import(key: str) -> bool:
    """Return whether an import was decided about, read consistently."""
    return dynamodb.find(RecordItem, IMPORT + key, RECORD) is not None


def save_import(key: str, expires_at: datetime, events: Iterable[DomainEvent]) -> None:
    """Store that an import was decided about, with events to publish.

    Raises:
        WriteConflict: It was decided about before.
    """
    with transaction(RecordItem) as writes:
        _save_import(writes, key, expires_at)
        add(writes, OutboxItem, events)


def update_item(item: PortfolioItem, events: Iterable[DomainEvent]) -> None:
    """Store a new version of a portfolio item, with events to publish; likes are unaffected.

    Raises:
        WriteConflict: The item was changed or deleted, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, item.artist_id)
        writes.update(
            StoredItem(*_get_keys(item)),
            actions=[
                StoredItem.record.set(_encode(item)),
                StoredItem.version.set(item.version),
            ],
            condition=StoredItem.version == item.version - 1,
        )
        add(writes, OutboxItem, events)


def delete_item(item: PortfolioItem, events: Iterable[DomainEvent]) -> None:
    """Delete a portfolio item, with events to publish. Its likes remain for `delete_likes`.

    Raises:
        WriteConflict: The item was changed or deleted, or others were added, removed or moved.
    """
    order = find_order(item.artist_id)
    after = portfolio_order.remove(order, get_sort_key(item.id))
    with transaction(RecordItem) as writes:
        writes.delete(
            StoredItem(*_get_keys(item)),
            condition=StoredItem.version == item.version,
        )
        _write_order(writes, item.artist_id, order, after)
        add(writes, OutboxItem, events)


def delete_count(artist_id: str) -> None:
    """Delete the number of portfolio items of a deleted account."""
    counters.delete(PORTFOLIO + artist_id, ITEMS)


def correct_count(artist_id: str, known: int, counted: int) -> None:
    """Set the number of portfolio items from its `known` value to the `counted` one.

    Raises:
        WriteConflict: The number has another value by now.
    """
    counters.correct(PORTFOLIO + artist_id, ITEMS, known, counted)


# ---- likes -------------------------------------------------------------------------------------


def has_like(item_id: str, user_id: str) -> bool:
    """Return whether the user likes an item, read consistently."""
    return dynamodb.find(RecordItem, *_get_like_keys(item_id, user_id)) is not None


def find_likes(user_id: str, item_ids: Collection[str]) -> set[str]:
    """Return those of at most 100 items that the user likes, by id."""
    places = [_get_like_keys(item_id, user_id) for item_id in dict.fromkeys(item_ids)]
    return {item.pk.removeprefix(LIKES) for item in RecordItem.batch_get(places)}


def create_like(item_id: str, user_id: str) -> None:
    """Store a like and count it.

    Raises:
        WriteConflict: The user likes the item already, it was deleted, or the account was deleted.
    """
    like = RecordItem.of(*_get_like_keys(item_id, user_id), None)
    like.listed_in, like.listed_as = PERSON + user_id, LIKE + item_id
    with transaction(RecordItem) as writes:
        require_accounts(writes, user_id)
        writes.save(like, condition=RecordItem.pk.does_not_exist())
        writes.update(
            _build_key_item(item_id),
            actions=[StoredItem.likes.add(1), StoredItem.like_changes.add(1)],
            condition=StoredItem.pk.exists(),
        )


def delete_like(item_id: str, user_id: str) -> None:
    """Delete a like and count it.

    Raises:
        WriteConflict: The user does not like the item, or it was deleted.
    """
    like = RecordItem(*_get_like_keys(item_id, user_id))
    with transaction(RecordItem) as writes:
        writes.delete(like, condition=RecordItem.pk.exists())
        writes.update(
            _build_key_item(item_id),
            actions=[StoredItem.likes.add(-1), StoredItem.like_changes.add(1)],
            condition=StoredItem.pk.exists(),
        )


def delete_orphaned_like(item_id: str, user_id: str) -> None:
    """Delete a like of a deleted item, without counting it."""
    RecordItem(*_get_like_keys(item_id, user_id)).delete()


def delete_likes(item_id: str) -> None:
    """Delete all likes of a deleted item."""
    RecordItem.delete_all(RecordItem.query(LIKES + item_id, consistent_read=True))


def list_liked_items(user_id: str, limit: int) -> list[str]:
    """Return up to `limit` ids of items the user likes, deleted or not; eventually consistent."""
    likes, _ = paging.list_by_index(PERSON + user_id, LIKE, None, limit)
    return [like.pk.removeprefix(LIKES) for like in likes]


def find_like_count(item_id: str) -> LikeCount | None:
    """Return the stored number of an item's likes, read consistently."""
    keys = _find_keys(item_id)
    stored = dynamodb.find(StoredItem, *keys) if keys else None
    return LikeCount(int(stored.likes), int(stored.like_changes)) if stored else None


def count_likes(item_id: str) -> int:
    """Count the likes of an item."""
    return RecordItem.count(LIKES + item_id, consistent_read=True)


def correct_like_count(item_id: str, changes: int, counted: int) -> None:
    """Set the number of likes to what was counted when it had changed `changes` times.

    Raises:
        WriteConflict: The number changed since, even if it is the same again.
    """
    with transaction(RecordItem) as writes:
        writes.update(
            _build_key_item(item_id),
            actions=[
                StoredItem.likes.set(counted),
                StoredItem.like_changes.add(1),
            ],
            condition=StoredItem.like_changes == changes,
        )


# ---- keys and items ----------------------------------------------------------------------------


def _write_order(
    writes: TransactWrite, artist_id: str, before: PortfolioOrder, order: PortfolioOrder
) -> None:
    """Store an order in place of the one before, if that is still stored."""
    unchanged: Condition = OrderItem.order_changes == before.changes
    if not before.changes:
        unchanged = OrderItem.order_changes.does_not_exist()
    kept = msgspec.structs.replace(order, number=0, changes=0)
    writes.update(
        OrderItem(PORTFOLIO + artist_id, ITEMS),
        actions=[
            OrderItem.number.add(order.number - before.number),
            OrderItem.order.set(json_of(kept)),
            OrderItem.order_changes.set(before.changes + 1),
        ],
        condition=unchanged,
    )


def _decode_order(stored: OrderItem) -> PortfolioOrder:
    kept = PortfolioOrder()
    if stored.order is not None:
        kept = msgspec.json.decode(stored.order, type=PortfolioOrder)
    return msgspec.structs.replace(
        kept, number=int(stored.number), changes=int(stored.order_changes)
    )


def _save_import(writes: TransactWrite, key: str, expires_at: datetime) -> None:
    item = RecordItem.of(IMPORT + key, RECORD, None)
    item.expires_at = int(expires_at.timestamp())
    writes.save(item, condition=RecordItem.pk.does_not_exist())


def _find_keys(item_id: str) -> tuple[str, str] | None:
    artist_id = get_artist_id(item_id)
    return (PORTFOLIO + artist_id, ITEM + get_sort_key(item_id)) if artist_id else None


def _get_keys(item: PortfolioItem) -> tuple[str, str]:
    return PORTFOLIO + item.artist_id, ITEM + get_sort_key(item.id)


def _build_key_item(item_id: str) -> StoredItem:
    return StoredItem(PORTFOLIO + (get_artist_id(item_id) or ""), ITEM + get_sort_key(item_id))


def _get_like_keys(item_id: str, user_id: str) -> tuple[str, str]:
    return LIKES + item_id, user_id


def _encode(item: PortfolioItem) -> str:
    return json_of(msgspec.structs.replace(item, likes=0))


def _decode(stored: StoredItem) -> PortfolioItem:
    item = msgspec.json.decode(stored.record, type=PortfolioItem)
    return msgspec.structs.replace(item, likes=int(stored.likes))
