"""Contacts: the addresses of users, and what was seen of their records."""

from datetime import datetime

import msgspec

from notifications.models.preferences import CategoryChoices, Preferences
from shared.data.mongodb import Record
from shared.http.caller import Role


class PendingPhone(Record, frozen=True):
    """A phone number that is not verified yet."""

    phone: str
    code_hash: str
    expires_at: datetime


class PendingEmail(Record, frozen=True):
    """A code that was sent to the user's mail address, to prove that it works."""

    email: str
    code_hash: str
    expires_at: datetime


class OneTapAction(Record, frozen=True):
    """A quick action that its artist wants notifications to offer.

    Attributes:
        content_hash: Hash of its label and texts; empty in a copy from before it was published.
    """

    action_id: str
    label: str
    content_hash: str = ""


class Birthday(Record, frozen=True):
    """The day on which a user likes to be greeted. The year is not asked for.

    Attributes:
        time_zone: The time zone of the day, unless the user's preferences name another.
    """

    month: int
    day: int
    time_zone: str


class Contact(Record, frozen=True):
    """The addresses and the name of a user.

    Of an erased user only the id stays, so that no late event brings them back.

    Attributes:
        verified_at: Time of the `user.verified` event, so that an older one changes nothing.
        name_version: Version of the profile that the name is of; None while the name is the one
            from registration.
        one_tap: Quick actions that the artist's notifications offer.
        one_tap_version: Version of the artist's quick actions that `one_tap` is of.
        birthday: None unless they have set it.
        studio_defaults: Channels that the artist's studio uses for those who chose nothing.
        locale: Language that the user wants to be written to in; None while they chose none.
        time_zone: IANA time zone of the user; None where they never said.
        erase_again_at: When the last run of the erasure is due; None unless it is.
    """

    id: str = msgspec.field(name="_id")
    email: str | None = None
    name: str = ""
    role: Role | None = None
    phone: str | None = None
    pending_phone: PendingPhone | None = None
    pending_email: PendingEmail | None = None
    verified_at: datetime | None = msgspec.field(name="toldAt", default=None)
    name_version: int | None = None
    one_tap: tuple[OneTapAction, ...] = ()
    one_tap_version: int | None = None
    birthday: Birthday | None = None
    preferences: Preferences = Preferences()
    studio_defaults: CategoryChoices | None = None
    locale: str | None = None
    time_zone: str | None = None
    erased_at: datetime | None = None
    erase_again_at: datetime | None = None


class PushSubscription(Record, frozen=True):
    """A browser that receives Web Push (RFC 8030). Its id is derived from its endpoint.

    Attributes:
        failures: Failures of its endpoint in a row.
        failing_since: Instant of the first of them; None after a success.
        next_try_at: Its endpoint is not called before this instant; None if it may be called.
    """

    id: str = msgspec.field(name="_id")
    user_id: str
    endpoint: str
    p256dh: str
    auth: str
    registered_at: datetime
    failures: int = 0
    failing_since: datetime | None = None
    next_try_at: datetime | None = None


class SeenEvents(Record, frozen=True):
    """The events that were seen of an appointment, a deposit, a proposal or a consultation.

    Attributes:
        version: Newest version of the record.
        client_booked: Whether the client booked the appointment themselves.
        confirmed: Whether the appointment was ever confirmed.
    """

    id: str = msgspec.field(name="_id")
    version: int
    client_booked: bool = False
    confirmed: bool = False

    def is_newest(self, version: int) -> bool:
        """Whether no event of a newer version was seen."""
        return self.version == version
