"""Notices to the followers of an artist: as offers, which each of them can refuse."""

from datetime import datetime, timedelta

from notifications.events import FollowedBooksOpened
from notifications.models import MessageCategory
from notifications.notices import booking_notice, parties
from shared.events.domain_events import DomainEvent, decode_data

GOOD_FOR = timedelta(days=3)  # by then the books may be full


def handle_books_opened(event: DomainEvent, now: datetime) -> None:
    """Notify a follower that the artist takes new bookings again."""
    opened = decode_data(event, FollowedBooksOpened)
    both = parties.find(opened.artist_id, opened.follower_id)
    booking_notice.send(
        both.client,
        "books-opened",
        {"artistName": both.artist.name},
        event,
        now,
        link=opened.link,
        good_until=opened.opened_at + GOOD_FOR,
        category=MessageCategory.MARKETING,
    )
