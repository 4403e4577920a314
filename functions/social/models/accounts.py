"""Social accounts: an artist's accounts at providers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from domain.types import Instant
from domain.values import Value

AccountId = Annotated[
    str, Meta(description="Id of the social account.", examples=["sac_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]


class ProviderId(StrEnum):
    """A provider of social accounts."""

    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    GOOGLE = "google"
    CALDAV = "caldav"


class Capability(StrEnum):
    """What a social account can be used for."""

    MESSAGES = "messages"
    MEDIA = "media"
    CALENDAR = "calendar"


class AccountStatus(StrEnum):
    """Whether a social account is connected."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


class ReconnectReason(StrEnum):
    """Why an artist has to connect an account again."""

    TOKEN_REFUSED = "token_refused"  # noqa: S105
    EXPIRED = "expired"


class SocialAccount(Value, frozen=True, kw_only=True):
    """An account of an artist at a provider. Its tokens are not here: see `Tokens`.

    A disconnected account keeps its id, which it has again when the artist connects it once more.

    Attributes:
        subject: Id of the account at the provider, which webhooks name: an Instagram professional
            account, a Facebook page, a Google user.
        login_subject: Id of the person there who allowed it, as far as it differs: Meta names it
            when they remove the app.
        display_name: Its name, as the provider shows it.
        handle: Its user name, where there are any.
        picture_url: Its picture at the provider.
        scopes: What the artist allowed, as the provider calls it.
        capabilities: What it can be used for, by these scopes.
        connected_at: When it was connected, the last time.
        healthy_since: Since when nothing is wrong with it, apart from what the fields below say.
        token_expires_at: When access ends unless the token is refreshed before; None where it does
            not end, as with a refresh token.
        reconnect_since: Since when the artist has to connect it again; None if they have not.
        reconnect_because: Why: a `ReconnectReason`.
        limited_since: Since when the provider refuses calls because there were too many.
        limited_until: Until when it is limited.
        failing_since: When the first of the latest calls failed, all of which did.
        failures: How many they are.
        version: Version of this record.
    """

    id: AccountId
    artist_id: str
    provider: ProviderId
    subject: str
    login_subject: str | None = None
    display_name: str
    handle: str | None = None
    picture_url: str | None = None
    scopes: tuple[str, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    status: AccountStatus = AccountStatus.CONNECTED
    connected_at: Instant
    healthy_since: datetime | None = None
    token_expires_at: datetime | None = None
    reconnect_since: datetime | None = None
    reconnect_because: str | None = None
    limited_since: datetime | None = None
    limited_until: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    version: int = 1

    @property
    def is_connected(self) -> bool:
        """Whether it is connected."""
        return self.status is AccountStatus.CONNECTED
