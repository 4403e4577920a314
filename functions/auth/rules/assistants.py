"""Assistants of artists: how many there are, for how long they are invited, and their sessions."""

import hmac
import secrets
from datetime import timedelta

MAX_ASSISTANTS = 10  # of an artist, those included who are invited
INVITED_FOR = timedelta(days=14)


def new_grant() -> str:
    """Return the random part of the ids of an assistant's sessions in a studio."""
    return secrets.token_hex(16)


def derive_session_id(grant: str, epoch: str | None) -> str:
    """Return the id of the session that an assistant has in a studio.

    It is no stored session: it lasts until the grant is replaced or all sessions of the artist are
    ended. Whoever does either adds the id to the sessions that have ended.
    """
    digest = hmac.digest(grant.encode(), (epoch or "").encode(), "sha256")
    return f"ses_{digest[:16].hex()}"
