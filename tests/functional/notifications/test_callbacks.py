"""Callbacks of Twilio: signed reports of SMS, and replies to them."""

import itertools
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests
from chalice.test import HTTPResponse
from twilio.request_validator import RequestValidator

from infra.local.standins.twilio import DEFAULT_PHONE_NUMBER
from notifications.models import Delivery, DeliveryStatus
from tests.functional.notifications.world import World, statuses
from tests.support.callback_server import serving
from tests.support.captured_logs import captured

BASE = "https://api.artistbooking.example"
STATUS = "/v1/notifications/callbacks/twilio/status"
INBOUND = "/v1/notifications/callbacks/twilio/inbound"
PHONE = "+61491570156"
FORM = "application/x-www-form-urlencoded"
_numbers = itertools.count(1)


def post(
    world: World, path: str, fields: dict[str, str], *, signed_as: str | None = None
) -> HTTPResponse:
    """Post a form as Twilio does."""
    validator = RequestValidator(world.standins.auth_token)
    signature = validator.compute_signature(signed_as or BASE + path, fields)
    headers = {"content-type": FORM, "x-twilio-signature": signature}
    return world.as_nobody().post(path, body=urlencode(fields).encode(), headers=headers)


def report(world: World, delivery: Delivery, status: str, code: int | None = None) -> None:
    """Report a status of an SMS."""
    fields = {"MessageSid": "SM1", "MessageStatus": status, "To": delivery.address}
    fields |= {"ErrorCode": str(code)} if code else {}
    answer = post(world, f"{STATUS}/{delivery.id}", fields)
    assert (answer.status_code, answer.body) == (204, b"")


def reply(world: World, text: str, sender: str = PHONE, sid: str | None = None) -> str:
    """Reply to an SMS, and return what is answered."""
    fields = {
        "MessageSid": sid or f"SM{next(_numbers)}",
        "From": sender,
        "To": DEFAULT_PHONE_NUMBER,
        "Body": text,
    }
    answer = post(world, INBOUND, fields)
    assert answer.status_code == 200, answer.body
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    return answer.body.decode()


def send_sms(world: World, phone: str = PHONE, user_id: str = "usr_ada") -> Delivery:
    """Let a user send themselves an SMS, which is queued."""
    world.add_contact(user_id, phone=phone)
    sent = world.post(world.as_user(user_id), "sms", {"text": "It is ready."})
    return world.delivery(sent["id"])


def fetch(world: World, delivery: Delivery) -> Delivery:
    return world.delivery(delivery.notification_id)


@pytest.fixture
def calling(world: World) -> Iterator[World]:
    """A world whose stand-in of Twilio calls the API back, over HTTP."""
    with serving(world.as_nobody()) as url:
        world.call_back(url)
        webhook = {"url": url + INBOUND}
        inbox = world.standins.inbox_url
        requests.put(f"{inbox}/twilio/webhook", json=webhook, timeout=5).raise_for_status()
        yield world


def test_an_sms_is_delivered_by_twilios_own_callbacks(calling: World) -> None:
    delivery = send_sms(calling)
    calling.work("sms")
    calling.wait_for(lambda: fetch(calling, delivery).status is DeliveryStatus.DELIVERED)
    delivered = fetch(calling, delivery)
    assert delivered.provider_reference
    details = calling.as_user("usr_ada").get(f"/v1/notifications/{delivery.notification_id}")
    (shown,) = details.json_body["deliveries"]
    assert (shown["status"], shown["reason"]) == ("delivered", None)
    assert [step["status"] for step in shown["timeline"]][-1] == "delivered"
    assert calling.messages("sms", PHONE)[0]["status"] == "delivered"


def test_a_number_that_does_not_exist_is_suppressed(calling: World) -> None:
    dead = "+15005553005"
    delivery = send_sms(calling, dead)
    calling.work("sms")
    calling.wait_for(lambda: fetch(calling, delivery).status is DeliveryStatus.BOUNCED)
    bounced = fetch(calling, delivery)
    assert (bounced.reason, bounced.timeline[-1].detail) == ("hard_bounce", "twilio 30005")
    again = send_sms(calling, dead)
    calling.work("sms")
    assert (fetch(calling, again).status, fetch(calling, again).reason) == (
        DeliveryStatus.SUPPRESSED,
        "hard_bounce",
    )
    assert len(calling.messages("sms", dead)) == 1


