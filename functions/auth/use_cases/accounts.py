"""A user's own account."""

from datetime import datetime

from auth import store
from auth.events import UserDeleted
from auth.rules import passwords
from auth.rules.audit_log import KEPT_AFTER_DELETION, AuditAction
from auth.schemas import User
from auth.store.table import OutboxItem
from auth.use_cases import audit
from auth.use_cases.sessions import present_user
from domain.errors import Forbidden, SessionEnded
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events, outbox
from shared.http.caller import Caller


def get(caller: Caller) -> User:
    """Return the caller's account.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
    """
    user = store.find_user(caller.user_id)
    if user is None or store.find_session(caller.user_id, caller.session_id) is None:
        raise SessionEnded("Sign in again.")
    return present_user(user)


@retry_on_conflict
def delete(caller: Caller, password: str, now: datetime) -> None:
    """Delete the caller's account and publish the event on which features erase their data.

    Raises:
        SessionEnded: The account was deleted before.
        Forbidden: The password is wrong.
    """
    user = store.find_user(caller.user_id)
    if user is None:
        raise SessionEnded("Sign in again.")
    if not passwords.matches(password, user.password_hash):
        raise Forbidden("The password is wrong.")
    entry = audit.record(user.user_id, AuditAction.ACCOUNT_DELETED, now)
    deleted = UserDeleted(user_id=user.user_id)
    event = domain_events.new_event("auth", user.user_id, deleted, now)
    store.delete_user(user, [event], entry, now)


def erase(user_id: str, deleted_at: datetime) -> None:
    """Erase what a deleted account left; it can be repeated.

    The audit log is kept for some time, in case somebody else deleted the account.
    """
    store.delete_sessions(user_id)
    outbox.erase_kept(OutboxItem, user_id)
    store.expire_audit_log(user_id, deleted_at + KEPT_AFTER_DELETION)
