"""Errors of the providers."""

from datetime import UTC, datetime

import pytest

from notifications.channels import (
    NotSupported,
    ProviderUnavailable,
    Rejected,
    SenderRefused,
    SubscriptionGone,
    Throttled,
    Unanswered,
    push,
    sms,
)
from shared.platform.outside_calls import CallFailed, Failure

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 21211, Rejected),
        (400, 21610, Rejected),
        (400, 21614, Rejected),
        (404, 20404, Rejected),
        # Of our account or number, and no fault of the recipient.
        (401, 20003, SenderRefused),
        (403, 20003, SenderRefused),
        (400, 21606, SenderRefused),
        (400, 21408, NotSupported),
        (429, 20429, Throttled),
        (400, 21611, Throttled),
        (502, None, Unanswered),
        (504, None, Unanswered),
        (500, None, ProviderUnavailable),
        (503, 20503, ProviderUnavailable),
    ],
)
def test_twilio_errors_are_converted(status: int, code: int | None, kind: type[Exception]) -> None:
    failure = sms.convert_status(status, code)
    assert type(failure) is kind
    assert str(failure) == f"twilio {code or status}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (403, ProviderUnavailable),
        (413, push.TooLarge),
        (404, SubscriptionGone),
        (410, SubscriptionGone),
        (429, Throttled),
        (500, ProviderUnavailable),
        (503, ProviderUnavailable),
    ],
)
def test_push_statuses_are_converted(status: int, kind: type[Exception]) -> None:
    assert type(push.convert_status(status, None, NOON)) is kind


@pytest.mark.parametrize(
    ("failed", "kind"),
    [
        (CallFailed(Failure.NOT_PUBLIC), Rejected),
        (CallFailed(Failure.BAD_REDIRECT, was_sent=True), Rejected),
        (CallFailed(Failure.TOO_SLOW), ProviderUnavailable),
        (CallFailed(Failure.NOT_REACHABLE), ProviderUnavailable),
        (CallFailed(Failure.NOT_TRUSTED), ProviderUnavailable),
        (CallFailed(Failure.TOO_SLOW, was_sent=True), Unanswered),
        (CallFailed(Failure.NOT_REACHABLE, was_sent=True), Unanswered),
        (CallFailed(Failure.TOO_LARGE, was_sent=True), Unanswered),
    ],
)
def test_a_call_without_an_answer_is_unknown_only_if_it_was_sent(
    failed: CallFailed, kind: type[Exception]
) -> None:
    error = push.convert_failure(failed)
    assert type(error) is kind
    assert str(error) == f"push {failed.failure.name.lower()}"


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://push.example/a?b", "https://push.example"),
        ("https://PUSH.example:443/a", "https://push.example"),
        ("http://127.0.0.1:8025/a", "http://127.0.0.1:8025"),
    ],
)
def test_the_origin_of_an_endpoint(endpoint: str, origin: str) -> None:
    assert push.find_origin(endpoint) == origin


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120),
        (None, 0),
        ("Mon, 02 Mar 2026 12:02:00 GMT", 120),
        ("Sunday, 01-Mar-26 12:02:00 GMT", 0),
        ("-1", 0),
        ("soon", 0),
    ],
)
def test_retry_after_of_a_push_service_is_read(retry_after: str | None, seconds: int) -> None:
    failure = push.convert_status(429, retry_after, NOON)
    assert isinstance(failure, Throttled)
    assert failure.after_seconds == seconds
    assert (str(failure), failure.detail, failure.reason) == ("push 429",) * 2 + ("throttled",)