def test_stop_and_start_over_twilio(calling: World) -> None:
    inbox = calling.standins.inbox_url
    incoming = {"from": PHONE, "body": "STOP"}
    answer = requests.post(f"{inbox}/twilio/inbound", json=incoming, timeout=5).json()
    assert answer["status"] == 200
    received, confirmed = calling.messages("sms")
    assert (received["text"], received["status"]) == ("STOP", "received")
    assert (confirmed["to"], confirmed["text"][:14]) == (PHONE, "Artist Booking")


def test_states_only_move_forward_whatever_the_order(world: World) -> None:
    reports = [("queued", None), ("sent", None), ("delivered", None), ("undelivered", 30003)]
    for order in itertools.permutations(reports[:3]):
        delivery = send_sms(world)
        world.work("sms")
        for status, code in (*order, *order):
            report(world, delivery, status, code)
        report(world, delivery, *reports[3])
        delivered = fetch(world, delivery)
        assert delivered.status is DeliveryStatus.DELIVERED, order
        assert statuses(delivered) == ["queued", "sending", "sent", "delivered"]


def test_a_callback_may_come_before_the_worker_has_saved_the_result(world: World) -> None:
    delivery = send_sms(world)
    world.database.deliveries.update_one({"_id": delivery.id}, {"$set": {"status": "sending"}})
    report(world, delivery, "delivered")
    delivered = fetch(world, delivery)
    assert (delivered.status, delivered.provider_reference) == (DeliveryStatus.DELIVERED, "SM1")
    world.work("sms")
    assert world.messages("sms") == []
    assert fetch(world, delivery).status is DeliveryStatus.DELIVERED


