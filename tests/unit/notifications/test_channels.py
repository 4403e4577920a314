"""Errors of the providers, and mails that cannot be composed."""

import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.calendar_files import Event
from notifications.channels import (
    ProviderUnavailable,
    Rejected,
    SubscriptionGone,
    Throttled,
    Unanswered,
    push,
    sms,
)
from notifications.channels.email import MAX_ATTACHMENT_BYTES, SmtpProvider, compose
from notifications.models import Channel, Delivery, EmailContent, Invitation, MessageCategory
from shared.platform.outside_calls import CallFailed, Failure

DELIVERY = Delivery(
    id="dlv_1",
    notification_id="ntf_1",
    event_id="ntf_1",
    recipient_key="usr_a",
    recipient_id="usr_a",
    requester_id="usr_a",
    channel=Channel.EMAIL,
    address="ada@example.com",
    content=EmailContent("Hi", "There", "<p>There</p>"),
    category=MessageCategory.BOOKING,
    template=None,
    correlation_id="cor_1",
    created_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
    send_at=None,
    good_until=None,
    due_at=None,
    expires_at=datetime(2026, 6, 1, tzinfo=UTC),
)
NOON = DELIVERY.created_at
SENDER = "Artist Booking <hello@artistbooking.example>"


def mail(**changes: object) -> EmailMessage:
    return compose(replace(DELIVERY, **changes), SENDER)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 21211, Rejected),
        (400, 21610, Rejected),
        (400, 21614, Rejected),
        (403, 20003, Rejected),
        (404, 20404, Rejected),
        (401, 20003, ProviderUnavailable),
        (429, 20429, Throttled),
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


@pytest.mark.parametrize("error", [smtplib.SMTPServerDisconnected("gone"), OSError("reset")])
def test_a_connection_that_cannot_say_goodbye_is_closed(error: Exception) -> None:
    connection = mock.create_autospec(smtplib.SMTP, instance=True)
    connection.quit.side_effect = error
    provider = SmtpProvider()
    provider._connection = connection
    provider.close()
    connection.close.assert_called_once_with()
    provider.close()  # there is none any more
    connection.quit.assert_called_once_with()


def test_a_connection_says_goodbye() -> None:
    connection = mock.create_autospec(smtplib.SMTP, instance=True)
    provider = SmtpProvider()
    provider._connection = connection
    provider.close()
    connection.quit.assert_called_once_with()
    connection.close.assert_not_called()


def test_a_mail_has_text_html_and_headers() -> None:
    made = mail()
    assert made.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]
    assert made["To"] == "ada@example.com"
    assert made["Date"] == "Mon, 02 Mar 2026 12:00:00 +0000"
    assert made["Message-ID"] == "<dlv_1@artistbooking.example>"
    assert made["X-Correlation-Id"] == "cor_1"
    assert made["From"] == SENDER
    assert made["Auto-Submitted"] == "auto-generated"
    assert mail(content=EmailContent("Hi", "There")).get_content_type() == "text/plain"


def test_attachments_are_limited_in_size() -> None:
    event = Event(
        uid="apt_1@artist-booking",
        sequence=0,
        starts_at=DELIVERY.created_at,
        ends_at=DELIVERY.created_at,
        status="confirmed",
        summary="Sleeve",
        description="",
        updated_at=DELIVERY.created_at,
    )
    made = mail(content=EmailContent("Hi", "There", invitation=Invitation("REQUEST", event, "Ada")))
    assert [part.get_content_type() for part in made.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/calendar",
        "application/ics",
    ]
    long = replace(event, description="x" * MAX_ATTACHMENT_BYTES)
    with pytest.raises(Rejected, match="too large"):
        mail(content=EmailContent("Hi", "There", invitation=Invitation("REQUEST", long, "Ada")))


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada,eve@example.com",
        "Eve <eve@example.com>",
        "<ada@example.com>",
        "ada@",
        "",
    ],
)
def test_an_address_cannot_name_another_recipient(address: str) -> None:
    with pytest.raises(Rejected):
        mail(address=address)


@pytest.mark.parametrize(
    "address",
    [
        "ada@[x.example]",
        "ada@[x.example",  # AttributeError in the standard library
        "ada@[",
        "ada@[ ",  # UnboundLocalError
        "ada@[192.0.2.1]",
        "ada@[IPv6:2001:db8::1]",
        "ada@[192.0.2.1].example",
        "ada",
        "@example.com",
        "ada@@example.com",
        "ada..lovelace@example.com",
        "ada@example..com",
        "ada@(x.example)",
        "ada@example.com ",
        "ada @example.com",
        "a\N{LATIN SMALL LETTER E WITH ACUTE}a@example.com",
        "ada@\x7f.example",
        "ada@\udcff.example",
        "ada@=?utf-8?q?example.com?=",  # would be decoded to another address
    ],
)
def test_what_is_no_address_is_rejected(address: str) -> None:
    with pytest.raises(Rejected, match="not a mail address"):
        mail(address=address)


@pytest.mark.parametrize(
    "address", ["ada@example.com", "a.b+c@mail.example.com", "'a=b'@x.example"]
)
def test_a_mail_goes_to_exactly_its_address(address: str) -> None:
    assert b"\nTo: " + address.encode() + b"\r\n" in b"\n" + mail(address=address).as_bytes()


# What the grammar of addresses knows (RFC 5322), and what it does not.
_PIECES = ["ada@", "@", "x.example", ".", "[", "]", "<", ">", "(", ")", '"', ",", ":", ";", "\\"]
_PIECES += [" ", "\t", "\r\n", "=?utf-8?q?a?=", "IPv6:", "\xe9", "\x00", "\x7f", "\udcff", "a"]


@given(st.lists(st.sampled_from(_PIECES), max_size=8).map("".join))
def test_any_text_is_an_address_or_rejected(address: str) -> None:
    try:
        made = mail(address=address)
    except Rejected:
        return
    assert [to.addr_spec for to in made["To"].addresses] == [address]
    assert made.as_bytes().startswith(b"To: ")


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        ("Artist Booking <hello@artistbooking.example>", "artistbooking.example"),
        ("<hello@artistbooking.example>", "artistbooking.example"),
        ("hello@mail.artistbooking.example", "mail.artistbooking.example"),
        ('"Ada @ home" <hello@artistbooking.example>', "artistbooking.example"),
    ],
)
def test_the_message_id_has_the_domain_of_the_sender(sender: str, domain: str) -> None:
    made = compose(DELIVERY, sender)
    assert made["Message-ID"] == f"<dlv_1@{domain}>"
    assert made["From"].addresses[0].domain == domain


def test_a_subject_cannot_become_a_header() -> None:
    made = mail(content=EmailContent("Hi\r\nBcc: eve@example.com", "There"))
    assert made["Subject"] == "Hi Bcc: eve@example.com"
    assert made["Bcc"] is None
