"""A crash at any call to AWS leaves a change whole or not begun, and asking again is safe.

Each act is done over HTTP with an Idempotency-Key, as often as it calls AWS, and each time another
of its calls goes wrong: before AWS heard of it, or after AWS did it and only its answer is lost.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ReadTimeoutError
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments.app import app
from domain.ids import new_id
from shared.http import idempotency
from shared.http.caller import Role
from tests.functional.appointments.people import SERVICE, week
from tests.support import aws_calls, moto_items
from tests.support.gateway import ApiClient, client_for

PATH = "/v1/appointments"
KEY = {"idempotency-key": "key-1"}
OVER_MIDNIGHT = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # an hour from here is on two UTC days
ELSEWHERE = OVER_MIDNIGHT + timedelta(days=3)
ABANDONED = idempotency.CLAIM_LIFETIME + timedelta(seconds=1)
TRANSACTION, CLAIM = "TransactWriteItems", "PutItem"

pytestmark = pytest.mark.usefixtures("aws")
Items = dict[tuple[str, str], dict[str, Any]]


class Crash(BaseException):
    """The process is gone: nothing handles this."""


def lost() -> Exception:
    """No answer came; whether AWS did it is unknown."""
    return ReadTimeoutError(endpoint_url="https://dynamodb")


def signed_in(role: Role) -> ApiClient:
    """Somebody nobody else is."""
    return client_for(app).as_user(new_id("usr"), role)


@dataclass
class Studio:
    """An artist who is open day and night, and a client; nobody was ever there before them."""

    artist: ApiClient = field(default_factory=lambda: signed_in(Role.ARTIST))
    client: ApiClient = field(default_factory=lambda: signed_in(Role.CLIENT))

    def __post_init__(self) -> None:
        moto_items.clear("appointments")
        body = {"timeZone": "Europe/Berlin", "weekly": week("00:00-24:00")}
        assert self.artist.put(f"{PATH}/availability", json=body).status_code == 200
        assert self.client.get(PATH).status_code == 200  # opens the window of their requests

    def offers(self, **fields: Any) -> str:
        body = {**SERVICE, "slotIntervalMinutes": 30, **fields}
        return made(self.artist, "services", body)

    def slot(self, **fields: Any) -> dict[str, Any]:
        return {"serviceId": self.offers(**fields), "startsAt": OVER_MIDNIGHT.isoformat()}

    def booked(self) -> str:
        return made(self.client, "", self.slot())

    def proposal(self) -> dict[str, Any]:
        assert self.client.authorizer is not None
        starts = [OVER_MIDNIGHT + timedelta(days=7 * week) for week in range(3)]
        return {
            "serviceId": self.offers(deposit={"percent": 50}),
            "clientId": self.client.authorizer["userId"],
            "startsAt": [start.isoformat() for start in starts],
        }


@dataclass(frozen=True)
class Request:
    """A POST, as often as it is sent the same."""

    by: ApiClient
    path: str
    body: dict[str, Any]

    def send(self) -> HTTPResponse:
        return self.by.post(f"{PATH}{self.path}", json=self.body, headers=KEY)


def made(by: ApiClient, path: str, body: dict[str, Any]) -> str:
    """The id of what was made."""
    answer = by.post(f"{PATH}/{path}".rstrip("/"), json=body)
    assert answer.status_code == 201, answer.body
    made_id: str = answer.json_body["id"]
    return made_id


def holding(studio: Studio) -> Request:
    slot = studio.slot()
    made(studio.client, "holds", {**slot, "startsAt": ELSEWHERE.isoformat()})  # opens its limit
    return Request(studio.client, "/holds", slot)


def booking(studio: Studio) -> Request:
    return Request(studio.client, "", studio.slot())


def booking_with_a_deposit(studio: Studio) -> Request:
    return Request(studio.client, "", studio.slot(deposit={"percent": 50}, dailyLimit=3))


def booking_a_hold(studio: Studio) -> Request:
    return Request(studio.client, "", {"holdId": made(studio.client, "holds", studio.slot())})


def rescheduling(studio: Studio) -> Request:
    path = f"/{studio.booked()}/reschedule"
    return Request(studio.client, path, {"startsAt": ELSEWHERE.isoformat()})


def cancelling(studio: Studio) -> Request:
    return Request(studio.client, f"/{studio.booked()}/cancel", {})


def proposing(studio: Studio) -> Request:
    return Request(studio.artist, "/proposals", studio.proposal())


def accepting(studio: Studio) -> Request:
    proposal_id = made(studio.artist, "proposals", studio.proposal())
    return Request(studio.client, f"/proposals/{proposal_id}/accept", {})


# Each act, and what is said to who asks for it again when it is done and nobody remembers that.
ACTS: dict[Callable[[Studio], Request], str] = {
    holding: "slot_taken",
    booking: "slot_taken",
    booking_with_a_deposit: "slot_taken",
    booking_a_hold: "hold_expired",
    rescheduling: "not_moved",
    cancelling: "wrong_status",
    proposing: "slot_taken",
    accepting: "wrong_status",
}
# What a whole one changes in the table.
WHOLE: dict[Callable[[Studio], Request], dict[str, int]] = {
    holding: {"CALENDAR DAY": 2},
    booking: {
        "CALENDAR DAY": 2,
        "APPOINTMENT RECORD": 1,
        "OUTBOX appointment.created": 1,
        "OUTBOX appointment.confirmed": 1,
    },
    booking_with_a_deposit: {
        "CALENDAR DAY": 2,
        "APPOINTMENT RECORD": 1,
        "OUTBOX appointment.created": 1,
        "OUTBOX deposit.requested": 1,
    },
    booking_a_hold: {
        "CALENDAR DAY": 2,
        "APPOINTMENT RECORD": 1,
        "OUTBOX appointment.created": 1,
        "OUTBOX appointment.confirmed": 1,
    },
    rescheduling: {
        "CALENDAR DAY": 4,
        "APPOINTMENT RECORD": 1,
        "OUTBOX appointment.rescheduled": 1,
    },
    cancelling: {"CALENDAR DAY": 2, "APPOINTMENT RECORD": 1, "OUTBOX appointment.cancelled": 1},
    proposing: {"CALENDAR DAY": 6, "PROPOSAL RECORD": 1, "OUTBOX proposal.sent": 1},
    accepting: {
        "CALENDAR DAY": 6,
        "PROPOSAL RECORD": 1,
        "APPOINTMENT RECORD": 3,
        "OUTBOX proposal.accepted": 1,
        "OUTBOX appointment.created": 3,
        "OUTBOX appointment.confirmed": 3,
        "OUTBOX deposit.requested": 1,
    },
}


def stored() -> Items:
    """All that the table holds, by key."""
    return {(item["pk"], item["sk"]): item for item in moto_items.items("appointments")}


def changes(before: Items) -> Counter[str]:
    """What of the table is new or another one than before, by kind."""
    changed = [item for key, item in stored().items() if before.get(key) != item]
    return Counter(map(kind_of, changed))


def kind_of(item: dict[str, Any]) -> str:
    partition, _, _ = item["pk"].partition("#")
    part, _, _ = item["sk"].partition("#")
    if "event" in item:
        part = msgspec.json.decode(item["event"])["type"]
    return f"{partition} {part}"


def calls_of(act: Callable[[Studio], Request]) -> list[str]:
    """The calls to AWS that the act makes, in their order; and it changes what it should."""
    request = act(Studio())
    before = stored()
    with aws_calls.listed() as calls:
        assert request.send().status_code in (200, 201)
    assert changes(before) == WHOLE[act]
    return calls


def faults(calls: list[str]) -> Iterable[tuple[int, bool, bool]]:
    """Each place where it can go wrong: the call, whether AWS did it, and whether it is done."""
    transaction = calls.index(TRANSACTION)
    for position in range(len(calls)):
        for after in (False, True):
            yield position, after, position > transaction or (position == transaction and after)


@pytest.mark.parametrize("act", ACTS)
def test_when_the_process_dies_a_change_is_whole_or_not_begun(
    act: Any, clock: TimeMachineFixture
) -> None:
    calls = calls_of(act)
    for position, after, is_done in faults(calls):
        where = f"{calls[position]} ({position}), {after=}"
        request = act(Studio())
        before = stored()
        with (
            aws_calls.failing_at(position, Crash(), after=after, dead=True),
            pytest.raises(Crash),
        ):
            request.send()
        assert changes(before) == (WHOLE[act] if is_done else {}), where

        # Until the key is known to be abandoned, nobody knows whether the first is still at it.
        claimed = position > calls.index(CLAIM) or (position == calls.index(CLAIM) and after)
        answered = position == len(calls) - 1 and after
        if claimed and not answered:
            assert_refused(request.send(), "request_in_progress", where)
            clock.shift(ABANDONED)
        assert_safe(request.send(), ACTS[act] if is_done and not answered else None, where)
        assert changes(before) == WHOLE[act], where


@pytest.mark.parametrize("act", ACTS)
def test_when_a_call_fails_a_change_is_whole_or_not_begun(
    act: Any, clock: TimeMachineFixture
) -> None:
    """The process lives on, and gives the key free at once."""
    calls = calls_of(act)
    for position, after, is_done in faults(calls):
        where = f"{calls[position]} ({position}), {after=}"
        request = act(Studio())
        before = stored()
        with aws_calls.failing_at(position, lost(), after=after):
            assert request.send().status_code == 500, where
        assert changes(before) == (WHOLE[act] if is_done else {}), where

        claimed = calls.index(CLAIM), True
        unanswered = len(calls) - 1, False
        answered = (position, after) == (len(calls) - 1, True)
        if (position, after) in (claimed, unanswered):
            assert_refused(request.send(), "request_in_progress", where)
            clock.shift(ABANDONED)
        assert_safe(request.send(), ACTS[act] if is_done and not answered else None, where)
        assert changes(before) == WHOLE[act], where


def assert_safe(again: HTTPResponse, refusal: str | None, where: str) -> None:
    """It is done now, or was already and is refused: in no case is it done twice."""
    if refusal is None:
        assert again.status_code in (200, 201), (where, again.body)
    else:
        assert_refused(again, refusal, where)


def assert_refused(answer: HTTPResponse, code: str, where: str) -> None:
    assert (answer.status_code, answer.json_body.get("code")) == (409, code), where
