"""Signing in by a mailed code, which also opens an account at first use."""

from datetime import datetime

import msgspec

from auth import store
from auth.events import SignInCodeRequested, new_event
from auth.rules import codes, emails
from auth.schemas import (
    CodeSent,
    MfaRequired,
    SignInByCodeRequest,
    SignInCodeRequest,
    Tokens,
)
from auth.store import attempts as attempts_store
from auth.use_cases import attempts, mail_limits, registration, second_factors, sessions
from auth.use_cases.attempts import Attempt, Purpose
from domain.devices import Device
from domain.errors import FieldError, InvalidFields
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict

NAMELESS = "Guest"  # somebody who gave no name when their account was opened


class SignIn(msgspec.Struct, frozen=True):
    """What waits for its code.

    Attributes:
        email: The address, normalized.
        name: Name for an account that is opened.
        opens: Whether it opens an account: the address had none when the code was asked for.
    """

    email: str
    name: str
    opens: bool


def request_code(request: SignInCodeRequest, device: Device, now: datetime) -> CodeSent:
    """Mail a code to an address, whether or not it has an account.

    Raises:
        InvalidFields: No mail server takes the address.
    """
    email = emails.normalize(request.email)
    error = emails.find_error(email)
    if error:
        raise InvalidFields(FieldError("body.email", error))
    user = store.find_user_by_email(request.email)
    user_id = user.user_id if user else new_id("usr")
    name = user.name if user else request.name or NAMELESS
    attempt = attempts.begin(Purpose.SIGN_IN, user_id, now, data=SignIn(email, name, user is None))
    published = []
    is_mailed = mail_limits.admit(email, device, now, user_id=user_id)
    if is_mailed and attempt.code is not None:
        requested = SignInCodeRequested(
            user_id=user_id,
            email=email,
            name=name,
            code=attempt.code,
            expires_at=now + attempts.LIFETIME,
        )
        published.append(new_event(user_id, requested, now))
    attempts_store.save(attempt.item, published)
    return CodeSent(attempt.id)


def sign_in(request: SignInByCodeRequest, device: Device, now: datetime) -> Tokens | MfaRequired:
    """Sign in by a code. An address without an account gets one, as a client.

    Raises:
        InvalidCode: The code is wrong, used or expired, or this is one try too many.
        TooManyGuesses: The IP address has to wait after wrong codes.
        AccountBanned: The account was banned.
        Busy: Other requests changed the account during every attempt.
    """
    attempt = attempts.check(request.attempt_id, request.code, Purpose.SIGN_IN, device, now)
    return _complete(attempt, device, now)


@retry_on_conflict
def _complete(attempt: Attempt, device: Device, now: datetime) -> Tokens | MfaRequired:
    wanted = attempt.read_data(SignIn)
    if attempts_store.find(codes.hash_id(attempt.id)) is None:
        raise attempts.invalid_code()  # used meanwhile
    user = store.find_user_by_email(wanted.email)
    if user is None and not wanted.opens:
        # Its account was deleted meanwhile, or has another address. The subject of the attempt is
        # that account: opened again, it would be one that no feature writes for.
        raise attempts.invalid_code()
    if user is None:
        user, writes = registration.open_account(attempt, wanted.email, wanted.name, device, now)
        return sessions.start(user, device, (registration.CODE,), now, writes_alongside=writes)
    if user.has_unread_address:
        store.note_mail_was_read(user)
    return second_factors.sign_in(
        user,
        device,
        (registration.CODE,),
        now,
        writes_alongside=lambda writes: attempts_store.use(writes, attempt.item),
    )
