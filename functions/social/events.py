"""Events that social publishes and consumes."""

from shared.events.domain_events import ConsumedEvent, EventData
from social.models import ProviderId

# ---- published


class SocialAccountConnected(EventData, frozen=True):
    """An artist connected a social account for the first time."""

    type = "social_account.connected"

    account_id: str
    artist_id: str
    provider: ProviderId
    display_name: str


class SocialAccountReconnected(EventData, frozen=True):
    """An artist connected a social account again."""

    type = "social_account.reconnected"

    account_id: str
    artist_id: str
    provider: ProviderId
    display_name: str


class SocialAccountDisconnected(EventData, frozen=True):
    """A social account was disconnected, here or at its provider."""

    type = "social_account.disconnected"

    account_id: str
    artist_id: str
    provider: ProviderId
    display_name: str


PUBLISHED: tuple[type[EventData], ...] = (
    SocialAccountConnected,
    SocialAccountReconnected,
    SocialAccountDisconnected,
)

# ---- consumed


class SessionEnded(ConsumedEvent, frozen=True):
    """`session.ended`: a session ended before its time."""

    session_id: str


class UserDeleted(ConsumedEvent, frozen=True):
    """`user.deleted`: a user deleted their account."""

    user_id: str
