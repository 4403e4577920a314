"""Reviews of completed appointments, one per appointment, and artists' replies."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial

import msgspec

from domain.errors import NotFound
from profiles import events
from profiles.models.people import Person
from profiles.models.reviews import Review, ReviewReply
from profiles.models.visits import VisitStatus
from profiles.rules.errors import AlreadyReviewed, NotCompleted
from profiles.rules.ids import create_id, get_prefix
from profiles.schemas.artist_pages import RatingSummary
from profiles.schemas.common import ListQuery, get_changes
from profiles.schemas.reviews import (
    ArtistReviewList,
    CreateReviewRequest,
    ReviewList,
    ReviewReplyRequest,
    ReviewReplyView,
    ReviewsQuery,
    ReviewView,
    UpdateReviewRequest,
)
from profiles.store import people, visits
from profiles.store import reviews as store
from profiles.use_cases import files, handles, moderation
from profiles.use_cases.account_retry import retry_while_account_exists
from shared.data.conflicts import retry_on_conflict
from shared.http import cursors
from shared.http.caller import Caller, Role
from shared.http.repetition import find_made

# ---- reading -----------------------------------------------------------------------------------


def list_by_artist(handle: str, query: ListQuery) -> ArtistReviewList:
    """List the reviews of an artist, newest first, with their summary.

    Raises:
        NotFound: There is no such artist.
    """
    artist_id = handles.get_shown_artist_id(handle)
    scope = f"reviews {artist_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    reviews, last = store.list_reviews(artist_id, after, query.limit)
    rating, authors = store.get_rating(artist_id), _find_authors(reviews)
    return ArtistReviewList(
        rating=RatingSummary(rating.count, rating.average),
        items=[_present(review, authors) for review in reviews if not review.is_hidden],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def list_own(caller: Caller, query: ReviewsQuery) -> ReviewList:
    """List the reviews that the caller wrote, or received as artist, newest first."""
    side = query.side or ("received" if caller.role is Role.ARTIST else "written")
    scope = f"reviews {side} {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    list_page = store.list_reviews if side == "received" else store.list_reviews_by_author
    reviews, last = list_page(caller.user_id, after, query.limit)
    authors = _find_authors(reviews)
    return ReviewList(
        items=[
            _present_to_parties(review, authors)
            for review in reviews
            if review.author_id == caller.user_id or not review.is_hidden
        ],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


# ---- writing -----------------------------------------------------------------------------------


def create(caller: Caller, request: CreateReviewRequest, now: datetime) -> ReviewView:
    """Review an appointment.

    Raises:
        NotFound: The caller is not the client of such an appointment.
        NotCompleted: The appointment was not completed.
        InvalidFields: A picture is not a clean image of the caller.
        AlreadyReviewed: The appointment has a review.
    """
    visit = visits.find_visit_by_appointment(request.appointment_id)
    if visit is None or visit.client_id != caller.user_id:
        raise NotFound("There is no such appointment.")
    if visit.status is not VisitStatus.COMPLETED:
        raise NotCompleted("Only completed appointments can be reviewed.")
    if made := find_made(get_prefix("rev", visit.artist_id), partial(_get_written, caller)):
        return _present_one(made)
    _require_pictures(caller, request.pictures)
    review = Review(
        id=create_id("rev", visit.artist_id),
        artist_id=visit.artist_id,
        author_id=caller.user_id,
        appointment_id=visit.appointment_id,
        rating=request.rating,
        text=request.text,
        created_at=now,
        pictures=tuple(dict.fromkeys(request.pictures)),
    )
    return _create(caller, review, visit.appointment_id, visit.artist_id, now)


def _require_pictures(caller: Caller, pictures: Collection[str]) -> None:
    if pictures:
        files.require_all_own(caller, pictures, "body.pictures", files.IMAGES)


@retry_while_account_exists(other="artist_id")
def _create(
    caller: Caller,
    review: Review,
    appointment_id: str,
    artist_id: str,  # noqa: ARG001  # read by the decorator
    now: datetime,
) -> ReviewView:
    if store.find_review_id(appointment_id) is not None:
        raise AlreadyReviewed("This appointment already has a review.")
    published = events.review_pictures_changed(None, review, now)
    store.create_review(review, appointment_id, caller.user_id, published)
    return _present_one(review)


@retry_while_account_exists
def update(
    caller: Caller, review_id: str, request: UpdateReviewRequest, now: datetime
) -> ReviewView:
    """Change one of the caller's reviews.

    Raises:
        NotFound: The caller did not write such a review.
        InvalidFields: A new picture is not a clean image of the caller.
    """
    before = _get_written(caller, review_id)
    changes = get_changes(request)
    if "pictures" in changes:
        changes["pictures"] = tuple(dict.fromkeys(changes["pictures"]))
    review = msgspec.structs.replace(before, **changes)
    if review == before:
        return _present_one(before)
    if review.pictures != before.pictures:
        _require_pictures(caller, review.pictures)
    review = _create_version(review, edited_at=now)
    store.update_review(review, before, events.review_pictures_changed(before, review, now))
    return _present_one(review)


@retry_while_account_exists
def delete(caller: Caller, review_id: str, now: datetime) -> None:
    """Delete one of the caller's reviews. The appointment can then be reviewed again.

    Raises:
        NotFound: The caller did not write such a review.
    """
    review = _get_written(caller, review_id)
    store.delete_review(review, events.review_pictures_changed(review, None, now))


# ---- replies -----------------------------------------------------------------------------------


def reply(caller: Caller, review_id: str, request: ReviewReplyRequest, now: datetime) -> ReviewView:
    """Reply to a review of the caller, in place of an earlier reply.

    Raises:
        NotFound: There is no such review of the caller.
    """
    return _update_reply(caller, review_id, ReviewReply(request.text, now))


def delete_reply(caller: Caller, review_id: str) -> None:
    """Delete the caller's reply to a review.

    Raises:
        NotFound: There is no such review of the caller.
    """
    _update_reply(caller, review_id, None)


@retry_while_account_exists
def _update_reply(caller: Caller, review_id: str, new_reply: ReviewReply | None) -> ReviewView:
    before = store.find_review(review_id)
    if before is None or before.artist_id != caller.user_id or before.is_hidden:
        raise NotFound("There is no such review.")
    if new_reply and before.reply and new_reply.text == before.reply.text:
        return _present_one(before)
    review = _create_version(before, reply=new_reply)
    store.update_review(review, before, ())  # its pictures stay
    return _present_one(review)


# ---- erasure -----------------------------------------------------------------------------------


def redact_reviews(author_id: str, limit: int, now: datetime) -> bool:
    """Redact up to `limit` reviews of a deleted author, keeping their ratings.

    Returns:
        Whether none are left.
    """
    reviews, _ = store.list_reviews_by_author(author_id, None, limit)
    for review in reviews:
        _redact(review.id, now)
    return len(reviews) < limit


def erase_received(artist_id: str, limit: int, now: datetime) -> bool:
    """Delete up to `limit` reviews of a deleted artist; return whether none are left.

    Those with pictures are deleted one by one, each with the event that nobody sees them any more.
    """
    reviews, last = store.list_reviews(artist_id, None, limit)
    store.delete_reviews(review for review in reviews if not review.pictures)
    for review in reviews:
        if review.pictures:
            _erase(review.id, now)
    if last is None:
        store.delete_rating(artist_id)
    return last is None


@retry_on_conflict
def _erase(review_id: str, now: datetime) -> None:
    review = store.find_review(review_id)
    if review is not None:
        store.erase_review(review, events.review_pictures_changed(review, None, now))


@retry_on_conflict
def _redact(review_id: str, now: datetime) -> None:
    review = store.find_review(review_id)
    if review is None or review.appointment_id is None:
        return  # the list lags behind
    redacted = _create_version(
        review, author_id=None, appointment_id=None, text="", reply=None, pictures=()
    )
    published = events.review_pictures_changed(review, redacted, now)
    store.save_redacted_review(redacted, review.appointment_id, published)


# ---- helpers -----------------------------------------------------------------------------------


def _get_written(caller: Caller, review_id: str) -> Review:
    review = store.find_review(review_id)
    if review is None or review.author_id != caller.user_id:
        raise NotFound("There is no such review.")
    return review


def _create_version(review: Review, **changes: object) -> Review:
    return msgspec.structs.replace(review, version=review.version + 1, **changes)


def _find_authors(reviews: Iterable[Review]) -> dict[str, Person]:
    return people.find_people(review.author_id for review in reviews if review.author_id)


def _present_one(review: Review) -> ReviewView:
    return _present_to_parties(review, _find_authors([review]))


def _present_to_parties(review: Review, authors: dict[str, Person]) -> ReviewView:
    """Return a review as its author and artist see it, with the ids of author and appointment."""
    return msgspec.structs.replace(
        _present(review, authors),
        author_id=review.author_id,
        appointment_id=review.appointment_id,
        hidden=moderation.present_hiding(review.moderation),
    )


def _present(review: Review, authors: dict[str, Person]) -> ReviewView:
    author = authors.get(review.author_id) if review.author_id else None
    return ReviewView(
        id=review.id,
        artist_id=review.artist_id,
        rating=review.rating,
        text=review.text,
        author_name=_get_first_name(author),
        created_at=review.created_at,
        edited_at=review.edited_at,
        reply=ReviewReplyView(review.reply.text, review.reply.at) if review.reply else None,
        pictures=review.pictures,
    )


def _get_first_name(person: Person | None) -> str | None:
    names = person.name.split() if person else []
    return names[0] if names else None
