"""Mails that come back: reports of servers and of Amazon SES, for recipients of certain names.

The names are those of the SES mailbox simulator: mail to `bounce@…`, `mailbox-full@…`,
`complaint@…` and `success@…`, whatever the domain, is reported as its name says.
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, make_msgid
from typing import Any

Publish = Callable[[str], None]

_SERVER = "mail.standin.example"
# Local part of a recipient -> enhanced status code (RFC 3463), and what the server says.
_RETURNED = {
    "bounce": ("5.1.1", "550 5.1.1 no such mailbox"),
    "mailbox-full": ("5.2.2", "552 5.2.2 mailbox full"),
}
STATUSES = {"bounce": "bounced", "mailbox-full": "bounced", "complaint": "complained"}


def find_status(recipient: str) -> str | None:
    """Return the end of a mail to a recipient; None if it just arrives."""
    return STATUSES.get(_read_name(recipient))


def write_notification(recipient: str, envelope_sender: str, content: bytes) -> str | None:
    """Write what Amazon SES would publish about a mail; None for most recipients."""
    name = _read_name(recipient)
    if name in _RETURNED:
        report = write_report(recipient, envelope_sender, content, *_RETURNED[name])
        return notify_of_received(envelope_sender, report)
    if name == "complaint":
        complained = {"complainedRecipients": [{"emailAddress": recipient}]}
        return _notify("Complaint", envelope_sender, content, complaint=complained)
    if name == "success":
        return _notify("Delivery", envelope_sender, content, delivery={"recipients": [recipient]})
    return None


def write_report(
    recipient: str, envelope_sender: str, content: bytes, status: str, reply: str
) -> bytes:
    """Write the report of a server that returns a mail (RFC 3464)."""
    boundary = uuid.uuid4().hex
    quoted = content.partition(b"\r\n\r\n")[0].decode(errors="replace")
    headers = (
        f"From: Mail Delivery System <mailer-daemon@{_SERVER}>\r\n"
        f"To: {envelope_sender}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        f"Date: {format_datetime(datetime.now(UTC))}\r\n"
        f"Message-ID: {make_msgid(domain=_SERVER)}\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n"
        f' boundary="{boundary}"\r\n'
    )
    parts = {
        "text/plain": f"Your mail to {recipient} came back: {reply}",
        "message/delivery-status": (
            f"Reporting-MTA: dns; {_SERVER}\r\n\r\n"
            f"Final-Recipient: rfc822; {recipient}\r\n"
            "Action: failed\r\n"
            f"Status: {status}\r\n"
            f"Diagnostic-Code: smtp; {reply}"
        ),
        "text/rfc822-headers": quoted,
    }
    body = "".join(
        f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts.items()
    )
    return f"{headers}\r\n{body}--{boundary}--\r\n".encode()


def notify_of_received(recipient: str, mail: bytes) -> str:
    """Write what SES publishes about a mail that it received for a recipient."""
    return json.dumps(
        {
            "notificationType": "Received",
            "mail": {"source": "", "destination": [recipient]},
            "receipt": {"recipients": [recipient], "action": {"type": "SNS", "encoding": "BASE64"}},
            "content": base64.b64encode(mail).decode(),
        }
    )


def _notify(kind: str, source: str, content: bytes, **details: Any) -> str:
    headers = content.partition(b"\r\n\r\n")[0].decode(errors="replace")
    message_id = next(
        (
            line.partition(":")[2].strip()
            for line in headers.splitlines()
            if line.lower().startswith("message-id:")
        ),
        "",
    )
    mail = {"source": source, "commonHeaders": {"messageId": message_id}}
    return json.dumps({"notificationType": kind, "mail": mail, **details})


def _read_name(recipient: str) -> str:
    return recipient.partition("@")[0].partition("+")[0].lower()
