"""Mail server: takes mail from anyone, with or without a login, and keeps it in the inbox.

Mail that Python cannot parse is refused with 500, and the log says why.
"""

from __future__ import annotations

import asyncio
import email.policy
import socket
import threading
from collections.abc import Awaitable
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from infra.local.standins import bounces
from infra.local.standins.bounces import Publish
from infra.local.standins.faults import Faults
from infra.local.standins.messages import Attachment, Message, Messages


class MailServer(Controller):
    """SMTP server on a bound socket, in a thread of its own from `start()` to `stop()`.

    AUTH PLAIN and LOGIN are offered without TLS and succeed with any credentials.
    """

    def __init__(
        self, listener: socket.socket, messages: Messages, faults: Faults, publish: Publish
    ) -> None:
        self._listener = listener
        host, port = listener.getsockname()
        super().__init__(
            _Handler(messages, faults, publish),
            hostname=host,
            port=port,
            # Its name in greetings; else aiosmtpd looks up the machine's, which can take long.
            server_hostname="localhost",
            authenticator=_accept,
            auth_require_tls=False,
        )

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        # aiosmtpd's own binding reports an error only after five seconds.
        return self.loop.create_server(self._factory_invoker, sock=self._listener)


def received(recipient: str, envelope_sender: str, content: bytes) -> Message:
    """Return the mail in `content` (MIME, RFC 2045) as the recipient's mailbox shows it."""
    mail = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content)
    _, author = parseaddr(str(mail.get("From", "")))
    return Message(
        channel="email",
        to=recipient,
        sender=author or envelope_sender,
        subject=str(mail["Subject"]) if "Subject" in mail else None,
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        attachments=[_to_attachment(part) for part in mail.walk() if _is_attachment(part)],
        headers={name.lower(): str(value) for name, value in mail.items()},
        status=bounces.find_status(recipient),
    )


def _part(mail: EmailMessage, subtype: str) -> str | None:
    part = mail.get_body(preferencelist=(subtype,))
    # On the wire lines end with CRLF (RFC 5321 section 2.3.8), in the inbox as they do elsewhere.
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")


def _is_attachment(part: EmailMessage) -> bool:
    shown = part.get_content_type() in ("text/plain", "text/html")
    return not part.is_multipart() and not (shown and part.get_filename() is None)


def _to_attachment(part: EmailMessage) -> Attachment:
    content = part.get_content()
    is_calendar = part.get_content_subtype() == "ics"
    text = content.decode(errors="replace") if is_calendar else content
    return Attachment(
        content_type=str(part["Content-Type"]),
        name=part.get_filename(),
        content=text if isinstance(text, str) else None,
    )


def _accept(*_: Any) -> AuthResult:
    return AuthResult(success=True)


class _Handler:
    """Handler that aiosmtpd calls for each mail."""

    def __init__(self, messages: Messages, faults: Faults, publish: Publish) -> None:
        self._messages = messages
        self._faults = faults
        self._publish = publish

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's name)
        self, _: SMTP, session: Session, __: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        # aiosmtpd reads commands one by one, and so also those that came together (RFC 2920).
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, _: Session, envelope: Envelope
    ) -> str:
        fault = self._faults.take("email")
        if fault is not None:
            await asyncio.sleep(fault.delay_seconds)
            if fault.drop:
                await _drop(server)
            if fault.status is not None:
                return f"{fault.status} {fault.text or 'Injected fault'}"
        sender, content = envelope.mail_from or "", envelope.original_content or b""
        self._messages.add(*(received(each, sender, content) for each in envelope.rcpt_tos))
        for recipient in envelope.rcpt_tos:
            notification = bounces.write_notification(recipient, sender, content)
            if notification is not None:
                # In a thread, because the sender does not wait for reports.
                threading.Thread(target=self._publish, args=(notification,), daemon=True).start()
        return "250 OK"


async def _drop(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()
    # aiosmtpd cancels this coroutine when the connection is lost, so nothing is answered.
    await asyncio.Event().wait()
