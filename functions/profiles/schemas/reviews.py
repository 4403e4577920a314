"""Requests and responses for reviews."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from domain import types
from domain.types import FilledText
from profiles.schemas.artist_pages import RatingSummary
from profiles.schemas.common import AppointmentId, Cursor, FileId, Limit, ReviewId
from profiles.schemas.moderation import ContentHidingView
from shared.http.decoding import Input, Output

Stars = Annotated[
    int, Meta(ge=1, le=5, description="Rating from 1 (worst) to 5 (best).", examples=[5])
]
ReviewText = Annotated[
    str,
    Meta(
        max_length=2000,
        description="Text of the review.",
        examples=["Calm, clean and exactly the design we agreed on."],
    ),
]


Pictures = Annotated[
    tuple[FileId, ...],
    Meta(
        max_length=5,
        description="Ids of the author's clean images, in order.",
        examples=[["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]],
    ),
]


class CreateReviewRequest(Input, frozen=True):
    """A review of a completed appointment.

    Attributes:
        appointment_id: Id of the caller's completed appointment.
    """

    appointment_id: AppointmentId
    rating: Stars
    text: ReviewText = ""
    pictures: Pictures = ()


class UpdateReviewRequest(Input, frozen=True):
    """Changes of a review. Omitted fields stay as they are.

    Attributes:
        rating: Rating from 1 (worst) to 5 (best). Example: 4
        text: Text of the review. Example: Healed beautifully.
        pictures: Ids of the author's clean images, in order; they replace all of them.
    """

    rating: Stars | UnsetType = UNSET
    text: ReviewText | UnsetType = UNSET
    pictures: Pictures | UnsetType = UNSET


class ReviewReplyRequest(Input, frozen=True):
    """The artist's reply to a review.

    Attributes:
        text: Text of the reply. Example: Thank you, it was a pleasure!
    """

    text: Annotated[FilledText, Meta(max_length=2000)]


class ReviewsQuery(Input, frozen=True):
    """A page of the caller's reviews.

    Attributes:
        side: `written` by the caller, or `received` as artist. By default artists get the reviews
            they received, everybody else those they wrote.
    """

    side: Literal["written", "received"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class ReviewReplyView(Output, frozen=True):
    """The artist's reply to a review.

    Attributes:
        text: Text of the reply. Example: Thank you, it was a pleasure!
        at: When the reply was written.
    """

    text: str
    at: types.Instant


class ReviewView(Output, frozen=True):
    """A review.

    Attributes:
        author_name: Current first name of the author; null once their account is deleted.
            Example: Ada
        created_at: When the review was written.
        edited_at: When its rating or text last changed.
        reply: The artist's reply, if there is one.
        author_id: Id of the author; shown only to the author and the artist.
        appointment_id: Id of the appointment; shown only to the author and the artist.
        pictures: Ids of the files of the author's pictures, in order, which are public.
            Example: ["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
        hidden: Since when and why an admin hides it; its author sees that. Null for everybody else,
            and for what is not hidden. Example: null
    """

    id: ReviewId
    artist_id: types.ArtistId
    rating: Stars
    text: ReviewText
    author_name: str | None
    created_at: types.Instant
    edited_at: types.Instant | None
    reply: ReviewReplyView | None
    author_id: types.UserId | None = None
    appointment_id: types.AppointmentId | None = None
    pictures: tuple[str, ...] = ()
    hidden: ContentHidingView | None = None


class ReviewList(Output, frozen=True):
    """The caller's reviews, newest first.

    Attributes:
        items: Reviews.
    """

    items: list[ReviewView]
    next_cursor: types.NextCursor


class ArtistReviewList(Output, frozen=True):
    """An artist's reviews, newest first, with the summary of all of them.

    Attributes:
        rating: Summary of all reviews of the artist.
        items: Reviews.
    """

    rating: RatingSummary
    items: list[ReviewView]
    next_cursor: types.NextCursor
