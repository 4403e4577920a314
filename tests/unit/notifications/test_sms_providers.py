"""Providers of SMS: what their answers mean, and which message is the one that is asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from notifications.channels import (
    NotSupported,
    Outcome,
    OutcomeKind,
    ProviderUnavailable,
    Rejected,
    SenderRefused,
    Throttled,
    Unanswered,
    breaker,
    vonage,
)
from notifications.channels import settings as provider_settings
from notifications.channels.sms import TwilioProvider, TwilioSettings
from notifications.channels.vonage import VonageProvider, VonageSettings
from notifications.models import Channel, Delivery, DeliveryStatus, SmsContent, Step
from notifications.store import deliveries
from shared.platform import clock
from shared.platform.outside_calls import Answer, CallFailed, Failure
from tests.unit.notifications.test_mail import DELIVERY

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUEUED, SENDING, UNKNOWN = DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN


def sms(*steps: tuple[DeliveryStatus, int], text: str = "Ready") -> Delivery:
    timeline = tuple(
        Step(status=status, at=NOON + timedelta(seconds=seconds)) for status, seconds in steps
    )
    return replace(
        DELIVERY,
        channel=Channel.SMS,
        address="+61491570156",
        content=SmsContent(text),
        timeline=timeline,
    )


ASKED = sms((QUEUED, 0), (SENDING, 1), (UNKNOWN, 20), (SENDING, 200))


def message(sid: str, seconds: int, **fields: Any) -> dict[str, Any]:
    """Return a message of Twilio's list."""
    at = format_datetime(NOON + timedelta(seconds=seconds))
    usual = {"sid": sid, "body": "Ready", "direction": "outbound-api", "date_created": at}
    return usual | {"status": "delivered"} | fields


def find(
    monkeypatch: pytest.MonkeyPatch,
    delivery: Delivery,
    *listed: Mapping[str, Any],
    known: tuple[str, ...] = (),
    seconds: int = 200,
) -> Outcome | None:
    """Ask Twilio for a delivery, which lists these messages."""
    settings = TwilioSettings("AC1", "token", "+15005550006")
    monkeypatch.setattr(provider_settings, "load", lambda *_, **__: settings)
    monkeypatch.setattr(deliveries, "list_references", lambda *_: set(known))
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=seconds))
    provider = TwilioProvider()
    monkeypatch.setattr(provider, "_list", lambda *_: listed)
    return provider.find(delivery)


def test_the_message_of_an_attempt_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find(monkeypatch, ASKED, message("SM2", 2), message("SM1", -3_600))
    assert found == Outcome.accepted("SM2")


@pytest.mark.parametrize(
    "other",
    [
        message("SM1", -3_600),  # of an earlier SMS with the same text
        message("SM1", 2, body="Another"),
        message("SM1", 2, direction="inbound"),
        message("SM1", 2, date_created=None),
    ],
)
def test_another_message_is_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch, other: Mapping[str, Any]
) -> None:
    assert find(monkeypatch, ASKED, other) is None


def test_the_message_of_another_delivery_is_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = [message("SM2", 3), message("SM1", 2)]
    assert find(monkeypatch, ASKED, *listed, known=("SM2",)) == Outcome.accepted("SM1")
    assert find(monkeypatch, ASKED, *listed, known=("SM1", "SM2")) is None


def test_a_message_that_failed_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find(monkeypatch, ASKED, message("SM1", 2, status="undelivered", error_code=30003))
    assert found == Outcome.rejected("rejected", "twilio 30003")


def test_a_list_may_be_a_minute_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find(monkeypatch, ASKED, seconds=60)
    assert found is not None
    assert found.kind is OutcomeKind.UNKNOWN
    assert find(monkeypatch, ASKED, seconds=61) is None


def test_asking_is_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = ((QUEUED, 0), (SENDING, 1), (UNKNOWN, 20), (SENDING, 90), (UNKNOWN, 91), (SENDING, 400))
    assert find(monkeypatch, sms(*steps), message("SM1", 2), seconds=400) == Outcome.accepted("SM1")


def test_the_attempt_of_a_worker_that_died_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = ((QUEUED, 0), (SENDING, 1), (QUEUED, 2), (SENDING, 300), (SENDING, 600))
    delivery = sms(*steps)
    assert find(monkeypatch, delivery, message("SM1", 301), seconds=600) == Outcome.accepted("SM1")
    assert find(monkeypatch, delivery, message("SM1", 2), seconds=600) is None


class Recorded:
    """Connections that answer as they are told."""

    def __init__(self, answer: Answer | CallFailed) -> None:
        self.answer = answer
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, url: str, **request: Any) -> Answer:
        """Record a call."""
        self.calls.append((url, request))
        if isinstance(self.answer, CallFailed):
            raise self.answer
        return self.answer


def send(
    monkeypatch: pytest.MonkeyPatch, answer: Answer | CallFailed, text: str = "Ready"
) -> tuple[str | None, Recorded]:
    """Send an SMS through Vonage."""
    connections = Recorded(answer)
    settings = VonageSettings("key", "secret", "+15005550006")
    monkeypatch.setattr(provider_settings, "load", lambda *_, **__: settings)
    monkeypatch.setattr(vonage, "_connections", lambda: connections)
    breaker.forget()
    return VonageProvider().send(sms((QUEUED, 0), text=text)), connections


def parts(*statuses: str) -> Answer:
    messages = [
        {"to": "61491570156", "status": status, "message-id": f"0{number}"}
        for number, status in enumerate(statuses)
    ]
    body = {"message-count": str(len(messages)), "messages": messages}
    return Answer(200, msgspec.json.encode(body))


@pytest.mark.parametrize(("text", "type_"), [("Ready", "text"), ("Готово", "unicode")])
def test_vonage_takes_an_sms(monkeypatch: pytest.MonkeyPatch, text: str, type_: str) -> None:
    reference, connections = send(monkeypatch, parts("0", "0"), text)
    assert reference == "00"
    ((url, request),) = connections.calls
    assert url == "https://rest.nexmo.com/sms/json"
    assert request["method"] == "POST"
    assert request["headers"]["Authorization"] == "Basic a2V5OnNlY3JldA=="
    assert b"to=61491570156&" in request["body"]
    assert f"&type={type_}&client-ref=dlv_1".encode() in request["body"]


def test_an_sms_is_accepted_with_its_first_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(monkeypatch, parts("1", "0"))[0] == "01"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (parts("1"), Throttled),
        (parts("5"), ProviderUnavailable),
        (parts("9"), SenderRefused),
        (parts("15"), SenderRefused),
        (parts("29"), NotSupported),
        (parts("6"), Rejected),
        (parts(), Rejected),
        (Answer(401, b""), SenderRefused),
        (Answer(404, b""), NotSupported),
        (Answer(429, b""), Throttled),
        (Answer(503, b""), ProviderUnavailable),
        (Answer(504, b""), Unanswered),
        (Answer(200, b"<html>"), Unanswered),
        (CallFailed(Failure.NOT_REACHABLE), ProviderUnavailable),
        (CallFailed(Failure.TOO_SLOW, was_sent=True), Unanswered),
    ],
)
def test_answers_of_vonage_are_converted(
    monkeypatch: pytest.MonkeyPatch, answer: Answer | CallFailed, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        send(monkeypatch, answer)
    assert type(caught.value) is kind
    assert str(caught.value).startswith("vonage")


def test_vonage_may_ask_for_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Throttled) as caught:
        send(monkeypatch, Answer(429, b"", headers={"retry-after": "90"}))
    assert caught.value.after_seconds == 90
