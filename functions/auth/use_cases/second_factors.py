"""Second factors: authenticator apps (TOTP) and recovery codes.

Whoever signs in to an account that has one gets a challenge instead of tokens. The challenge is an
attempt without a code of ours: the code is that of the app, or a recovery code, and each works
once. Wrong ones count like wrong passwords, because a new challenge can be had without limit.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from auth import store
from auth.events import (
    MfaDisabled,
    MfaEnabled,
    RecoveryCodesReplaced,
    RecoveryCodeUsed,
    new_event,
)
from auth.rules import codes, totp
from auth.rules.audit_log import AuditAction
from auth.rules.errors import TotpEnabled, TotpMissing
from auth.schemas import (
    MfaRequired,
    RecoveryCodes,
    SecondFactors,
    Tokens,
    TotpSecret,
    VerifyMfaRequest,
)
from auth.store import UserItem, Writes
from auth.store import attempts as attempts_store
from auth.store import second_factors as factors_store
from auth.store.guesses import Counter
from auth.store.second_factors import TotpItem
from auth.use_cases import attempts, audit, guesses, report_tokens, sessions, token_keys
from auth.use_cases.attempts import Attempt, Purpose
from auth.use_cases.audit import Origin
from domain.devices import Device
from domain.ids import new_id
from shared.data.conflicts import Busy, WriteConflict, retry_on_conflict
from shared.http.caller import Caller
from shared.platform import sealing

OTP, MFA = "otp", "mfa"  # names of RFC 8176


class Challenge(msgspec.Struct, frozen=True):
    """A sign-in whose second factor is missing.

    Attributes:
        amr: What was proved so far.
        session_epoch: Epoch of the account's sessions: whatever ended all of them since ends this.
    """

    amr: tuple[str, ...]
    session_epoch: str | None


class Proof(msgspec.Struct, frozen=True):
    """A second factor that was right.

    Attributes:
        use: Uses it up, in the transaction of what it is for.
        step: Time step of a code of the app; None for a recovery code.
    """

    use: Writes
    step: int | None


def sign_in(
    user: UserItem,
    device: Device,
    amr: Sequence[str],
    now: datetime,
    *,
    seen: Counter | None = None,
    writes_alongside: Writes | None = None,
) -> Tokens | MfaRequired:
    """Start a session, or ask for the second factor if the account has one.

    The arguments, and what it raises, are those of `sessions.start`.
    """
    if not user.has_totp:
        return sessions.start(user, device, amr, now, seen=seen, writes_alongside=writes_alongside)
    challenge = attempts.begin(
        Purpose.MFA,
        user.user_id,
        now,
        data=Challenge(tuple(amr), user.session_epoch),
        code=None,
    )
    attempts_store.save(challenge.item, [], writes_alongside)
    return MfaRequired(challenge.id)


def verify(request: VerifyMfaRequest, device: Device, now: datetime) -> Tokens:
    """Complete a sign-in by its second factor.

    Raises:
        InvalidCode: The code is wrong or used, or the challenge is unknown, used, expired or out of
            tries.
        TooManyGuesses: The account or the address has to wait after wrong ones.
        AccountBanned: The account was banned.
        Busy: Other requests changed the account, and neither challenge nor code was used up.
    """
    challenge = attempts.take_try(request.challenge_id, Purpose.MFA, now)
    user = store.find_user(challenge.item.subject) if challenge is not None else None
    if challenge is None or user is None:
        guesses.settle(guesses.admit(device, now), right=False, now=now)
        raise attempts.invalid_code()
    begun = challenge.read_data(Challenge)
    proof = prove(user, request.code, device, now)
    if begun.session_epoch != user.session_epoch:
        raise attempts.invalid_code()

    def write(writes: store.Transaction) -> None:
        attempts_store.use(writes, challenge.item)
        proof.use(writes)

    amr = list(dict.fromkeys([*begun.amr, *([OTP] if proof.step else []), MFA]))
    try:
        tokens = sessions.start(user, device, amr, now, writes_alongside=write)
    except WriteConflict:
        if _is_open(challenge, user, request.code, now):
            raise Busy("The account is being changed. Try again in a moment.") from None
        raise attempts.invalid_code() from None
    if proof.step is None:
        report_recovery_code(user, device, now)
    return tokens


def show(caller: Caller, now: datetime) -> SecondFactors:
    """Return the caller's second factors.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
    """
    user, _ = sessions.require_alive(caller, now)
    item = factors_store.find_totp(user.user_id)
    if item is None or item.confirmed_at is None:
        return SecondFactors(None, 0)
    return SecondFactors(item.confirmed_at, len(item.recovery_hashes or ()))


def begin_totp(caller: Caller, now: datetime) -> TotpSecret:
    """Return the secret of a new authenticator app, to be confirmed by its first code.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        TotpEnabled: The account has an app already.
    """
    user, _ = sessions.require_fresh(caller, now)
    secret, label = totp.new_secret(), f"totp {user.user_id} {new_id('otp')}"
    sealed = sealing.seal(secret.encode(), token_keys.derive_secret(label))
    try:
        factors_store.save_pending_totp(user, TotpItem(key_label=label, shared_secret=sealed))
    except WriteConflict:
        sessions.require_alive(caller, now)
        raise _totp_enabled() from None
    return TotpSecret(secret, totp.build_url(secret, user.email))


@retry_on_conflict
def confirm_totp(caller: Caller, code: str, device: Device, now: datetime) -> RecoveryCodes:
    """Make an authenticator app the second factor of the account, by its first code.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        TotpMissing: No app waits for its code.
        TotpEnabled: The account has an app already.
        InvalidCode: The code is wrong.
        TooManyGuesses: Too many were.
        Busy: Other requests changed the account during every attempt.
    """
    user, _ = sessions.require_alive(caller, now)
    item = factors_store.find_totp(user.user_id)
    if item is None:
        raise TotpMissing("Ask for a secret first.")
    if item.confirmed_at is not None:
        raise _totp_enabled()
    ticket = guesses.admit(device, now, user_id=user.user_id)
    secret = _read_secret(item)
    step = totp.find_step(secret, code, now, 0)
    if not guesses.settle(ticket, right=step is not None, now=now) or step is None:
        raise attempts.invalid_code()
    recovery_codes = totp.new_recovery_codes()
    item.recovery_hashes = {totp.hash_recovery_code(secret, each) for each in recovery_codes}
    item.confirmed_at, item.last_step = now, step
    report_token = report_tokens.issue(user, now)
    enabled = MfaEnabled(user_id=user.user_id, report_token=report_token, changed_at=now)
    factors_store.change_factors(
        user,
        [UserItem.has_totp.set(True)],
        factors_store.confirm_totp(item),
        audit.record_from(device, user.user_id, AuditAction.TOTP_ENABLED, now),
        events=[new_event(user.user_id, enabled, now)],
    )
    return RecoveryCodes(recovery_codes)


@retry_on_conflict
def disable_totp(caller: Caller, code: str, device: Device, now: datetime) -> None:
    """Remove the authenticator app of the account, by one of its codes or a recovery code.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        TotpMissing: The account has no app.
        InvalidCode: The code is wrong or used.
        TooManyGuesses: Too many were.
        Busy: Other requests changed the account during every attempt.
    """
    user, _ = sessions.require_alive(caller, now)
    item = _find_confirmed(user)
    prove(user, code, device, now, item)
    report_token = report_tokens.issue(user, now)
    disabled = MfaDisabled(user_id=user.user_id, report_token=report_token, changed_at=now)
    factors_store.change_factors(
        user,
        [UserItem.has_totp.remove()],
        factors_store.delete_unchanged_totp(item),
        audit.record_from(device, user.user_id, AuditAction.TOTP_DISABLED, now),
        events=[new_event(user.user_id, disabled, now)],
    )


@retry_on_conflict
def replace_recovery_codes(
    caller: Caller, code: str, device: Device, now: datetime
) -> RecoveryCodes:
    """Replace all recovery codes, by a code of the app.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        TotpMissing: The account has no app.
        InvalidCode: The code is wrong or used, or it is a recovery code.
        TooManyGuesses: Too many were.
        Busy: Other requests changed the account during every attempt.
    """
    user, _ = sessions.require_alive(caller, now)
    item = _find_confirmed(user)
    proof = prove(user, code, device, now, item)
    if proof.step is None:
        raise attempts.invalid_code()
    secret = _read_secret(item)
    recovery_codes = totp.new_recovery_codes()
    hashes = {totp.hash_recovery_code(secret, each) for each in recovery_codes}
    report_token = report_tokens.issue(user, now)
    replaced = RecoveryCodesReplaced(user.user_id, report_token, now)
    factors_store.change_factors(
        user,
        [],
        factors_store.replace_recovery_codes(item, hashes, proof.step),
        audit.record_from(device, user.user_id, AuditAction.RECOVERY_CODES_REPLACED, now),
        events=[new_event(user.user_id, replaced, now)],
    )
    return RecoveryCodes(recovery_codes)


def prove(
    user: UserItem, code: str, device: Device, now: datetime, item: TotpItem | None = None
) -> Proof:
    """Return the proof that a code is, which still has to be used up.

    Raises:
        InvalidCode: The code is wrong or used.
        TooManyGuesses: Too many were.
    """
    ticket = guesses.admit(device, now, user_id=user.user_id)
    item = item or factors_store.find_totp(user.user_id)
    proof = _match(item, code, now) if item is not None else None
    if not guesses.settle(ticket, right=proof is not None, now=now) or proof is None:
        audit.count_failed_sign_in(user.user_id, now)
        raise attempts.invalid_code()
    return proof


def _match(item: TotpItem, code: str, now: datetime) -> Proof | None:
    secret = _read_secret(item)
    step = totp.find_step(secret, "".join(code.split()), now, int(item.last_step))
    if step is not None:
        return Proof(factors_store.use_step(item, step), step)
    hashed = totp.find_recovery_hash(secret, code, item.recovery_hashes or ())
    return Proof(factors_store.use_recovery_code(item, hashed), None) if hashed else None


def _is_open(challenge: Attempt, user: UserItem, code: str, now: datetime) -> bool:
    """Return whether a challenge can still be completed by a code that was right."""
    item = factors_store.find_totp(user.user_id)
    current = store.find_user(user.user_id)
    return (
        attempts_store.find(codes.hash_id(challenge.id)) is not None
        and item is not None
        and _match(item, code, now) is not None
        and current is not None
        and current.session_epoch == user.session_epoch
    )


def _find_confirmed(user: UserItem) -> TotpItem:
    item = factors_store.find_totp(user.user_id)
    if item is None or item.confirmed_at is None:
        raise TotpMissing("The account has no authenticator app.")
    return item


def _read_secret(item: TotpItem) -> str:
    return sealing.unseal(item.shared_secret, token_keys.derive_secret(item.key_label)).decode()


def report_recovery_code(user: UserItem, device: Device, now: datetime) -> None:
    """Record that a recovery code was used, and mail it to the owner."""
    report_token = report_tokens.issue(user, now)
    used = RecoveryCodeUsed(user_id=user.user_id, report_token=report_token, changed_at=now)
    store.add_events([new_event(user.user_id, used, now)])
    audit.write(
        user.user_id,
        AuditAction.RECOVERY_CODE_USED,
        now,
        origin=Origin.from_device(device),
    )


def _totp_enabled() -> TotpEnabled:
    return TotpEnabled("The account has an authenticator app. Remove it first.")
