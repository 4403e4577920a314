"""Vouchers: issued by profiles, and redeemed once, with a booking or by hand."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments import consumers, store
from appointments.use_cases import due_work
from domain import voucher_codes
from profiles import consumers as profiles_consumers
from profiles.app import app as profiles_app
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock as platform_clock
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    People,
    entries,
    everything,
)
from tests.support import aws_calls
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published
from tests.support.responses import error_fields, refused
from tests.support.threads import together

HOME, VOUCHERS = "/v1/appointments", "/v1/profiles/vouchers"
TEN, ELEVEN = "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z"
STARTS = [TEN, "2026-03-17T10:00:00Z"]
FIFTY = {"type": "fixed", "amount": 5000, "currency": "EUR"}
QUARTER = {"type": "percent", "percent": 25}
ALL = {"type": "percent", "percent": 100}
FREE_UNTIL = datetime(2026, 3, 8, 10, tzinfo=UTC)  # 48 hours before TEN


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


class Studio:
    """An artist and a client with both features, and the events between these."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.issuer: ApiClient = client_for(profiles_app).as_user(ARTIST, Role.ARTIST)
        self.delivered: set[str] = set()

    def deliver(self, *, shuffled_by: int | None = None, times: int = 1) -> None:
        """Deliver the events about vouchers that are new, and those that follow from them."""
        while pending := [event for event in list_voucher_events() if self._is_new(event)]:
            copies = pending * times
            if shuffled_by is not None:
                random.Random(shuffled_by).shuffle(copies)
            for event in copies:
                deliver(event)

    def _is_new(self, event: DomainEvent) -> bool:
        is_new = event.id not in self.delivered
        self.delivered.add(event.id)
        return is_new

    def issue(self, value: dict[str, Any] = FIFTY, days: int = 30, **fields: Any) -> dict[str, Any]:
        """Issue a voucher, and deliver the event about it."""
        template = {"name": "Gift", "value": value, "validityDays": days}
        created = self.issuer.post("/v1/profiles/voucher-templates", json=template).json_body
        body = {"templateId": created["id"], **fields}
        answer = self.issuer.post(VOUCHERS, json=body)
        assert answer.status_code == 201, answer.body
        self.deliver()
        voucher: dict[str, Any] = answer.json_body
        return voucher

    def get(self, voucher: dict[str, Any]) -> dict[str, Any]:
        """Return the voucher as its artist sees it."""
        seen: dict[str, Any] = self.issuer.get(f"{VOUCHERS}/{voucher['id']}").json_body
        return seen

    def book(
        self, service_id: str, voucher: dict[str, Any], start: str = TEN, **fields: Any
    ) -> HTTPResponse:
        """Book a slot as the client, with a voucher."""
        body = {"serviceId": service_id, "startsAt": start, "voucherCode": voucher["code"]}
        return self.people.client.post(HOME, json=body | fields)

    def redeem(self, voucher: dict[str, Any], **fields: Any) -> HTTPResponse:
        return self.issuer.post(f"{VOUCHERS}/redeem", json={"code": voucher["code"], **fields})

    def void(self, voucher: dict[str, Any]) -> HTTPResponse:
        return self.issuer.post(f"{VOUCHERS}/{voucher['id']}/void")


def list_voucher_events() -> list[DomainEvent]:
    events = [*published("appointments"), *published("profiles")]
    return [event for event in events if event.type.startswith("voucher.")]


def deliver(event: DomainEvent) -> None:
    if event.type in consumers.HANDLERS:
        consumers.handle(event, platform_clock.now())
    if event.type in profiles_consumers.HANDLERS:
        profiles_consumers.handle(event, platform_clock.now())


@pytest.fixture
def studio(people: People) -> Studio:
    return Studio(people)


# ---- with a booking ----------------------------------------------------------------------------


