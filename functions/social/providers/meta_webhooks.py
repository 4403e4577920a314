"""Webhooks of the Messenger Platform and of the Instagram messaging API.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
https://developers.facebook.com/docs/messenger-platform/webhooks
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-echoes
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-deliveries
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-reads
https://developers.facebook.com/docs/instagram-platform/webhooks/examples

A notification has entries, one per account, and an entry has events. A signature covers the whole
body, so it is verified before anything is parsed; each event then goes its own way.
"""

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from domain import text
from social.models import ProviderId

SIGNATURE_HEADER = "x-hub-signature-256"
_SIGNATURE_PREFIX = "sha256="
_PROVIDERS = {"instagram": ProviderId.INSTAGRAM, "page": ProviderId.FACEBOOK}
# What inspection of files takes; everything else is shown as a line of text.
_MEDIA = {"image", "video"}
_STICKER, _UNKNOWN = "sticker", "message"
_LATEST = timedelta(minutes=5)  # clocks differ; a message is not from the future


class WebhookEvent(msgspec.Struct, frozen=True, rename="camel"):
    """One event of a notification, on its way to the worker.

    Attributes:
        provider_user_id: Id of the account at the provider.
        event: The event as the provider sent it.
    """

    provider: ProviderId
    provider_user_id: str
    event: msgspec.Raw


class Media(msgspec.Struct, frozen=True, rename="camel"):
    """A picture or video of a message.

    Attributes:
        kind: `image` or `video`.
        url: Where the provider serves it for some time.
    """

    kind: str
    url: str


class DirectMessage(msgspec.Struct, frozen=True):
    """A message of a guest, or one that the account wrote.

    Attributes:
        guest_user_id: Id of the other person at the provider, scoped to the account.
        mid: The provider's id of the message.
        media: Pictures and videos.
        unsupported: Kinds of everything else that is attached, such as `sticker`.
        is_echo: Whether the account wrote it, in the provider's own app or by the API.
        app_id: Id of the app that sent an echo by the API; empty if none did, or it is not named.
        reference: What the app said of the message when it sent it; empty if nothing.
    """

    guest_user_id: str
    mid: str
    sent_at: datetime
    text: str | None = None
    media: tuple[Media, ...] = ()
    unsupported: tuple[str, ...] = ()
    is_echo: bool = False
    app_id: str = ""
    reference: str = ""


class Receipt(msgspec.Struct, frozen=True):
    """A guest's device received messages of the account, or the guest read them.

    Attributes:
        is_read: Whether they were read.
        mids: Messages that it is about.
        until: It is about all messages sent until then; None if only those named.
    """

    guest_user_id: str
    is_read: bool
    mids: tuple[str, ...]
    until: datetime | None
    at: datetime


class _Wire(msgspec.Struct, frozen=True):
    """Base of what the provider sends; fields that are not named here are ignored."""


class _Entry(_Wire, frozen=True):
    id: str = ""
    messaging: tuple[msgspec.Raw, ...] = ()


class _Notification(_Wire, frozen=True):
    object: str = ""
    entry: tuple[_Entry, ...] = ()


class _Party(_Wire, frozen=True):
    id: str = ""


class _Payload(_Wire, frozen=True):
    url: str | None = None
    sticker_id: int | str | None = None


class _Attachment(_Wire, frozen=True):
    type: str = ""
    payload: _Payload | None = None


class _Message(_Wire, frozen=True):
    mid: str = ""
    text: str | None = None
    attachments: tuple[_Attachment, ...] = ()
    is_echo: bool = False
    is_deleted: bool = False
    is_unsupported: bool = False
    app_id: int | str | None = None
    metadata: str | None = None


class _Postback(_Wire, frozen=True):
    mid: str = ""
    title: str = ""


class _Delivery(_Wire, frozen=True):
    mids: tuple[str, ...] = ()
    watermark: int | None = None


class _Read(_Wire, frozen=True):
    mid: str | None = None
    watermark: int | None = None


