"""Reviews, in the order they were written, and what those of an artist add up to."""

from collections.abc import Collection
from typing import Any

from pynamodb.attributes import NumberAttribute
from pynamodb.transactions import TransactWrite

from profiles.models.collections import Rating, Review
from profiles.rules.ids import own_part, owner_of
from profiles.store import paging
from profiles.store.clients import REVIEWED, VISIT
from profiles.store.table import ARTIST, PERSON, RecordItem, alive
from shared.data import dynamodb
from shared.data.dynamodb import Item, table_meta, transaction

REVIEWS, REVIEW, RATING = "REVIEWS#", "REVIEW#", "RATING"


class RatingItem(Item):
    """How many reviews an artist has, and the sum of what they give."""

    Meta = table_meta("profiles")
    number = NumberAttribute(default=0)
    total = NumberAttribute(default=0)


# ---- reviews -----------------------------------------------------------------------------------


def find_review(review_id: str) -> Review | None:
    """A review, read consistently."""
    artist_id = owner_of(review_id)
    return RecordItem.read(*_keys(artist_id, review_id), Review) if artist_id else None


def find_review_of(appointment_id: str) -> str | None:
    """The id of the review of an appointment."""
    return RecordItem.read(VISIT + appointment_id, REVIEWED, str)


def list_reviews(artist_id: str, after: Any, limit: int) -> tuple[list[Review], Any]:
    """So many reviews of an artist, the newest first, and where to go on if there are more."""
    found, last = paging.page(RecordItem, REVIEWS + artist_id, REVIEW, after, limit)
    return [kept.decoded(Review) for kept in found], last


def list_written(author_id: str, after: Any, limit: int) -> tuple[list[Review], Any]:
    """So many reviews that somebody wrote, and where to go on, or None.

    The list lags behind by a moment.
    """
    found, last = paging.listed(PERSON + author_id, REVIEW, after, limit)
    return [kept.decoded(Review) for kept in found], last


def add_review(review: Review, appointment_id: str, author_id: str) -> None:
    """Keep the review of an appointment, and count it.

    Raises Conflict where there is one already, or author or artist are gone.
    """
    mark = RecordItem.of(VISIT + appointment_id, REVIEWED, review.id)
    with transaction(RecordItem) as writes:
        alive(writes, author_id, review.artist_id)
        writes.save(mark, condition=RecordItem.pk.does_not_exist())
        _item(review).write(writes, review.version)
        _count(writes, review.artist_id, 1, review.rating)


def change_review(review: Review, before: Review) -> None:
    """Keep a review in its new version, and count it as such. Raises Conflict as `add_review`."""
    with transaction(RecordItem) as writes:
        alive(writes, *_living(review))
        _item(review).write(writes, review.version)
        if review.rating != before.rating:
            _count(writes, review.artist_id, 0, review.rating - before.rating)


def forget_author(review: Review, appointment_id: str) -> None:
    """Keep what is left of a review whose author is gone. Raises Conflict where it was changed."""
    with transaction(RecordItem) as writes:
        _item(review).write(writes, review.version)
        writes.delete(RecordItem(VISIT + appointment_id, REVIEWED))


def remove_review(review: Review) -> None:
    """Drop a review, and count it no longer. Raises Conflict where it was changed."""
    with transaction(RecordItem) as writes:
        writes.delete(_item(review), condition=RecordItem.unchanged_since(review.version))
        if review.appointment_id is not None:
            writes.delete(RecordItem(VISIT + review.appointment_id, REVIEWED))
        _count(writes, review.artist_id, -1, -review.rating)


def remove_some(artist_id: str, limit: int) -> bool:
    """Delete so many reviews of an artist who is gone, and the rating; whether these were all."""
    found, last = paging.page(RecordItem, REVIEWS + artist_id, REVIEW, None, limit)
    RecordItem.delete_all(found)
    if last is None:
        RatingItem(ARTIST + artist_id, RATING).delete()
    return last is None


# ---- ratings -----------------------------------------------------------------------------------


def find_rating(artist_id: str) -> Rating:
    """What the reviews of an artist add up to, read consistently."""
    kept = dynamodb.find(RatingItem, ARTIST + artist_id, RATING)
    return _rating(kept) if kept else Rating()


def find_ratings(artist_ids: Collection[str]) -> dict[str, Rating]:
    """What the reviews of at most 100 artists add up to, of those who have any, by their ids."""
    places = [(ARTIST + artist_id, RATING) for artist_id in dict.fromkeys(artist_ids)]
    found = RatingItem.batch_get(places) if places else ()
    return {kept.pk.removeprefix(ARTIST): _rating(kept) for kept in found}


def correct_rating(artist_id: str, known: Rating, counted: Rating) -> None:
    """Set the rating that is `known` to what was `counted`. Raises Conflict where it changed."""
    unchanged = (RatingItem.number == known.count) & (RatingItem.total == known.total)
    if known == Rating():
        unchanged = unchanged | RatingItem.pk.does_not_exist()
    with transaction(RecordItem) as writes:
        writes.update(
            RatingItem(ARTIST + artist_id, RATING),
            actions=[RatingItem.number.set(counted.count), RatingItem.total.set(counted.total)],
            condition=unchanged,
        )


# ---- keys and items ----------------------------------------------------------------------------


def _count(writes: TransactWrite, artist_id: str, reviews: int, total: int) -> None:
    writes.update(
        RatingItem(ARTIST + artist_id, RATING),
        actions=[RatingItem.number.add(reviews), RatingItem.total.add(total)],
    )


def _living(review: Review) -> list[str]:
    return [review.artist_id] + ([review.author_id] if review.author_id else [])


def _keys(artist_id: str, review_id: str) -> tuple[str, str]:
    return REVIEWS + artist_id, REVIEW + own_part(review_id)


def _item(review: Review) -> RecordItem:
    kept = RecordItem.of(*_keys(review.artist_id, review.id), review)
    if review.author_id is not None:
        kept.listed_in, kept.listed_as = PERSON + review.author_id, REVIEW + own_part(review.id)
    return kept


def _rating(kept: RatingItem) -> Rating:
    return Rating(int(kept.number), int(kept.total))