def test_a_voucher_is_redeemed_in_the_transaction_of_its_booking(studio: Studio) -> None:
    half = {"type": "percent", "percent": 50}
    service_id, voucher = studio.people.open_studio(deposit=half), studio.issue()
    body = {"serviceId": service_id, "startsAt": TEN, "voucherCode": voucher["code"].lower()}
    before = everything()
    preview = studio.people.client.post(f"{HOME}/previews", json=body)
    assert preview.status_code == 200
    assert preview.json_body == {
        "sittings": [
            {
                "startsAt": TEN,
                "endsAt": ELEVEN,
                "location": "",
                "timeZone": "Europe/Berlin",
                "listPrice": euros(12000),
                "discount": euros(5000),
                "price": euros(7000),
            }
        ],
        "listPrice": euros(12000),
        "discount": euros(5000),
        "total": euros(7000),
        "deposit": euros(3500),
        "voucher": "Gift",
    }
    assert everything() == before
    with aws_calls.counted() as calls:
        booked = studio.people.client.post(HOME, json=body).json_body
    assert calls["dynamodb:TransactWriteItems"] == 1
    assert (booked["listPrice"], booked["discount"]) == (euros(12000), euros(5000))
    assert (booked["price"], booked["total"]) == (euros(7000), euros(7000))
    assert (booked["voucher"], booked["deposit"]["amount"]) == ("Gift", 3500)
    (created,) = published("appointments", "appointment.created")
    assert created.data["price"] == euros(7000)
    assert studio.get(voucher)["status"] == "issued"  # until the event arrives
    studio.deliver()
    assert studio.get(voucher) == voucher | {
        "status": "redeemed",
        "redeemedAt": "2026-03-02T08:00:00Z",
        "appointmentId": booked["id"],
    }
    assert voucher["code"].replace("-", "") not in str(everything())


def test_the_artist_redeems_a_voucher_with_a_quote_and_a_walk_in(studio: Studio) -> None:
    service_id = studio.people.open_studio()
    first, second = studio.issue(), studio.issue(QUARTER)
    body = {"clientId": CLIENT, "price": euros(30000), "voucherCode": first["code"]}
    booked = studio.people.book(service_id, TEN, studio.people.artist, **body)
    assert (booked["listPrice"], booked["price"]) == (euros(30000), euros(25000))
    body = {"serviceId": service_id, "voucherCode": second["code"]}
    walked_in = studio.people.artist.post(f"{HOME}/walk-ins", json=body).json_body
    assert (walked_in["discount"], walked_in["price"]) == (euros(3000), euros(9000))


def test_the_discount_of_a_project_is_taken_off_its_total(studio: Studio) -> None:
    service_id = studio.people.open_studio(sittings=2)
    voucher = studio.issue({"type": "fixed", "amount": 15000, "currency": "EUR"})
    body = {
        "serviceId": service_id,
        "sittings": [{"startsAt": start} for start in STARTS],
        "voucherCode": voucher["code"],
    }
    first = studio.people.client.post(HOME, json=body).json_body
    second_id = first["project"]["appointmentIds"][1]
    second = studio.people.client.get(f"{HOME}/{second_id}").json_body
    assert [(each["discount"], each["price"]) for each in (first, second)] == [
        (euros(12000), euros(0)),
        (euros(3000), euros(9000)),
    ]
    assert first["total"] == second["total"] == euros(9000)
    # It can be redeemed again once both have given it back.
    for appointment_id, status in ((second_id, "redeemed"), (first["id"], "issued")):
        cancelled = studio.people.client.post(f"{HOME}/{appointment_id}/cancel", json={})
        assert cancelled.status_code == 200
        studio.deliver()
        assert studio.get(voucher)["status"] == status


def test_a_voucher_is_redeemed_with_a_proposal(studio: Studio) -> None:
    people, voucher = studio.people, studio.issue(QUARTER)
    service_id = people.open_studio(sittings=2)
    body = {"serviceId": service_id, "clientId": CLIENT, "startsAt": STARTS}
    proposal = people.artist.post(f"{HOME}/proposals", json=body).json_body
    path, code = f"{HOME}/proposals/{proposal['id']}", {"voucherCode": voucher["code"]}
    preview = people.client.post(f"{path}/preview", json=code).json_body
    assert (preview["listPrice"], preview["discount"]) == (euros(24000), euros(6000))
    accepted = people.client.post(f"{path}/accept", json=code).json_body
    first, second = [
        people.client.get(f"{HOME}/{name}").json_body for name in accepted["appointmentIds"]
    ]
    assert (first["price"], second["price"], first["total"]) == (
        *(euros(6000), euros(12000), euros(18000)),
    )
    studio.deliver()
    assert studio.get(voucher)["appointmentId"] == first["id"]


