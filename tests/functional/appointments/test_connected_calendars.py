"""Connected calendars: busy times at other platforms keep slots here from being free."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from appointments.store import external_busy
from shared.data.conflicts import Busy, WriteConflict
from tests.functional.appointments.background import consume
from tests.functional.appointments.people import ARTIST, CLIENT, People, everything
from tests.support.responses import refused

BUSY, DISCONNECTED = "social_calendar.busy_times_changed", "social_account.disconnected"
ACCOUNT, CALENDAR = "sac_01JD0000000000000000000AAA", "mara@example.com"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MORNING = ("2026-03-03T09:00:00+01:00", "2026-03-03T10:00:00+01:00", "2026-03-03T11:00:00+01:00")
# In Berlin it is an hour later.
AT_NINE = ("2026-03-03T08:00:00Z", "2026-03-03T08:30:00Z")
AT_TEN = ("2026-03-03T09:00:00Z", "2026-03-03T09:30:00Z")
AT_ELEVEN = ("2026-03-03T10:00:00Z", "2026-03-03T10:30:00Z")


def change(
    version: int, *spans: Sequence[str], calendar: str = CALENDAR, at: datetime | None = None
) -> None:
    """Consume the busy times of a calendar."""
    consume(BUSY, busy_data(version, *spans, calendar=calendar), at)


def busy_data(version: int, *spans: Sequence[str], calendar: str = CALENDAR) -> dict[str, Any]:
    return {
        "accountId": ACCOUNT,
        "artistId": ARTIST,
        "calendarId": calendar,
        "recordVersion": version,
        "firstDay": "2026-03-01",
        "busyTimes": [{"startsAt": begins, "endsAt": ends} for begins, ends in spans],
    }


def disconnect(at: datetime | None = None) -> None:
    data = {
        "accountId": ACCOUNT,
        "artistId": ARTIST,
        "provider": "google",
        "displayName": "mara@example.com",
    }
    consume(DISCONNECTED, data, at)


@pytest.fixture
def service_id(people: People) -> str:
    people.set_hours("09:00-12:00")
    return people.create_service()


def list_free(people: People, service_id: str) -> list[str]:
    return people.list_free_starts(service_id, from_="2026-03-03", to="2026-03-03")


def test_a_busy_time_takes_its_slot_away_and_frees_it_again(
    people: People, service_id: str
) -> None:
    assert list_free(people, service_id) == list(MORNING)
    change(1, AT_TEN)
    assert list_free(people, service_id) == [MORNING[0], MORNING[2]]
    assert refused(people.try_book(service_id, "2026-03-03T09:00:00Z")) == (409, "slot_taken")
    change(2)
    assert list_free(people, service_id) == list(MORNING)
    people.book(service_id, "2026-03-03T09:00:00Z")


def test_an_artist_is_refused_a_booking_and_a_proposal_on_a_busy_time(
    people: People, service_id: str
) -> None:
    """As on the busy times of a calendar that is read by its URL."""
    change(1, AT_TEN)
    booking = people.artist.post(
        "/v1/appointments",
        json={"serviceId": service_id, "startsAt": AT_TEN[0], "clientId": CLIENT},
    )
    assert refused(booking) == (409, "slot_taken")
    proposal = people.artist.post(
        "/v1/appointments/proposals",
        json={"serviceId": service_id, "clientId": CLIENT, "startsAt": [AT_TEN[0]]},
    )
    assert refused(proposal) == (409, "slot_taken")


def test_the_newest_version_wins_in_any_order(people: People, service_id: str) -> None:
    spans = {1: AT_NINE, 2: AT_TEN, 3: AT_ELEVEN}
    for first, second in ((3, 1), (2, 2), (1, 3)):
        for version in (first, second):
            change(version, spans[version], calendar=f"{first} then {second}")
    assert list_free(people, service_id) == [MORNING[0]]


def test_the_blocks_of_several_calendars_are_their_union(people: People, service_id: str) -> None:
    change(1, AT_NINE, AT_TEN)
    change(1, AT_TEN, calendar="Other/calendar with a #name")
    assert list_free(people, service_id) == [MORNING[2]]
    change(2)
    assert list_free(people, service_id) == [MORNING[0], MORNING[2]]


def test_a_disconnected_account_blocks_nothing_and_late_events_neither(
    people: People, service_id: str
) -> None:
    change(4, AT_NINE)
    change(1, AT_TEN, calendar="other")
    disconnect(NOW + timedelta(minutes=1))
    assert list_free(people, service_id) == list(MORNING)
    change(5, AT_NINE, at=NOW)
    assert list_free(people, service_id) == list(MORNING)


def test_an_account_that_is_connected_again_blocks_whatever_comes_late(
    people: People, service_id: str
) -> None:
    change(7, AT_NINE, at=NOW)
    change(2, AT_ELEVEN, calendar="other", at=NOW)
    change(9, AT_TEN, at=NOW + timedelta(minutes=2))
    disconnect(NOW + timedelta(minutes=1))
    assert list_free(people, service_id) == [MORNING[0], MORNING[2]]
    change(8, AT_NINE, at=NOW)
    disconnect(NOW + timedelta(minutes=1))
    assert list_free(people, service_id) == [MORNING[0], MORNING[2]]


def test_a_run_with_older_times_that_is_overtaken_changes_nothing(
    people: People, service_id: str
) -> None:
    """The newer event is consumed between the older one's two writes."""
    write, newer = external_busy.save_busy_times, [2]

    def overtaken(*args: Any) -> None:
        if newer:
            change(newer.pop(), AT_TEN)
        write(*args)

    with mock.patch("appointments.store.connected_accounts.save_busy_times", overtaken):
        change(1, AT_NINE, AT_TEN)
    assert list_free(people, service_id) == [MORNING[0], MORNING[2]]


def test_a_repetition_completes_a_run_that_failed_midway(people: People, service_id: str) -> None:
    module = "appointments.store.connected_accounts.save_busy_times"
    with mock.patch(module, side_effect=WriteConflict), pytest.raises(Busy):
        change(1, AT_NINE)
    change(1, AT_NINE)
    assert list_free(people, service_id) == list(MORNING[1:])


def test_busy_times_of_a_year_are_written_and_deleted(people: People, service_id: str) -> None:
    change(1, ("2026-03-03T08:00:00Z", "2027-03-03T08:30:00Z"))
    assert list_free(people, service_id) == []
    assert people.list_free_starts(service_id, from_="2026-08-03", to="2026-08-03") == []
    disconnect()
    assert list_free(people, service_id) == list(MORNING)
    assert "cal_" not in str(everything())


def test_what_a_deleted_artist_is_busy_with_is_erased(people: People, service_id: str) -> None:
    change(1, AT_NINE)
    consume("user.deleted", {"userId": ARTIST})
    change(2, AT_TEN)
    left = str(everything())
    assert CALENDAR not in left
    assert "cal_" not in left
