"""Crashes: a failure at any AWS call leaves a change complete or not begun, and a retry is safe.

Each request is sent over HTTP with an Idempotency-Key, as often as it makes AWS calls; each time
another call fails, before AWS receives it or after, when only its response is lost.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments.app import app
from appointments.store.table import AGREED
from domain.ids import new_id
from shared.events.outbox import read_events
from shared.http.caller import Role
from tests.functional.appointments.people import SERVICE, week
from tests.support import aws_calls, moto_items, relations
from tests.support.gateway import ApiClient, client_for

PATH = "/v1/appointments"
KEY = {"idempotency-key": "key-1"}
OVER_MIDNIGHT = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # an hour from here spans two UTC days
OTHER_TIME = OVER_MIDNIGHT + timedelta(days=3)
ABANDONED = timedelta(seconds=61)  # a claim lasts a minute
TRANSACTION, CLAIM = "TransactWriteItems", "PutItem"

pytestmark = pytest.mark.usefixtures("aws")
Items = dict[tuple[str, str], dict[str, Any]]


class Crash(BaseException):
    """The death of the process, which nothing handles."""


def create_timeout() -> Exception:
    """Return the error of a call without response, which may have succeeded."""
    return ReadTimeoutError(endpoint_url="https://dynamodb")


def create_user(role: Role) -> ApiClient:
    """Return the client of a new user."""
    return client_for(app).as_user(new_id("usr"), role)


@dataclass
class Studio:
    """A new artist who is open day and night, and a new client."""

    artist: ApiClient = field(default_factory=lambda: create_user(Role.ARTIST))
    client: ApiClient = field(default_factory=lambda: create_user(Role.CLIENT))

    def __post_init__(self) -> None:
        moto_items.clear("appointments")
        body = {"timeZone": "Europe/Berlin", "weekly": week("00:00-24:00")}
        assert self.artist.put(f"{PATH}/availability", json=body).status_code == 200
        assert self.client.get(PATH).status_code == 200  # opens their rate limit window

    def create_service(self, **fields: Any) -> str:
        body = {**SERVICE, "slotIntervalMinutes": 30, **fields}
        return create(self.artist, "services", body)

    def create_slot(self, **fields: Any) -> dict[str, Any]:
        return {"serviceId": self.create_service(**fields), "startsAt": OVER_MIDNIGHT.isoformat()}

    def book(self) -> str:
        return create(self.client, "", self.create_slot())

    def create_proposal_body(self) -> dict[str, Any]:
        assert self.artist.authorizer is not None
        assert self.client.authorizer is not None
        relations.introduce(self.artist.authorizer["userId"], self.client.authorizer["userId"])
        starts = [OVER_MIDNIGHT + timedelta(days=7 * week) for week in range(3)]
        return {
            "serviceId": self.create_service(deposit={"type": "percent", "percent": 50}),
            "clientId": self.client.authorizer["userId"],
            "startsAt": [start.isoformat() for start in starts],
        }


@dataclass(frozen=True)
class Request:
    """A POST that can be repeated."""

    by: ApiClient
    path: str
    body: dict[str, Any]

    def send(self) -> HTTPResponse:
        return self.by.post(f"{PATH}{self.path}", json=self.body, headers=KEY)


def create(by: ApiClient, path: str, body: dict[str, Any]) -> str:
    """Create a record, and return its id."""
    answer = by.post(f"{PATH}/{path}".rstrip("/"), json=body)
    assert answer.status_code == 201, answer.body
    created_id: str = answer.json_body["id"]
    return created_id


def prepare_hold(studio: Studio) -> Request:
    slot = studio.create_slot()
    create(
        studio.client, "holds", {**slot, "startsAt": OTHER_TIME.isoformat()}
    )  # opens the rate limit window of holds
    return Request(studio.client, "/holds", slot)


def prepare_booking(studio: Studio) -> Request:
    return Request(studio.client, "", studio.create_slot())


def prepare_booking_with_deposit(studio: Studio) -> Request:
    return Request(
        studio.client,
        "",
        studio.create_slot(deposit={"type": "percent", "percent": 50}, dailyLimit=3),
    )


def prepare_booking_of_hold(studio: Studio) -> Request:
    return Request(
        studio.client, "", {"holdId": create(studio.client, "holds", studio.create_slot())}
    )


def prepare_reschedule(studio: Studio) -> Request:
    path = f"/{studio.book()}/reschedule"
    return Request(studio.client, path, {"startsAt": OTHER_TIME.isoformat()})


def prepare_cancellation(studio: Studio) -> Request:
    return Request(studio.client, f"/{studio.book()}/cancel", {})


def prepare_proposal(studio: Studio) -> Request:
    return Request(studio.artist, "/proposals", studio.create_proposal_body())


def prepare_acceptance(studio: Studio) -> Request:
    proposal_id = create(studio.artist, "proposals", studio.create_proposal_body())
    return Request(studio.client, f"/proposals/{proposal_id}/accept", {})


# How the repetition of an action is refused when it is done but its response is lost. That of a
# request that makes something gets what it made.
REPEAT_REFUSALS: dict[Callable[[Studio], Request], str] = {
    prepare_reschedule: "not_moved",
    prepare_cancellation: "wrong_status",
}
# What a complete one changes in the table.
COMPLETE_CHANGES: dict[Callable[[Studio], Request], dict[str, int]] = {
    prepare_hold: {"CALENDAR DAY": 2},
    prepare_booking: {
        "CALENDAR DAY": 2,
        "APPOINTMENT RECORD": 1,
        "OUTBOX appointment.created": 1,
        "OUTBOX appointment.confirmed": 1,
        "OUTBOX relation.affected": 1,
    },
    prepare_booking_with_deposit: {
        "CALENDAR DAY": 2,
        "APPOINTMENT RECORD": 1,
        "OUTBOX appointment.created": 1,
        "OUTBOX deposit.requested": 1,
        "OUTBOX relation.affected": 1,
    },
    prepare_booking_of_hold: {
        "CALENDAR DAY": 2,
        "APPOINTMENT RECORD": 1,
        "OUTBOX appointment.created": 1,
        "OUTBOX appointment.confirmed": 1,
        "OUTBOX relation.affected": 1,
    },
    prepare_reschedule: {
        "CALENDAR DAY": 4,
        "APPOINTMENT RECORD": 1,
        "OUTBOX appointment.rescheduled": 1,
    },
    prepare_cancellation: {
        "CALENDAR DAY": 2,
        "APPOINTMENT RECORD": 1,
        "OUTBOX appointment.cancelled": 1,
    },
    prepare_proposal: {"CALENDAR DAY": 6, "PROPOSAL RECORD": 1, "OUTBOX proposal.sent": 1},
    prepare_acceptance: {
        "CALENDAR DAY": 6,
        "PROPOSAL RECORD": 1,
        "APPOINTMENT RECORD": 3,
        "OUTBOX proposal.accepted": 1,
        "OUTBOX appointment.created": 3,
        "OUTBOX appointment.confirmed": 3,
        "OUTBOX deposit.requested": 1,
    },
}


def list_items() -> Items:
    """Return all items of the table by key."""
    return {(item["pk"], item["sk"]): item for item in moto_items.items("appointments")}


def count_changes(before: Items) -> Counter[str]:
    """Count the items that are new or changed, by kind.

    Terms are stored before what is bound to them, and mean nothing until something is.
    """
    changed = [
        item
        for key, item in list_items().items()
        if before.get(key) != item and not item["pk"].startswith(AGREED)
    ]
    return Counter(kind for item in changed for kind in list_kinds(item))


def list_kinds(item: dict[str, Any]) -> list[str]:
    """Return the kind of an item, or of each of its events."""
    partition, _, _ = item["pk"].partition("#")
    part, _, _ = item["sk"].partition("#")
    parts = [part]
    if "event" in item:
        events = read_events({name: {"S": value} for name, value in item.items()})
        parts = [event.type for event in events]
    return [f"{partition} {part}" for part in parts]


def record_calls(prepare: Callable[[Studio], Request]) -> list[str]:
    """Return the AWS calls of the request in order, and check that it is complete."""
    request = prepare(Studio())
    before = list_items()
    with aws_calls.listed() as calls:
        assert request.send().status_code in (200, 201)
    assert count_changes(before) == COMPLETE_CHANGES[prepare]
    return calls


def list_faults(calls: list[str]) -> Iterable[tuple[int, bool, bool]]:
    """Yield each possible fault: the call, whether AWS executed it, whether the change is done."""
    transaction = calls.index(TRANSACTION)
    for position in range(len(calls)):
        for after in (False, True):
            yield position, after, position > transaction or (position == transaction and after)


@pytest.mark.parametrize("prepare", COMPLETE_CHANGES)
def test_a_process_crash_leaves_a_change_complete_or_not_begun(
    prepare: Any, clock: TimeMachineFixture
) -> None:
    calls = record_calls(prepare)
    for position, after, is_done in list_faults(calls):
        where = f"{calls[position]} ({position}), {after=}"
        request = prepare(Studio())
        before = list_items()
        with (
            aws_calls.failing_at(position, Crash(), after=after, dead=True),
            pytest.raises(Crash),
        ):
            request.send()
        assert count_changes(before) == (COMPLETE_CHANGES[prepare] if is_done else {}), where

        # Until the key counts as abandoned, the first request may still be running.
        claimed = position > calls.index(CLAIM) or (position == calls.index(CLAIM) and after)
        answered = position == len(calls) - 1 and after
        if claimed and not answered:
            assert_refused(request.send(), "request_in_progress", where)
            clock.shift(ABANDONED)
        assert_done_once(
            request.send(),
            REPEAT_REFUSALS.get(prepare) if is_done and not answered else None,
            where,
        )
        assert count_changes(before) == COMPLETE_CHANGES[prepare], where


@pytest.mark.parametrize("prepare", COMPLETE_CHANGES)
def test_a_failed_call_leaves_a_change_complete_or_not_begun(
    prepare: Any, clock: TimeMachineFixture
) -> None:
    """The process survives and gives up its claim."""
    calls = record_calls(prepare)
    for position, after, is_done in list_faults(calls):
        where = f"{calls[position]} ({position}), {after=}"
        request = prepare(Studio())
        before = list_items()
        with aws_calls.failing_at(position, create_timeout(), after=after):
            assert request.send().status_code == 503, where
        assert count_changes(before) == (COMPLETE_CHANGES[prepare] if is_done else {}), where

        claimed = calls.index(CLAIM), True
        unanswered = len(calls) - 1, False
        answered = (position, after) == (len(calls) - 1, True)
        if (position, after) in (claimed, unanswered):
            assert_refused(request.send(), "request_in_progress", where)
            clock.shift(ABANDONED)
        assert_done_once(
            request.send(),
            REPEAT_REFUSALS.get(prepare) if is_done and not answered else None,
            where,
        )
        assert count_changes(before) == COMPLETE_CHANGES[prepare], where


def assert_done_once(again: HTTPResponse, refusal: str | None, where: str) -> None:
    """Assert that the repetition succeeds or is refused because the change was already done."""
    if refusal is None:
        assert again.status_code in (200, 201), (where, again.body)
    else:
        assert_refused(again, refusal, where)


def assert_refused(answer: HTTPResponse, code: str, where: str) -> None:
    assert (answer.status_code, answer.json_body.get("code")) == (409, code), where
