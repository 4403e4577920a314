"""Preferences: which messages a user wants, through which channels and when."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from domain.values import StrictValue
from shared.data.mongodb import Record

ChannelChoice = Literal["on", "off", "fallback"]
InboxChoice = Literal["on", "off"]
ClockTime = Annotated[
    str,
    Meta(
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$(?!\n)",
        description="Local time of day.",
        examples=["22:00"],
        extra_json_schema={"pattern": r"^([01]\d|2[0-3]):[0-5]\d$"},
    ),
]
HoldableChannel = Literal["email", "sms", "push"]


class ChannelChoices(StrictValue, frozen=True):
    """The channels of a category. `fallback` uses a channel only where no other leads to the user.

    Null leaves the choice to the artist whose studio sends, or else to the product.

    Attributes:
        email: Whether mails are sent.
            Example: "on"
        sms: Whether SMS are sent.
            Example: fallback
        push: Whether push messages are sent.
            Example: "on"
        inbox: Whether the inbox of the app lists the messages.
            Example: "on"
    """

    email: ChannelChoice | None = None
    sms: ChannelChoice | None = None
    push: ChannelChoice | None = None
    inbox: InboxChoice | None = None


class FixedChoices(StrictValue, frozen=True):
    """The channels of a category that nobody can opt out of.

    Attributes:
        email: Mails are always sent.
            Example: "on"
        sms: SMS are always sent.
            Example: "on"
        push: Push messages are always sent.
            Example: "on"
        inbox: The inbox always lists what belongs there.
            Example: "on"
    """

    email: Literal["on"] | None = None
    sms: Literal["on"] | None = None
    push: Literal["on"] | None = None
    inbox: Literal["on"] | None = None


class CategoryChoices(StrictValue, frozen=True):
    """What was chosen for each category of messages.

    Attributes:
        security: Codes and warnings. They are always sent.
        booking: Appointments, proposals, deposits, consultations and waitlists.
        message: Messages from people.
        aftercare: Advice after a visit.
        review: Requests to review a visit.
        marketing: Offers and greetings.
    """

    security: FixedChoices = FixedChoices()
    booking: ChannelChoices = ChannelChoices()
    message: ChannelChoices = ChannelChoices()
    aftercare: ChannelChoices = ChannelChoices()
    review: ChannelChoices = ChannelChoices()
    marketing: ChannelChoices = ChannelChoices()


class QuietHours(StrictValue, frozen=True):
    """The time of each day in which nothing but codes and warnings is sent; it waits for the end.

    Attributes:
        start: Local time at which the quiet hours begin.
            Example: "22:00"
        end: Local time at which they end; the next day if it is before the start.
            Example: "08:00"
        always: Channels that the quiet hours do not hold.
            Example: ["email"]
    """

    start: ClockTime
    end: ClockTime
    always: Annotated[tuple[HoldableChannel, ...], Meta(max_length=3)] = ()


class Digest(StrictValue, frozen=True):
    """When the messages of a category are gathered into one mail.

    Attributes:
        every: Period of the mail: each hour, each day, or each week on Monday.
            Example: day
        at: Local time of the mail; of hourly ones only the minutes count.
            Example: "18:00"
    """

    every: Literal["hour", "day", "week"]
    at: ClockTime = "09:00"


class Digests(StrictValue, frozen=True):
    """The categories whose mails are gathered. Null sends each mail at once.

    Attributes:
        message: Digest of the messages from people.
        marketing: Digest of offers and greetings.
    """

    message: Digest | None = None
    marketing: Digest | None = None


class Preferences(Record, frozen=True):
    """What a user wants to be notified of, and when.

    Attributes:
        muted_until: Until then nothing but codes and warnings is sent.
    """

    categories: CategoryChoices = CategoryChoices()
    muted_until: datetime | None = None
    quiet_hours: QuietHours | None = None
    digests: Digests = Digests()
