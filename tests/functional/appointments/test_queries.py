"""Lists of appointments: by start, in a range, by status, and in pages."""

from datetime import timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from shared.http.caller import Role
from tests.functional.appointments.people import (
    CLIENT,
    MONDAY,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    encode_query,
)
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields

PATH = "/v1/appointments"


def list_appointments(by: ApiClient, **query: Any) -> HTTPResponse:
    """List a caller's appointments; `from_` is the query's `from`."""
    return by.get(f"{PATH}?{encode_query(query)}" if query else PATH)


def list_ids(by: ApiClient, **query: Any) -> list[str]:
    """Return the ids of the list, and require a single page."""
    answer = list_appointments(by, **query)
    assert answer.status_code == 200, answer.body
    assert answer.json_body["nextCursor"] is None
    return [item["id"] for item in answer.json_body["items"]]


def list_pages(by: ApiClient, limit: int, **query: Any) -> list[list[str]]:
    """Return the ids of the list page by page."""
    pages = []
    cursor: dict[str, str] = {}
    while True:
        answer = list_appointments(by, limit=limit, **query, **cursor)
        assert answer.status_code == 200, answer.body
        pages.append([item["id"] for item in answer.json_body["items"]])
        if answer.json_body["nextCursor"] is None:
            return pages
        cursor = {"cursor": answer.json_body["nextCursor"]}


def book_all(people: People, service: str, *starts: str, by: ApiClient | None = None) -> list[str]:
    """Book slots at these starts (`10T10:00`) of March, and return the ids."""
    return [people.book(service, f"2026-03-{start}:00Z", by)["id"] for start in starts]


def test_appointments_are_listed_by_start(people: People) -> None:
    service = people.open_studio()
    later, first, second = book_all(people, service, "12T10:00", "10T10:00", "10T11:00")
    assert list_ids(people.client) == list_ids(people.artist) == [first, second, later]
    whole = list_appointments(people.client).json_body["items"][0]
    assert whole == people.client.get(f"{PATH}/{first}").json_body


def test_a_rescheduled_appointment_is_listed_at_its_new_start(people: People) -> None:
    service = people.open_studio()
    first, second = book_all(people, service, "10T10:00", "11T10:00")
    body = {"startsAt": "2026-03-12T10:00:00Z"}
    people.client.post(f"{PATH}/{first}/reschedule", json=body)
    assert list_ids(people.client) == [second, first]


def test_everybody_lists_only_their_own_appointments(people: People) -> None:
    service = people.open_studio()
    people.set_hours(by=people.other_artist)
    others = people.create_service(by=people.other_artist)
    (mine,) = book_all(people, service, "10T10:00")
    (theirs,) = book_all(people, service, "10T11:00", by=people.other_client)
    (of_artist,) = book_all(people, others, "10T10:00", by=people.artist)
    assert list_ids(people.client) == [mine]
    assert list_ids(people.other_client) == [theirs]
    assert list_ids(people.other_artist) == [of_artist]
    assert list_ids(people.artist) == list_ids(people.artist, role="artist") == [mine, theirs]
    assert list_ids(people.artist, role="client") == [of_artist]
    assert list_ids(people.client, role="artist") == []
    assert list_ids(people.client.as_user(CLIENT, Role.ADMIN)) == [mine]
    assert list_ids(people.client.as_user("usr_01JD0000000000000000000XXX")) == []
    assert list_appointments(people.nobody).status_code == 401


def test_a_walk_in_without_an_account_is_listed_for_the_artist_only(people: People) -> None:
    body = {"serviceId": people.open_studio(), "name": "Kim"}
    walk_in = people.artist.post(f"{PATH}/walk-ins", json=body).json_body["id"]
    assert list_ids(people.artist) == [walk_in]
    assert list_ids(people.client) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"from_": "2026-03-10T10:00:00Z"}, [0, 1, 2]),
        ({"from_": "2026-03-10T10:00:01Z"}, [1, 2]),
        ({"from_": "2026-03-10T12:00:00+01:00"}, [1, 2]),
        ({"to": "2026-03-12T10:00:00Z"}, [0, 1]),
        ({"to": "2026-03-12T10:00:01Z"}, [0, 1, 2]),
        ({"from_": "2026-03-10T11:00:00Z", "to": "2026-03-12T10:00:00Z"}, [1]),
        ({"from_": "2026-03-11T00:00:00Z", "to": "2026-03-11T00:00:00Z"}, []),
    ],
)
def test_a_range_contains_appointments_that_start_in_it(
    people: People, query: dict[str, str], expected: list[int]
) -> None:
    """Its start is inclusive, its end exclusive."""
    ids = book_all(people, people.open_studio(), "10T10:00", "10T11:00", "12T10:00")
    assert list_ids(people.client, **query) == [ids[number] for number in expected]


