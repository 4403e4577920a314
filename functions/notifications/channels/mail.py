"""Mails as bytes (RFC 5322 and MIME, RFC 2045), whichever provider takes them.

They are written here, and not by `email.message`: its policies parse and fold every header again,
which took ten times as long as everything else that a mail costs. The bytes are always ASCII, so
that no server needs to offer 8BITMIME; only an address that is not in ASCII needs SMTPUTF8.
"""

import binascii
import secrets
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache

import msgspec

from domain import calendar_files
from domain.calendar_files import Participant
from notifications.channels import envelopes
from notifications.models import Delivery, EmailContent, Invitation
from notifications.rules import email_addresses
from notifications.templates.rendering import to_one_line

MAX_ATTACHMENT_BYTES = 64 * 1024
CALENDAR_FILE = "appointment.ics"

_MAX_LINE = 78  # of a header (RFC 5322, 2.1.1)
_MAX_BODY_LINE = 998
_WORD_BYTES = 39  # 52 characters of base64: with `Subject: ` a line of at most 76 (RFC 2047, 2)


class NotComposed(Exception):
    """No mail can be made of the delivery."""


class Mail(msgspec.Struct, frozen=True):
    """A mail.

    Attributes:
        recipient: Address in the envelope.
        sender: Address in the envelope that the mail comes back to.
        message_id: Its Message-ID, which every copy carries.
        content: Header and body; its lines end with CRLF.
        needs_utf8: Whether the server must offer SMTPUTF8 (RFC 6531).
    """

    recipient: str
    message_id: str
    content: bytes
    needs_utf8: bool
    sender: str


class Sender(msgspec.Struct, frozen=True):
    """The sender of all mails.

    Attributes:
        address: Address in the envelope.
        header: Value of `From`.
        domain: Domain of the address, in ASCII.
    """

    address: str
    header: str
    domain: str


class Composer:
    """Composes the mails of a batch; a body that several have is written once."""

    def __init__(self, sender: str, bounce_address: str = "") -> None:
        """Create a composer.

        Args:
            sender: Value of `From`.
            bounce_address: Address that mails come back to, each to its own form of it; that of the
                sender when empty.
        """
        self._sender = parse_sender(sender)
        self._bounce_address = bounce_address
        self._bodies: dict[tuple[str, str | None], str] = {}

    def compose(self, delivery: Delivery) -> Mail:
        """Compose the mail of a delivery.

        Raises:
            NotComposed: No header can hold the address, or an attachment is too large.
        """
        content = delivery.content
        assert isinstance(content, EmailContent)
        mailbox = email_addresses.parse(delivery.address)
        if mailbox is None:
            raise NotComposed("not a mail address")
        message_id = f"<{delivery.id}@{self._sender.domain}>"
        header = (
            f"To: {mailbox.address}\r\nFrom: {self._sender.header}\r\n"
            f"{_write_header('Subject', to_one_line(content.subject))}"
            f"Date: {_format_date(delivery.created_at)}\r\nMessage-ID: {message_id}\r\n"
            f"{_write_header('X-Correlation-Id', to_one_line(delivery.correlation_id))}"
            # So that no autoresponder replies (RFC 3834).
            "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
            f"{_write_unsubscribe(content.unsubscribe_url)}"
        )
        if content.invitation is None:
            body = self._write_body(content.text, content.html)
        else:
            body = _write_invitation(content, content.invitation, mailbox.address, self._sender)
        text = header + body
        return Mail(
            mailbox.address,
            message_id,
            text.encode(),
            mailbox.needs_utf8,
            self._build_sender(delivery.id),
        )

    def _build_sender(self, delivery_id: str) -> str:
        if not self._bounce_address:
            return self._sender.address
        return envelopes.build_sender(self._bounce_address, delivery_id)

    def _write_body(self, text: str, html: str | None) -> str:
        body = self._bodies.get((text, html))
        if body is None:
            body = self._bodies[text, html] = _write_alternatives(_text_parts(text, html))
        return body


def _write_unsubscribe(url: str | None) -> str:
    """Return the headers by which mail programs offer to unsubscribe (RFC 8058, 3.1)."""
    if url is None:
        return ""
    return f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


@lru_cache(maxsize=8)
def parse_sender(sender: str) -> Sender:
    """Parse the sender of the settings, such as `Artist Booking <hello@artistbooking.example>`."""
    name, written = parseaddr(sender)
    mailbox = email_addresses.parse(written)
    address = written if mailbox is None else mailbox.address
    return Sender(address, formataddr((name, address)), address.rpartition("@")[2])


