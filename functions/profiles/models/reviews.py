"""Reviews and ratings."""

from datetime import datetime

from msgspec import Struct

from profiles.models.moderation import Moderation


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
        moderation: The newest decision of an admin about it; None if there is none.
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
    moderation: Moderation | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether an admin hides it from all but its author."""
        return self.moderation is not None and self.moderation.hidden

    @property
    def shown_pictures(self) -> tuple[str, ...]:
        """Files of the pictures that everybody sees."""
        return () if self.is_hidden else self.pictures


class Rating(Struct, frozen=True):
    """Number and sum of the ratings an artist received."""

    count: int = 0
    total: int = 0

    @property
    def average(self) -> float | None:
        """The mean rating to one decimal place; None without reviews."""
        return round(self.total / self.count, 1) if self.count else None
