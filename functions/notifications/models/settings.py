"""Settings of an artist: which messages go to their clients on time, when and how.

Each field has the default that serves artists who set nothing.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.types import REQUESTED_URL
from domain.values import StrictValue
from notifications.models.deliveries import Channel
from notifications.models.reminders import ReminderKind
from shared.data.mongodb import Record

Hour = Annotated[
    int,
    Meta(ge=0, le=23, description="Hour of the day in local time, when it is sent.", examples=[9]),
]
HoursBefore = Annotated[int, Meta(ge=1, le=336, description="Hours.", examples=[24])]
ReviewUrl = Annotated[
    str,
    REQUESTED_URL,
    Meta(
        max_length=500,
        pattern=r"^https://[A-Za-z0-9.-]+\.[A-Za-z]{2,}([/?#][!-~]*)?$(?!\n)",
        description="Page to write a review on (https); null for none.",
    ),
]


PlaceId = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=400,
        pattern=r"^[A-Za-z0-9_-]+$(?!\n)",
        description="Id of a place at Google Maps; null for none.",
        examples=["ChIJN1t_tDeuEmsRUsoyG83frY4"],
    ),
]


class ChannelSwitches(StrictValue, frozen=True):
    """The channels through which a message may go, if the preferences of its recipient allow it.

    Attributes:
        email: Whether it is sent as a mail.
            Example: true
        sms: Whether it is sent as an SMS, to those whose preferences say so.
            Example: true
        push: Whether it is sent as a push message.
            Example: true
    """

    email: bool = True
    sms: bool = True
    push: bool = True

    def list_channels(self) -> tuple[Channel, ...]:
        """List the channels that are on."""
        return tuple(channel for channel in Channel if getattr(self, channel.value))


class DepositReminderSettings(StrictValue, frozen=True):
    """The reminder of a deposit that is due soon; the deposit's own deadline sets its time.

    Attributes:
        enabled: Whether it is sent.
            Example: true
        channels: Its channels.
    """

    enabled: bool = True
    channels: ChannelSwitches = ChannelSwitches()


class AppointmentReminderSettings(StrictValue, frozen=True):
    """The reminders before an appointment.

    Attributes:
        enabled: Whether they are sent.
            Example: true
        hours_before: Hours before the start, one reminder for each of them.
            Example: [24]
        channels: Their channels.
    """

    enabled: bool = True
    hours_before: Annotated[tuple[HoursBefore, ...], Meta(min_length=1, max_length=3)] = (24,)
    channels: ChannelSwitches = ChannelSwitches()


class FollowUpSettings(StrictValue, frozen=True):
    """The message after a completed appointment.

    Attributes:
        enabled: Whether it is sent.
            Example: true
        days_after: Days after the end of the appointment.
            Example: 1
        hour: Hour of the day in local time; null for the time of day at which the appointment
            ended.
            Example: null
        channels: Its channels.
    """

    enabled: bool = True
    days_after: Annotated[int, Meta(ge=1, le=60)] = 1
    hour: Hour | None = None
    channels: ChannelSwitches = ChannelSwitches()


class AftercareSettings(StrictValue, frozen=True):
    """The daily messages after a completed appointment, from the next day on.

    Attributes:
        enabled: Whether they are sent.
            Example: true
        days: Number of days.
            Example: 14
        channels: Their channels.
    """

    enabled: bool = True
    days: Annotated[int, Meta(ge=1, le=30)] = 14
    hour: Hour = 9
    channels: ChannelSwitches = ChannelSwitches()


class ReviewLinks(StrictValue, frozen=True):
    """The pages on which clients can write a review.

    Attributes:
        google: Link to write a review at Google, as "Ask for reviews" gives it.
            Example: https://g.page/r/mara-voss/review
        google_place_id: Id of the artist's place at Google, of which the link is made; in place of
            `google`.
            Example: null
        facebook: The reviews of the artist's page at Facebook.
            Example: https://www.facebook.com/maravoss/reviews
        custom: Any other page.
            Example: https://mara.example.com/review
    """

    google: ReviewUrl | None = None
    google_place_id: PlaceId | None = None
    facebook: ReviewUrl | None = None
    custom: ReviewUrl | None = None


class ReviewRequestSettings(StrictValue, frozen=True):
    """The request of a review after a completed appointment.

    Attributes:
        enabled: Whether it is sent.
            Example: true
        days_after: Days after the end of the appointment.
            Example: 3
        hour: Hour of the day in local time; null for the time of day at which the appointment
            ended.
            Example: null
        links: Pages that it links to; without any, it links to the appointment.
        channels: Its channels.
    """

    enabled: bool = True
    days_after: Annotated[int, Meta(ge=1, le=60)] = 3
    hour: Hour | None = None
    links: ReviewLinks = ReviewLinks()
    channels: ChannelSwitches = ChannelSwitches()


class BirthdaySettings(StrictValue, frozen=True):
    """The greeting on a client's birthday, if they have set it.

    Attributes:
        enabled: Whether it is sent.
            Example: true
        channels: Its channels.
    """

    enabled: bool = True
    hour: Hour = 9
    channels: ChannelSwitches = ChannelSwitches()


class ReminderSettings(StrictValue, frozen=True):
    """What an artist's clients are sent on time.

    Attributes:
        reminder: The reminders before an appointment.
        follow_up: The message after it.
        aftercare: The daily messages after it.
        review_request: The request of a review after it.
        birthday: The greeting on a birthday.
        deposit_reminder: The reminder of a deposit that is due soon.
    """

    reminder: AppointmentReminderSettings = AppointmentReminderSettings()
    follow_up: FollowUpSettings = FollowUpSettings()
    aftercare: AftercareSettings = AftercareSettings()
    review_request: ReviewRequestSettings = ReviewRequestSettings()
    birthday: BirthdaySettings = BirthdaySettings()
    deposit_reminder: DepositReminderSettings = DepositReminderSettings()

    def get_switches(self, kind: ReminderKind) -> ChannelSwitches:
        """Return the channels of a kind of message."""
        match kind:
            case ReminderKind.REMINDER:
                return self.reminder.channels
            case ReminderKind.FOLLOW_UP:
                return self.follow_up.channels
            case ReminderKind.AFTERCARE:
                return self.aftercare.channels
            case ReminderKind.REVIEW_REQUEST:
                return self.review_request.channels
            case ReminderKind.BIRTHDAY:
                return self.birthday.channels
            case ReminderKind.DEPOSIT:
                return self.deposit_reminder.channels


class SavedSettings(Record, frozen=True):
    """The settings that an artist has saved.

    Attributes:
        id: Id of the artist.
    """

    id: str = msgspec.field(name="_id")
    reminders: ReminderSettings
    updated_at: datetime
