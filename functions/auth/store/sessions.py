"""Sessions."""

from datetime import datetime, timedelta

from pynamodb.exceptions import UpdateError

from auth.store.table import SESSION, USER, SessionItem
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, is_condition_failure


def find_session(user_id: str, session_id: str) -> SessionItem | None:
    """Return a session, read consistently."""
    return find(SessionItem, USER + user_id, SESSION + session_id)


def add_session(user_id: str, session: SessionItem) -> None:
    """Store a new session."""
    with_keys(session, user_id).save()


def rotate_session(session: SessionItem, now: datetime, lifetime: timedelta) -> None:
    """Move a session to its next generation.

    Raises:
        WriteConflict: The session was rotated or ended in the meantime.
    """
    try:
        session.update(
            actions=[
                SessionItem.generation.set(session.generation + 1),
                SessionItem.rotated_at.set(now),
                SessionItem.expires_at.set(int((now + lifetime).timestamp())),
            ],
            condition=SessionItem.generation == session.generation,
        )
    except UpdateError as error:
        if is_condition_failure(error):
            raise WriteConflict from error
        raise


def delete_session(user_id: str, session_id: str) -> None:
    """Delete a session, if it still exists."""
    SessionItem(USER + user_id, SESSION + session_id).delete()


def delete_sessions(user_id: str) -> None:
    """Delete all sessions of a user."""
    sessions = SessionItem.query(USER + user_id, SessionItem.sk.startswith(SESSION))
    with SessionItem.batch_write() as batch:
        for session in sessions:
            batch.delete(session)


def with_keys(session: SessionItem, user_id: str) -> SessionItem:
    """Return the session with the keys of its item."""
    session.pk, session.sk = USER + user_id, SESSION + session.session_id
    return session