def test_a_voucher_that_cannot_be_used_books_nothing(
    studio: Studio, clock: TimeMachineFixture
) -> None:
    people = studio.people
    service_id = people.open_studio()
    elsewhere = people.create_service(price={"amount": 5, "currency": "USD"})
    theirs = people.create_service(people.other_artist)
    profiles_consumers.handle(
        DomainEvent(
            id="evt_1",
            source="/artist-booking/messaging",
            type="conversation.opened",
            subject="cnv_1",
            time=platform_clock.now(),
            data={"conversationId": "cnv_1", "artistId": ARTIST, "clientId": CLIENT},
        ),
        platform_clock.now(),
    )
    bound, short = studio.issue(clientId=CLIENT), studio.issue(days=1)
    void, redeemed = studio.issue(), studio.issue()
    assert studio.void(void).json_body["status"] == "voiding"
    assert studio.redeem(redeemed).json_body["status"] == "redeeming"
    studio.deliver()
    clock.shift(timedelta(days=1))
    before = everything()
    for voucher, code in (
        (short, "voucher_expired"),
        (void, "voucher_void"),
        (redeemed, "voucher_redeemed"),
    ):
        assert refused(studio.book(service_id, voucher)) == (409, code)
    wrong = "body.voucherCode"
    for code in ("nonsense", "0" * 16, bound["code"]):
        body = {"serviceId": service_id, "startsAt": TEN, "voucherCode": code}
        answer = people.other_client.post(HOME, json=body)
        assert error_fields(answer) == {wrong: "is not a voucher of this artist for this client"}
    body = {"serviceId": theirs, "clientId": CLIENT, "voucherCode": bound["code"]}
    other = people.other_artist.post(HOME, json=body | {"startsAt": TEN})
    assert list(error_fields(other)) == [wrong]
    assert error_fields(studio.book(elsewhere, bound)) == {wrong: "is not in USD"}
    assert everything() == before
    assert studio.book(service_id, bound).status_code == 201


# ---- races and retries -------------------------------------------------------------------------


