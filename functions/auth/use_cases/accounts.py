"""A person's own account: seeing it, deleting it."""

from datetime import datetime

from auth import store
from auth.rules import passwords
from auth.rules.errors import SessionEnded
from auth.schemas import User, UserDeleted
from auth.use_cases.sessions import as_user
from domain.errors import Forbidden
from shared.events import domain_events
from shared.http.caller import Caller


def me(caller: Caller) -> User:
    """The caller's account. Raises a 401 Problem when the session has been ended."""
    user = store.find_user(caller.user_id)
    if user is None or store.find_session(caller.user_id, caller.session_id) is None:
        raise SessionEnded("Sign in again.")
    return as_user(user)


def delete(caller: Caller, password: str, now: datetime) -> None:
    """Delete the caller's account; the event makes every feature erase its share.

    Raises a 403 Problem when the password is wrong, a 401 one when there is no account any more.
    """
    user = store.find_user(caller.user_id)
    if user is None:
        raise SessionEnded("Sign in again.")
    if not passwords.matches(password, user.password_hash):
        raise Forbidden("The password is wrong.")
    deleted = UserDeleted(user_id=user.user_id)
    store.delete_user(user, [domain_events.new_event("auth", user.user_id, deleted, now)])
