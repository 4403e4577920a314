"""Sessions: sign in, exchange refresh tokens, sign out."""

from datetime import datetime, timedelta

from auth import store
from auth.rules import emails, passwords
from auth.rules.errors import InvalidCredentials, InvalidRefreshToken
from auth.schemas import LoginRequest, Tokens, User
from auth.store import SessionItem, UserItem
from auth.use_cases import access_tokens, refresh_tokens
from auth.use_cases.refresh_tokens import RefreshToken
from domain.ids import new_id
from shared.data.conflicts import WriteConflict
from shared.http.caller import Role
from shared.platform.logs import logger

LIFETIME = timedelta(days=30)  # since the last exchange
# A client that lost the answer may repeat the exchange with the token it still has; it gets the
# same successor. Later use of the same token means that two parties hold it.
GRACE = timedelta(seconds=10)


def log_in(request: LoginRequest, user_agent: str, now: datetime) -> Tokens:
    """Start a session for an email address and password.

    An unknown address costs the same reads and the same hash as a wrong password, so that they
    cannot be distinguished.

    Raises:
        InvalidCredentials: The address is unknown or the password is wrong.
    """
    user = store.find_user_by_email(emails.normalize(request.email))
    if not passwords.matches(request.password, user.password_hash if user else None) or not user:
        raise InvalidCredentials("Email or password is wrong.")
    session = build_session(user_agent, now)
    tokens = issue_tokens(user, RefreshToken(user.user_id, session.session_id, 0), now)
    store.add_session(user.user_id, session)
    return tokens


def refresh(sealed_token: str, now: datetime) -> Tokens:
    """Exchange a refresh token for its successor and a new access token.

    An old token that is used after the grace period ends the whole session (RFC 9700, 4.14.2).

    Raises:
        InvalidRefreshToken: The token is forged, expired or replaced, or its session has ended.
    """
    token = refresh_tokens.unseal(sealed_token, now)
    session = store.find_session(token.user_id, token.session_id) if token else None
    if token is None or session is None or (session.expires_at or 0) <= now.timestamp():
        raise _invalid_refresh_token()
    is_current = token.generation == session.generation
    if not is_current and not _is_in_grace(token, session, now):
        store.delete_session(token.user_id, token.session_id)
        logger.warning("refresh token reused", user_id=token.user_id, session_id=token.session_id)
        raise _invalid_refresh_token()
    user = store.find_user(token.user_id)
    if user is None:
        raise _invalid_refresh_token()
    # Before the exchange is stored: a failure here must not make an old token of this one.
    tokens = issue_tokens(user, token.successor, now)
    if is_current:
        try:
            store.rotate_session(session, now, LIFETIME)
        except WriteConflict:
            # It was exchanged at this very moment, so by now it is an old token.
            return refresh(sealed_token, now)
    return tokens


def log_out(user_id: str, session_id: str, everywhere: bool) -> None:
    """End a session, or with `everywhere` all sessions of the user."""
    if everywhere:
        store.delete_sessions(user_id)
    else:
        store.delete_session(user_id, session_id)


def build_session(user_agent: str, now: datetime) -> SessionItem:
    """Return a session at its first generation, not stored yet."""
    return SessionItem(
        session_id=new_id("ses"),
        generation=0,
        rotated_at=now,
        started_at=now,
        user_agent=user_agent[:256],
        expires_at=int((now + LIFETIME).timestamp()),
    )


def issue_tokens(user: UserItem, refresh_token: RefreshToken, now: datetime) -> Tokens:
    """Issue the tokens of a session."""
    access_token = access_tokens.issue(
        user.user_id, user.email, user.role, refresh_token.session_id, now
    )
    return Tokens(
        access_token=access_token,
        refresh_token=refresh_tokens.seal(refresh_token, now),
        expires_in=int(access_tokens.LIFETIME.total_seconds()),
        user=present_user(user),
    )


def present_user(item: UserItem) -> User:
    """Return an account as its owner sees it."""
    return User(
        id=item.user_id,
        email=item.email,
        name=item.name,
        role=Role(item.role),
        created_at=item.created_at,
    )


def _is_in_grace(token: RefreshToken, session: SessionItem, now: datetime) -> bool:
    return token.generation == session.generation - 1 and now - session.rotated_at <= GRACE


def _invalid_refresh_token() -> InvalidRefreshToken:
    return InvalidRefreshToken("Sign in again.")
