"""Requests to providers, sessions that ended, and requests of Meta to delete data."""

from datetime import datetime
from hashlib import sha256

from pynamodb.exceptions import DeleteError

from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, is_conflict
from social.models.attempts import ConnectAttempt, DeletionRequest
from social.store.table import DELETION, ENDED, OWNER, STATE, RecordItem


def save(state: str, attempt: ConnectAttempt) -> None:
    """Store a request to a provider by the hash of its state."""
    item = RecordItem.of(_key(state), OWNER, attempt)
    item.expires_at = int(attempt.expires_at.timestamp())
    item.save()


def find_attempt(state: str) -> ConnectAttempt | None:
    """Return the request of a state, read consistently."""
    return RecordItem.read(_key(state), OWNER, ConnectAttempt)


def use(state: str) -> None:
    """Use a request up.

    Raises:
        WriteConflict: It was used before.
    """
    try:
        RecordItem(_key(state), OWNER).delete(condition=RecordItem.pk.exists())
    except DeleteError as error:
        if is_conflict(error):
            raise WriteConflict from error
        raise


def end_session(session_id: str, until: datetime) -> None:
    """Store that a session ended."""
    item = RecordItem.of(ENDED + session_id, OWNER, None)
    item.expires_at = int(until.timestamp())
    item.save()


def has_ended(session_id: str) -> bool:
    """Return whether a session ended lately, read consistently."""
    return find(RecordItem, ENDED + session_id, OWNER) is not None


def save_deletion(code: str, request: DeletionRequest, until: datetime) -> None:
    """Store what came of a request of Meta to delete data."""
    item = RecordItem.of(DELETION + code, OWNER, request)
    item.expires_at = int(until.timestamp())
    item.save()


def find_deletion(code: str) -> DeletionRequest | None:
    """Return what came of a request to delete data."""
    return RecordItem.read(DELETION + code, OWNER, DeletionRequest)


def _key(state: str) -> str:
    return STATE + sha256(state.encode()).hexdigest()
