"""Sessions: starting one, exchanging its refresh token, ending it."""

from datetime import datetime, timedelta

from auth import store
from auth.rules import passwords
from auth.rules.errors import InvalidCredentials, InvalidRefreshToken
from auth.schemas import LoginRequest, Tokens, User, normalized
from auth.store import SessionItem, UserItem
from auth.use_cases import access_tokens, refresh_tokens
from auth.use_cases.refresh_tokens import RefreshToken
from domain.ids import new_id
from shared.data.conflicts import WriteConflict
from shared.http.caller import Role
from shared.platform.logs import logger

LIFETIME = timedelta(days=30)  # since the last exchange
# A client that lost the answer may ask again with the token it still has; it gets the same
# successor. Later, the same token means that two parties hold it.
GRACE = timedelta(seconds=10)


def log_in(request: LoginRequest, user_agent: str, now: datetime) -> Tokens:
    """Start a session for email and password.

    Raises a 401 Problem that says nothing about which of the two is wrong, after the same reads
    and the same hash.
    """
    user = store.find_user_by_email(normalized(request.email))
    if not passwords.matches(request.password, user.password_hash if user else None) or not user:
        raise InvalidCredentials("Email or password is wrong.")
    session = new_session(user_agent, now)
    store.add_session(user.user_id, session)
    return tokens(user, RefreshToken(user.user_id, session.session_id, 0), now)


def refresh(text: str, now: datetime) -> Tokens:
    """Exchange a refresh token for its successor and a fresh access token.

    Raises a 401 Problem for a token that is not ours, expired or ended. An old token outside the
    grace ends the whole session (RFC 9700, 4.14.2).
    """
    token = refresh_tokens.opened(text)
    session = store.find_session(token.user_id, token.session_id) if token else None
    if token is None or session is None or (session.expires_at or 0) <= now.timestamp():
        raise _invalid_refresh_token()
    if token.generation == session.generation:
        try:
            store.rotate_session(session, now, LIFETIME)
        except WriteConflict:
            return refresh(text, now)  # it was exchanged this very moment: now it is an old one
    elif not _in_grace(token, session, now):
        store.delete_session(token.user_id, token.session_id)
        logger.warning("refresh token reused", user_id=token.user_id, session_id=token.session_id)
        raise _invalid_refresh_token()
    user = store.find_user(token.user_id)
    if user is None:
        raise _invalid_refresh_token()
    return tokens(user, token.successor, now)


def log_out(user_id: str, session_id: str, everywhere: bool) -> None:
    """End this session, or all of the user's."""
    if everywhere:
        store.delete_sessions(user_id)
    else:
        store.delete_session(user_id, session_id)


def new_session(user_agent: str, now: datetime) -> SessionItem:
    """A session at its first generation, not stored yet."""
    return SessionItem(
        session_id=new_id("ses"),
        generation=0,
        rotated_at=now,
        started_at=now,
        user_agent=user_agent[:256],
        expires_at=int((now + LIFETIME).timestamp()),
    )


def tokens(user: UserItem, refresh_token: RefreshToken, now: datetime) -> Tokens:
    """The session's tokens for its owner. Two KMS calls."""
    access_token = access_tokens.access_token(
        user.user_id, user.email, user.role, refresh_token.session_id, now
    )
    return Tokens(
        access_token=access_token,
        refresh_token=refresh_tokens.sealed(refresh_token),
        expires_in=int(access_tokens.LIFETIME.total_seconds()),
        user=as_user(user),
    )


def as_user(item: UserItem) -> User:
    """The account as its owner sees it."""
    return User(
        id=item.user_id,
        email=item.email,
        name=item.name,
        role=Role(item.role),
        created_at=item.created_at,
    )


def _in_grace(token: RefreshToken, session: SessionItem, now: datetime) -> bool:
    return token.generation == session.generation - 1 and now - session.rotated_at <= GRACE


def _invalid_refresh_token() -> InvalidRefreshToken:
    return InvalidRefreshToken("Sign in again.")
