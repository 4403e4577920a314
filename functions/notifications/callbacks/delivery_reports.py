"""Delivery status notifications: mails that say what became of a mail (RFC 3464, RFC 6522)."""

import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default

import msgspec

from notifications.rules import bounces
from notifications.rules.bounces import Bounce
from shared.platform.logs import logger

MAX_RECIPIENTS = 20  # we send each mail to one
_STATUS = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})")
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
_CODE = re.compile(r"\b([245]\d\d)\b")


class MailReport(msgspec.Struct, frozen=True):
    """What a server reports of one recipient of a mail.

    Attributes:
        recipient: The address that it is about, as the server names it.
        original_recipient: The address that we sent to, where it was forwarded; else empty.
        action: `failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464, 2.3.3).
        status: Enhanced status code (RFC 3463), such as `5.1.1`.
        message_id: Message-ID of the mail, without its angle brackets; None if it is not quoted.
    """

    recipient: str
    original_recipient: str
    action: str
    status: str
    message_id: str | None

    @property
    def bounce(self) -> Bounce | None:
        """What the report says of the address; None if the mail did not come back."""
        return bounces.classify_mail_status(self.status) if self.action == "failed" else None

    def is_about(self, address: str) -> bool:
        """Return whether the report is about a mail to this address."""
        return address.lower() in (self.recipient.lower(), self.original_recipient.lower())


def read(raw: bytes) -> list[MailReport]:
    """Return what a mail reports, one report for each recipient; none if it is no report.

    Everybody can write to the address that mails come back to, and there are headers and structures
    on which the parsers of the library fail: such a mail is no report.
    """
    try:
        return _read_mail(raw)
    except Exception:
        logger.exception("mail not readable")
        return []


def _read_mail(raw: bytes) -> list[MailReport]:
    mail = BytesParser(policy=default).parsebytes(raw)
    if not isinstance(mail, EmailMessage) or mail.get_content_type() != "multipart/report":
        return []
    message_id = _find_message_id(mail)
    reports: list[MailReport] = []
    for part in mail.walk():
        if part.get_content_type() not in (
            "message/delivery-status",
            "message/global-delivery-status",
        ):
            continue
        for fields in _list_blocks(part):
            report = _read_recipient(fields, message_id)
            if report is not None and len(reports) < MAX_RECIPIENTS:
                reports.append(report)
    return reports


def _list_blocks(part: Message) -> Iterator[Message]:
    """Yield the blocks of fields: one about the message, then one for each recipient."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def _read_recipient(fields: Message, message_id: str | None) -> MailReport | None:
    recipient = _read_address(fields, "Final-Recipient")
    status = _STATUS.match(_read(fields, "Status"))
    action = _read(fields, "Action").strip().lower()
    if not recipient or not action:
        return None
    return MailReport(
        recipient=recipient,
        original_recipient=_read_address(fields, "Original-Recipient"),
        action=action,
        status=status[1] if status else _guess_status(fields),
        message_id=message_id,
    )


def _guess_status(fields: Message) -> str:
    """Return the status where a server left it out: the class of its reply code, at least."""
    code = _CODE.search(_read(fields, "Diagnostic-Code"))
    return f"{code[1][0]}.0.0" if code else "5.0.0"


def _read_address(fields: Message, name: str) -> str:
    """Return the address of `rfc822; ada@example.com`."""
    kind, separator, address = _read(fields, name).partition(";")
    return (address if separator else kind).strip().strip("<>")


def _read(fields: Message, name: str) -> str:
    return str(fields.get(name, ""))


def _find_message_id(mail: EmailMessage) -> str | None:
    """Find the Message-ID in the part that quotes the mail, or its headers, that came back."""
    for part in mail.iter_parts():
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/global"):
            payload = part.get_payload()
            quoted = payload[0] if isinstance(payload, list) and payload else None
            text = str(quoted.get("Message-ID", "")) if isinstance(quoted, Message) else ""
        elif kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            text = str(_parse_headers(part).get("Message-ID", ""))
        else:
            continue
        found = _MESSAGE_ID.search(text)
        if found:
            return found[1]
    return None


def _parse_headers(part: Message) -> Message:
    content = part.get_payload(decode=True)
    return BytesParser(policy=default).parsebytes(content if isinstance(content, bytes) else b"")
