"""Another address for an account: the new and the current one confirm it."""

from datetime import datetime

import msgspec

from auth import store
from auth.events import EmailChanged, EmailChangeRequested, EndReason, new_event
from auth.rules import codes, emails, passwords
from auth.rules.audit_log import AuditAction
from auth.schemas import ChangeEmailRequest, CodeSent, ConfirmEmailRequest
from auth.store import UserItem
from auth.store import attempts as attempts_store
from auth.use_cases import attempts, audit, guesses, mail_limits, report_tokens, sessions
from auth.use_cases.attempts import Purpose
from domain import ids
from domain.devices import Device
from domain.errors import FieldError, Forbidden, InvalidFields
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller


class EmailChange(msgspec.Struct, frozen=True):
    """What waits for the codes.

    Attributes:
        email: The new address, normalized.
    """

    email: str


def request_change(
    caller: Caller, request: ChangeEmailRequest, device: Device, now: datetime
) -> CodeSent:
    """Mail a code to the new address and one to the current address.

    The answer is the same if the new address has an account already; no code fits then, and
    neither address gets one.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        Forbidden: The password is wrong.
        TooManyGuesses: Too many were.
        InvalidFields: No mail server takes the address.
    """
    user, _ = sessions.require_fresh(caller, now)
    _require_password(user, request.password, device, now)
    email = emails.normalize(request.email)
    error = emails.find_error(email)
    if error:
        raise InvalidFields(FieldError("body.email", error))
    is_free = store.find_user_by_email(request.email) is None
    code, current_code = codes.new_code(), codes.new_code()
    attempt = attempts.begin(
        Purpose.CHANGE_EMAIL,
        user.user_id,
        now,
        data=EmailChange(email),
        code=code + current_code if is_free else None,
    )
    published = []
    if mail_limits.admit(email, device, now) and is_free:
        requested = EmailChangeRequested(
            user_id=user.user_id,
            name=user.name,
            email=email,
            code=code,
            current_email=user.email,
            current_code=current_code,
            expires_at=now + attempts.LIFETIME,
        )
        with ids.not_derived():  # the codes of a lost attempt would fit no longer
            published.append(new_event(user.user_id, requested, now))
    attempts_store.save(attempt.item, published)
    return CodeSent(attempt.id)


def confirm(caller: Caller, request: ConfirmEmailRequest, device: Device, now: datetime) -> None:
    """Change the address, and end all sessions but the caller's.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        InvalidCode: A code is wrong, used or expired, or the address has an account by now.
        TooManyGuesses: Too many were wrong.
        Busy: Other requests changed the account during every attempt.
    """
    entered = request.new_address_code + request.current_address_code
    attempt = attempts.check(request.attempt_id, entered, Purpose.CHANGE_EMAIL, device, now)
    _complete(caller, attempt, device, now)


@retry_on_conflict
def _complete(caller: Caller, attempt: attempts.Attempt, device: Device, now: datetime) -> None:
    user, session = sessions.require_alive(caller, now)
    email = attempt.read_data(EmailChange).email
    is_open = attempts_store.find(codes.hash_id(attempt.id)) is not None
    if attempt.item.subject != user.user_id or not is_open or store.find_user_by_email(email):
        raise attempts.invalid_code()
    report_token = report_tokens.issue(user, now)
    changed = EmailChanged(
        user_id=user.user_id,
        email=email,
        former_email=user.email,
        report_token=report_token,
        changed_at=now,
    )

    def write(writes: store.Transaction) -> None:
        attempts_store.use(writes, attempt.item)
        store.change_email_owner(writes, user, email)

    sessions.end_all(
        user,
        EndReason.EMAIL_CHANGED,
        now,
        device=device,
        kept=session,
        changes=[UserItem.email.set(email), UserItem.has_unread_address.remove()],
        published=[new_event(user.user_id, changed, now)],
        entry=audit.record_from(device, user.user_id, AuditAction.EMAIL_CHANGED, now),
        writes_alongside=write,
    )


def _require_password(user: UserItem, password: str | None, device: Device, now: datetime) -> None:
    if user.password_hash is None:
        return  # the code that the current address gets is all there is to prove
    ticket = guesses.admit(device, now, user_id=user.user_id)
    right = passwords.matches(password or "", user.password_hash)
    if not guesses.settle(ticket, right=right, now=now):
        raise Forbidden("The password is wrong.")
