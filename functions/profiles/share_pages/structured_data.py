"""Structured data of a share page: the artist as a schema.org LocalBusiness, in JSON-LD.

See https://schema.org/LocalBusiness, https://schema.org/ReserveAction and
https://developers.google.com/search/docs/appearance/structured-data/local-business.
"""

import re
from typing import Any

import msgspec

from domain.money import format_money
from domain.search_words import normalize
from profiles.models.artist_pages import PageDetails
from profiles.models.reviews import Rating
from profiles.share_pages.content import SharedPicture, SharedService, SharePage

# In several languages, and in words composed with it, as in "Tattoostudio".
_TATTOO = re.compile(r"tattoo|tatuaj|tatuagg|tatouag|tatuag|tatowier")
# What could end the script element, or begin a comment in it, and what old parsers of JavaScript
# take for a line break: JSON says the same with an escape.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_PLATFORMS = ["https://schema.org/DesktopWebPlatform", "https://schema.org/MobileWebPlatform"]


def write(page: SharePage) -> str:
    """Write the structured data of a page as text that is safe in a script element."""
    return msgspec.json.encode(describe(page)).decode().translate(_ESCAPES)


def describe(page: SharePage) -> dict[str, Any]:
    """Describe the artist; what is unknown or hidden is left out."""
    details = page.details
    socials = msgspec.structs.asdict(details.socials).values()
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "TattooParlor" if _is_tattooing(page) else "LocalBusiness",
        "@id": page.url,
        "name": page.title,
        "description": details.bio or page.description,
        "url": page.url,
        "image": [_describe_picture(picture) for picture in page.pictures],
        "sameAs": [url for url in (page.artist_url, *socials) if url],
        "knowsLanguage": list(details.languages),
        "keywords": ", ".join([*details.styles, *details.tags]),
        "employee": _describe_artist(page),
        "address": _describe_address(details),
        "geo": _describe_place(details),
        "aggregateRating": _describe_rating(page.rating),
        "makesOffer": [_describe_offer(service) for service in page.services],
        "potentialAction": _describe_booking(page.booking_url, page.title),
    }
    return _without_empty(described)


def _is_tattooing(page: SharePage) -> bool:
    details = page.details
    names = (shared.service.name for shared in page.services)
    words = (details.business_name, details.bio, *details.styles, *details.tags, *names)
    return any(_TATTOO.search(normalize(text)) for text in words)


def _describe_picture(picture: SharedPicture) -> dict[str, Any]:
    return _without_empty(
        {"@type": "ImageObject", "contentUrl": picture.url, "caption": picture.caption}
    )


def _describe_artist(page: SharePage) -> dict[str, Any] | None:
    return {"@type": "Person", "name": page.name} if page.name != page.title else None


def _describe_address(details: PageDetails) -> dict[str, Any] | None:
    parts = {"streetAddress": details.address, "addressLocality": details.city}
    known = _without_empty(parts)
    return {"@type": "PostalAddress", **known} if known else None


def _describe_place(details: PageDetails) -> dict[str, Any] | None:
    place = details.coordinates
    if place is None:
        return None
    return {"@type": "GeoCoordinates", "latitude": place.lat, "longitude": place.lon}


def _describe_rating(rating: Rating) -> dict[str, Any] | None:
    if rating.average is None:
        return None
    return {
        "@type": "AggregateRating",
        "ratingValue": rating.average,
        "reviewCount": rating.count,
        "bestRating": 5,
        "worstRating": 1,
    }


def _describe_offer(shared: SharedService) -> dict[str, Any]:
    service = shared.service
    amount, _, currency = format_money(service.total.amount, service.total.currency).partition(" ")
    return _without_empty(
        {
            "@type": "Offer",
            "itemOffered": {"@type": "Service", "name": service.name},
            "price": amount,
            "priceCurrency": currency,
            "url": shared.booking_url,
            "potentialAction": _describe_booking(shared.booking_url, service.name),
        }
    )


def _describe_booking(url: str | None, name: str) -> dict[str, Any] | None:
    if url is None:
        return None
    return {
        "@type": "ReserveAction",
        "target": {"@type": "EntryPoint", "urlTemplate": url, "actionPlatform": _PLATFORMS},
        "result": {"@type": "Reservation", "name": name},
    }


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}
