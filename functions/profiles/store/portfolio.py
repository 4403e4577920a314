"""Portfolios: the works that artists show, and who likes which.

A like is a record beside its work, and counted there in the transaction that makes or ends it.
"""

from collections.abc import Collection, Iterable

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from profiles.models.collections import Work
from profiles.rules.ids import own_part, owner_of
from profiles.store import paging
from profiles.store.table import PERSON, OutboxItem, RecordItem, alive
from shared.data import dynamodb
from shared.data.dynamodb import Item, table_meta, transaction
from shared.data.record_items import json_of
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

PORTFOLIO, WORK, WORKS = "PORTFOLIO#", "WORK#", "WORKS"
LIKES, LIKE = "LIKES#", "LIKE#"


class WorkItem(Item):
    """A work as JSON, with how many like it beside, and how often that number changed."""

    Meta = table_meta("profiles")
    record = UnicodeAttribute()
    version = NumberAttribute()
    likes = NumberAttribute(default=0)
    like_changes = NumberAttribute(default=0)


# ---- works -------------------------------------------------------------------------------------


def find_work(item_id: str) -> Work | None:
    """A work, read consistently."""
    keys = _keys(item_id)
    kept = dynamodb.find(WorkItem, *keys) if keys else None
    return _work(kept) if kept else None


def find_works(item_ids: Collection[str]) -> dict[str, Work]:
    """Those of at most 100 works that are there, by their ids."""
    places = [keys for item_id in item_ids if (keys := _keys(item_id)) is not None]
    found = map(_work, WorkItem.batch_get(places)) if places else ()
    return {work.id: work for work in found}


def list_works(artist_id: str, after: str | None, limit: int) -> tuple[list[Work], str | None]:
    """So many works of an artist, the newest first, and where to go on if there are more."""
    found, last = paging.page(WorkItem, PORTFOLIO + artist_id, WORK, after, limit)
    return [_work(kept) for kept in found], last


def count_works(artist_id: str) -> int:
    """How many works the artist shows."""
    return paging.find_number(PORTFOLIO + artist_id, WORKS)


def add_work(work: Work, most: int, events: Iterable[DomainEvent]) -> None:
    """Show one more work. Raises Conflict where there are `most`, or the artist is gone."""
    kept = WorkItem(*_own_keys(work), record=_record(work), version=1, likes=0)
    with transaction(RecordItem) as writes:
        alive(writes, work.artist_id)
        writes.save(kept, condition=WorkItem.pk.does_not_exist())
        paging.one_more(writes, PORTFOLIO + work.artist_id, WORKS, most)
        add(writes, OutboxItem, events)


def change_work(work: Work, events: Iterable[DomainEvent]) -> None:
    """Keep a work in its new version; its likes stay. Raises Conflict where it was changed."""
    with transaction(RecordItem) as writes:
        alive(writes, work.artist_id)
        writes.update(
            WorkItem(*_own_keys(work)),
            actions=[WorkItem.record.set(_record(work)), WorkItem.version.set(work.version)],
            condition=WorkItem.version == work.version - 1,
        )
        add(writes, OutboxItem, events)


def remove_work(work: Work, events: Iterable[DomainEvent]) -> None:
    """Show a work no longer. Its likes are left for `drop_likes`. Raises Conflict."""
    with transaction(RecordItem) as writes:
        writes.delete(WorkItem(*_own_keys(work)), condition=WorkItem.version == work.version)
        paging.one_less(writes, PORTFOLIO + work.artist_id, WORKS)
        add(writes, OutboxItem, events)


def forget_number(artist_id: str) -> None:
    """Forget how many works an artist who is gone showed."""
    paging.forget_number(PORTFOLIO + artist_id, WORKS)


def correct_number(artist_id: str, known: int, counted: int) -> None:
    """Set the number of works that is `known` to what was `counted`. Raises Conflict."""
    paging.correct_number(PORTFOLIO + artist_id, WORKS, known, counted)


# ---- likes -------------------------------------------------------------------------------------


