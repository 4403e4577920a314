"""What SMS cost: their segments, and the daily cap of the account that they are sent for."""

import itertools

import pytest

from notifications.models import DeliveryStatus
from notifications.store import erasure, sms_spending
from notifications.use_cases.dispatch import Cause
from shared.events.domain_events import DomainEvent
from shared.platform import config
from tests.functional.notifications.world import NOON, World
from tests.support.threads import together

PHONE = "+61491570156"
PRICE = 50_000
EURO = "\N{EURO SIGN}"


@pytest.fixture
def capped(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Allow three segments a day."""
    monkeypatch.setenv("SMS_SEGMENT_PRICE", str(PRICE))
    monkeypatch.setenv("SMS_DAILY_CAP", str(3 * PRICE))
    config.from_environment.cache_clear()
    world.add_contact("usr_ada", phone=PHONE)
    return world


def send(world: World, text: str = "It is ready.", status: int = 202) -> str:
    """Let Ada send herself an SMS. Return the notification's id, or the problem's code."""
    answer = world.post(world.as_user("usr_ada"), "sms", {"text": text}, status)
    return str(answer["id"] if status == 202 else answer["code"])


def spent(world: World) -> int:
    return sms_spending.get_spent("usr_ada", world.now)


def test_the_segments_of_an_sms_are_shown(world: World) -> None:
    world.add_contact("usr_ada", phone=PHONE)
    ada = world.as_user("usr_ada")
    for text, size in (
        (EURO * 81, {"encoding": "gsm-7", "units": 162, "segments": 2}),
        ("\u0416" * 70, {"encoding": "ucs-2", "units": 70, "segments": 1}),
    ):
        found = ada.get(f"/v1/notifications/{send(world, text)}").json_body["deliveries"]
        assert [each["sms"] for each in found] == [size]
    mail = world.post(ada, "email", {"subject": "Hi", "text": "There"})["id"]
    assert ada.get(f"/v1/notifications/{mail}").json_body["deliveries"][0]["sms"] is None


def test_an_account_spends_no_more_than_its_cap(capped: World) -> None:
    sent = [send(capped, "x" * 200), send(capped), send(capped)]  # four segments
    assert capped.work("sms") == 0
    states = [(capped.delivery(each).status, capped.delivery(each).reason) for each in sent]
    assert sorted(states, key=str) == sorted(
        [
            (DeliveryStatus.SENT, None),
            (DeliveryStatus.SENT, None),
            (DeliveryStatus.SUPPRESSED, "sms_cap_reached"),
        ],
        key=str,
    )
    assert spent(capped) <= 3 * PRICE
    assert send(capped, "x" * 400, status=409) == "sms_cap_reached"
    capped.later(days=1)
    assert send(capped)
    assert capped.work("sms") == 0
    assert spent(capped) == PRICE


def test_what_is_not_accepted_does_not_count(capped: World) -> None:
    send(capped, "x" * 400)
    capped.fault("sms", status=500, count=1)
    assert capped.work("sms") == 0
    assert capped.delivery().status is DeliveryStatus.QUEUED
    assert spent(capped) == 0
    assert capped.retry("sms") == 0
    assert spent(capped) == 3 * PRICE


def test_an_event_counts_against_its_artist() -> None:
    event = DomainEvent(
        id="evt_1",
        source="/artist-booking/appointments",
        type="appointment.confirmed",
        subject="apt_1",
        time=NOON,
        data={"appointmentId": "apt_1", "artistId": "usr_mara", "clientId": "usr_ada"},
        correlationid="test-correlation-id",
    )
    assert Cause.from_event(event).billed_to == "usr_mara"
    assert Cause.from_request("usr_ada").billed_to == "usr_ada"


def test_a_delivery_counts_once(capped: World) -> None:
    fits = [
        sms_spending.reserve("usr_ada", id_, PRICE, 3 * PRICE, capped.now)
        for id_ in ("dlv_1", "dlv_2", "dlv_1", "dlv_3", "dlv_4", "dlv_3")
    ]
    assert fits == [True, True, True, True, False, True]
    assert spent(capped) == 3 * PRICE


def test_the_cap_is_exact_under_many_workers(capped: World) -> None:
    now, numbers = capped.now, itertools.count()
    counted = together(
        12, lambda: sms_spending.reserve("usr_ada", f"dlv_{next(numbers)}", 2, 7, now)
    )
    assert sum(counted) == 3
    assert spent(capped) == 6


def test_an_erased_user_leaves_no_costs(capped: World) -> None:
    assert sms_spending.reserve("usr_ada", "dlv_1", PRICE, 3 * PRICE, capped.now)
    erasure.erase_user("usr_ada", capped.now)
    assert spent(capped) == 0
    assert capped.database.sms_spending.count_documents({}) == 0


def test_codes_for_any_number_count(capped: World) -> None:
    ada = capped.as_user("usr_ada")
    for number in range(3):
        capped.post(ada, "contact/phone", {"phone": f"+6149157010{number}"})
        assert capped.work("sms") == 0
    assert spent(capped) == 3 * PRICE
    refused = capped.post(ada, "contact/phone", {"phone": "+61491570106"}, 409)
    assert refused["code"] == "sms_cap_reached"
    assert len(capped.messages("sms")) == 3
