"""Errors of the providers."""

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
        (413, Rejected),
        (404, SubscriptionGone),
        (410, SubscriptionGone),
        (429, Throttled),
        (500, ProviderUnavailable),
        (503, ProviderUnavailable),
        (None, Rejected),
    ],
)
def test_push_statuses_are_converted(status: int | None, kind: type[Exception]) -> None:
    assert type(push.convert_status(status, None)) is kind


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("120", 120), (None, 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("-1", 0)],
)
def test_retry_after_of_a_push_service_is_read(retry_after: str | None, seconds: int) -> None:
    failure = push.convert_status(429, retry_after)
    assert isinstance(failure, Throttled)
    assert failure.after_seconds == seconds
    assert (str(failure), failure.detail, failure.reason) == ("push 429",) * 2 + ("throttled",)
