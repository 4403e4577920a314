"""Email through SMTP."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Literal

import msgspec

from domain import calendar_files
from domain.calendar_files import Participant
from notifications.channels import (
    TIMEOUT_SECONDS,
    Provider,
    ProviderError,
    ProviderUnavailable,
    Rejected,
    Throttled,
)
from notifications.channels import settings as provider_settings
from notifications.channels.breaker import Breaker
from notifications.models import Delivery, EmailContent, Invitation
from notifications.templates.rendering import to_one_line

MAX_ATTACHMENT_BYTES = 64 * 1024
CALENDAR_FILE = "appointment.ics"

_breaker = Breaker("smtp")


class SmtpSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `smtp`. Only a server on the same machine may be used without TLS."""

    smtp_host: str
    smtp_port: int
    smtp_from: str
    smtp_user: str = ""
    smtp_pass: str = ""
    smtp_security: Literal["starttls", "none"] = "starttls"


class SmtpProvider(Provider):
    """The provider of mail: one connection, which is opened for the first mail of a batch."""

    recognises_copies = True  # by their Message-ID

    def __init__(self) -> None:
        self._connection: smtplib.SMTP | None = None

    def send(self, delivery: Delivery) -> str | None:
        """Send a mail and return its Message-ID, which a second copy would carry as well."""
        return _breaker.call(self._send, delivery)

    def _send(self, delivery: Delivery) -> str:
        settings = provider_settings.load("smtp", SmtpSettings)
        message = compose(delivery, settings.smtp_from)
        sender = parseaddr(settings.smtp_from)[1]
        try:
            connection = self._connect(settings)
        except (smtplib.SMTPException, OSError) as error:
            # A refused login is no fault of this mail: it can be sent once that is repaired.
            self.close()
            raise ProviderUnavailable(type(error).__name__) from error
        try:
            connection.send_message(message, sender, [delivery.address])
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = error.recipients[delivery.address]
            raise self._convert_code(code) from error
        except smtplib.SMTPResponseException as error:
            raise self._convert_code(error.smtp_code) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Rejected("the server cannot take this address") from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise ProviderUnavailable(type(error).__name__) from error
        return str(message["Message-ID"])

    def _connect(self, settings: SmtpSettings) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = smtplib.SMTP(
                settings.smtp_host,
                settings.smtp_port,
                local_hostname=_domain(settings.smtp_from),  # the default asks DNS, with no timeout
                timeout=TIMEOUT_SECONDS,
            )
            if settings.smtp_security == "starttls":
                self._connection.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                self._connection.login(settings.smtp_user, settings.smtp_pass)
        return self._connection

    def _convert_code(self, code: int) -> ProviderError:
        detail = f"smtp {code}"
        if code == 421:  # and it closes the connection (RFC 5321, 3.8)
            self.close()
        return Throttled(detail) if code < 500 else Rejected(detail)

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (smtplib.SMTPException, OSError):
                connection.close()


def compose(delivery: Delivery, sender: str) -> EmailMessage:
    """Compose the mail of a delivery.

    The policy refuses line breaks in headers, so nothing can be injected into them.

    Raises:
        Rejected: No header can hold the address, or an attachment is too large.
    """
    content = delivery.content
    assert isinstance(content, EmailContent)
    message = EmailMessage(policy=SMTP)
    message["To"] = _parse_address(delivery.address)
    message["From"] = sender
    message["Subject"] = to_one_line(content.subject)
    message["Date"] = delivery.created_at
    message["Message-ID"] = f"<{delivery.id}@{_domain(sender)}>"
    message["X-Correlation-Id"] = delivery.correlation_id
    message["Auto-Submitted"] = "auto-generated"  # so that no autoresponder replies (RFC 3834)
    if content.unsubscribe_url is not None:  # RFC 8058, 3.1
        message["List-Unsubscribe"] = f"<{content.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(content.text)
    if content.html is not None:
        message.add_alternative(content.html, subtype="html")
    if content.invitation is not None:
        _add_invitation(message, content.invitation, delivery.address, parseaddr(sender)[1])
    return message


def _add_invitation(
    message: EmailMessage, invitation: Invitation, reader: str, organizer: str
) -> None:
    """Add an appointment as an alternative (RFC 6047), and as a file for other programs."""
    event = invitation.event
    event = msgspec.structs.replace(
        event,
        organizer=Participant(event.organizer.name if event.organizer else "", organizer),
        attendees=(Participant(invitation.reader_name, reader),),
    )
    text = calendar_files.write_calendar([event], method=invitation.method)
    content = text.encode()
    if len(content) > MAX_ATTACHMENT_BYTES:
        raise Rejected("an attachment is too large")
    message.add_alternative(
        content,
        maintype="text",
        subtype="calendar",
        params={"method": invitation.method, "charset": "utf-8", "name": CALENDAR_FILE},
    )
    message.add_attachment(content, maintype="application", subtype="ics", filename=CALENDAR_FILE)


def _parse_address(address: str) -> Address:
    try:
        parsed = Address(addr_spec=address)
    except Exception as error:
        # Besides ValueError and MessageError, the parser raises IndexError for "ada@",
        # AttributeError for "ada@[x.example" and UnboundLocalError for "ada@[ ".
        raise Rejected("not a mail address") from error
    # It decodes encoded words and drops spaces, which makes another address of some. And a server
    # in brackets (RFC 5321, 4.1.3) is given by its number, which may be one of our network.
    if parsed.addr_spec != address or parsed.domain.startswith("["):
        raise Rejected("not a mail address")
    return parsed


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]
