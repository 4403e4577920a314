"""Requests to providers to connect an account, and what Meta asks to delete."""

from datetime import datetime
from enum import StrEnum

from domain.values import Value
from social.models.accounts import ProviderId


class ConnectAttempt(Value, frozen=True):
    """A request to a provider, until it comes back once or expires.

    It is found by the hash of its state. The state itself is the key of the sealed part: whoever
    reads the table has neither.

    Attributes:
        artist_id: Who wants to connect.
        session_id: In which session.
        device: On which device: its fingerprint.
        provider: The provider.
        expires_at: Until when it can come back.
        asks_again: Whether the artist has an account there.
        sealed: Nonce and verifier, sealed.
    """

    artist_id: str
    session_id: str
    device: str
    provider: ProviderId
    expires_at: datetime
    asks_again: bool
    sealed: bytes


class DeletionStatus(StrEnum):
    """What came of a request of Meta to forget a person."""

    DISCONNECTED = "disconnected"
    DELETED = "deleted"
    NOTHING_FOUND = "nothing_found"


class DeletionRequest(Value, frozen=True):
    """A request of Meta to forget a person, or to delete their data. It does not say whose.

    Attributes:
        provider: Instagram or Facebook.
        requested_at: When it arrived.
        status: What came of it.
    """

    provider: ProviderId
    requested_at: datetime
    status: DeletionStatus
