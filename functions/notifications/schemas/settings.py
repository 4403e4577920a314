"""Settings of an artist."""

from domain.types import Instant
from notifications.models import (
    AftercareSettings,
    AppointmentReminderSettings,
    BirthdaySettings,
    DepositReminderSettings,
    FollowUpSettings,
    ReviewRequestSettings,
)
from shared.http.decoding import Input, Output


class NotificationSettingsRequest(Input, frozen=True):
    """What the clients of the artist are sent on time. A field that is absent gets its default.

    Attributes:
        reminder: The reminders before an appointment.
        follow_up: The message after it.
        aftercare: The daily messages after it.
        review_request: The request of a review after it.
        birthday: The greeting on a client's birthday.
        deposit_reminder: The reminder of a deposit that is due soon.
    """

    reminder: AppointmentReminderSettings = AppointmentReminderSettings()
    follow_up: FollowUpSettings = FollowUpSettings()
    aftercare: AftercareSettings = AftercareSettings()
    review_request: ReviewRequestSettings = ReviewRequestSettings()
    birthday: BirthdaySettings = BirthdaySettings()
    deposit_reminder: DepositReminderSettings = DepositReminderSettings()


class NotificationSettings(Output, frozen=True):
    """What the clients of the artist are sent on time.

    Attributes:
        reminder: The reminders before an appointment.
        follow_up: The message after it.
        aftercare: The daily messages after it.
        review_request: The request of a review after it.
        birthday: The greeting on a client's birthday.
        deposit_reminder: The reminder of a deposit that is due soon.
        updated_at: When they were saved; null for the defaults.
    """

    reminder: AppointmentReminderSettings
    follow_up: FollowUpSettings
    aftercare: AftercareSettings
    review_request: ReviewRequestSettings
    birthday: BirthdaySettings
    deposit_reminder: DepositReminderSettings
    updated_at: Instant | None
