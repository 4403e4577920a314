"""A person's own account: seeing it, deleting it."""

from datetime import datetime

from auth import passwords, store
from auth.sessions import as_user
from auth.types import User, UserDeleted
from shared import events
from shared.caller import Caller
from shared.problems import forbidden, unauthorized


def me(caller: Caller) -> User:
    """The caller's account. Raises a 401 Problem when the session has been ended."""
    user = store.find_user(caller.user_id)
    if user is None or store.find_session(caller.user_id, caller.session_id) is None:
        raise unauthorized("session_ended", "Sign in again.")
    return as_user(user)


def delete(caller: Caller, password: str, now: datetime) -> None:
    """Delete the caller's account; the event makes every feature erase its share.

    Raises a 403 Problem when the password is wrong, a 401 one when there is no account any more.
    """
    user = store.find_user(caller.user_id)
    if user is None:
        raise unauthorized("session_ended", "Sign in again.")
    if not passwords.matches(password, user.password_hash):
        raise forbidden("The password is wrong.")
    deleted = UserDeleted(user_id=user.user_id)
    store.delete_user(user, [events.event("auth", user.user_id, deleted, now)])
