"""An artist's Google Calendar blocks their slots: from the consent page to the gateway's answer."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import requests

from tests.e2e.test_booking import Person, free_starts, new_person, new_service
from tests.support.api import eventually
from tests.support.social import decide
from tests.support.stack import RunningStack

DAYS_AHEAD = 3


@pytest.fixture
def artist(stack: RunningStack) -> Person:
    """Return an artist who can be booked all day, and who connected a Google account."""
    person = new_person(stack, "artist")
    all_day = [{"start": "00:00", "end": "24:00"}]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    availability = {"timeZone": "UTC", "weekly": dict.fromkeys(days, all_day)}
    assert person.api.call("PUT", "/v1/appointments/availability", availability).ok
    begun = person.api.post("/v1/social/accounts/google/connect", {})
    assert begun.status_code == 200, begun.text
    redirect = decide(begun.json()["authorizeUrl"], email=person.email)
    # The browser that comes back is the one that began.
    address = {"X-Forwarded-For": person.api.address}
    page = requests.get(redirect.headers["Location"], headers=address, timeout=30)
    assert page.status_code == 200, page.text
    return person


def find_calendar(artist: Person) -> dict[str, Any] | None:
    """Return the artist's main calendar once it was read."""
    (account,) = artist.api.get("/v1/social/accounts").json()["items"]
    listed = artist.api.get(f"/v1/social/accounts/{account['id']}/calendars")
    assert listed.status_code == 200, listed.text
    calendar: dict[str, Any] = listed.json()["items"][0]
    return calendar if calendar["readAt"] else None


def test_a_busy_hour_takes_its_slot_away_and_frees_it_again(
    stack: RunningStack, artist: Person
) -> None:
    service_id = new_service(artist)
    calendar = eventually(lambda: find_calendar(artist), "the reading of the calendar")
    assert (calendar["isRead"], calendar["isWritten"], calendar["problem"]) == (True, False, None)
    noon = datetime.combine(datetime.now(UTC).date(), time(12), UTC) + timedelta(DAYS_AHEAD)

    def has_noon() -> bool:
        starts = free_starts(artist.api, artist, service_id, DAYS_AHEAD)
        return noon in map(datetime.fromisoformat, starts)

    assert has_noon()
    made = requests.post(
        f"{stack.inbox_url}/google/_control/busy",
        json={"email": artist.email, "startsAt": noon.isoformat(), "minutes": 60},
        timeout=30,
    )
    assert made.ok, made.text
    eventually(lambda: not has_noon(), "the slot to be gone")
    path = f"google/_control/events/{artist.email}/primary/{made.json()['id']}"
    assert requests.delete(f"{stack.inbox_url}/{path}", timeout=30).ok
    eventually(has_noon, "the slot to be free again")
