"""What is asked of reviews, and answered."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from profiles.schemas.common import ULID, Cursor, Limit
from profiles.schemas.pages import RatingSummary
from shared.http.decoding import Input, Output

AppointmentId = Annotated[str, Meta(pattern=rf"^apt_{ULID}$(?!\n)")]
Stars = Annotated[int, Meta(ge=1, le=5)]
Text = Annotated[str, Meta(max_length=2000)]


class ReviewRequest(Input, frozen=True):
    """What the caller says of an appointment of theirs that was completed."""

    appointment_id: AppointmentId
    rating: Stars
    text: Text = ""


class ReviewChanges(Input, frozen=True):
    """What of a review is another from now on; what is left out stays."""

    rating: Stars | UnsetType = UNSET
    text: Text | UnsetType = UNSET


class ReplyRequest(Input, frozen=True):
    """What the artist says to a review."""

    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]


class ReviewsQuery(Input, frozen=True):
    """One page: what was `written` by the caller or `received` by them as the artist.

    Without `side` an artist sees what they received, everybody else what they wrote.
    """

    side: Literal["written", "received"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class ReplyView(Output, frozen=True):
    """What the artist said to a review."""

    text: str
    at: datetime


class ReviewView(Output, frozen=True):
    """A review. `authorName`: their first name as it is now, null once their account is gone.

    `authorId` and `appointmentId` are shown to the author and the artist alone.
    """

    id: str
    artist_id: str
    rating: int
    text: str
    author_name: str | None
    created_at: datetime
    edited_at: datetime | None
    reply: ReplyView | None
    author_id: str | None = None
    appointment_id: str | None = None


class Reviews(Output, frozen=True):
    """The caller's reviews, the newest first."""

    items: list[ReviewView]
    next_cursor: str | None


class ArtistReviews(Output, frozen=True):
    """What is said of an artist, the newest first, and what it adds up to."""

    rating: RatingSummary
    items: list[ReviewView]
    next_cursor: str | None
