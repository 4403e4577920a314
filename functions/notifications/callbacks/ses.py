"""Notifications of Amazon SES: bounces, complaints and deliveries, and mails that it received.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

import base64
from typing import Literal

import msgspec

from notifications.rules import bounces
from notifications.rules.bounces import Bounce

Kind = Literal["Bounce", "Complaint", "Delivery", "Received"]


class _Camel(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what SES sends; fields that are not named here are ignored."""


class Recipient(_Camel, frozen=True):
    """A recipient of a mail that came back, or who complained."""

    email_address: str
    status: str = ""


class BounceDetails(_Camel, frozen=True):
    """Details of a bounce."""

    bounce_type: str
    bounce_sub_type: str = ""
    bounced_recipients: tuple[Recipient, ...] = ()


class ComplaintDetails(_Camel, frozen=True):
    """Details of a complaint."""

    complained_recipients: tuple[Recipient, ...] = ()
    complaint_feedback_type: str = ""


class DeliveryDetails(_Camel, frozen=True):
    """Details of a delivery to the server of the recipients."""

    recipients: tuple[str, ...] = ()


class CommonHeaders(_Camel, frozen=True):
    """Headers of the mail. `message_id` is ours, in angle brackets."""

    message_id: str = ""


class Header(_Camel, frozen=True):
    """A header of the mail."""

    name: str
    value: str


class Mail(_Camel, frozen=True):
    """The mail that the notification is about.

    Attributes:
        source: The envelope sender that we gave.
    """

    source: str = ""
    headers: tuple[Header, ...] = ()
    common_headers: CommonHeaders = CommonHeaders()


class Action(_Camel, frozen=True):
    """How SES encoded a mail that it received."""

    encoding: str = "UTF-8"


class Receipt(_Camel, frozen=True):
    """To whom a mail was that SES received."""

    recipients: tuple[str, ...] = ()
    action: Action = Action()


class SesNotification(_Camel, frozen=True):
    """A notification. Configuration sets call the kind `eventType`."""

    notification_type: str = ""
    event_type: str = ""
    mail: Mail = Mail()
    bounce: BounceDetails | None = None
    complaint: ComplaintDetails | None = None
    delivery: DeliveryDetails | None = None
    receipt: Receipt | None = None
    content: str = ""

    @property
    def kind(self) -> str:
        """What it notifies of."""
        return self.notification_type or self.event_type

    @property
    def message_id(self) -> str | None:
        """Our Message-ID of the mail, without its angle brackets; None if SES leaves it out."""
        found = self.mail.common_headers.message_id or next(
            (each.value for each in self.mail.headers if each.name.lower() == "message-id"), ""
        )
        return found.strip().strip("<>") or None

    @property
    def raw_mail(self) -> bytes:
        """The mail that SES received."""
        if self.receipt is not None and self.receipt.action.encoding.upper() == "BASE64":
            return base64.b64decode(self.content)
        return self.content.encode()


def classify(bounce: BounceDetails, status: str) -> Bounce:
    """Classify a bounce: by its status code where there is one, else by SES's own type."""
    if bounce.bounce_type == "Permanent":
        # Also where SES did not try, because the address is on its own suppression list.
        by_status = bounces.classify_mail_status(status) if status else Bounce.HARD
        return by_status if by_status is Bounce.OTHER else Bounce.HARD
    if bounce.bounce_sub_type in ("MessageTooLarge", "ContentRejected", "AttachmentRejected"):
        return Bounce.OTHER
    return Bounce.SOFT
