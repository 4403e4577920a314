"""Books of the demo artist: availability, a service and a page, which every stack has."""

import boto3

from infra.local.demo.requests import Caller

# Those that the data is put into.
FEATURES = frozenset({"appointments", "profiles", "quick-actions"})
AVAILABILITY = {
    "timeZone": "Europe/Berlin",
    "weekly": {
        day: [{"start": "10:00", "end": "13:00"}, {"start": "14:00", "end": "18:00"}]
        for day in ("tuesday", "wednesday", "thursday", "friday", "saturday")
    },
}
SERVICE = {
    "name": "Small tattoo",
    "description": "Up to the size of a hand, black ink.",
    "location": "Hauptstrasse 1, Berlin",
    "durationMinutes": 90,
    "bufferAfterMinutes": 15,
    "price": {"amount": 18000, "currency": "EUR"},
}
PAGE = {
    "handle": "ari.ink",
    "businessName": "Ari Ink",
    "bio": "Fine lines and small blackwork in Berlin, by appointment.",
    "styles": ["fine-line", "blackwork"],
    "tags": ["botanical", "small"],
    "address": "Hauptstrasse 1, Berlin",
    "city": "Berlin",
    "coordinates": {"lat": 52.4836, "lon": 13.3533},
    "timeZone": "Europe/Berlin",
    "languages": ["de", "en"],
    "listed": True,
}


def open_books(session: boto3.Session, prefix: str, artist: dict[str, str]) -> None:
    """Give the artist availability, a service, a one-tap action and a page.

    The page comes last, so an artist who has one needs nothing else.

    Raises:
        StackError: A function refused a request.
    """
    caller = Caller(session, prefix, artist["id"], artist["email"], "artist")
    page = caller.send("GET", "/v1/profiles/me/page")
    if page.get("handle"):
        return
    caller.send("PUT", "/v1/appointments/availability", AVAILABILITY)
    caller.send("POST", "/v1/appointments/services", SERVICE)
    one_tap = {"oneTap": True}
    caller.send("PATCH", "/v1/quick-actions/{id}", one_tap, of={"id": "sys_price_list"})
    caller.send("PATCH", "/v1/profiles/me/page", {"version": page["version"], **PAGE})
