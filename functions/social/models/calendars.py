"""Calendars of social accounts, and what is known of their events."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.values import Value
from social.models.accounts import AccountId, ProviderId

CalendarId = Annotated[
    str, Meta(description="Id of the calendar.", examples=["scl_4f6b2c9d81a35e70c2d94b18a6f7035e"])
]


class WatchedChannel(Value, frozen=True):
    """A channel by which the provider says that a calendar changed.

    Attributes:
        id: Its id.
        resource_id: The provider's id of what is watched.
        expires_at: When it ends.
        pulled_number: Number of the latest notification that is covered by a reading.
    """

    id: str
    resource_id: str
    expires_at: datetime
    pulled_number: int = 0


class SocialCalendar(Value, frozen=True, kw_only=True):
    """A calendar of a social account that the artist chose, now or before.

    It is kept when it is not chosen any more, because consumers of its busy times compare versions.

    Attributes:
        key: Id of the calendar at the provider.
        name: Its name there, as it was when the artist chose it.
        time_zone: IANA name of its time zone, for whole days; empty if it has none.
        is_read: Whether its busy times block slots.
        is_written: Whether appointments are written to it.
        is_forgotten: Whether it is not used because its account was disconnected.
        sync_token: What the next reading begins with; None to read everything.
        parts: Number of items that hold its entries.
        parts_version: Version of this record with which they were written.
        expanded_on: UTC day on which its busy times were computed.
        digest: Hash of the busy times that were published; empty if none are.
        blocks: Number of busy times.
        unclear_count: Number of events that could not be read completely.
        read_at: When it was read.
        problem: Why the last reading failed; None if it did not.
        failures: Number of readings in a row that failed.
        failing_since: When the first of them failed.
        paused_until: Until when the provider must not be called.
        channel: Its open channel; None if there is none.
        closing: Channels that it had before and that may still be open.
        watch_again_at: Before then, no channel is asked for: there was none.
        version: Version of this record.
    """

    id: CalendarId
    account_id: AccountId
    artist_id: str
    provider: ProviderId
    key: str
    name: str
    time_zone: str = ""
    is_read: bool = False
    is_written: bool = False
    is_forgotten: bool = False
    sync_token: str | None = None
    parts: int = 0
    parts_version: int = 0
    expanded_on: date | None = None
    digest: str = ""
    blocks: int = 0
    unclear_count: int = 0
    read_at: datetime | None = None
    problem: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    channel: WatchedChannel | None = None
    closing: tuple[WatchedChannel, ...] = ()
    watch_again_at: datetime | None = None
    version: int = 1

    @property
    def is_followed(self) -> bool:
        """Whether its changes are read: for its busy times, or for what is done to our events."""
        return self.is_read or self.is_written


class ChannelOwner(Value, frozen=True):
    """Whose calendar a channel watches, and the proof of who sends its notifications.

    Attributes:
        token_hash: SHA-256 of the secret of the channel, in hexadecimal.
    """

    artist_id: str
    account_id: str
    calendar_id: str
    token_hash: str


class OwnEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What a calendar has of an appointment that we wrote there.

    Attributes:
        key: Id of the event at the provider.
        appointment_id: The appointment.
        artist_id: Its artist, who need not be the one who reads the calendar: a studio shares one.
            Empty where the event does not say it.
        etag: Version of the event; empty if it was deleted.
        starts_at: When it begins there; None if it was deleted, or begins at no instant.
        ends_at: When it ends there; the same.
        is_deleted: Whether it was deleted there.
    """

    key: str
    appointment_id: str
    artist_id: str = ""
    etag: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_deleted: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event, a series or a changed occurrence of one, as a calendar has it now.

    Attributes:
        key: Its id at the provider.
        series: Id of the series that it changes an occurrence of; otherwise its own id. Where the
            series is removed, its changes are removed with it.
        components: Its VEVENT components, and the VTIMEZONE components that they need, as content
            lines (RFC 5545) that end with a line break. Only names about time have to be there.
            Not stored for events of ours, and empty for those that take no time.
        own: What we wrote; None for everything else.
    """

    key: str
    series: str
    components: str = ""
    own: OwnEvent | None = None
