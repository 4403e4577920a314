"""Calendars of artists at Google, as the stand-in has them, and the slots of their clients."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.support.api import TIMEOUT_SECONDS, Api, eventually
from tests.support.social import connect
from tests.support.stack import RunningStack

ZONE = "Europe/Berlin"
DAYS_AHEAD = 9


@pytest.fixture
def visitor(stack: RunningStack) -> Api:
    return Api(stack.api_url, stack.api_keys["web"])


def test_a_busy_hour_takes_its_slot_and_gives_it_back(stack: RunningStack, visitor: Api) -> None:
    artist = stack.new_person("artist")
    api = visitor.signed_in(artist["email"], artist["password"])
    all_day = [{"start": "09:00", "end": "18:00"}]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    hours = {"timeZone": ZONE, "weekly": dict.fromkeys(days, all_day)}
    assert api.call("PUT", "/v1/appointments/availability", hours).ok
    service = {
        "name": "Small fern",
        "durationMinutes": 60,
        "price": {"amount": 12000, "currency": "EUR"},
    }
    service_id = api.post("/v1/appointments/services", service).json()["id"]
    day = (datetime.now(UTC) + timedelta(days=DAYS_AHEAD)).date()
    slots = f"/v1/appointments/slots?artistId={artist['id']}&serviceId={service_id}"
    slots += f"&from={day}&to={day}&timeZone={ZONE}"

    def free() -> list[str]:
        answer = visitor.get(slots)
        assert answer.status_code == 200, answer.text
        return [slot["startsAt"] for slot in answer.json()["items"]]

    before = eventually(free, "the slots")
    connect(api, "google", email=artist["email"])
    (account,) = api.get("/v1/social/accounts").json()["items"]
    calendars = f"/v1/social/accounts/{account['id']}/calendars"
    (calendar,) = api.get(calendars).json()["items"]
    chosen = api.call("PUT", calendars, {"read": [calendar["id"]], "write": None})
    assert chosen.status_code == 200, chosen.text
    eventually(lambda: channels(stack, artist["email"]), "a channel for pushes")

    control = f"{stack.inbox_url}/google/_control"
    busy: dict[str, Any] = {"email": artist["email"], "startsAt": before[0], "minutes": 60}
    made = requests.post(f"{control}/busy", json=busy, timeout=TIMEOUT_SECONDS)
    assert made.status_code == 201, made.text
    eventually(lambda: before[0] not in free(), "the end of the slot")
    event = f"{control}/events/{artist['email']}/primary/{made.json()['id']}"
    assert requests.delete(event, timeout=TIMEOUT_SECONDS).status_code == 204
    eventually(lambda: free() == before, "the return of the slot")


def channels(stack: RunningStack, email: str) -> list[dict[str, Any]]:
    """Return the notification channels of a person's calendars at the stand-in."""
    answer = requests.get(f"{stack.inbox_url}/google/_control/state", timeout=TIMEOUT_SECONDS)
    return [each for each in answer.json()["channels"].values() if each["email"] == email]
