"""Follows, in two lists: those of a user, and those of an artist."""

from collections.abc import Iterable

from pynamodb.transactions import TransactWrite

from profiles.models.clients import Client
from profiles.models.follows import Announcement, Follow
from profiles.store import clients, counters, paging
from profiles.store.table import ARTIST, PERSON, OutboxItem, RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

FOLLOW, FOLLOWERS, FOLLOWS = "FOLLOW#", "FOLLOWERS#", "FOLLOWS"
NUMBER, ANNOUNCED = "FOLLOWERS", "ANNOUNCED"


def find_follow(artist_id: str, follower_id: str) -> Follow | None:
    """Return the follow of an artist by a user, read consistently."""
    return RecordItem.read(PERSON + follower_id, FOLLOW + artist_id, Follow)


def list_follows(follower_id: str) -> list[Follow]:
    """Return whom a user follows, ordered by the artists' ids, with one query."""
    items = RecordItem.query(
        PERSON + follower_id, RecordItem.sk.startswith(FOLLOW), consistent_read=True
    )
    return [item.decoded(Follow) for item in items]


def list_followers(artist_id: str, after: str | None, limit: int) -> tuple[list[str], str | None]:
    """Return a page of the ids of an artist's followers, and where the next page starts."""
    items, last = paging.list_items(
        RecordItem, FOLLOWERS + artist_id, "", after, limit, newest_first=False
    )
    return [item.sk for item in items], last


def count_follows(follower_id: str) -> int:
    """Return how many artists a user follows."""
    return counters.get_count(PERSON + follower_id, FOLLOWS)


def count_followers(artist_id: str) -> int:
    """Return the number of an artist's followers, read consistently."""
    return counters.get_count(ARTIST + artist_id, NUMBER)


def recount_followers(artist_id: str) -> int:
    """Count an artist's followers."""
    return RecordItem.count(FOLLOWERS + artist_id, consistent_read=True)


def correct_count(artist_id: str, known: int, counted: int) -> None:
    """Set the number of followers from its `known` value to the `counted` one.

    Raises:
        WriteConflict: The number has another value by now.
    """
    counters.correct(ARTIST + artist_id, NUMBER, known, counted)


def create_follow(follow: Follow, relations: Iterable[Client], maximum: int) -> None:
    """Store a follow and count it.

    Args:
        follow: The follow.
        relations: The two as artist and client, in both roles, as they were read; version 0 for
            people who are not related.
        maximum: How many artists a user may follow.

    Raises:
        WriteConflict: The user follows the artist already, or `maximum` artists; one of the two
            accounts was deleted, or the relation of the two was changed.
    """
    artist_id, follower_id = follow.artist_id, follow.follower_id
    with transaction(RecordItem) as writes:
        require_accounts(writes, follower_id, artist_id)
        writes.save(_build_item(follow), condition=RecordItem.pk.does_not_exist())
        writes.save(RecordItem.of(FOLLOWERS + artist_id, follower_id, None))
        counters.increment(writes, PERSON + follower_id, FOLLOWS, maximum)
        counters.increment(writes, ARTIST + artist_id, NUMBER)
        for relation in relations:
            clients.require_unchanged(writes, relation)


def delete_follow(follow: Follow) -> None:
    """Delete a follow, and count it no more.

    Raises:
        WriteConflict: It was deleted meanwhile.
    """
    with transaction(RecordItem) as writes:
        _delete(writes, follow.artist_id, follow.follower_id)


def delete_counts(user_id: str) -> None:
    """Delete the numbers of follows and followers of a deleted account, and its announcement."""
    counters.delete(PERSON + user_id, FOLLOWS)
    counters.delete(ARTIST + user_id, NUMBER)
    RecordItem(ARTIST + user_id, ANNOUNCED).delete()


def find_announcement(artist_id: str) -> Announcement | None:
    """Return the newest announcement of an artist, read consistently."""
    return RecordItem.read(ARTIST + artist_id, ANNOUNCED, Announcement)


def save_announcement(
    artist_id: str, announcement: Announcement, events: Iterable[DomainEvent]
) -> None:
    """Store the next version of an announcement, with events to publish.

    Raises:
        WriteConflict: Another one was stored, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, artist_id)
        item = RecordItem.of(ARTIST + artist_id, ANNOUNCED, announcement)
        item.write(writes, announcement.version)
        add(writes, OutboxItem, events)


def _delete(writes: TransactWrite, artist_id: str, follower_id: str) -> None:
    item = RecordItem(PERSON + follower_id, FOLLOW + artist_id)
    writes.delete(item, condition=RecordItem.pk.exists())
    writes.delete(RecordItem(FOLLOWERS + artist_id, follower_id))
    counters.decrement(writes, PERSON + follower_id, FOLLOWS)
    counters.decrement(writes, ARTIST + artist_id, NUMBER)


def _build_item(follow: Follow) -> RecordItem:
    return RecordItem.of(PERSON + follow.follower_id, FOLLOW + follow.artist_id, follow)
