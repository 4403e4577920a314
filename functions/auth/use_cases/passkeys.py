"""Passkeys: add, list, remove, and sign in with one.

Each challenge is an attempt with a single try, so an answer of a browser is looked at once. A
passkey is two factors: its authenticator, which verifies its user each time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from auth import store
from auth.events import PasskeyAdded, PasskeyRemoved, new_event
from auth.rules import codes
from auth.rules import passkeys as rules
from auth.rules.audit_log import AuditAction
from auth.rules.errors import InvalidPasskey, PasskeyLimit
from auth.rules.passkeys import MAX_PASSKEYS, NotProved, RelyingParty, Use
from auth.schemas import (
    AddPasskeyRequest,
    CreationOptions,
    CredentialDescriptor,
    CredentialParameters,
    Passkey,
    PasskeyChallenge,
    PasskeyCreation,
    PasskeyList,
    PasskeyProof,
    RelyingPartyEntity,
    RequestOptions,
    Tokens,
    UsedCredential,
    UserEntity,
)
from auth.store import UserItem
from auth.store import attempts as attempts_store
from auth.store import passkeys as passkeys_store
from auth.store import second_factors as factors_store
from auth.store.passkeys import PasskeyItem
from auth.use_cases import attempts, audit, guesses, report_tokens, sessions, sign_in_ways
from auth.use_cases.attempts import Attempt, Purpose
from auth.use_cases.audit import Origin
from domain.devices import Device
from domain.errors import NotFound
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Caller
from shared.http.repetition import find_made
from shared.platform import base64url
from shared.platform.config import from_environment
from shared.platform.logs import logger

PARTY_NAME = "Artist Booking"
LIFETIME = timedelta(minutes=5)
_TIMEOUT_MS = int(LIFETIME.total_seconds() * 1000)
_ANYBODY = "anybody"  # subject of a challenge to sign in: the answer says whose passkey it is


class PasskeySettings(msgspec.Struct, frozen=True):
    """The web application, whose domain passkeys are bound to.

    Attributes:
        allowed_origins: Origins of web applications, separated by commas.
        web_app_url: URL of the one that mails link to; empty if there is none, then it is the first
            of the others.
    """

    allowed_origins: str
    web_app_url: str = ""

    @property
    def party(self) -> RelyingParty:
        """The relying party."""
        return RelyingParty.of(self.web_app_url or self.allowed_origins.split(",")[0])


class Ceremony(msgspec.Struct, frozen=True):
    """What waits for the answer of a browser.

    Attributes:
        challenge: What the authenticator signs.
    """

    challenge: bytes


class Proof(msgspec.Struct, frozen=True):
    """A passkey whose use was proved, which still has to be noted.

    Attributes:
        attempt: The challenge that it answers.
        user_id: Whose it is.
        passkey_id: Which one it is.
        use: What was proved.
    """

    attempt: Attempt
    user_id: str
    passkey_id: str
    use: Use

    @property
    def amr(self) -> Sequence[str]:
        """How the user proved who they are (RFC 8176)."""
        return ("swk" if self.use.synced else "hwk", "mfa")


def begin_adding(caller: Caller, now: datetime) -> PasskeyCreation:
    """Return the options with which a browser makes a passkey.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        PasskeyLimit: The account has as many as it may have.
    """
    user, _ = sessions.require_fresh(caller, now)
    existing = passkeys_store.list_passkeys(user.user_id)
    _require_place(existing)
    attempt, challenge = _begin(Purpose.ADD_PASSKEY, user.user_id, now)
    party = from_environment(PasskeySettings).party
    options = CreationOptions(
        challenge=challenge,
        rp=RelyingPartyEntity(party.id, PARTY_NAME),
        user=UserEntity(base64url.encode(user.user_id.encode()), user.email, user.name),
        pub_key_cred_params=[CredentialParameters(each) for each in rules.ALGORITHMS],
        timeout=_TIMEOUT_MS,
        exclude_credentials=[
            CredentialDescriptor(base64url.encode(item.credential_id)) for item in existing
        ],
    )
    return PasskeyCreation(attempt.id, options)


def add(caller: Caller, request: AddPasskeyRequest, device: Device, now: datetime) -> Passkey:
    """Add the passkey that a browser made.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        InvalidPasskey: The answer does not belong to the challenge, or the challenge is unknown,
            used or expired.
        PasskeyLimit: The account has as many as it may have.
        Busy: Other requests changed the account during every attempt.
    """
    sessions.require_alive(caller, now)
    if added := find_made("pky", lambda _: _find_added(caller.user_id, request)):
        return _present(added)
    attempt = attempts.take_try(request.attempt_id, Purpose.ADD_PASSKEY, now)
    if attempt is None or attempt.item.subject != caller.user_id:
        raise _invalid()
    challenge = attempt.read_data(Ceremony).challenge
    party = from_environment(PasskeySettings).party
    try:
        made = rules.verify_registration(_read(request.credential), challenge, party)
    except NotProved as error:
        logger.info("passkey refused", reason=str(error))
        raise _invalid() from None
    item = PasskeyItem(
        passkey_id=rules.id_of(made.credential_id),
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=request.name,
        synced=made.synced,
        created_at=now,
    )
    return _save(caller, attempt, item, device, now)


def list_own(caller: Caller, now: datetime) -> PasskeyList:
    """List the caller's passkeys, the oldest first.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
    """
    user, _ = sessions.require_alive(caller, now)
    items = passkeys_store.list_passkeys(user.user_id)
    items.sort(key=lambda item: (item.created_at, item.passkey_id))
    return PasskeyList([_present(item) for item in items])


@retry_on_conflict
def remove(caller: Caller, passkey_id: str, device: Device, now: datetime) -> None:
    """Remove one of the caller's passkeys.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        NotFound: The caller has no such passkey.
        LastSignInWay: The account would have no way to sign in.
        Busy: Other requests changed the account during every attempt.
    """
    user, _ = sessions.require_fresh(caller, now)
    item = passkeys_store.find_passkey(user.user_id, passkey_id)
    if item is None:
        raise NotFound
    entry = _entry(user, AuditAction.PASSKEY_REMOVED, item, device, now)
    current = store.find_user(user.user_id)
    if current is None or current.session_epoch != user.session_epoch:
        raise WriteConflict
    sign_in_ways.require_other(current, passkey_id=passkey_id)
    report_token = report_tokens.issue(user, now)
    removed = PasskeyRemoved(user_id=user.user_id, report_token=report_token, changed_at=now)
    factors_store.change_factors(
        user,
        [],
        passkeys_store.delete_passkey(item),
        entry,
        events=[new_event(user.user_id, removed, now)],
    )


def begin_using(now: datetime) -> PasskeyChallenge:
    """Return the options with which a browser uses a passkey, of whatever account."""
    attempt, challenge = _begin(Purpose.PASSKEY, _ANYBODY, now)
    party = from_environment(PasskeySettings).party
    return PasskeyChallenge(attempt.id, RequestOptions(challenge, _TIMEOUT_MS, party.id))


def sign_in(request: PasskeyProof, device: Device, now: datetime) -> Tokens:
    """Sign in by a passkey. A second factor is not asked for.

    Raises:
        InvalidPasskey: The answer does not belong to the challenge or to a passkey of an account,
            or the challenge is unknown, used or expired.
        TooManyGuesses: The IP address has to wait after wrong ones.
        AccountBanned: The account was banned.
        Busy: Other requests changed the account during every attempt.
    """
    return _start(prove(request, device, now), device, now)


def prove(
    request: PasskeyProof, device: Device, now: datetime, *, owner_id: str | None = None
) -> Proof:
    """Return the proof that a used passkey is, which still has to be noted.

    Args:
        request: What the browser answered.
        device: The device that it is on.
        now: The current instant.
        owner_id: Whose passkey it has to be; by default anybody's.

    Raises:
        InvalidPasskey: It is none.
        TooManyGuesses: The IP address has to wait after wrong ones.
    """
    ticket = guesses.admit(device, now)
    attempt = attempts.take_try(request.attempt_id, Purpose.PASSKEY, now)
    proof = _verify(attempt, request.credential) if attempt is not None else None
    if proof is not None and owner_id not in (None, proof.user_id):
        proof = None
    if not guesses.settle(ticket, right=proof is not None, now=now) or proof is None:
        raise _invalid()
    return proof


def note(proof: Proof, now: datetime) -> store.Writes:
    """Return the writes that use a challenge up and note the use of the passkey.

    Raises:
        InvalidPasskey: The challenge was used or the passkey removed in the meantime, or its
            authenticator has counted backwards, so there is a copy of it.
    """
    item = passkeys_store.find_passkey(proof.user_id, proof.passkey_id)
    if item is None or attempts_store.find(codes.hash_id(proof.attempt.id)) is None:
        raise _invalid()
    if rules.is_repeated(proof.use.sign_count, int(item.sign_count)):
        logger.warning(
            "passkey counted backwards", user_id=proof.user_id, passkey_id=proof.passkey_id
        )
        audit.count_failed_sign_in(proof.user_id, now)
        raise _invalid()
    use_passkey = passkeys_store.use_passkey(item, proof.use.sign_count, now)

    def write(writes: store.Transaction) -> None:
        attempts_store.use(writes, proof.attempt.item)
        use_passkey(writes)

    return write


@retry_on_conflict
def _start(proof: Proof, device: Device, now: datetime) -> Tokens:
    user = store.find_user(proof.user_id)
    if user is None:
        raise _invalid()
    return sessions.start(user, device, proof.amr, now, writes_alongside=note(proof, now))


@retry_on_conflict
def _save(
    caller: Caller, attempt: Attempt, item: PasskeyItem, device: Device, now: datetime
) -> Passkey:
    user, _ = sessions.require_alive(caller, now)
    existing = passkeys_store.list_passkeys(user.user_id)
    _require_place(existing)
    is_known = any(each.passkey_id == item.passkey_id for each in existing)
    if is_known or attempts_store.find(codes.hash_id(attempt.id)) is None:
        raise _invalid()
    report_token = report_tokens.issue(user, now)
    added = PasskeyAdded(user_id=user.user_id, report_token=report_token, changed_at=now)
    add_passkey = passkeys_store.add_passkey(user.user_id, item)

    def write(writes: store.Transaction) -> None:
        attempts_store.use(writes, attempt.item)
        add_passkey(writes)

    factors_store.change_factors(
        user,
        [],
        write,
        _entry(user, AuditAction.PASSKEY_ADDED, item, device, now),
        events=[new_event(user.user_id, added, now)],
    )
    return _present(item)


def _find_added(user_id: str, request: AddPasskeyRequest) -> PasskeyItem | None:
    """Find the passkey that the first run of this request added, by the credential's own id."""
    try:
        passkey_id = rules.id_of(base64url.decode(request.credential.raw_id))
    except ValueError:
        return None
    return passkeys_store.find_passkey(user_id, passkey_id)


