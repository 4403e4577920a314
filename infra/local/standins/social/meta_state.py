"""What the stand-in of Meta knows: accounts, people who write to them, messages, media, tokens."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

from infra.local.standins.social.grants import Grant

Platform = Literal["instagram", "facebook"]


class Account(msgspec.Struct, kw_only=True):
    """Professional account of Instagram, or page of Facebook.

    Attributes:
        id: Id, which webhooks name: `user_id` of Instagram, id of the page.
        platform: Where it is.
        owner: Who allows the app: the account itself on Instagram, a person on Facebook.
        username: Handle on Instagram, name of the page on Facebook.
        name: Name.
        account_type: `BUSINESS`, `MEDIA_CREATOR`, or `PERSONAL`, which cannot allow an app.
        scopes: What the owner allowed.
        fields: Webhook fields that the app subscribed for the account.
        is_chosen: Whether the owner chose the page in the last dialog.
        media: Media, newest first.
    """

    id: str
    platform: Platform
    owner: str
    username: str
    name: str
    account_type: str = "BUSINESS"
    scopes: list[str] = []
    fields: list[str] = []
    is_chosen: bool = True
    media: list[dict[str, Any]] = []

    @property
    def app_scoped_id(self) -> str:
        """Id of who allowed the app, as callbacks name it."""
        return f"9{self.id[1:]}" if self.platform == "instagram" else self.owner


class Guest(msgspec.Struct, kw_only=True):
    """Somebody who writes to accounts; the id is scoped to the account, as Meta's are."""

    id: str
    account: str
    username: str
    name: str
    has_blocked: bool = False


class DirectMessage(msgspec.Struct, kw_only=True):
    """Message between an account and a guest. Times are milliseconds since the epoch."""

    mid: str
    account: str
    guest: str
    from_guest: bool
    at: int
    text: str | None = None
    attachments: list[dict[str, Any]] = []
    tag: str | None = None
    metadata: str | None = None
    by_app: bool = False
    is_delivered: bool = False
    is_read: bool = False
    is_deleted: bool = False


class Token(msgspec.Struct, kw_only=True):
    """Access token.

    Attributes:
        subject: Account, or person of Facebook.
        scopes: What it may be used for.
        kind: `short` (an hour), `long` (60 days) or `page` (no end of its own).
        made: When, in seconds since the epoch.
        until: When it expires; None: never.
        ended: Name of the error that ended it, such as `meta.app_removed`.
    """

    subject: str
    platform: Platform
    scopes: list[str]
    kind: Literal["short", "long", "page"]
    made: float
    until: float | None
    ended: str | None = None


class MetaState(msgspec.Struct, kw_only=True):
    """Everything that the stand-in keeps."""

    accounts: dict[str, Account] = {}
    people: dict[str, str] = {}
    guests: dict[str, Guest] = {}
    messages: list[DirectMessage] = []
    grants: dict[str, Grant] = {}
    tokens: dict[str, Token] = {}
    redirect_uris: list[str] = []
    webhooks: dict[str, str] = {}
    callbacks: dict[str, str] = {}
    usage: dict[str, int] = {}
    files: dict[str, str] = {}
    count: int = 0

    def find_account(self, platform: Platform, username: str) -> Account | None:
        """Return the account with a handle or name."""
        return self.accounts.get(account_id(platform, username))

    def add_account(
        self, platform: Platform, username: str, *, owner: str = "", name: str = ""
    ) -> Account:
        """Return the account with a handle or name; create what is missing."""
        key = account_id(platform, username)
        if key not in self.accounts:
            self.accounts[key] = Account(
                id=key,
                platform=platform,
                owner=owner or key,
                username=username,
                name=name or username,
            )
        return self.accounts[key]

    def add_guest(self, account: Account, username: str, name: str = "") -> Guest:
        """Return somebody who writes to an account; create what is missing."""
        key = _number(f"guest {account.id} {username}", 16)
        if key not in self.guests:
            self.guests[key] = Guest(
                id=key, account=account.id, username=username, name=name or username
            )
        return self.guests[key]

    def next_id(self) -> int:
        """Count."""
        self.count += 1
        return self.count


def account_id(platform: Platform, username: str) -> str:
    """Return the id of an account, which follows from its name."""
    prefix = "17841" if platform == "instagram" else "1000"
    return prefix + _number(f"{platform} {username.lower()}", 12)


def person_id(email: str) -> str:
    """Return the app-scoped id of a person of Facebook."""
    return "12" + _number(f"person {email.lower()}", 14)


def _number(text: str, digits: int) -> str:
    value = int(hashlib.sha256(text.encode()).hexdigest(), 16)
    return str(value % 10**digits).zfill(digits)
