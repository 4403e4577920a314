"""The demo artist's books, opened through the API as a frontend would."""

import json
from typing import Any

from infra.local import loopback
from infra.local.settings import StackError

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


def open_books(api_url: str, api_key: str, artist: dict[str, str]) -> None:
    """Give the artist hours and a service, unless they have a service already.

    Raises:
        StackError: the API refused it.
    """
    headers = {"x-api-key": api_key, "content-type": "application/json"}

    def call(method: str, path: str, body: Any = None) -> Any:
        status, answer = loopback.call(
            method,
            api_url + path,
            body=json.dumps(body).encode() if body is not None else None,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        )
        if status >= 400:
            raise StackError(f"The demo artist's books: {method} {path} answered {status}")
        return json.loads(answer)

    if call("GET", f"/v1/appointments/services?artistId={artist['id']}")["items"]:
        return
    credentials = {"email": artist["email"], "password": artist["password"]}
    tokens = call("POST", "/v1/auth/login", credentials)
    headers["authorization"] = f"Bearer {tokens['accessToken']}"
    call("PUT", "/v1/appointments/availability", AVAILABILITY)
    call("POST", "/v1/appointments/services", SERVICE)