def _begin(purpose: Purpose, subject: str, now: datetime) -> tuple[Attempt, str]:
    challenge = rules.new_challenge()
    attempt = attempts.begin(
        purpose, subject, now, data=Ceremony(challenge), code=None, lifetime=LIFETIME
    )
    attempt.item.tries_left = 1
    attempts_store.save(attempt.item, [])
    return attempt, base64url.encode(challenge)


def _verify(attempt: Attempt, credential: UsedCredential) -> Proof | None:
    """Return the proof that an answer is; None if it is none.

    The key is looked up under the account that the answer names, so no other account's passkey can
    stand in for one of this.
    """
    try:
        handle = base64url.decode(credential.response.user_handle or "").decode()
        passkey_id = rules.id_of(base64url.decode(credential.raw_id))
    except ValueError:
        return None
    item = passkeys_store.find_passkey(handle, passkey_id) if handle else None
    if item is None:
        return None
    challenge = attempt.read_data(Ceremony).challenge
    party = from_environment(PasskeySettings).party
    try:
        use = rules.verify_use(_read(credential), challenge, party, item.public_key)
    except NotProved as error:
        logger.info("passkey refused", reason=str(error))
        return None
    return Proof(attempt, handle, passkey_id, use)


def _read(credential: msgspec.Struct) -> dict[str, object]:
    """Return a credential in its JSON form, without what is not looked at."""
    content: dict[str, object] = msgspec.to_builtins(credential)
    return {name: content[name] for name in ("id", "rawId", "response", "type")}


def _require_place(existing: Sequence[PasskeyItem]) -> None:
    if len(existing) >= MAX_PASSKEYS:
        raise PasskeyLimit(f"An account has at most {MAX_PASSKEYS} passkeys. Remove one first.")


def _present(item: PasskeyItem) -> Passkey:
    return Passkey(
        id=item.passkey_id,
        name=item.name,
        synced=item.synced,
        created_at=item.created_at,
        last_used_at=item.last_used_at,
    )


def _entry(
    user: UserItem, action: AuditAction, item: PasskeyItem, device: Device, now: datetime
) -> store.AuditItem:
    return audit.record(
        user.user_id,
        action,
        now,
        origin=Origin.from_device(device),
        details={"passkeyId": item.passkey_id},
    )


def _invalid() -> InvalidPasskey:
    return InvalidPasskey("The passkey could not be verified. Try again.")
