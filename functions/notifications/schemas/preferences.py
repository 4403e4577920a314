"""Preferences of a user."""

from typing import Annotated

from msgspec import Meta

from domain.types import Instant, TimeZone
from notifications.models import CategoryChoices, ChannelChoices, Digests, QuietHours
from notifications.schemas.fields import Locale
from shared.http.decoding import Input, Output


class PreferencesRequest(Input, frozen=True, kw_only=True):
    """The preferences of the caller. What is left out is as if it was never chosen.

    Attributes:
        categories: Channels of each category.
        studio_defaults: Channels that the caller's studio uses for those who chose nothing; of
            artists only.
            Example: null
        muted_until: Until then nothing but codes and warnings is sent; the inbox has the rest.
            Example: null
        quiet_hours: Time of each day in which messages wait; needs `timeZone`.
        digests: Categories whose mails are gathered into one; needs `timeZone`.
        locale: Language of the messages.
            Example: de-AT
        time_zone: Time zone of the caller.
            Example: Europe/Vienna
    """

    categories: CategoryChoices = CategoryChoices()
    studio_defaults: CategoryChoices | None = None
    muted_until: Instant | None = None
    quiet_hours: QuietHours | None = None
    digests: Digests = Digests()
    locale: Locale | None = None
    time_zone: Annotated[TimeZone, Meta(min_length=1, max_length=64)] | None = None


class ApplyingChoices(Output, frozen=True):
    """The channels of each category where no artist's studio has other defaults.

    Attributes:
        security: Codes and warnings.
        account: What the caller asked for, such as an export.
        booking: Appointments, proposals, deposits, consultations and waitlists.
        message: Messages from people.
        aftercare: Advice after a visit.
        review: Requests to review a visit.
        marketing: Offers and greetings.
    """

    security: ChannelChoices
    account: ChannelChoices
    booking: ChannelChoices
    message: ChannelChoices
    aftercare: ChannelChoices
    review: ChannelChoices
    marketing: ChannelChoices


class PreferencesDetails(Output, frozen=True):
    """The preferences of the caller.

    Attributes:
        categories: What the caller chose; null where they chose nothing.
        applying: What applies, with the defaults of the product.
        studio_defaults: Channels that the caller's studio uses for those who chose nothing; null
            for everybody but artists.
            Example: null
        muted_until: Until then nothing but codes and warnings is sent.
            Example: null
        quiet_hours: Time of each day in which messages wait.
        digests: Categories whose mails are gathered into one.
        locale: Language of the messages; null for English.
            Example: de-AT
        time_zone: Time zone of the caller.
            Example: Europe/Vienna
    """

    categories: CategoryChoices
    applying: ApplyingChoices
    studio_defaults: CategoryChoices | None
    muted_until: Instant | None
    quiet_hours: QuietHours | None
    digests: Digests
    locale: Locale | None
    time_zone: TimeZone | None
