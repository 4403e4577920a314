"""Reviews, in the order they were written, and the ratings of artists."""

from collections.abc import Collection, Iterable
from typing import Any

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from profiles.models.reviews import Rating, Review
from profiles.rules.ids import get_artist_id, get_sort_key
from profiles.store import paging, search, visits
from profiles.store.table import ARTIST, PERSON, OutboxItem, RecordItem
from shared.data import dynamodb
from shared.data.dynamodb import Item, table_meta, transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

REVIEWS, REVIEW, RATING = "REVIEWS#", "REVIEW#", "RATING"
FOLLOWERS = "FOLLOWERS"  # how many; `store.follows` counts them


class RatingItem(Item):
    """Number of an artist's reviews, and the sum of their ratings."""

    Meta = table_meta("profiles")
    number = NumberAttribute(default=0)
    total = NumberAttribute(default=0)


# ---- reviews -----------------------------------------------------------------------------------


def find_review(review_id: str) -> Review | None:
    """Return a review, read consistently."""
    artist_id = get_artist_id(review_id)
    return RecordItem.read(*_get_keys(artist_id, review_id), Review) if artist_id else None


def find_review_id(appointment_id: str) -> str | None:
    """Return the id of an appointment's review."""
    return RecordItem.read(visits.VISIT + appointment_id, visits.REVIEW, str)


def list_reviews(artist_id: str, after: Any, limit: int) -> tuple[list[Review], Any]:
    """Return a page of an artist's reviews, newest first, and where the next page starts."""
    items, last = paging.list_items(RecordItem, REVIEWS + artist_id, REVIEW, after, limit)
    return [item.decoded(Review) for item in items], last


def list_reviews_by_author(author_id: str, after: Any, limit: int) -> tuple[list[Review], Any]:
    """Return a page of the reviews a user wrote, and where the next page starts.

    The list is eventually consistent.
    """
    items, last = paging.list_by_index(PERSON + author_id, REVIEW, after, limit)
    return [item.decoded(Review) for item in items], last


def create_review(
    review: Review, appointment_id: str, author_id: str, events: Iterable[DomainEvent]
) -> None:
    """Store the review of an appointment and add it to the rating, with events to publish.

    Raises:
        WriteConflict: The appointment has a review, or one of the two accounts was deleted.
    """
    reference = RecordItem.of(visits.VISIT + appointment_id, visits.REVIEW, review.id)
    with transaction(RecordItem) as writes:
        require_accounts(writes, author_id, review.artist_id)
        writes.save(reference, condition=RecordItem.pk.does_not_exist())
        _build_item(review).write(writes, review.version)
        _change_rating(writes, review.artist_id, 1, review.rating)
        add(writes, OutboxItem, events)


def update_review(review: Review, before: Review, events: Iterable[DomainEvent]) -> None:
    """Store a new version of a review and adjust the rating, with events to publish.

    Raises:
        WriteConflict: The review was changed or deleted, or one of the two accounts was deleted.
    """
    author = [review.author_id] if review.author_id else []
    with transaction(RecordItem) as writes:
        require_accounts(writes, review.artist_id, *author)
        _build_item(review).write(writes, review.version)
        known, counted = count_rating(before), count_rating(review)
        if counted != known:
            number, total = counted.count - known.count, counted.total - known.total
            _change_rating(writes, review.artist_id, number, total)
        add(writes, OutboxItem, events)


def save_redacted_review(
    review: Review, appointment_id: str, events: Iterable[DomainEvent]
) -> None:
    """Store the redacted version of a review whose author's account was deleted, with events.

    Raises:
        WriteConflict: The review was changed or deleted.
    """
    with transaction(RecordItem) as writes:
        _build_item(review).write(writes, review.version)
        writes.delete(RecordItem(visits.VISIT + appointment_id, visits.REVIEW))
        add(writes, OutboxItem, events)


def delete_review(review: Review, events: Iterable[DomainEvent]) -> None:
    """Delete a review and subtract it from the rating, with events to publish.

    Raises:
        WriteConflict: The review was changed or deleted.
    """
    with transaction(RecordItem) as writes:
        writes.delete(_build_item(review), condition=RecordItem.unchanged_since(review.version))
        if review.appointment_id is not None:
            writes.delete(RecordItem(visits.VISIT + review.appointment_id, visits.REVIEW))
        counted = count_rating(review)
        if counted.count:
            _change_rating(writes, review.artist_id, -counted.count, -counted.total)
        add(writes, OutboxItem, events)


