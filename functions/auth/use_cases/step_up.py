"""Step-up: a user who is signed in proves again who they are, for a sensitive change."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from auth.rules import passwords
from auth.schemas import StepUpRequest, Tokens
from auth.store import UserItem, Writes
from auth.use_cases import guesses, passkeys, second_factors, sessions
from auth.use_cases.password_sign_in import PASSWORD
from domain.devices import Device
from domain.errors import FieldError, Forbidden, InvalidFields
from domain.step_up import StepUpRequired, Way
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller


class Proof(msgspec.Struct, frozen=True):
    """What was proved, which still has to be used up.

    Attributes:
        amr: How (RFC 8176).
        prepare: Returns the writes that use it up, if there are any, from what is stored now.
        is_recovery_code: Whether it was a recovery code, which the owner gets a mail about.
    """

    amr: Sequence[str]
    prepare: Callable[[], Writes | None]
    is_recovery_code: bool = False


def prove(caller: Caller, request: StepUpRequest, device: Device, now: datetime) -> Tokens:
    """Return fresh tokens of the caller's session, for one of the ways that the account has.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        InvalidFields: It is none or several of the ways.
        StepUpRequired: The account has not this way. With an authenticator app, a password alone
            is not accepted.
        Forbidden: The password is wrong.
        InvalidCode: The code is wrong or used.
        InvalidPasskey: The passkey is not one of the account, or its answer is wrong.
        TooManyGuesses: Too many were.
        AccountBanned: The account was banned.
        Busy: Other requests changed the session, or used the code, during every attempt.
    """
    user, _ = sessions.require_alive(caller, now)
    given = {
        Way.PASSWORD: request.password,
        Way.CODE: request.code,
        Way.PASSKEY: request.passkey,
    }
    chosen = [way for way, secret in given.items() if secret is not None]
    if len(chosen) != 1:
        raise InvalidFields(FieldError("body", "must be one of password, code and passkey"))
    ways = sessions.list_ways(user)
    if chosen[0] not in ways:
        raise StepUpRequired(ways)
    proof = _prove(user, request, device, now)
    tokens = _renew(caller, proof, device, now)
    if proof.is_recovery_code:
        second_factors.report_recovery_code(user, device, now)
    return tokens


def _prove(user: UserItem, request: StepUpRequest, device: Device, now: datetime) -> Proof:
    if request.passkey is not None:
        used = passkeys.prove(request.passkey, device, now, owner_id=user.user_id)
        return Proof(used.amr, lambda: passkeys.note(used, now))
    if request.code is not None:
        factor = second_factors.prove(user, request.code, device, now)
        otp = [second_factors.OTP] if factor.step else []
        return Proof([*otp, second_factors.MFA], lambda: factor.use, factor.step is None)
    ticket = guesses.admit(device, now, user_id=user.user_id)
    right = passwords.matches(request.password or "", user.password_hash)
    if not guesses.settle(ticket, right=right, now=now):
        raise Forbidden("The password is wrong.")
    return Proof([PASSWORD], lambda: None)


@retry_on_conflict
def _renew(caller: Caller, proof: Proof, device: Device, now: datetime) -> Tokens:
    """Renew the session, again if another tab refreshes it at the same moment."""
    user, session = sessions.require_alive(caller, now)
    return sessions.renew(user, session, proof.amr, device, now, writes_alongside=proof.prepare())