class _Event(_Wire, frozen=True):
    sender: _Party = _Party()
    recipient: _Party = _Party()
    timestamp: int = 0
    message: _Message | None = None
    postback: _Postback | None = None
    delivery: _Delivery | None = None
    read: _Read | None = None


def is_signed(body: bytes, signature: str, secrets: tuple[str, ...]) -> bool:
    """Return whether the provider signed a body, compared in constant time.

    Args:
        body: The body as it was sent.
        signature: The header `X-Hub-Signature-256`.
        secrets: Secrets of the apps that may have signed it.
    """
    given = signature.encode()
    expected = [sign(body, secret).encode() for secret in secrets if secret]
    # Every secret is compared, whatever the others gave, so the time says nothing.
    fits = [hmac.compare_digest(each, given) for each in expected]
    return any(fits)


def sign(body: bytes, secret: str) -> str:
    """Return the signature of a body: HMAC-SHA-256 with the secret of the app."""
    return _SIGNATURE_PREFIX + hmac.digest(secret.encode(), body, "sha256").hex()


def split(body: bytes) -> Iterator[WebhookEvent]:
    """Yield the events of a notification; none of objects that we know nothing of.

    Raises:
        msgspec.MsgspecError: It is no notification.
    """
    notification = msgspec.json.decode(body, type=_Notification)
    provider = _PROVIDERS.get(notification.object)
    if provider is None:
        return
    for entry in notification.entry:
        for event in entry.messaging:
            yield WebhookEvent(provider, entry.id, event)


def read(received: WebhookEvent, now: datetime) -> DirectMessage | Receipt | None:
    """Return what an event says; None if it is of a kind that is not followed.

    Raises:
        msgspec.MsgspecError: It is no event.
    """
    event = msgspec.json.decode(received.event, type=_Event)
    sent_at = _read_instant(event.timestamp, now)
    if event.message is not None and event.message.mid:
        return _read_message(event, event.message, sent_at)
    if event.postback is not None and event.postback.mid and _clean(event.postback.title):
        title = _clean(event.postback.title)
        return DirectMessage(event.sender.id, event.postback.mid, sent_at, text=title)
    if event.delivery is not None:
        until = event.delivery.watermark
        return Receipt(
            event.sender.id,
            is_read=False,
            mids=event.delivery.mids,
            until=_read_instant(until, now) if until and not event.delivery.mids else None,
            at=sent_at,
        )
    if event.read is not None:
        until = event.read.watermark
        return Receipt(
            event.sender.id,
            is_read=True,
            mids=(event.read.mid,) if event.read.mid else (),
            until=_read_instant(until, now) if until else None,
            at=sent_at,
        )
    return None


def _read_message(event: _Event, message: _Message, sent_at: datetime) -> DirectMessage | None:
    if message.is_deleted:
        return None
    media, unsupported = [], []
    for attachment in message.attachments:
        payload = attachment.payload or _Payload()
        if payload.sticker_id is not None:
            unsupported.append(_STICKER)
        elif attachment.type in _MEDIA and payload.url:
            media.append(Media(attachment.type, payload.url))
        else:
            unsupported.append(attachment.type or _UNKNOWN)
    written = _clean(message.text)
    if message.is_unsupported or not (written or media or unsupported):
        unsupported.append(_UNKNOWN)
    return DirectMessage(
        guest_user_id=(event.recipient if message.is_echo else event.sender).id,
        mid=message.mid,
        sent_at=sent_at,
        text=written,
        media=tuple(media),
        unsupported=tuple(unsupported),
        is_echo=message.is_echo,
        app_id=str(message.app_id or ""),
        reference=message.metadata or "",
    )


def _clean(written: str | None) -> str | None:
    """Return what a person wrote by the rule of all texts; None if nothing is left."""
    return text.clean(written or "").strip() or None


def _read_instant(milliseconds: int, now: datetime) -> datetime:
    """Return an instant of the provider's, which is neither nonsense nor in the future."""
    try:
        at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return now
    return at if milliseconds > 0 and at <= now + _LATEST else now
