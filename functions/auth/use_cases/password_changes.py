"""Passwords that are forgotten, and passwords that are changed.

A reset has no attempt id, because the code is all that is sent back. So the code has ten digits,
and what is looked up is a keyed hash of address and code: a wrong code finds nothing, and nobody
can use up the tries of another. Guesses count for the IP address only, as everywhere; at thirty
free ones an hour, a hundred thousand addresses find a code of ten minutes in 1 of 20,000 cases.
"""

import hmac
from datetime import datetime, timedelta

import msgspec

from auth import store
from auth.events import EndReason, PasswordChanged, PasswordResetRequested, new_event
from auth.rules import codes, emails, passwords
from auth.rules.audit_log import AuditAction
from auth.schemas import ChangePasswordRequest, ResetMailAccepted, ResetPasswordRequest
from auth.store import UserItem
from auth.store import attempts as attempts_store
from auth.use_cases import (
    attempts,
    audit,
    guesses,
    mail_limits,
    report_tokens,
    sessions,
    token_keys,
)
from auth.use_cases.attempts import Attempt, Purpose
from domain.devices import Device
from domain.errors import FieldError, Forbidden, InvalidFields
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller

CODE_LIFETIME = timedelta(minutes=10)


class Reset(msgspec.Struct, frozen=True):
    """What waits for the code of a reset.

    Attributes:
        session_epoch: Epoch of the account's sessions: whatever ended all of them since, such as
            another reset, makes the code useless.
    """

    session_epoch: str | None


def forget(email: str, device: Device, now: datetime) -> ResetMailAccepted:
    """Mail a code for a new password, if the address has an account.

    Both cases cost the same reads and one transaction, so that they cannot be distinguished.
    """
    user = store.find_user_by_email(email)
    email = emails.normalize(email)
    subject = user or UserItem(user_id=store.nobody(email), email=email, name="")
    attempt, requested = begin_reset(subject, email, subject.session_epoch, now)
    if user is None:
        attempt.item.code_hash = None
    is_admitted = mail_limits.admit(email, device, now, user_id=subject.user_id)
    is_mailed = is_admitted and user is not None
    attempts_store.save(attempt.item, [requested] if is_mailed else [])
    return ResetMailAccepted()


def begin_reset(
    user: UserItem, email: str, epoch: str | None, now: datetime
) -> tuple[Attempt, DomainEvent]:
    """Return the attempt of a reset, and the event that mails its code.

    Args:
        user: The account.
        email: The address that gets the code and is sent back with it.
        epoch: Epoch of the account's sessions in which the code works.
        now: The current instant.
    """
    code = codes.new_long_code()
    _, secret = token_keys.sealing_key(now)
    attempt = attempts.begin(
        Purpose.RESET_PASSWORD,
        user.user_id,
        now,
        attempt_id=_derive_id(email, code, secret),
        data=Reset(epoch),
        code=code,
        lifetime=CODE_LIFETIME,
    )
    requested = PasswordResetRequested(
        user_id=user.user_id,
        email=email,
        name=user.name,
        code=code,
        expires_at=now + CODE_LIFETIME,
    )
    return attempt, new_event(user.user_id, requested, now)


def reset(request: ResetPasswordRequest, device: Device, now: datetime) -> None:
    """Replace a forgotten password, and end all sessions.

    It signs nobody in: a second factor, if there is one, is asked for at the next sign-in.

    Raises:
        InvalidCode: The code is wrong, used or expired, or all sessions ended since it was mailed.
        TooManyGuesses: The IP address has to wait after wrong codes.
        InvalidFields: The new password is one that is tried first. The code remains valid.
        Busy: Other requests changed the account during every attempt.
    """
    email, code = emails.normalize(request.email), "".join(request.code.split())
    attempt_id = _find_id(email, code, now)
    attempt = attempts.check(attempt_id, code, Purpose.RESET_PASSWORD, device, now)
    _complete_reset(attempt, request.password, device, now)


@retry_on_conflict
def change(caller: Caller, request: ChangePasswordRequest, device: Device, now: datetime) -> None:
    """Replace the caller's password, and end all sessions but theirs.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: The account has an authenticator app or a passkey, and they did not prove
            within the last ten minutes who they are.
        Forbidden: The current password is wrong, or the account has none: it gets one by a reset.
        TooManyGuesses: Too many were wrong.
        InvalidFields: The new password is one that is tried first.
        Busy: Other requests changed the account during every attempt.
    """
    user, session = sessions.require_factor(caller, now)
    ticket = guesses.admit(device, now, user_id=user.user_id)
    right = passwords.matches(request.current_password, user.password_hash)
    if not guesses.settle(ticket, right=right, now=now):
        raise Forbidden("The current password is wrong.")
    _require_strong(request.new_password, user, "body.newPassword")
    report_token = report_tokens.issue(user, now)
    sessions.end_all(
        user,
        EndReason.PASSWORD_CHANGED,
        now,
        device=device,
        kept=session,
        changes=[UserItem.password_hash.set(passwords.hash_password(request.new_password))],
        published=[_changed_event(user, report_token, now)],
        entry=audit.record_from(device, user.user_id, AuditAction.PASSWORD_CHANGED, now),
    )


@retry_on_conflict
def _complete_reset(attempt: Attempt, password: str, device: Device, now: datetime) -> None:
    user = store.find_user(attempt.item.subject)
    begun = attempt.read_data(Reset)
    if user is None or user.session_epoch != begun.session_epoch:
        raise attempts.invalid_code()
    _require_strong(password, user, "body.password")
    report_token = report_tokens.issue(user, now)

    sessions.end_all(
        user,
        EndReason.PASSWORD_CHANGED,
        now,
        device=device,
        changes=[
            UserItem.password_hash.set(passwords.hash_password(password)),
            UserItem.has_unread_address.remove(),
        ],
        published=[_changed_event(user, report_token, now)],
        entry=audit.record_from(device, user.user_id, AuditAction.PASSWORD_RESET, now),
        writes_alongside=lambda writes: attempts_store.use(writes, attempt.item),
    )


def _find_id(email: str, code: str, now: datetime) -> str:
    """Return the id of the attempt that this code would belong to, whether or not there is one."""
    secrets = token_keys.list_sealing_secrets(now, CODE_LIFETIME)
    ids = [_derive_id(email, code, secret) for secret in secrets]
    if len(ids) == 1:
        return ids[0]
    return next((each for each in ids if attempts_store.find(codes.hash_id(each))), ids[0])


def _derive_id(email: str, code: str, secret: bytes) -> str:
    return hmac.digest(secret, f"reset password {email} {code}".encode(), "sha256").hex()


def _require_strong(password: str, user: UserItem, field: str) -> None:
    weakness = passwords.find_weakness(password, user.email, user.name)
    if weakness:
        raise InvalidFields(FieldError(field, weakness))


def _changed_event(user: UserItem, report_token: str, now: datetime) -> DomainEvent:
    changed = PasswordChanged(user_id=user.user_id, report_token=report_token, changed_at=now)
    return new_event(user.user_id, changed, now)
