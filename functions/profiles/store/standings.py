"""Standings: ratings and next free dates of artists, each with its change of the search index."""

import msgspec
from pynamodb.attributes import UnicodeAttribute
from pynamodb.transactions import TransactWrite

from profiles.models.reviews import Rating
from profiles.models.search import NextFree, Standing
from profiles.store import search
from profiles.store.reviews import RATING, RatingItem, decode_rating, is_rating
from profiles.store.table import ARTIST, RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts

NEXT_FREE = "FREE"


class StandingItem(RatingItem):
    """A rating, or the record of a next free date."""

    record = UnicodeAttribute(null=True)


def find_standing(artist_id: str) -> tuple[Standing, int]:
    """Return an artist's standing, and the version of its next free date, read consistently."""
    places = [(ARTIST + artist_id, RATING), (ARTIST + artist_id, NEXT_FREE)]
    items = {item.sk: item for item in StandingItem.batch_get(places, consistent_read=True)}
    rating, dated = items.get(RATING), items.get(NEXT_FREE)
    known = msgspec.json.decode(dated.record, type=NextFree) if dated else NextFree(None, 0)
    return Standing(decode_rating(rating) if rating else Rating(), known.day), known.version


def require_standing(
    writes: TransactWrite, artist_id: str, standing: Standing, version: int
) -> None:
    """Let a transaction fail if an artist's standing was changed since it was read."""
    writes.condition_check(
        RatingItem, ARTIST + artist_id, RATING, condition=is_rating(standing.rating)
    )
    unchanged = RecordItem.unchanged_since(version)
    writes.condition_check(RecordItem, ARTIST + artist_id, NEXT_FREE, condition=unchanged)


def find_next_free(artist_id: str) -> NextFree | None:
    """Return an artist's next free date, read consistently."""
    return RecordItem.read(ARTIST + artist_id, NEXT_FREE, NextFree)


def save_next_free(artist_id: str, before: NextFree | None, known: NextFree) -> None:
    """Store an artist's next free date.

    Raises:
        WriteConflict: Another one was stored meanwhile, or the account was deleted.
    """
    item = RecordItem.of(ARTIST + artist_id, NEXT_FREE, known)
    item.version = known.version
    unchanged = RecordItem.unchanged_since(before.version if before else 0)
    with transaction(RecordItem) as writes:
        require_accounts(writes, artist_id)
        writes.save(item, condition=unchanged)
        search.add_next_free(writes, artist_id, known.day)


def delete_next_free(artist_id: str) -> None:
    """Delete the next free date of a deleted artist."""
    RecordItem(ARTIST + artist_id, NEXT_FREE).delete()
