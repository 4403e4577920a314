"""Email by SMTP."""

import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Literal

import msgspec

from notifications.channels import TIMEOUT_SECONDS, Rejected, Throttled, Unavailable
from notifications.channels.breaker import Breaker
from notifications.channels.settings import from_secret
from notifications.models import Delivery, EmailContent
from notifications.templates.rendering import one_line

_breaker = Breaker("smtp")


class SmtpSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `smtp`. Only a server on this very machine may go without TLS."""

    smtp_host: str
    smtp_port: int
    smtp_from: str
    smtp_user: str = ""
    smtp_pass: str = ""
    smtp_security: Literal["starttls", "none"] = "starttls"


class Mailer:
    """Sends mails through one connection, opened with the first and closed after the batch."""

    def __init__(self) -> None:
        self._connection: smtplib.SMTP | None = None

    def send(self, delivery: Delivery) -> str | None:
        """Hand the mail to the server; its Message-ID, which a second copy would carry as well."""
        return _breaker.call(self._send, delivery)

    def _send(self, delivery: Delivery) -> str:
        settings = from_secret("smtp", SmtpSettings)
        message = compose(delivery, settings.smtp_from)
        sender = parseaddr(settings.smtp_from)[1]
        try:
            connection = self._connected(settings)
        except (smtplib.SMTPException, OSError) as error:
            # Even a refused login is no fault of this mail: it can go once an operator mended it.
            self.close()
            raise Unavailable(type(error).__name__) from error
        try:
            connection.send_message(message, sender, [delivery.address])
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = error.recipients[delivery.address]
            raise self._failure(code) from error
        except smtplib.SMTPResponseException as error:
            raise self._failure(error.smtp_code) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Rejected("the server cannot take this address") from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Unavailable(type(error).__name__) from error
        return str(message["Message-ID"])

    def _connected(self, settings: SmtpSettings) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = smtplib.SMTP(
                settings.smtp_host,
                settings.smtp_port,
                local_hostname=_domain(settings.smtp_from),  # else it asks DNS, without a limit
                timeout=TIMEOUT_SECONDS,
            )
            if settings.smtp_security == "starttls":
                self._connection.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                self._connection.login(settings.smtp_user, settings.smtp_pass)
        return self._connection

    def _failure(self, code: int) -> Exception:
        detail = f"smtp {code}"
        if code == 421:  # and it closes the connection (RFC 5321, 3.8)
            self.close()
        return Throttled(detail) if code < 500 else Rejected(detail)

    def close(self) -> None:
        """Say goodbye to the server; there may be no connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (smtplib.SMTPException, OSError):
                connection.close()


def compose(delivery: Delivery, sender: str) -> EmailMessage:
    """The mail. Raises Rejected for an address that no header can hold.

    The modern policy refuses line breaks in headers, so nothing can be smuggled into them.
    """
    content = delivery.content
    assert isinstance(content, EmailContent)
    message = EmailMessage(policy=SMTP)
    try:
        message["To"] = Address(addr_spec=delivery.address)
    except (MessageError, ValueError, IndexError) as error:
        raise Rejected("not a mail address") from error
    message["From"] = sender
    message["Subject"] = one_line(content.subject)
    message["Date"] = delivery.created_at
    message["Message-ID"] = f"<{delivery.id}@{_domain(sender)}>"
    message["X-Correlation-Id"] = delivery.correlation_id
    message["Auto-Submitted"] = "auto-generated"  # so that no absence note answers (RFC 3834)
    message.set_content(content.text)
    if content.html is not None:
        message.add_alternative(content.html, subtype="html")
    return message


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]
