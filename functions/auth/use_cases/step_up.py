"""Step-up: a user who is signed in proves again who they are, for a sensitive change."""

from datetime import datetime

from auth.rules import passwords
from auth.rules.devices import Device
from auth.schemas import StepUpRequest, Tokens
from auth.store import SessionItem, UserItem
from auth.use_cases import guesses, passkeys, second_factors, sessions
from domain.errors import FieldError, Forbidden, InvalidFields
from domain.step_up import StepUpRequired, Way
from shared.data.conflicts import Busy, WriteConflict
from shared.http.caller import Caller


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
        Busy: Other requests changed the session, and nothing was used up.
    """
    user, session = sessions.require_alive(caller, now)
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
    try:
        return _renew(user, session, request, device, now)
    except WriteConflict:
        raise Busy("The session is being changed. Try again in a moment.") from None


def _renew(
    user: UserItem, session: SessionItem, request: StepUpRequest, device: Device, now: datetime
) -> Tokens:
    if request.passkey is not None:
        proof = passkeys.prove(request.passkey, device, now, owner_id=user.user_id)
        noted = passkeys.note(proof, now)
        return sessions.renew(user, session, proof.amr, device, now, writes_alongside=noted)
    if request.code is not None:
        factor = second_factors.prove(user, request.code, device, now)
        amr = ([second_factors.OTP] if factor.step else []) + [second_factors.MFA]
        return sessions.renew(user, session, amr, device, now, writes_alongside=factor.use)
    ticket = guesses.admit(device, now, user_id=user.user_id)
    right = passwords.matches(request.password or "", user.password_hash)
    if not guesses.settle(ticket, right=right, now=now):
        raise Forbidden("The password is wrong.")
    return sessions.renew(user, session, ["pwd"], device, now)
