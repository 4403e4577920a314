"""The AWS calls of each use case in a warm container, including the count of the rate limit.

A calendar is read in parts: hours, services with their terms, and days. However long the range of a
slot search, its days are one query; what a booking writes is one transaction.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments import store
from appointments.models import CalendarEntryKind
from appointments.rules.calendar import create_entry
from domain.ids import new_id
from tests.functional.appointments.people import ARTIST, CLIENT, MONDAY, OTHER_ARTIST, People
from tests.support import aws_calls
from tests.support.gateway import ApiClient

GET, PUT, UPDATE = "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"
QUERY, TRANSACTION = "dynamodb:Query", "dynamodb:TransactWriteItems"
BATCH = "dynamodb:BatchGetItem"
PATH = "/v1/appointments"
HOURS_AND_SERVICE = {QUERY: 1, BATCH: 1}
# Consent, or whether books are open, is one small read.
SEARCH = {UPDATE: 1, BATCH: 2, QUERY: 2}
BOOK = {**SEARCH, GET: 1, TRANSACTION: 1}
CHANGE_DAYS = {UPDATE: 1, GET: 1, QUERY: 1, TRANSACTION: 1}
BANK = {"accountName": "Mara Voss", "iban": "DE89370400440532013000"}

# One UPDATE is the rate limit's count of the request, and one GET of each write asks whether the
# caller's account was deleted. One more asks whether the other person is banned, where something
# begins with them. Holding counts against a limit of its own,
# and an Idempotency-Key is claimed by a PUT and completed by an UPDATE.
COSTS = {
    "services": {UPDATE: 1, QUERY: 1},
    "service": {UPDATE: 1, GET: 1},
    "slots of a month": SEARCH,
    "slots of a full month": SEARCH,
    "hold": {**SEARCH, UPDATE: 2, GET: 1, TRANSACTION: 1},
    "release": CHANGE_DAYS,
    "book": BOOK,
    "book where a limit per day counts": BOOK,
    "book a hold": BOOK,
    # One read more, because the client may be banned.
    "book by artist": {**BOOK, GET: 2},
    "book with a key": {**BOOK, PUT: 1, UPDATE: 2},
    "book with a key again": {UPDATE: 1, PUT: 1, GET: 2},
    # It is refused on consistent reads only.
    "book what is taken": {UPDATE: 1, GET: 1, BATCH: 4, QUERY: 4},
    # The bank details are read for the response.
    "book with a deposit": {**BOOK, GET: 2},
    "walk in": {**BOOK, BATCH: 1},
    "get": {UPDATE: 1, GET: 1},
    "list": {UPDATE: 1, QUERY: 1},
    "confirm": {UPDATE: 1, GET: 3, BATCH: 1, TRANSACTION: 1},
    "decline": {**CHANGE_DAYS, GET: 2},
    "preview of cancel": {UPDATE: 1, GET: 2},
    "cancel": {**CHANGE_DAYS, GET: 2},
    "preview of reschedule": {**SEARCH, GET: 3},
    "reschedule": {**SEARCH, GET: 3, TRANSACTION: 1},
    "complete": {UPDATE: 1, GET: 2, TRANSACTION: 1},
    "no-show": {UPDATE: 1, GET: 2, TRANSACTION: 1},
    "plan": {**SEARCH, GET: 2},
    "propose": {**BOOK, GET: 2},
    "accept": {**CHANGE_DAYS, GET: 3, BATCH: 1},
    "withdraw": {**CHANGE_DAYS, GET: 2},
    "list of proposals": {UPDATE: 1, QUERY: 1},
    "deposit proof": {UPDATE: 1, GET: 2, TRANSACTION: 1},
    "deposit confirm": {UPDATE: 1, GET: 2, TRANSACTION: 1},
}
Step = Callable[[], HTTPResponse]
NEXT_MONDAY = MONDAY + timedelta(days=7)
# The response of DynamoDB while another transaction holds one of the items; moto never sends it.
CONFLICT = ClientError(
    {
        "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    },
    "TransactWriteItems",
)


@pytest.fixture
def steps(people: People, clock: TimeMachineFixture) -> dict[str, Step]:
    """Return each use case, in the order of COSTS, in a container that has run them before."""
    client, artist, nobody = people.client, people.artist, people.nobody
    artist.put(f"{PATH}/bank-details", json=BANK)
    people.set_hours("00:00-24:00")
    limited = people.create_service(dailyLimit=20)
    on_request = people.create_service(mode="request")
    with_deposit = people.create_service(deposit={"type": "percent", "percent": 50})
    full = fill_month(people)

    def post(who: ApiClient, path: str, **body: Any) -> HTTPResponse:
        return who.post(f"{PATH}/{path}", json=body)

    def get(who: ApiClient, path: str) -> HTTPResponse:
        return who.get(f"{PATH}{path}")

    def walk_in() -> HTTPResponse:
        return post(artist, "walk-ins", serviceId=on_request)

    def propose() -> HTTPResponse:
        starts = [next(free), next(free)]
        return post(artist, "proposals", serviceId=limited, clientId=CLIENT, startsAt=starts)

    ended = []
    for _ in range(2):
        ended.append(get_id(walk_in()))
        clock.shift(timedelta(hours=1))
    free = iterate_hours(NEXT_MONDAY)
    booked = [get_id(people.try_book(limited, next(free))) for _ in range(2)]
    pending = [get_id(people.try_book(on_request, next(free))) for _ in range(2)]
    due = get_id(people.try_book(with_deposit, next(free)))
    held = [get_id(people.try_hold(limited, next(free))) for _ in range(2)]
    sent = [get_id(propose()) for _ in range(2)]
    taken = next(free)
    keyed = {
        "json": {"serviceId": on_request, "startsAt": taken},
        "headers": {"idempotency-key": "key-1"},
    }
    moved = f"{booked[1]}/reschedule"
    planned = {"serviceId": limited, "clientId": CLIENT, "frequency": "weekly", "sittings": 4}
    month = {"from_": "2026-03-02", "to": "2026-04-01", "limit": 1000}
    people.get_slots(limited)  # opens the rate limit window of anonymous requests
    return {
        "services": lambda: get(nobody, f"/services?artistId={ARTIST}"),
        "service": lambda: get(nobody, f"/services/{on_request}"),
        "slots of a month": lambda: people.get_slots(limited, **month),
        "slots of a full month": lambda: people.get_slots(full, **month),
        "hold": lambda: people.try_hold(limited, next(free)),
        "release": lambda: client.delete(f"{PATH}/holds/{held[0]}"),
        "book": lambda: people.try_book(on_request, next(free)),
        "book where a limit per day counts": lambda: people.try_book(limited, next(free)),
        "book a hold": lambda: client.post(PATH, json={"holdId": held[1]}),
        "book by artist": lambda: people.try_book(limited, next(free), artist, clientId=CLIENT),
        "book with a key": lambda: client.post(PATH, **keyed),
        "book with a key again": lambda: client.post(PATH, **keyed),
        "book what is taken": lambda: people.try_book(limited, taken),
        "book with a deposit": lambda: people.try_book(with_deposit, next(free)),
        "walk in": walk_in,
        "get": lambda: get(client, f"/{booked[0]}"),
        "list": lambda: get(client, ""),
        "confirm": lambda: post(artist, f"{pending[0]}/confirm"),
        "decline": lambda: post(artist, f"{pending[1]}/decline"),
        "preview of cancel": lambda: post(client, f"{booked[0]}/cancel?preview=true"),
        "cancel": lambda: post(client, f"{booked[0]}/cancel"),
        "preview of reschedule": lambda: post(client, f"{moved}?preview=true", startsAt=next(free)),
        "reschedule": lambda: post(client, moved, startsAt=next(free)),
        "complete": lambda: post(artist, f"{ended[0]}/complete"),
        "no-show": lambda: post(artist, f"{ended[1]}/no-show"),
        "plan": lambda: post(artist, "plans", **planned, startsOn="2026-03-16"),
        "propose": propose,
        "accept": lambda: post(client, f"proposals/{sent[0]}/accept"),
        "withdraw": lambda: post(artist, f"proposals/{sent[1]}/withdraw"),
        "list of proposals": lambda: get(artist, "/proposals"),
        "deposit proof": lambda: post(client, f"{due}/deposit/proof", reference="X 1"),
        "deposit confirm": lambda: post(artist, f"{due}/deposit/confirm"),
    }


def iterate_hours(start: datetime) -> Iterator[str]:
    """Yield one hour after another."""
    while True:
        yield start.isoformat()
        start += timedelta(hours=1)


def get_id(answer: HTTPResponse) -> str:
    """Return the id of the created record."""
    assert answer.status_code == 201, answer.body
    created_id: str = answer.json_body["id"]
    return created_id


def fill_month(people: People) -> str:
    """Create a service of the other artist with eight appointments a day for a month."""
    people.set_hours(by=people.other_artist)
    service_id = people.create_service(by=people.other_artist)
    service = store.find_service(OTHER_ARTIST, service_id)
    assert service is not None
    last = MONDAY.date() + timedelta(days=30)
    calendar = store.read_calendar(OTHER_ARTIST, MONDAY.date(), last, [])
    for day, hour in product(range(30), range(8)):
        start = MONDAY + timedelta(days=day, hours=hour)
        entry = create_entry(
            service, start, entry_id=new_id("apt"), kind=CalendarEntryKind.APPOINTMENT
        )
        calendar = calendar.put(entry, MONDAY)
    store.commit(calendar=calendar)
    return service_id


def test_each_use_case_makes_exactly_its_aws_calls(steps: dict[str, Step]) -> None:
    costs, statuses = {}, {}
    for name, step in steps.items():
        with aws_calls.counted() as calls:
            statuses[name] = step().status_code
        costs[name] = dict(calls)
    assert costs == COSTS
    refused = {name: status for name, status in statuses.items() if status >= 300}
    assert refused == {"book what is taken": 409}


def test_a_warm_container_creates_no_boto_client(steps: dict[str, Step]) -> None:
    """Creating a client takes longer than the call it is created for."""
    for name in ("get", "book with a deposit", "slots of a month", "hold"):
        steps[name]()  # the first calls of a container do create clients
    with mock.patch.object(
        Session, "create_client", side_effect=AssertionError("A client was created.")
    ):
        statuses = {name: step().status_code for name, step in steps.items()}
    assert {name for name, status in statuses.items() if status >= 500} == set()


def test_a_lost_race_changes_no_answer(steps: dict[str, Step]) -> None:
    for name, step in steps.items():
        with aws_calls.failing("TransactWriteItems", CONFLICT, times=1):
            status = step().status_code
        assert (status < 300) != (name == "book what is taken"), (name, status)


def test_each_conflict_costs_one_more_read_and_transaction(
    people: People,
) -> None:
    service_id = people.open_studio()
    people.book(service_id, "2026-03-09T09:00:00Z")  # stores the terms
    conflict = aws_calls.failing("TransactWriteItems", CONFLICT, times=3)
    with conflict, aws_calls.counted() as calls:
        assert people.try_book(service_id, "2026-03-09T10:00:00Z").status_code == 201
    assert calls == {UPDATE: 1, GET: 1, QUERY: 8, BATCH: 8, TRANSACTION: 4}