@pytest.mark.parametrize("side", ["client", "artist"])
def test_a_list_is_filtered_by_status(people: People, clock: TimeMachineFixture, side: str) -> None:
    service = people.open_studio()
    by = people.client if side == "client" else people.artist
    cancelled, confirmed, completed = book_all(people, service, "10T10:00", "10T11:00", "10T12:00")
    people.client.post(f"{PATH}/{cancelled}/cancel", json={})
    clock.move_to(MONDAY + timedelta(days=8, hours=5), tick=False)
    people.artist.post(f"{PATH}/{completed}/complete")
    assert list_ids(by, status="confirmed") == [confirmed]
    assert list_ids(by, status="cancelled,completed") == [cancelled, completed]
    assert list_ids(by, status="completed,cancelled") == [cancelled, completed]
    assert list_ids(by, status="pending") == []
    assert list_ids(by, status="confirmed", from_="2026-03-10T11:00:01Z") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
@pytest.mark.parametrize("side", ["client", "artist"])
def test_pages_contain_every_appointment_once(people: People, limit: int, side: str) -> None:
    service = people.open_studio()
    by = people.client if side == "client" else people.artist
    ids = book_all(
        people,
        service,
        *("10T10:00", "10T11:00", "10T12:00", "11T10:00", "12T10:00", "12T11:00"),
    )
    pages = list_pages(by, limit)
    assert [item for page in pages for item in page] == ids
    assert all(len(page) == limit for page in pages[:-1] if limit < len(ids))


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_a_filtered_range_are_complete(people: People, limit: int) -> None:
    service = people.open_studio()
    starts = [f"{day}T{hour}:00" for day in (10, 11, 12) for hour in (10, 11, 12)]
    ids = book_all(people, service, *starts)
    for cancelled in ids[::2]:
        people.client.post(f"{PATH}/{cancelled}/cancel", json={})
    query = {"from_": "2026-03-10T11:00:00Z", "to": "2026-03-12T12:00:00Z"}
    pages = list_pages(people.client, limit, **query, status="confirmed")
    assert [item for page in pages for item in page] == ids[1:8:2]
    pages = list_pages(people.artist, limit, **query, status="cancelled,confirmed")
    assert [item for page in pages for item in page] == ids[1:8]


def test_a_cursor_is_unaffected_by_earlier_insertions(people: People) -> None:
    service = people.open_studio()
    ids = book_all(people, service, "11T10:00", "11T11:00", "11T12:00")
    first = list_appointments(people.client, limit=2).json_body
    book_all(people, service, "10T10:00")
    rest = list_ids(people.client, limit=2, cursor=first["nextCursor"])
    assert rest == ids[2:]


def test_a_cursor_is_valid_only_for_its_list_and_caller(people: People) -> None:
    service = people.open_studio()
    book_all(people, service, "10T10:00", "10T11:00")
    book_all(people, service, "10T12:00", by=people.other_client)
    query = {"from_": "2026-03-10T00:00:00Z", "status": "confirmed"}
    cursor = list_appointments(people.client, limit=1, **query).json_body["nextCursor"]
    for answer in (
        list_appointments(people.other_client, **query, cursor=cursor),
        list_appointments(people.artist, **query, cursor=cursor),
        list_appointments(people.client, **query, role="artist", cursor=cursor),
        list_appointments(people.client, **query | {"status": "confirmed,pending"}, cursor=cursor),
        list_appointments(
            people.client, **query | {"from_": "2026-03-10T00:00:01Z"}, cursor=cursor
        ),
        list_appointments(people.client, **query, to="2026-03-11T00:00:00Z", cursor=cursor),
        list_appointments(people.client, cursor=cursor),
        list_appointments(people.client, **query, cursor="AAAA"),
    ):
        assert list(error_fields(answer)) == ["query.cursor"]
    assert len(list_ids(people.client, **query, cursor=cursor)) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"role": "admin"}, "query.role"),
        ({"status": "done"}, "query.status"),
        ({"status": "confirmed,"}, "query.status"),
        ({"status": "confirmed pending"}, "query.status"),
        ({"from_": "2026-03-10"}, "query.from"),
        ({"from_": "2026-03-10T10:00:00"}, "query.from"),
        ({"to": "later"}, "query.to"),
        # The real DynamoDB, unlike its stand-ins, refuses such a range.
        ({"from_": "2026-03-12T00:00:00Z", "to": "2026-03-11T23:59:59Z"}, "query.to"),
        ({"limit": "0"}, "query.limit"),
        ({"limit": "101"}, "query.limit"),
        ({"limit": "ten"}, "query.limit"),
        ({"artistId": OTHER_ARTIST}, "query.artistId"),
        ({"clientId": OTHER_CLIENT}, "query.clientId"),
    ],
)
def test_an_invalid_parameter_is_named(people: People, query: dict[str, str], field: str) -> None:
    assert list(error_fields(list_appointments(people.client, **query))) == [field]


@pytest.mark.parametrize("name", ["from_", "to"])
@pytest.mark.parametrize(
    "moment",
    [
        *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_ranges_at_the_limits_of_datetime_do_not_fail(
    people: People, name: str, moment: str
) -> None:
    assert list_appointments(people.client, **{name: moment}).status_code in (200, 422)
