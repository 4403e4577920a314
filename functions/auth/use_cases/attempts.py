"""Attempts: whatever waits for a code, such as a registration or a sign-in by mail.

An attempt has an opaque id of 192 random bits that only the device knows that began it. The code is
mailed; it opens nothing without the id, and the id opens nothing without the code. So a code that
its reader enters completes what *their* device began, and nothing that somebody else began with the
same address.

Begin one, and store it together with the event that mails its code::

    attempt = attempts.begin(Purpose.SIGN_IN, user.user_id, now, data=SignIn(...))
    store.attempts.save(attempt.item, [event with attempt.code])
    return attempt.id                                    # answered to the device

Use it once, in the transaction of what it does::

    entered = attempts.check(attempt_id, code, Purpose.SIGN_IN, device, now)
    details = entered.read_data(SignIn)
    with transaction(UserItem) as writes:                # in a module of the store
        attempts.use(writes, entered.item)               # auth.store.attempts
        ...                                              # WriteConflict: it was used meanwhile

Where an address leads nowhere, such as a registration of an address that has an account, begin one
with `code=None`: it is stored, answered and limited like any other, and no code fits.

Rules: a purpose is part of an attempt, and its code works for nothing else. Five tries, counted
before the code is compared; three further codes (`resend`), each with five tries of its own. Ten
minutes, for a registration fifteen. Wrong codes also count for the IP address, and with `user_id`
for that account (`auth.use_cases.guesses`).

A second factor has no code of ours: `begin` it with `code=None`, `take_try` it, compare the factor
between `guesses.admit` and `guesses.settle`, and use it up.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec

from auth.rules import codes
from auth.rules.errors import AttemptEnded, InvalidCode
from auth.store import attempts as store
from auth.store.attempts import AttemptItem
from auth.use_cases import guesses
from domain.devices import Device
from shared.platform import sealing

TRIES = 5
RESENDS = 3
LIFETIME = timedelta(minutes=10)
Data = TypeVar("Data", bound=msgspec.Struct)


class Purpose(StrEnum):
    """What an attempt is for. Its code works for nothing else."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    RESET_PASSWORD = "reset_password"  # noqa: S105
    CHANGE_EMAIL = "change_email"
    MFA = "mfa"
    OPENID = "openid"
    PASSKEY = "passkey"
    ADD_PASSKEY = "add_passkey"
    REPORT = "report"


class Attempt(msgspec.Struct, frozen=True):
    """An attempt whose id is known.

    Attributes:
        id: The opaque id, for the device that began it.
        item: What is stored.
        code: The code to mail; None if no code fits, or once it was stored.
    """

    id: str
    item: AttemptItem
    code: str | None = None

    def read_data(self, model: type[Data]) -> Data:
        """Return the data that the attempt was begun with."""
        return msgspec.json.decode(
            sealing.unseal(self.item.data or b"", self.id.encode()), type=model
        )


def begin(
    purpose: Purpose,
    subject: str,
    now: datetime,
    *,
    attempt_id: str | None = None,
    data: msgspec.Struct | None = None,
    code: str | None = "",
    lifetime: timedelta = LIFETIME,
) -> Attempt:
    """Return a new attempt, not stored yet.

    Args:
        purpose: What it is for.
        subject: What it concerns, such as the id of a user. Stored in clear: no address.
        now: The current instant.
        attempt_id: Its id, if that is derived from something else; by default a random one.
        data: What is needed once the code is entered. It is stored sealed with the attempt's id.
        code: The code, by default six random digits; None if no code may fit.
        lifetime: How long the code is valid.
    """
    attempt_id = attempt_id or codes.new_attempt_id()
    code = codes.new_code() if code == "" else code
    item = store.new_item(codes.hash_id(attempt_id))
    item.purpose, item.subject = purpose.value, subject
    item.code_hash = codes.hash_code(attempt_id, code) if code is not None else None
    item.tries_left, item.resends_left = TRIES, RESENDS
    item.expires_at = int((now + lifetime).timestamp())
    if data is not None:
        item.data = sealing.seal(msgspec.json.encode(data), attempt_id.encode())
    return Attempt(attempt_id, item, code)


def check(
    attempt_id: str,
    code: str,
    purpose: Purpose,
    device: Device,
    now: datetime,
    *,
    user_id: str | None = None,
) -> Attempt:
    """Return the attempt that this code completes. It still has to be used up.

    Raises:
        InvalidCode: The code is wrong, or the attempt is unknown, used, expired, for another
            purpose or out of tries.
        TooManyGuesses: The address, or the account, has to wait.
    """
    ticket = guesses.admit(device, now, user_id=user_id)
    attempt = take_try(attempt_id, purpose, now)
    right = attempt is not None and codes.matches(attempt_id, code, attempt.item.code_hash)
    if not guesses.settle(ticket, right=right, now=now) or attempt is None:
        raise invalid_code()
    return attempt


def take_try(attempt_id: str, purpose: Purpose, now: datetime) -> Attempt | None:
    """Take one of the tries of an attempt; None if it is unknown, over or out of tries."""
    item = store.take_try(codes.hash_id(attempt_id), purpose.value, now)
    return Attempt(attempt_id, item) if item is not None else None


def find(attempt_id: str, purpose: Purpose, now: datetime) -> Attempt:
    """Return an attempt without taking a try.

    Raises:
        AttemptEnded: It is unknown, used, expired or for another purpose.
    """
    item = store.find(codes.hash_id(attempt_id))
    if item is None or item.purpose != purpose or (item.expires_at or 0) <= now.timestamp():
        raise AttemptEnded("Begin again.")
    return Attempt(attempt_id, item)


def renew(attempt: Attempt, now: datetime, lifetime: timedelta = LIFETIME) -> Attempt:
    """Return an attempt with another code, to be stored by `store.attempts.replace_code`.

    An attempt that no code fits stays one.

    Raises:
        AttemptEnded: Its three further codes are used up.
    """
    item = attempt.item
    if item.resends_left <= 0:
        raise AttemptEnded("No further code can be sent. Begin again.")
    code = codes.new_code() if item.code_hash is not None else None
    item.code_hash = codes.hash_code(attempt.id, code) if code is not None else None
    item.tries_left, item.resends_left = TRIES, item.resends_left - 1
    item.expires_at = int((now + lifetime).timestamp())
    return Attempt(attempt.id, item, code)


def invalid_code() -> InvalidCode:
    """Return the error for every code that opens nothing."""
    return InvalidCode("The code is wrong or no longer valid.")
