"""Demo data: availability, a service and a page of the demo artist, made through the API."""

import json
from typing import Any

from infra.local import loopback
from infra.local.settings import StackError

MOVED = 308  # what a page with a handle answers to its artist's id
TIMEOUT_SECONDS = 30.0  # the first request starts the functions
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


def open_books(api_url: str, api_key: str, artist: dict[str, str]) -> None:
    """Give the artist availability, a service, a one-tap action and a page, where missing.

    Raises:
        StackError: The API refused it.
    """
    headers = {"x-api-key": api_key, "content-type": "application/json"}

    def request(method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        return loopback.call(
            method,
            api_url + path,
            body=json.dumps(body).encode() if body is not None else None,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        )

    def call(method: str, path: str, body: Any = None) -> Any:
        status, answer = request(method, path, body)
        if status >= 400:
            raise StackError(f"The demo artist's books: {method} {path} answered {status}")
        return json.loads(answer)

    services = call("GET", f"/v1/appointments/services?artistId={artist['id']}")["items"]
    status, _ = request("GET", f"/v1/profiles/artists/{artist['id']}")
    if services and status == MOVED:
        return
    credentials = {"email": artist["email"], "password": artist["password"]}
    tokens = call("POST", "/v1/auth/login", credentials)
    headers["authorization"] = f"Bearer {tokens['accessToken']}"
    if not services:
        call("PUT", "/v1/appointments/availability", AVAILABILITY)
        call("POST", "/v1/appointments/services", SERVICE)
        call("PATCH", "/v1/quick-actions/sys_price_list", {"oneTap": True})
    if status != MOVED:
        own = call("GET", "/v1/profiles/me/page")
        call("PATCH", "/v1/profiles/me/page", {"version": own["version"], **PAGE})
