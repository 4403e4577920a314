"""Reviews and ratings."""

from datetime import datetime

from msgspec import Struct


class ReviewReply(Struct, frozen=True):
    """The artist's reply to a review."""

    text: str
    at: datetime


class Review(Struct, frozen=True):
    """A client's review of an appointment.

    Once the author's account is deleted only the rating and its date remain: author, appointment,
    text, pictures and reply are redacted.

    Attributes:
        pictures: Files of the author's pictures, in order.
    """

    id: str
    artist_id: str
    author_id: str | None
    appointment_id: str | None
    rating: int
    text: str
    created_at: datetime
    edited_at: datetime | None = None
    reply: ReviewReply | None = None
    version: int = 1
    pictures: tuple[str, ...] = ()


class Rating(Struct, frozen=True):
    """Number and sum of the ratings an artist received."""

    count: int = 0
    total: int = 0

    @property
    def average(self) -> float | None:
        """The mean rating to one decimal place; None without reviews."""
        return round(self.total / self.count, 1) if self.count else None
