"""How long sessions live, and how many an account has."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

# OWASP ASVS 7.3.1 and 7.3.2: a session ends after a time without use, and after a time in any case.
IDLE_LIFETIME = timedelta(days=30)
ABSOLUTE_LIFETIME = timedelta(days=90)
MAX_SESSIONS = 20


class Used(Protocol):
    """A session, as far as its use is concerned."""

    session_id: str
    rotated_at: datetime


Session = TypeVar("Session", bound=Used)


def compute_expiry(started_at: datetime, last_used_at: datetime) -> datetime:
    """Return when a session ends if it is not used again."""
    return min(started_at + ABSOLUTE_LIFETIME, last_used_at + IDLE_LIFETIME)


def choose_surplus(sessions: Iterable[Session], newest_id: str) -> list[Session]:
    """Return the sessions beyond the maximum: those unused for longest, never the newest one."""
    others = [session for session in sessions if session.session_id != newest_id]
    others.sort(key=lambda session: (session.rotated_at, session.session_id), reverse=True)
    return others[MAX_SESSIONS - 1 :]