def likes(item_id: str, user_id: str) -> bool:
    """Whether somebody likes a work, read consistently."""
    return dynamodb.find(RecordItem, *_like_keys(item_id, user_id)) is not None


def liked_among(user_id: str, item_ids: Collection[str]) -> set[str]:
    """Which of at most 100 works somebody likes."""
    places = [_like_keys(item_id, user_id) for item_id in dict.fromkeys(item_ids)]
    return {kept.pk.removeprefix(LIKES) for kept in RecordItem.batch_get(places)}


def add_like(item_id: str, user_id: str) -> None:
    """Somebody likes a work.

    Raises Conflict where they did already, the work is no longer shown, or they are gone.
    """
    like = RecordItem.of(*_like_keys(item_id, user_id), None)
    like.listed_in, like.listed_as = PERSON + user_id, LIKE + item_id
    with transaction(RecordItem) as writes:
        alive(writes, user_id)
        writes.save(like, condition=RecordItem.pk.does_not_exist())
        writes.update(
            _work_of(item_id),
            actions=[WorkItem.likes.add(1), WorkItem.like_changes.add(1)],
            condition=WorkItem.pk.exists(),
        )


def end_like(item_id: str, user_id: str) -> None:
    """Somebody likes a work no longer.

    Raises Conflict where they did not, or the work is no longer shown.
    """
    like = RecordItem(*_like_keys(item_id, user_id))
    with transaction(RecordItem) as writes:
        writes.delete(like, condition=RecordItem.pk.exists())
        writes.update(
            _work_of(item_id),
            actions=[WorkItem.likes.add(-1), WorkItem.like_changes.add(1)],
            condition=WorkItem.pk.exists(),
        )


def drop_like(item_id: str, user_id: str) -> None:
    """Forget that somebody liked a work which is no longer shown."""
    RecordItem(*_like_keys(item_id, user_id)).delete()


def drop_likes(item_id: str) -> None:
    """Forget who liked a work that is no longer shown."""
    RecordItem.delete_all(RecordItem.query(LIKES + item_id, consistent_read=True))


def list_liked(user_id: str, limit: int) -> list[str]:
    """So many of the works that somebody likes, shown or not; the list lags behind by a moment."""
    found, _ = paging.listed(PERSON + user_id, LIKE, None, limit)
    return [like.pk.removeprefix(LIKES) for like in found]


def find_likes(item_id: str) -> tuple[int, int] | None:
    """How many like a work by its own number, and how often that changed, read consistently."""
    keys = _keys(item_id)
    kept = dynamodb.find(WorkItem, *keys) if keys else None
    return (int(kept.likes), int(kept.like_changes)) if kept else None


def count_likes(item_id: str) -> int:
    """How many like a work, by the records of it."""
    return RecordItem.count(LIKES + item_id, consistent_read=True)


def correct_likes(item_id: str, changes: int, counted: int) -> None:
    """Set the number of likes to what was `counted` since it had changed so often.

    Raises Conflict where it changed since, even if to the same number.
    """
    with transaction(RecordItem) as writes:
        writes.update(
            _work_of(item_id),
            actions=[WorkItem.likes.set(counted), WorkItem.like_changes.add(1)],
            condition=WorkItem.like_changes == changes,
        )


# ---- keys and items ----------------------------------------------------------------------------


def _keys(item_id: str) -> tuple[str, str] | None:
    artist_id = owner_of(item_id)
    return (PORTFOLIO + artist_id, WORK + own_part(item_id)) if artist_id else None


def _own_keys(work: Work) -> tuple[str, str]:
    return PORTFOLIO + work.artist_id, WORK + own_part(work.id)


def _work_of(item_id: str) -> WorkItem:
    return WorkItem(PORTFOLIO + (owner_of(item_id) or ""), WORK + own_part(item_id))


def _like_keys(item_id: str, user_id: str) -> tuple[str, str]:
    return LIKES + item_id, user_id


def _record(work: Work) -> str:
    return json_of(msgspec.structs.replace(work, likes=0))


def _work(kept: WorkItem) -> Work:
    work = msgspec.json.decode(kept.record, type=Work)
    return msgspec.structs.replace(work, likes=int(kept.likes))
