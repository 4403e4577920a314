"""What the stand-in of Google knows: people, calendars, tokens and channels."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from infra.local.standins.social.grants import Grant

PRIMARY = "primary"


class Calendar(msgspec.Struct, kw_only=True):
    """Calendar of a person.

    Attributes:
        id: Id; that of the primary one is the mail address.
        owner: Mail address of its owner.
        summary: Title.
        time_zone: IANA time zone.
        access_role: `owner`, `writer`, `reader` or `freeBusyReader`.
        is_primary: Whether it is the primary one.
        version: Counts changes; a sync token holds it.
        oldest: Sync tokens below this version have expired.
        events: Events by id, as resources without what is computed.
        versions: Version of the last change of each event.
    """

    id: str
    owner: str
    summary: str
    time_zone: str = "Europe/Berlin"
    access_role: str = "owner"
    is_primary: bool = False
    version: int = 0
    oldest: int = 0
    events: dict[str, dict[str, Any]] = {}
    versions: dict[str, int] = {}


class Person(msgspec.Struct, kw_only=True):
    """Account of Google."""

    email: str
    name: str
    sub: str
    scopes: list[str] = []


class AccessToken(msgspec.Struct, kw_only=True):
    """Access token and whose it is."""

    email: str
    scopes: list[str]
    until: float
    refresh_token: str = ""
    is_revoked: bool = False


class RefreshToken(msgspec.Struct, kw_only=True):
    """Refresh token and whose it is."""

    email: str
    scopes: list[str]
    is_revoked: bool = False


class Channel(msgspec.Struct, kw_only=True):
    """Notification channel of a calendar's events."""

    id: str
    token: str
    address: str
    calendar_id: str
    email: str
    resource_id: str
    expiration: int
    number: int = 0


class GoogleState(msgspec.Struct, kw_only=True):
    """Everything that the stand-in keeps."""

    people: dict[str, Person] = {}
    calendars: dict[str, Calendar] = {}
    grants: dict[str, Grant] = {}
    access_tokens: dict[str, AccessToken] = {}
    refresh_tokens: dict[str, RefreshToken] = {}
    channels: dict[str, Channel] = {}
    redirect_uris: list[str] = []
    access_token_seconds: int = 3599
    page_size: int = 250
    calls_per_minute: int = 60_000
    is_quiet: bool = False

    def person(self, email: str, name: str = "") -> Person:
        """Return the person with an address, with a primary calendar; create what is missing."""
        email = email.lower()
        if email not in self.people:
            sub = str(int(hashlib.sha256(email.encode()).hexdigest()[:16], 16)).zfill(21)
            self.people[email] = Person(email=email, name=name or email.split("@")[0], sub=sub)
            self.calendars[email] = Calendar(id=email, owner=email, summary=email, is_primary=True)
        return self.people[email]

    def calendar(self, email: str, calendar_id: str) -> Calendar | None:
        """Return a calendar that the person can see."""
        found = self.calendars.get(email if calendar_id == PRIMARY else calendar_id)
        return found if found is not None and found.owner == email else None