def erase_review(review: Review, events: Iterable[DomainEvent]) -> None:
    """Delete a review of a deleted artist, which nothing counts any more, with events to publish.

    Raises:
        WriteConflict: The review was changed or deleted.
    """
    with transaction(RecordItem) as writes:
        writes.delete(_build_item(review), condition=RecordItem.unchanged_since(review.version))
        add(writes, OutboxItem, events)


def delete_reviews(reviews: Iterable[Review]) -> None:
    """Delete reviews of a deleted artist, which nothing counts any more."""
    RecordItem.delete_all(map(_build_item, reviews))


def delete_rating(artist_id: str) -> None:
    """Delete the rating of a deleted artist."""
    RatingItem(ARTIST + artist_id, RATING).delete()


def count_rating(review: Review) -> Rating:
    """Return what a review adds to the rating: nothing while an admin hides it."""
    return Rating() if review.is_hidden else Rating(1, review.rating)


# ---- ratings -----------------------------------------------------------------------------------


def get_rating(artist_id: str) -> Rating:
    """Return an artist's rating, read consistently."""
    item = dynamodb.find(RatingItem, ARTIST + artist_id, RATING)
    return decode_rating(item) if item else Rating()


def find_ratings(artist_ids: Collection[str]) -> dict[str, Rating]:
    """Return the ratings of at most 100 artists, of those who have one, by id."""
    places = [(ARTIST + artist_id, RATING) for artist_id in dict.fromkeys(artist_ids)]
    items = RatingItem.batch_get(places) if places else ()
    return {item.pk.removeprefix(ARTIST): decode_rating(item) for item in items}


def find_rating_and_followers(artist_id: str) -> tuple[Rating, int]:
    """Return an artist's rating and the number of their followers, with one read."""
    places = [(ARTIST + artist_id, RATING), (ARTIST + artist_id, FOLLOWERS)]
    items = {item.sk: item for item in RatingItem.batch_get(places)}
    rating, followers = items.get(RATING), items.get(FOLLOWERS)
    return (
        decode_rating(rating) if rating else Rating(),
        int(followers.number) if followers else 0,
    )


def correct_rating(artist_id: str, known: Rating, counted: Rating) -> None:
    """Set a rating from its `known` value to the `counted` one.

    Raises:
        WriteConflict: The rating has another value by now.
    """
    with transaction(RecordItem) as writes:
        _write_rating(writes, artist_id, known, counted)


def is_rating(known: Rating) -> Condition:
    """Return the condition that a rating still has this value."""
    unchanged: Condition = (RatingItem.number == known.count) & (RatingItem.total == known.total)
    return unchanged | RatingItem.pk.does_not_exist() if known == Rating() else unchanged


# ---- keys and items ----------------------------------------------------------------------------


def _change_rating(writes: TransactWrite, artist_id: str, reviews: int, total: int) -> None:
    """Change a rating; the transaction fails with a WriteConflict if another one did meanwhile."""
    known = get_rating(artist_id)
    changed = Rating(known.count + reviews, known.total + total)
    _write_rating(writes, artist_id, known, changed)


def _write_rating(writes: TransactWrite, artist_id: str, known: Rating, changed: Rating) -> None:
    writes.update(
        RatingItem(ARTIST + artist_id, RATING),
        actions=[RatingItem.number.set(changed.count), RatingItem.total.set(changed.total)],
        condition=is_rating(known),
    )
    search.add_rating(writes, artist_id, changed)


def _get_keys(artist_id: str, review_id: str) -> tuple[str, str]:
    return REVIEWS + artist_id, REVIEW + get_sort_key(review_id)


def _build_item(review: Review) -> RecordItem:
    item = RecordItem.of(*_get_keys(review.artist_id, review.id), review)
    if review.author_id is not None:
        item.listed_in = PERSON + review.author_id
        item.listed_as = REVIEW + get_sort_key(review.id)
    return item


def decode_rating(item: RatingItem) -> Rating:
    """Return the rating that an item holds."""
    return Rating(int(item.number), int(item.total))
