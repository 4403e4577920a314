"""Bounces: what they say of an address, and how reports of servers are read."""

import base64
import json

import msgspec
import pytest

from infra.local.standins import bounces as standin
from notifications.callbacks import delivery_reports, ses
from notifications.callbacks.ses import SesNotification
from notifications.rules import bounces
from notifications.rules.bounces import Bounce

MAIL = (
    b"Message-ID: <dlv_01JD2Z5Q0V8XKM3F7T9B4N6RWC@studio.example>\r\nSubject: Hi\r\n\r\nHello\r\n"
)
# As Postfix sends it, with a mail that was forwarded.
POSTFIX = b"""\
From: MAILER-DAEMON@mail.example (Mail Delivery System)
To: bounces@studio.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status;
 boundary="B"
MIME-Version: 1.0

--B
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.example.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
X-Postfix-Queue-ID: 4XyZ

Final-Recipient: rfc822; ada@home.example
Original-Recipient: rfc822;Ada@example.com
Action: failed
Status: 5.2.1
Remote-MTA: dns; mx.home.example
Diagnostic-Code: smtp; 550 5.2.1 The email account is disabled.

Final-Recipient: rfc822; eve@example.com
Action: delayed
Status: 4.4.1

--B
Content-Type: message/rfc822

Message-ID: <dlv_01JD2Z5Q0V8XKM3F7T9B4N6RWC@studio.example>
Subject: Hi

Hello
--B--
"""


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("5.1.1", Bounce.HARD),
        ("5.1.10", Bounce.HARD),
        ("5.2.1", Bounce.HARD),
        ("5.2.2", Bounce.SOFT),  # full
        ("5.0.0", Bounce.SOFT),
        ("4.4.1", Bounce.SOFT),
        ("4.2.2", Bounce.SOFT),
        ("5.7.1", Bounce.OTHER),  # our reputation
        ("5.6.1", Bounce.OTHER),  # the content
        ("2.0.0", Bounce.OTHER),
        ("", Bounce.OTHER),
        ("nonsense", Bounce.OTHER),
    ],
)
def test_a_status_code_is_classified(status: str, expected: Bounce) -> None:
    assert bounces.classify_mail_status(status) is expected


@pytest.mark.parametrize(
    ("code", "enhanced", "expected"),
    [
        (550, "5.1.1", Bounce.HARD),
        (550, None, Bounce.SOFT),
        (550, "5.7.1", Bounce.OTHER),
        (554, None, Bounce.OTHER),
        (552, "5.2.2", Bounce.SOFT),
    ],
)
def test_a_refused_recipient_is_classified(
    code: int, enhanced: str | None, expected: Bounce
) -> None:
    assert bounces.classify_smtp_reply(code, enhanced) is expected


def test_a_report_names_recipients_status_and_message() -> None:
    failed, delayed = delivery_reports.read(POSTFIX)
    assert (failed.recipient, failed.original_recipient) == ("ada@home.example", "Ada@example.com")
    assert (failed.action, failed.status, failed.bounce) == ("failed", "5.2.1", Bounce.HARD)
    assert failed.message_id == "dlv_01JD2Z5Q0V8XKM3F7T9B4N6RWC@studio.example"
    assert failed.is_about("ada@example.com")
    assert not failed.is_about("eve@example.com")
    assert (delayed.action, delayed.bounce) == ("delayed", None)


def test_the_report_of_the_stand_in_is_read() -> None:
    raw = standin.write_report(
        "bounce@example.com", "a@b.example", MAIL, "5.1.1", "550 5.1.1 no such mailbox"
    )
    (report,) = delivery_reports.read(raw)
    assert (report.recipient, report.action, report.status) == (
        "bounce@example.com",
        "failed",
        "5.1.1",
    )
    assert report.message_id == "dlv_01JD2Z5Q0V8XKM3F7T9B4N6RWC@studio.example"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\r\n\r\nI am away.\r\n",
        b"Content-Type: multipart/report; boundary=B\r\n\r\nno parts",
        b"Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: \r\n\r\n--B--",
    ],
)
def test_what_is_no_report_reports_nothing(raw: bytes) -> None:
    assert delivery_reports.read(raw) == []


def test_a_status_that_is_missing_is_taken_from_the_reply() -> None:
    raw = POSTFIX.replace(b"Status: 5.2.1\n", b"").replace(b"550 5.2.1", b"550")
    assert delivery_reports.read(raw)[0].status == "5.0.0"


@pytest.mark.parametrize(
    ("bounce", "status", "expected"),
    [
        ({"bounceType": "Permanent", "bounceSubType": "General"}, "5.1.1", Bounce.HARD),
        ({"bounceType": "Permanent", "bounceSubType": "NoEmail"}, "", Bounce.HARD),
        ({"bounceType": "Permanent", "bounceSubType": "General"}, "5.7.1", Bounce.OTHER),
        ({"bounceType": "Transient", "bounceSubType": "MailboxFull"}, "4.2.2", Bounce.SOFT),
        ({"bounceType": "Transient", "bounceSubType": "ContentRejected"}, "", Bounce.OTHER),
        ({"bounceType": "Undetermined"}, "", Bounce.SOFT),
    ],
)
def test_a_bounce_of_ses_is_classified(
    bounce: dict[str, str], status: str, expected: Bounce
) -> None:
    assert ses.classify(msgspec.convert(bounce, ses.BounceDetails), status) is expected


def test_a_notification_of_ses_is_read_with_fields_that_we_do_not_know() -> None:
    text = json.dumps(
        {
            "notificationType": "Received",
            "mail": {"timestamp": "2026-03-02T12:00:00Z", "source": "", "headersTruncated": False},
            "receipt": {
                "recipients": ["bounces@b.example"],
                "action": {"type": "SNS", "topicArn": "arn", "encoding": "BASE64"},
                "spamVerdict": {"status": "PASS"},
            },
            "content": base64.b64encode(MAIL).decode(),
        }
    )
    notification = msgspec.json.decode(text, type=SesNotification)
    assert notification.kind == "Received"
    assert notification.raw_mail == MAIL


def test_our_message_id_is_found_in_either_place() -> None:
    headers = [{"name": "Message-ID", "value": "<dlv_1@b.example>"}]
    for mail in ({"headers": headers}, {"commonHeaders": {"messageId": "<dlv_1@b.example>"}}):
        notification = msgspec.convert({"eventType": "Bounce", "mail": mail}, SesNotification)
        assert (notification.kind, notification.message_id) == ("Bounce", "dlv_1@b.example")
