"""Calendars of social accounts: what every provider of calendars can do, in one protocol.

Reading gives iCalendar (RFC 5545), whatever the provider speaks: `domain.icalendar` expands what
repeats, so that two providers cannot come to two results.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

import msgspec

from social.models.calendars import Entry, OwnEvent
from social.providers.failures import ProviderError


class SyncTokenRefused(ProviderError):
    """The provider does not know a sync token any more: everything has to be read again."""


class EventChanged(ProviderError):
    """The event at the provider is not the one that was to be replaced, or there is one already."""


class EventGone(ProviderError):
    """There is no such event, or no such calendar, at the provider."""


class ListedCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar of an account.

    Attributes:
        key: Id of the calendar at the provider.
        name: Its name.
        time_zone: IANA name of its time zone; empty if it has none.
        is_primary: Whether it is the account's main calendar.
        can_write: Whether we may write to it.
    """

    key: str
    name: str
    time_zone: str = ""
    is_primary: bool = False
    can_write: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what a calendar has, or of what changed in it.

    Attributes:
        entries: What is there now.
        removed: Ids of what is not there any more.
        sync_token: What the next reading begins with; only in the last part.
        time_zone: IANA name of the calendar's time zone; empty if it has none.
    """

    entries: list[Entry]
    removed: list[str]
    sync_token: str | None = None
    time_zone: str = ""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel to open, by which the provider says that a calendar changed.

    Attributes:
        id: Its id, at most 64 characters.
        token: A secret that comes with each notification.
        expires_at: When it ends at the latest.
    """

    id: str
    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return f"Channel(id={self.id!r})"


class OpenChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that the provider opened.

    Attributes:
        resource_id: The provider's id of what is watched.
        expires_at: When it ends.
    """

    resource_id: str
    expires_at: datetime


class WrittenEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event to write for an appointment.

    Attributes:
        key: Its id at the provider, which we choose: of the appointment always the same.
        appointment_id: The appointment.
        artist_id: Its artist.
        title: Its title.
        starts_at: When it begins.
        ends_at: When it ends.
        time_zone: IANA name of the time zone to show it in.
        description: Further text.
        url: Link to the appointment; empty for none.
    """

    key: str
    appointment_id: str
    artist_id: str = ""
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    description: str = ""
    url: str = ""


class Calendar(Protocol):
    """The calendars of accounts at one provider.

    `token` is what the vault gives: an access token, or whatever the provider keeps there. Every
    call may raise, besides what it names:

        TokenRefused: The provider does not accept the token.
        RateLimited: There were too many calls.
        ProviderRefused: The provider refuses the call, and would again.
        ProviderFailed: The provider does not respond as it should.
    """

    def list_calendars(self, token: str) -> list[ListedCalendar]:
        """List the calendars of the account."""
        ...

    def read(
        self, token: str, calendar: str, sync_token: str | None, since: datetime
    ) -> Iterator[Page]:
        """Read a calendar part by part, or what changed in it since it was read.

        Args:
            token: Access to the account.
            calendar: Id of the calendar at the provider.
            sync_token: That of the last part of the reading before; None to read everything.
            since: Before it, nothing is needed. Where everything is read, older events may be
                left out.

        Raises:
            SyncTokenRefused: Everything has to be read again.
            EventGone: There is no such calendar.
        """
        ...

    def watch(self, token: str, calendar: str, channel: Channel) -> OpenChannel | None:
        """Open a channel; None where the provider has none, for this calendar or at all.

        Raises:
            EventGone: There is no such calendar.
        """
        ...

    def stop(self, token: str, channel_id: str, resource_id: str) -> None:
        """Close a channel, if it is open."""
        ...

    def find(self, token: str, calendar: str, key: str) -> OwnEvent | None:
        """Return what is there of an event of ours; None if there never was one."""
        ...

    def insert(self, token: str, calendar: str, event: WrittenEvent) -> str:
        """Write an event, and return its etag.

        Raises:
            EventChanged: There is, or was, an event with this id.
            EventGone: There is no such calendar.
        """
        ...

    def replace(self, token: str, calendar: str, event: WrittenEvent, etag: str | None) -> str:
        """Write the next version of an event, and return its etag.

        A deleted event is there again.

        Args:
            token: Access to the account.
            calendar: Id of the calendar at the provider.
            event: The event.
            etag: Version that it must have; None for any.

        Raises:
            EventChanged: It has another version.
            EventGone: There is no such event.
        """
        ...

    def delete(self, token: str, calendar: str, key: str, etag: str | None) -> None:
        """Delete an event, if it is there.

        Args:
            token: Access to the account.
            calendar: Id of the calendar at the provider.
            key: Id of the event at the provider.
            etag: Version that it must have; None for any.

        Raises:
            EventChanged: It has another version.
        """
        ...
