"""Guest spots: which of an artist's are still ahead, or now."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from profiles.models.artist_pages import GuestSpot


def list_ahead(spots: Iterable[GuestSpot], now: datetime) -> list[GuestSpot]:
    """Return the guest spots that are not over, the next one first."""
    ahead = [
        (spot.first_date, spot.id, spot)
        for spot in spots
        if spot.first_date is not None and not is_over(spot, now)
    ]
    return [spot for _, _, spot in sorted(ahead, key=lambda one: one[:2])]


def is_over(spot: GuestSpot, now: datetime) -> bool:
    """Return whether the last date of a guest spot is over at its place."""
    today = now.astimezone(ZoneInfo(spot.time_zone)).date()
    return spot.last_date is not None and spot.last_date < today