def _write_header(name: str, value: str) -> str:
    """Return a header of text, folded, in encoded words (RFC 2047) unless it is plain ASCII."""
    if value.isascii() and "=?" not in value:
        if len(name) + 2 + len(value) <= _MAX_LINE:
            return f"{name}: {value}\r\n"
        words = value.split(" ")
        if max(map(len, words)) < _MAX_LINE:
            return "\r\n ".join(_fill_lines(f"{name}:", words)) + "\r\n"
    encoded = "\r\n ".join(map(_encode_word, _divide(value)))
    return f"{name}: {encoded}\r\n"


def _fill_lines(line: str, words: list[str]) -> Iterator[str]:
    for word in words:
        if len(line) + 1 + len(word) > _MAX_LINE:
            yield line
            line = word
        else:
            line = f"{line} {word}"
    yield line


def _encode_word(characters: bytes) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(characters, newline=False).decode()}?="


def _divide(text: str) -> Iterator[bytes]:
    """Divide a text into pieces for encoded words, each of whole characters (RFC 2047, 5)."""
    piece = b""
    for character in text:
        encoded = character.encode(errors="replace")
        if len(piece) + len(encoded) > _WORD_BYTES:
            yield piece
            piece = b""
        piece += encoded
    yield piece


@lru_cache(maxsize=64)
def _format_date(at: datetime) -> str:
    return format_datetime(at)


def _text_parts(text: str, html: str | None) -> list[str]:
    plain = _write_text("text/plain; charset=utf-8", text)
    return [plain] if html is None else [plain, _write_text("text/html; charset=utf-8", html)]


def _write_text(content_type: str, text: str) -> str:
    """Return a part of text: as it is if its lines may be sent so, or encoded."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.replace("\0", "").replace("\n", "\r\n")
    if not lines.endswith("\r\n"):
        lines += "\r\n"
    if lines.isascii() and max(map(len, lines.split("\r\n"))) <= _MAX_BODY_LINE:
        return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{lines}"
    content = lines.encode(errors="replace")
    if len(content) - len(lines) > len(lines) // 4:  # most of it is not ASCII
        return _write_base64(content_type, content)
    encoded = binascii.b2a_qp(content, istext=True).decode()
    return (
        f"Content-Type: {content_type}\r\n"
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{encoded}"
    )


def _write_base64(content_type: str, content: bytes, disposition: str = "") -> str:
    encoded = binascii.b2a_base64(content, newline=False).decode()
    lines = "\r\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
    return (
        f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"{disposition}\r\n{lines}\r\n"
    )


def _write_alternatives(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else _join("multipart/alternative", parts)


def _join(content_type: str, parts: list[str]) -> str:
    """Return a part that consists of others.

    The boundary is made anew, so that the words of nobody can contain it.
    """
    boundary = f"=_{secrets.token_hex(12)}"
    joined = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: {content_type}; boundary="{boundary}"\r\n\r\n{joined}--{boundary}--\r\n'


def _write_invitation(
    content: EmailContent, invitation: Invitation, reader: str, sender: Sender
) -> str:
    """Return a body with an appointment as an alternative (RFC 6047), and as a file."""
    # What is published has no attendees (RFC 5546, 3.2.1).
    is_invited = invitation.method != "PUBLISH"
    attendees = (Participant(invitation.reader_name, reader),) if is_invited else ()
    events = [
        msgspec.structs.replace(
            event,
            organizer=Participant(event.organizer.name if event.organizer else "", sender.address),
            attendees=attendees,
        )
        for event in (invitation.event, *invitation.others)
    ]
    calendar = calendar_files.write_calendar(events, method=invitation.method).encode()
    if len(calendar) > MAX_ATTACHMENT_BYTES:
        raise NotComposed("an attachment is too large")
    parts = _text_parts(content.text, content.html)
    of_calendar = f'method="{invitation.method}"; charset="utf-8"; name="{CALENDAR_FILE}"'
    parts.append(_write_base64(f"text/calendar; {of_calendar}", calendar))
    disposition = f'Content-Disposition: attachment; filename="{CALENDAR_FILE}"\r\n'
    file = _write_base64("application/ics", calendar, disposition)
    return _join("multipart/mixed", [_write_alternatives(parts), file])