def test_a_code_that_is_delivered_early_is_erased(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada")
    sent = world.post(ada, "contact/phone", {"phone": PHONE})
    delivery = world.delivery(sent["id"])
    world.database.deliveries.update_one({"_id": delivery.id}, {"$set": {"status": "sending"}})
    report(world, delivery, "delivered")
    assert fetch(world, delivery).content is None


def test_delivered_and_bounced_are_counted_once(world: World) -> None:
    for status, metric in (("delivered", "DeliveryDelivered"), ("undelivered", "DeliveryBounced")):
        delivery = send_sms(world)
        world.work("sms")
        with captured() as logs:
            report(world, delivery, status)
            report(world, delivery, status)
        (line,) = logs.named("delivery")
        assert (line[metric], line["channel"]) == (1, "sms")


@pytest.mark.parametrize(
    "signed_as",
    [
        f"{BASE}{STATUS}/dlv_other",
        f"https://evil.example{STATUS}",
        f"http://api.artistbooking.example{STATUS}",
    ],
)
def test_a_forged_report_changes_nothing(world: World, signed_as: str) -> None:
    delivery = send_sms(world)
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    answer = post(world, f"{STATUS}/{delivery.id}", fields, signed_as=signed_as)
    assert (answer.status_code, answer.json_body["code"]) == (403, "forbidden")
    unsigned = world.as_nobody().post(
        f"{STATUS}/{delivery.id}", body=b"MessageStatus=delivered", headers={"content-type": FORM}
    )
    assert unsigned.status_code == 403
    assert fetch(world, delivery).status is DeliveryStatus.QUEUED


def test_a_report_of_nothing_is_accepted(world: World) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert post(world, f"{STATUS}/dlv_unknown", fields).status_code == 204


@pytest.mark.parametrize("word", ["STOP", "unsubscribe", "STOPP"])
def test_who_stops_gets_no_sms_until_they_start(world: World, word: str) -> None:
    answer = reply(world, word)
    assert "<Message>Artist Booking" in answer
    delivery = send_sms(world)
    world.work("sms")
    assert (fetch(world, delivery).status, fetch(world, delivery).reason) == (
        DeliveryStatus.SUPPRESSED,
        "stop",
    )
    ada = world.as_user("usr_ada")
    (shown,) = ada.get("/v1/notifications/contact").json_body["suppressions"]
    assert (shown["channel"], shown["address"], shown["reason"]) == ("sms", PHONE, "stop")
    assert shown["since"] == "2026-03-02T12:00:00Z"
    assert "again" in reply(world, "START")
    assert ada.get("/v1/notifications/contact").json_body["suppressions"] == []
    delivery = send_sms(world)
    world.work("sms")
    assert fetch(world, delivery).status is DeliveryStatus.SENT


def test_a_recorded_start_cannot_be_replayed(world: World) -> None:
    reply(world, "STOP", sid="SM_stop_1")
    reply(world, "START", sid="SM_start_1")
    reply(world, "STOP", sid="SM_stop_2")
    reply(world, "START", sid="SM_start_1")
    delivery = send_sms(world)
    world.work("sms")
    assert fetch(world, delivery).reason == "stop"


def test_help_names_the_service_and_changes_nothing(world: World) -> None:
    assert "<Message>Artist Booking: " in reply(world, "HELP")
    assert "<Message>Artist Booking: " in reply(world, "Info")
    assert world.database.suppressions.count_documents({}) == 0


def test_yes_starts_only_what_was_stopped(world: World) -> None:
    assert "<Message>" not in reply(world, "YES")
    reply(world, "STOP")
    assert "<Message>" in reply(world, "YES")
    assert world.find_document("suppressions", {})["reasons"] == {}


def test_other_texts_get_no_answer(world: World) -> None:
    assert "<Message>" not in reply(world, "See you on Friday")
    assert world.database.suppressions.count_documents({}) == 0


def test_what_twilio_has_answered_is_not_answered_twice(world: World) -> None:
    fields = {"MessageSid": "SM_a", "From": PHONE, "Body": "no more", "OptOutType": "STOP"}
    assert b"<Message>" not in post(world, INBOUND, fields).body
    assert world.find_document("suppressions", {})["reasons"].keys() == {"stop"}


def test_a_refusal_because_of_stop_suppresses_the_number(world: World) -> None:
    delivery = send_sms(world, "+15005550004")  # Twilio answers 21610
    world.work("sms")
    assert fetch(world, delivery).status is DeliveryStatus.FAILED
    delivery = send_sms(world, "+15005550004")
    world.work("sms")
    assert fetch(world, delivery).reason == "stop"


def test_five_soft_bounces_count_as_a_hard_one(world: World) -> None:
    for number in range(6):
        delivery = send_sms(world)
        world.work("sms")
        if number < 5:
            assert fetch(world, delivery).status is DeliveryStatus.SENT, number
            report(world, delivery, "undelivered", 30003)
            report(world, delivery, "undelivered", 30003)
            world.later(days=1)
    assert (fetch(world, delivery).status, fetch(world, delivery).reason) == (
        DeliveryStatus.SUPPRESSED,
        "hard_bounce",
    )


def test_an_sms_that_arrives_ends_the_count(world: World) -> None:
    for number in range(9):
        delivery = send_sms(world)
        world.work("sms")
        report(world, delivery, "delivered" if number == 4 else "undelivered", 30003)
    assert "reasons" not in world.find_document("suppressions", {})


def test_a_new_verification_ends_a_hard_bounce_but_not_a_stop(world: World) -> None:
    delivery = send_sms(world)
    world.work("sms")
    report(world, delivery, "undelivered", 30005)
    ada = world.as_user("usr_ada")
    world.post(ada, "contact/phone", {"phone": PHONE})
    world.work("sms")
    code = world.messages("sms", PHONE)[-1]["text"][:6]
    world.post(ada, "contact/phone/verify", {"code": code}, 204)
    assert ada.get("/v1/notifications/contact").json_body["suppressions"] == []
    reply(world, "STOP")
    sent = world.post(ada, "contact/phone", {"phone": PHONE})
    world.work("sms")
    assert world.delivery(sent["id"]).reason == "stop"


def test_a_recorded_report_of_a_stop_cannot_be_replayed(world: World) -> None:
    delivery = send_sms(world)
    world.work("sms")
    report(world, delivery, "undelivered", 21610)
    assert world.find_document("suppressions", {})["reasons"].keys() == {"stop"}
    reply(world, "START")
    report(world, delivery, "undelivered", 21610)
    assert world.find_document("suppressions", {})["reasons"] == {}
