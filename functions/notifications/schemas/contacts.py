"""Contacts and push subscriptions."""

from typing import Annotated

from msgspec import Meta

from domain.types import TimeZone
from notifications.schemas.fields import PhoneNumber, PublicKey, PushEndpoint
from notifications.schemas.suppressions import SuppressedAddress
from shared.http.decoding import Input, Output


class PhoneVerificationRequest(Input, frozen=True):
    """The phone number to verify."""

    phone: PhoneNumber


class PhoneCodeRequest(Input, frozen=True):
    """The code that verifies a phone number.

    Attributes:
        code: Six digits from the SMS.
            Example: "123456"
    """

    code: Annotated[str, Meta(pattern=r"^\d{6}$")]


class EmailCodeRequest(Input, frozen=True):
    """The code that proves that a mail address works.

    Attributes:
        code: Six digits from the mail.
            Example: "123456"
    """

    code: Annotated[str, Meta(pattern=r"^\d{6}$")]


BirthMonth = Annotated[int, Meta(ge=1, le=12, description="Month of the birthday.", examples=[12])]
BirthDay = Annotated[int, Meta(ge=1, le=31, description="Day of the month.", examples=[10])]
BirthdayZone = Annotated[
    TimeZone,
    Meta(
        min_length=1,
        max_length=64,
        description="Time zone of the day: greetings come in its morning.",
        examples=["Europe/London"],
    ),
]


class BirthdayRequest(Input, frozen=True):
    """The caller's birthday. The year is nobody's business."""

    month: BirthMonth
    day: BirthDay
    time_zone: BirthdayZone


class BirthdayDetails(Output, frozen=True):
    """The caller's birthday."""

    month: BirthMonth
    day: BirthDay
    time_zone: BirthdayZone


class ContactDetails(Output, frozen=True):
    """The addresses of the caller.

    Attributes:
        email: Verified email address.
            Example: ada@example.com
        phone: Verified phone number (E.164).
            Example: "+61491570156"
        push_subscriptions: Number of browsers that receive push messages.
            Example: 1
        suppressions: Addresses that do not work, or that the caller stopped messages to.
        birthday: Birthday, if the caller has set it.
    """

    email: str | None
    phone: str | None
    push_subscriptions: int
    suppressions: list[SuppressedAddress]
    birthday: BirthdayDetails | None


class PushSubscriptionKeys(Input, frozen=True):
    """The keys of a browser (RFC 8291) in base64url.

    Attributes:
        p256dh: Public key.
        auth: Authentication secret of 16 bytes.
            Example: BTBZMqHH6r4Tts7J_aSIgg
    """

    p256dh: Annotated[PublicKey, Meta(max_length=120)]
    auth: Annotated[str, Meta(max_length=40)]


class PushSubscriptionRequest(Input, frozen=True):
    """A browser to receive push messages, as `PushSubscription.toJSON()` describes it.

    Attributes:
        keys: Keys of the browser.
        expiration_time: Ignored; allowed because browsers send it.
            Example: 1893456000000
    """

    endpoint: PushEndpoint
    keys: PushSubscriptionKeys
    expiration_time: float | None = None


class UnsubscribeRequest(Input, frozen=True):
    """The browser to unsubscribe."""

    endpoint: PushEndpoint


class PushSubscriptionDetails(Output, frozen=True):
    """A browser that receives push messages for the caller.

    Attributes:
        id: Id of the subscription.
            Example: sub_3f786850e387550fdab836ed7e6dc881
    """

    id: str
    endpoint: PushEndpoint


class VapidPublicKey(Output, frozen=True):
    """The key that push messages are signed with (RFC 8292).

    Attributes:
        public_key: `applicationServerKey` for `PushManager.subscribe()`.
    """

    public_key: PublicKey
