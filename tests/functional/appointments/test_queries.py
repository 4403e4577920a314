"""Appointments as their two sides list them: by start, in a range, in some states, page by page."""

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
    encoded,
    error_fields,
)
from tests.support.gateway import ApiClient

PATH = "/v1/appointments"


def lists(by: ApiClient, **query: Any) -> HTTPResponse:
    """Somebody lists their appointments; `from_` is the query's `from`."""
    return by.get(f"{PATH}?{encoded(query)}" if query else PATH)


def listed(by: ApiClient, **query: Any) -> list[str]:
    """The ids of what is listed, all in one page."""
    answer = lists(by, **query)
    assert answer.status_code == 200, answer.body
    assert answer.json_body["nextCursor"] is None
    return [item["id"] for item in answer.json_body["items"]]


def paged(by: ApiClient, limit: int, **query: Any) -> list[list[str]]:
    """The ids of what is listed, page by page."""
    pages = []
    cursor: dict[str, str] = {}
    while True:
        answer = lists(by, limit=limit, **query, **cursor)
        assert answer.status_code == 200, answer.body
        pages.append([item["id"] for item in answer.json_body["items"]])
        if answer.json_body["nextCursor"] is None:
            return pages
        cursor = {"cursor": answer.json_body["nextCursor"]}


def booked(people: People, service: str, *starts: str, by: ApiClient | None = None) -> list[str]:
    """Bookings on the 10th of March and after; returns their ids."""
    return [people.has_booked(service, f"2026-03-{start}:00Z", by)["id"] for start in starts]


def test_they_are_listed_by_their_start(people: People) -> None:
    service = people.studio()
    later, first, second = booked(people, service, "12T10:00", "10T10:00", "10T11:00")
    assert listed(people.client) == listed(people.artist) == [first, second, later]
    whole = lists(people.client).json_body["items"][0]
    assert whole == people.client.get(f"{PATH}/{first}").json_body


def test_what_is_moved_is_listed_where_it_is_now(people: People) -> None:
    service = people.studio()
    first, second = booked(people, service, "10T10:00", "11T10:00")
    body = {"startsAt": "2026-03-12T10:00:00Z"}
    people.client.post(f"{PATH}/{first}/reschedule", json=body)
    assert listed(people.client) == [second, first]


def test_everybody_lists_what_they_take_part_in_themselves(people: People) -> None:
    service = people.studio()
    people.opens(by=people.other_artist)
    others = people.offers(by=people.other_artist)
    (mine,) = booked(people, service, "10T10:00")
    (theirs,) = booked(people, service, "10T11:00", by=people.other_client)
    (of_artist,) = booked(people, others, "10T10:00", by=people.artist)
    assert listed(people.client) == [mine]
    assert listed(people.other_client) == [theirs]
    assert listed(people.other_artist) == [of_artist]
    assert listed(people.artist) == listed(people.artist, role="artist") == [mine, theirs]
    assert listed(people.artist, role="client") == [of_artist]
    assert listed(people.client, role="artist") == []
    assert listed(people.client.as_user(CLIENT, Role.ADMIN)) == [mine]
    assert listed(people.client.as_user("usr_01JD0000000000000000000XXX")) == []
    assert lists(people.nobody).status_code == 401


def test_a_walk_in_without_an_account_is_the_artists_alone(people: People) -> None:
    body = {"serviceId": people.studio(), "name": "Kim"}
    walk_in = people.artist.post(f"{PATH}/walk-ins", json=body).json_body["id"]
    assert listed(people.artist) == [walk_in]
    assert listed(people.client) == []


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
def test_a_range_holds_what_starts_in_it(
    people: People, query: dict[str, str], expected: list[int]
) -> None:
    """From the first moment on, until before the last one."""
    ids = booked(people, people.studio(), "10T10:00", "10T11:00", "12T10:00")
    assert listed(people.client, **query) == [ids[number] for number in expected]