def test_one_of_several_bookings_redeems_a_voucher(studio: Studio) -> None:
    service_id, voucher = studio.people.open_studio(), studio.issue()
    starts = iter([f"2026-03-{day}T10:00:00Z" for day in range(10, 16)])
    answers = together(6, lambda: studio.book(service_id, voucher, next(starts)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert {refused(answer)[1] for answer in answers if answer.status_code == 409} == {
        "voucher_redeemed"
    }
    assert len(entries()) == 1
    studio.deliver()
    (won,) = [answer.json_body for answer in answers if answer.status_code == 201]
    assert studio.get(voucher)["appointmentId"] == won["id"]


@pytest.mark.parametrize("asked", ["redeem", "void"])
def test_a_booking_and_the_artist_are_decided_in_one_place(studio: Studio, asked: str) -> None:
    """Whoever is first; and the voucher says so in the end, in every order of events."""
    service_id = studio.people.open_studio()
    for seed, start in enumerate(["2026-03-10T08:00:00Z", TEN, "2026-03-10T12:00:00Z"]):
        voucher = studio.issue()
        answer = studio.redeem(voucher) if asked == "redeem" else studio.void(voucher)
        assert answer.status_code == 200
        booked = race_with_delivery(studio, partial(studio.book, service_id, voucher, start))
        studio.deliver(shuffled_by=seed, times=2)
        seen = studio.get(voucher)
        if booked.status_code == 201:
            assert (seen["status"], seen["appointmentId"]) == ("redeemed", booked.json_body["id"])
        else:
            status = "redeemed" if asked == "redeem" else "void"
            assert (seen["status"], seen["appointmentId"]) == (status, None)
            assert refused(booked) == (409, f"voucher_{status}")


def race_with_delivery(studio: Studio, book: Callable[[], HTTPResponse]) -> HTTPResponse:
    """Book while the events are delivered, and return the answer."""
    acts: Iterator[Callable[[], HTTPResponse | None]] = iter([studio.deliver, book])

    def act() -> HTTPResponse | None:
        return next(acts)()

    (answer,) = filter(None, together(2, act))
    return answer


def test_a_booking_before_the_request_arrives_wins(studio: Studio) -> None:
    service_id, voucher = studio.people.open_studio(), studio.issue()
    assert studio.void(voucher).json_body["status"] == "voiding"
    assert refused(studio.redeem(voucher)) == (409, "voucher_closing")
    booked = studio.book(service_id, voucher)
    assert booked.status_code == 201
    studio.deliver()
    seen = studio.get(voucher)
    assert (seen["status"], seen["appointmentId"]) == ("redeemed", booked.json_body["id"])
    # The request was refused for good: it does not come into effect once the voucher is back.
    studio.people.client.post(f"{HOME}/{booked.json_body['id']}/cancel", json={})
    for event in list_voucher_events():
        deliver(event)
    assert studio.get(voucher)["status"] == "issued"
    assert studio.book(service_id, voucher).status_code == 201


@pytest.mark.parametrize("seed", range(4))
def test_events_in_any_order_lead_to_the_same_voucher(studio: Studio, seed: int) -> None:
    service_id, voucher = studio.people.open_studio(), studio.issue()
    for start in (TEN, ELEVEN):
        booked = studio.book(service_id, voucher, start).json_body
        studio.people.client.post(f"{HOME}/{booked['id']}/cancel", json={})
    last = studio.book(service_id, voucher, TEN).json_body
    before = store.find_voucher(ARTIST, get_hash(voucher))
    events = list_voucher_events() * 2
    random.Random(seed).shuffle(events)
    for event in events:
        deliver(event)
    seen = studio.get(voucher)
    assert (seen["status"], seen["appointmentId"]) == ("redeemed", last["id"])
    assert store.find_voucher(ARTIST, get_hash(voucher)) == before


def test_a_retry_with_the_same_key_redeems_once(studio: Studio) -> None:
    service_id, voucher = studio.people.open_studio(), studio.issue()
    body = {"serviceId": service_id, "startsAt": TEN, "voucherCode": voucher["code"]}
    first, again = (
        studio.people.client.post(HOME, json=body, headers={"idempotency-key": "k"})
        for _ in range(2)
    )
    assert first.status_code == again.status_code == 201
    assert first.body == again.body
    assert len(published("appointments", "voucher.redeemed")) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_redeems_with_the_booking_or_not_at_all(studio: Studio, after: bool) -> None:
    service_id, voucher = studio.people.open_studio(), studio.issue()
    with aws_calls.failing("TransactWriteItems", RuntimeError("down"), after=after, times=1):
        assert studio.book(service_id, voucher).status_code == 500
    stored = store.find_voucher(ARTIST, get_hash(voucher))
    assert stored is not None
    assert [*stored.appointment_ids] == [*entries()]
    assert len(entries()) == after


# ---- bookings that end -------------------------------------------------------------------------


def end_by_expiry(studio: Studio, _path: str, clock: TimeMachineFixture) -> None:
    clock.shift(timedelta(hours=72))
    due_work.sweep(platform_clock.now(), lambda: 1000.0)


def act(name: str, side: str) -> Callable[[Studio, str, TimeMachineFixture], None]:
    def request(studio: Studio, path: str, _clock: TimeMachineFixture) -> None:
        by: ApiClient = getattr(studio.people, side)
        assert by.post(f"{path}/{name}", json={}).status_code == 200

    return request


@pytest.mark.parametrize(
    ("mode", "end"),
    [
        ("direct", act("cancel", "client")),
        ("direct", act("cancel", "artist")),
        ("request", act("decline", "artist")),
        ("request", act("cancel", "client")),
        ("request", end_by_expiry),
    ],
    ids=["client", "artist", "declined", "withdrawn", "expired"],
)
def test_a_voucher_comes_back_from_a_booking_that_does_not_take_place(
    studio: Studio, clock: TimeMachineFixture, mode: str, end: Callable[..., None]
) -> None:
    service_id, voucher = studio.people.open_studio(mode=mode), studio.issue(days=2)
    booked = studio.book(service_id, voucher).json_body
    studio.deliver()
    end(studio, f"{HOME}/{booked['id']}", clock)
    ended_at = platform_clock.now()
    studio.deliver()
    seen = studio.get(voucher)
    assert (seen["status"], seen["appointmentId"], seen["redeemedAt"]) == ("issued", None, None)
    assert datetime.fromisoformat(seen["expiresAt"]) == ended_at + timedelta(days=30)
    assert studio.book(service_id, voucher, ELEVEN).status_code == 201
    assert len(published("appointments", "voucher.restored")) == 1


def test_a_late_cancellation_loses_the_voucher_as_previewed(
    studio: Studio, clock: TimeMachineFixture
) -> None:
    """Even where the discount leaves no price that a fee could be a share of."""
    service_id, voucher = studio.people.open_studio(), studio.issue(ALL)
    path = f"{HOME}/{studio.book(service_id, voucher).json_body['id']}"
    client = studio.people.client
    clock.move_to(FREE_UNTIL, tick=False)
    assert client.post(f"{path}/cancel?preview=true", json={}).json_body["voucherLost"] is False
    clock.shift(timedelta(milliseconds=1))
    preview = client.post(f"{path}/cancel?preview=true", json={}).json_body
    assert (preview["fee"], preview["voucherLost"]) == (euros(0), True)
    answer = client.post(f"{path}/cancel", json={})
    assert refused(answer) == (409, "preview_required")
    assert "The voucher is lost." in answer.json_body["detail"]
    by_artist = studio.people.artist.post(f"{path}/cancel?preview=true", json={}).json_body
    assert by_artist["voucherLost"] is False
    done = client.post(f"{path}/cancel", json={"version": preview["version"]})
    assert done.status_code == 200
    studio.deliver()
    assert studio.get(voucher)["status"] == "redeemed"


@pytest.mark.parametrize("action", ["complete", "no-show"])
def test_a_voucher_stays_redeemed_with_an_appointment_that_took_place(
    studio: Studio, clock: TimeMachineFixture, action: str
) -> None:
    service_id, voucher = studio.people.open_studio(), studio.issue()
    path = f"{HOME}/{studio.book(service_id, voucher).json_body['id']}"
    clock.move_to(datetime.fromisoformat(TEN), tick=False)
    assert studio.people.artist.post(f"{path}/{action}").status_code == 200
    studio.deliver()
    assert studio.get(voucher)["status"] == "redeemed"


# ---- copies ------------------------------------------------------------------------------------


def test_an_older_event_does_not_change_a_copy(studio: Studio) -> None:
    voucher = studio.issue()
    issued, *_ = list_voucher_events()
    assert studio.redeem(voucher).status_code == 200
    studio.deliver()
    before = everything()
    deliver(issued)
    assert everything() == before


@pytest.mark.parametrize("status", ["redeemed", "void"])
def test_a_voucher_that_was_closed_before_it_was_copied_stays_closed(
    studio: Studio, status: str
) -> None:
    """Versions up to 0.2 decided in profiles, and a rebuild publishes every voucher."""
    studio.issue()
    issued, *_ = list_voucher_events()
    code = voucher_codes.create_code()
    data = {**issued.data, "voucherId": "vch_0", "codeHash": voucher_codes.hash_code(code)}
    event = DomainEvent(
        id="evt_1",
        source=issued.source,
        type=issued.type,
        subject="vch_0",
        time=issued.time,
        data={**data, "status": status},
    )
    deliver(event)
    answer = studio.book(studio.people.open_studio(), {"code": code})
    assert refused(answer) == (409, f"voucher_{status}")


def test_the_copies_are_erased_with_their_artist(studio: Studio) -> None:
    voucher = studio.issue()
    store.delete_artist_data(ARTIST)
    assert store.find_voucher(ARTIST, get_hash(voucher)) is None


def get_hash(voucher: dict[str, Any]) -> str:
    code = voucher_codes.parse_code(voucher["code"])
    assert code is not None
    return voucher_codes.hash_code(code)
