"""Contents: a message as it is sent through a channel."""

from typing import Literal

import msgspec

from domain.calendar_files import Event
from domain.types import Instant

# The body of a push message is one record of 4,096 bytes, encryption included (RFC 8291, 4).
MAX_PUSH_BYTES = 3_900


class Invitation(msgspec.Struct, frozen=True):
    """Appointments that a mail adds to, changes in or removes from a calendar (RFC 5546).

    A request is about one appointment; several are published, which has no attendees.

    The organizer's address is that of the sender, and the reader's that of the delivery: both are
    filled in when the mail is sent.

    Attributes:
        reader_name: Name of the reader, the only attendee.
        others: The other appointments that are published.
    """

    method: Literal["REQUEST", "CANCEL", "PUBLISH"]
    event: Event
    reader_name: str
    others: tuple[Event, ...] = ()


class EmailContent(msgspec.Struct, frozen=True, tag="email"):
    """A rendered mail.

    Attributes:
        url: Page that it is about, a path of the frontend.
        invitation: The appointment that it is about.
        unsubscribe_url: Link by which its reader opts out of such mails (RFC 8058).
    """

    subject: str
    text: str
    html: str | None = None
    url: str | None = None
    invitation: Invitation | None = None
    unsubscribe_url: str | None = None


SmsEncoding = Literal["gsm-7", "ucs-2"]


class SmsSize(msgspec.Struct, frozen=True, rename="camel"):
    """The size of an SMS.

    Attributes:
        encoding: `gsm-7`, or `ucs-2` if the text has a character that GSM-7 does not have.
            Example: gsm-7
        units: Septets of GSM-7, or code units of UCS-2.
            Example: 27
        segments: Parts in which it is sent; each is paid for.
            Example: 1
    """

    encoding: SmsEncoding
    units: int
    segments: int


class SmsContent(msgspec.Struct, frozen=True, tag="sms"):
    """A rendered SMS."""

    text: str


class NotificationAction(msgspec.Struct, frozen=True, rename="camel"):
    """A button of a notification.

    Attributes:
        title: Label of the button.
            Example: On my way
        link: Path of the API; a POST to it does the action, once.
            Example: /v1/quick-actions/links/WyJ1c3JfMDFKRDIi.c2lnbmF0dXJl
        expires_at: Instant from which on the link does nothing.
    """

    title: str
    link: str
    expires_at: Instant


class PushContent(msgspec.Struct, frozen=True, tag="push"):
    """A rendered push message.

    Attributes:
        collapse_tag: A later message of the same tag replaces this one, while it waits at the push
            service and on the screen.
    """

    title: str
    body: str
    url: str | None = None
    data: dict[str, str] = {}
    collapse_tag: str | None = None
    actions: tuple[NotificationAction, ...] = ()

    @property
    def payload(self) -> bytes:
        """JSON for a service worker, whose `showNotification` takes `tag` and `actions`."""
        fields = {
            "title": self.title,
            "body": self.body,
            "url": self.url,
            "data": self.data,
            "tag": self.collapse_tag,
            "actions": self.actions,
        }
        return msgspec.json.encode({name: value for name, value in fields.items() if value})


Content = EmailContent | SmsContent | PushContent
