"""Pages and found artists as they are answered."""

from collections.abc import Mapping

from msgspec.structs import asdict

from profiles.models.collections import Rating
from profiles.models.pages import Coordinates, Found, Money, Page
from profiles.rules import geo, search_keys
from profiles.rules.visibility import Viewer, seen
from profiles.schemas.pages import ArtistPage, RatingSummary
from profiles.schemas.search import FoundArtist

Ratings = Mapping[str, Rating]  # by artist
_NOT_SHOWN = {"listed", "privacy"}


def page(kept: Page, viewer: Viewer, ratings: Ratings) -> ArtistPage:
    """The page with what this viewer may see of it."""
    details = asdict(seen(kept.details, viewer))
    return ArtistPage(
        artist_id=kept.artist_id,
        handle=kept.handle,
        name=kept.name,
        avatar=kept.avatar,
        services=sorted(kept.services.values(), key=lambda service: service.id),
        from_prices=_prices(search_keys.lowest_prices(kept, viewer)),
        rating=_summary(ratings.get(kept.artist_id)),
        **{name: value for name, value in details.items() if name not in _NOT_SHOWN},
    )


def found(artist: Found, ratings: Ratings, place: Coordinates | None) -> FoundArtist:
    """The artist as a search that asked about this place answers."""
    distance = None
    if place is not None and artist.coordinates is not None:
        distance = round(geo.distance_km(place, artist.coordinates), 1)
    return FoundArtist(
        artist_id=artist.artist_id,
        handle=artist.handle,
        name=artist.name,
        avatar=artist.avatar,
        business_name=artist.business_name,
        styles=artist.styles,
        city=artist.city,
        coordinates=artist.coordinates,
        books_open=artist.books_open,
        from_prices=_prices(artist.prices),
        rating=_summary(ratings.get(artist.artist_id)),
        distance_km=distance,
    )


def _prices(amounts: Mapping[str, int]) -> list[Money]:
    return [Money(amount, currency) for currency, amount in amounts.items()]


def _summary(rating: Rating | None) -> RatingSummary:
    return RatingSummary(rating.count, rating.average) if rating else RatingSummary(0, None)
