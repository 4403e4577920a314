"""A user's own account."""

from datetime import datetime

from auth import store
from auth.events import UserDeleted, new_event
from auth.rules import passwords
from auth.rules.audit_log import KEPT_AFTER_DELETION, AuditAction
from auth.schemas import User
from auth.store import UserItem
from auth.store.table import OutboxItem
from auth.use_cases import audit, guesses, sessions
from domain.devices import Device
from domain.errors import Forbidden
from shared.data.conflicts import retry_on_conflict
from shared.events import outbox
from shared.http.caller import Caller


def get(caller: Caller, now: datetime) -> User:
    """Return the caller's account.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
    """
    user, _ = sessions.require_alive(caller, now)
    return sessions.present_user(user)


@retry_on_conflict
def delete(caller: Caller, password: str | None, device: Device, now: datetime) -> None:
    """Delete the caller's account and publish the event on which features erase their data.

    The password proves who they are; without one in the account, a recent sign-in does. Both are
    needed where the account has an authenticator app or a passkey.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted before.
        StepUpRequired: The account has no password, or has an authenticator app or a passkey, and
            they did not prove within the last ten minutes who they are.
        Forbidden: The password is wrong.
        TooManyGuesses: Too many were.
        Busy: Other requests changed the account during every attempt.
    """
    user, _ = sessions.require_factor(caller, now)
    if user.password_hash is None:
        sessions.require_fresh(caller, now)
    else:
        _require_password(user, password or "", device, now)
    entry = audit.record_from(device, user.user_id, AuditAction.ACCOUNT_DELETED, now)
    deleted = UserDeleted(user_id=user.user_id)
    published = [new_event(user.user_id, deleted, now)]
    sessions.end_with_account(user, published, entry, now)


def _require_password(user: UserItem, password: str, device: Device, now: datetime) -> None:
    ticket = guesses.admit(device, now, user_id=user.user_id)
    right = passwords.matches(password, user.password_hash)
    if not guesses.settle(ticket, right=right, now=now):
        raise Forbidden("The password is wrong.")


def erase(user_id: str, deleted_at: datetime) -> None:
    """Erase what a deleted account left; it can be repeated.

    The audit log is kept for some time, in case somebody else deleted the account.
    """
    store.delete_items(user_id)
    outbox.erase_kept(OutboxItem, user_id)
    store.expire_audit_log(user_id, deleted_at + KEPT_AFTER_DELETION)
