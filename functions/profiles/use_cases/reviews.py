"""Reviews: what clients say of visits that took place, once of each, and what artists say to it."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from domain.errors import NotFound
from profiles.models.clients import VisitStatus
from profiles.models.collections import Reply, Review
from profiles.models.pages import Card
from profiles.rules.errors import AlreadyReviewed, NotCompleted
from profiles.rules.ids import new_owned_id
from profiles.schemas.common import given
from profiles.schemas.pages import RatingSummary
from profiles.schemas.portfolio import PageQuery
from profiles.schemas.reviews import (
    ArtistReviews,
    ReplyRequest,
    ReplyView,
    ReviewChanges,
    ReviewRequest,
    Reviews,
    ReviewsQuery,
    ReviewView,
)
from profiles.store import clients as visits
from profiles.store import people
from profiles.store import reviews as store
from profiles.use_cases import handles
from profiles.use_cases.live_accounts import settled_for
from shared.data.conflicts import retry_on_conflict
from shared.http import cursors
from shared.http.caller import Caller, Role

# ---- reading -----------------------------------------------------------------------------------


def list_of(handle: str, query: PageQuery) -> ArtistReviews:
    """What is said of an artist, and what it adds up to. Raises a 404 Problem for who is none."""
    artist_id = handles.artist_id_of(handle)
    scope = f"reviews {artist_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    found, last = store.list_reviews(artist_id, after, query.limit)
    rating, authors = store.find_rating(artist_id), _authors(found)
    return ArtistReviews(
        rating=RatingSummary(rating.count, rating.average),
        items=[_view(review, authors) for review in found],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def list_own(caller: Caller, query: ReviewsQuery) -> Reviews:
    """What the caller wrote, or as an artist received, the newest first."""
    side = query.side or ("received" if caller.role is Role.ARTIST else "written")
    scope = f"reviews {side} {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    find = store.list_reviews if side == "received" else store.list_written
    found, last = find(caller.user_id, after, query.limit)
    authors = _authors(found)
    return Reviews(
        items=[_whole(review, authors) for review in found],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


# ---- what authors do ---------------------------------------------------------------------------


def write(caller: Caller, request: ReviewRequest, now: datetime) -> ReviewView:
    """Review an appointment.

    Raises a 404 Problem unless it is the caller's as its client, a 409 one unless it was completed,
    or where it has a review.
    """
    visit = visits.find_visit_by_id(request.appointment_id)
    if visit is None or visit.client_id != caller.user_id:
        raise NotFound("There is no such appointment.")
    if visit.status is not VisitStatus.COMPLETED:
        raise NotCompleted("Only what took place can be reviewed.")
    review = Review(
        id=new_owned_id("rev", visit.artist_id),
        artist_id=visit.artist_id,
        author_id=caller.user_id,
        appointment_id=visit.appointment_id,
        rating=request.rating,
        text=request.text,
        created_at=now,
    )

    def work() -> ReviewView:
        if store.find_review_of(visit.appointment_id) is not None:
            raise AlreadyReviewed("This appointment has a review already.")
        store.add_review(review, visit.appointment_id, caller.user_id)
        return _answer(review)

    return settled_for(caller.user_id, work, about=visit.artist_id)


def change(caller: Caller, review_id: str, request: ReviewChanges, now: datetime) -> ReviewView:
    """Say something else. Raises a 404 Problem unless it is the caller's."""

    def work() -> ReviewView:
        before = _written(caller, review_id)
        review = msgspec.structs.replace(before, **given(request))
        if review == before:
            return _answer(before)
        review = _next(review, edited_at=now)
        store.change_review(review, before)
        return _answer(review)

    return settled_for(caller.user_id, work)


def remove(caller: Caller, review_id: str) -> None:
    """Take a review back: the appointment may be reviewed again. Raises as `change`."""
    settled_for(caller.user_id, lambda: store.remove_review(_written(caller, review_id)))


# ---- what artists do ---------------------------------------------------------------------------


def reply(caller: Caller, review_id: str, request: ReplyRequest, now: datetime) -> ReviewView:
    """Say something to a review, in the place of what was said before.

    Raises a 404 Problem unless it is about the caller.
    """
    return _replied(caller, review_id, Reply(request.text, now))


def take_back_reply(caller: Caller, review_id: str) -> None:
    """Say nothing to a review any more. Raises as `reply`."""
    _replied(caller, review_id, None)


def _replied(caller: Caller, review_id: str, said: Reply | None) -> ReviewView:
    def work() -> ReviewView:
        before = store.find_review(review_id)
        if before is None or before.artist_id != caller.user_id:
            raise NotFound("There is no such review.")
        if said and before.reply and said.text == before.reply.text:
            return _answer(before)
        review = _next(before, reply=said)
        store.change_review(review, before)
        return _answer(review)

    return settled_for(caller.user_id, work)


# ---- erasure -----------------------------------------------------------------------------------


def forget_some_written(author_id: str, limit: int) -> bool:
    """Leave only the rating of so many reviews of an author who is gone; whether these were all."""
    found, _ = store.list_written(author_id, None, limit)
    for review in found:
        _forget_author(review.id)
    return len(found) < limit


@retry_on_conflict
def _forget_author(review_id: str) -> None:
    review = store.find_review(review_id)
    if review is None or review.appointment_id is None:
        return  # the list lags behind
    left = _next(review, author_id=None, appointment_id=None, text="", reply=None)
    store.forget_author(left, review.appointment_id)


# ---- views -------------------------------------------------------------------------------------


def _written(caller: Caller, review_id: str) -> Review:
    review = store.find_review(review_id)
    if review is None or review.author_id != caller.user_id:
        raise NotFound("There is no such review.")
    return review


def _next(review: Review, **changes: object) -> Review:
    return msgspec.structs.replace(review, version=review.version + 1, **changes)


def _authors(reviews: Iterable[Review]) -> dict[str, Card]:
    return people.find_cards(review.author_id for review in reviews if review.author_id)


def _answer(review: Review) -> ReviewView:
    """The review as author and artist see it."""
    return _whole(review, _authors([review]))


def _whole(review: Review, authors: dict[str, Card]) -> ReviewView:
    return msgspec.structs.replace(
        _view(review, authors),
        author_id=review.author_id,
        appointment_id=review.appointment_id,
    )


def _view(review: Review, authors: dict[str, Card]) -> ReviewView:
    card = authors.get(review.author_id) if review.author_id else None
    return ReviewView(
        id=review.id,
        artist_id=review.artist_id,
        rating=review.rating,
        text=review.text,
        author_name=_first_name(card),
        created_at=review.created_at,
        edited_at=review.edited_at,
        reply=ReplyView(review.reply.text, review.reply.at) if review.reply else None,
    )


def _first_name(card: Card | None) -> str | None:
    names = card.name.split() if card else []
    return names[0] if names else None