@pytest.mark.parametrize("side", ["client", "artist"])
def test_states_filter(people: People, clock: TimeMachineFixture, side: str) -> None:
    service = people.studio()
    by = people.client if side == "client" else people.artist
    gone, kept, done = booked(people, service, "10T10:00", "10T11:00", "10T12:00")
    people.client.post(f"{PATH}/{gone}/cancel", json={})
    clock.move_to(MONDAY + timedelta(days=8, hours=5), tick=False)
    people.artist.post(f"{PATH}/{done}/complete")
    assert listed(by, status="confirmed") == [kept]
    assert listed(by, status="cancelled,completed") == [gone, done]
    assert listed(by, status="completed,cancelled") == [gone, done]
    assert listed(by, status="pending") == []
    assert listed(by, status="confirmed", from_="2026-03-10T11:00:01Z") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
@pytest.mark.parametrize("side", ["client", "artist"])
def test_pages_hold_every_appointment_once(people: People, limit: int, side: str) -> None:
    service = people.studio()
    by = people.client if side == "client" else people.artist
    ids = booked(
        people,
        service,
        *("10T10:00", "10T11:00", "10T12:00", "11T10:00", "12T10:00", "12T11:00"),
    )
    pages = paged(by, limit)
    assert [one for page in pages for one in page] == ids
    assert all(len(page) == limit for page in pages[:-1] if limit < len(ids))


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_a_filter_and_a_range_lose_nothing(people: People, limit: int) -> None:
    service = people.studio()
    starts = [f"{day}T{hour}:00" for day in (10, 11, 12) for hour in (10, 11, 12)]
    ids = booked(people, service, *starts)
    for cancelled in ids[::2]:
        people.client.post(f"{PATH}/{cancelled}/cancel", json={})
    query = {"from_": "2026-03-10T11:00:00Z", "to": "2026-03-12T12:00:00Z"}
    pages = paged(people.client, limit, **query, status="confirmed")
    assert [one for page in pages for one in page] == ids[1:8:2]
    pages = paged(people.artist, limit, **query, status="cancelled,confirmed")
    assert [one for page in pages for one in page] == ids[1:8]


def test_a_page_goes_on_where_it_ended_when_something_is_added_before_it(people: People) -> None:
    service = people.studio()
    ids = booked(people, service, "11T10:00", "11T11:00", "11T12:00")
    first = lists(people.client, limit=2).json_body
    booked(people, service, "10T10:00")
    rest = listed(people.client, limit=2, cursor=first["nextCursor"])
    assert rest == ids[2:]


def test_a_cursor_is_of_one_list_of_one_person(people: People) -> None:
    service = people.studio()
    booked(people, service, "10T10:00", "10T11:00")
    booked(people, service, "10T12:00", by=people.other_client)
    query = {"from_": "2026-03-10T00:00:00Z", "status": "confirmed"}
    cursor = lists(people.client, limit=1, **query).json_body["nextCursor"]
    for answer in (
        lists(people.other_client, **query, cursor=cursor),
        lists(people.artist, **query, cursor=cursor),
        lists(people.client, **query, role="artist", cursor=cursor),
        lists(people.client, **query | {"status": "confirmed,pending"}, cursor=cursor),
        lists(people.client, **query | {"from_": "2026-03-10T00:00:01Z"}, cursor=cursor),
        lists(people.client, **query, to="2026-03-11T00:00:00Z", cursor=cursor),
        lists(people.client, cursor=cursor),
        lists(people.client, **query, cursor="AAAA"),
    ):
        assert list(error_fields(answer)) == ["query.cursor"]
    assert len(listed(people.client, **query, cursor=cursor)) == 1


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
        # Of such a range the real DynamoDB, unlike its stand-ins, says that it is no range.
        ({"from_": "2026-03-12T00:00:00Z", "to": "2026-03-11T23:59:59Z"}, "query.to"),
        ({"limit": "0"}, "query.limit"),
        ({"limit": "101"}, "query.limit"),
        ({"limit": "ten"}, "query.limit"),
        ({"artistId": OTHER_ARTIST}, "query.artistId"),
        ({"clientId": OTHER_CLIENT}, "query.clientId"),
    ],
)
def test_nonsense_is_named(people: People, query: dict[str, str], field: str) -> None:
    assert list(error_fields(lists(people.client, **query))) == [field]


@pytest.mark.parametrize("name", ["from_", "to"])
@pytest.mark.parametrize(
    "moment",
    [
        *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_the_ends_of_time_break_nothing(people: People, name: str, moment: str) -> None:
    assert lists(people.client, **{name: moment}).status_code in (200, 422)
