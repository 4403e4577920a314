"""Registration: an address is verified by a mailed code before its account is created."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from auth import store
from auth.events import RegistrationRepeated, UserRegistered, UserVerified, VerificationRequested
from auth.rules import emails, passwords
from auth.rules.errors import InvalidCode
from auth.schemas import ProvisionRequest, RegisterRequest, Tokens, User, VerifyEmailRequest
from auth.store import RegistrationItem, UserItem
from auth.use_cases import sessions
from auth.use_cases.refresh_tokens import RefreshToken
from domain.ids import new_id
from shared.data.conflicts import WriteConflict
from shared.events import domain_events
from shared.http import rate_limits
from shared.http.caller import Role

CODE_LIFETIME = timedelta(minutes=15)
# Per email address and 15 minutes, from any IP address. Five valid codes and ten guesses give an
# attacker who guesses six digits a chance of 1 in 20,000; the mailbox gets five mails at most.
MAX_MAILS = 5
MAX_GUESSES = 10


def register(request: RegisterRequest, now: datetime) -> None:
    """Mail a code to a new address, or warn the owner of an existing account.

    Both cost the same reads, one hash and one transaction, so that they cannot be distinguished.
    """
    email = emails.normalize(request.email)
    password_hash = passwords.hash_password(request.password)
    user = store.find_user_by_email(email)
    if rate_limits.count("registration", email, MAX_MAILS, now).exceeded:
        return
    if user is not None:
        repeated = RegistrationRepeated(user_id=user.user_id, email=email, name=user.name)
        store.add_events([domain_events.new_event("auth", user.user_id, repeated, now)])
        return
    user_id, code = new_id("usr"), f"{secrets.randbelow(10**6):06}"
    expires_at = now + CODE_LIFETIME
    registration = RegistrationItem(
        user_id=user_id,
        name=request.name,
        role=request.role,
        password_hash=password_hash,
        code_hash=_hash_code(user_id, code),
        expires_at=int(expires_at.timestamp()),
    )
    registered = UserRegistered(user_id=user_id, role=Role(request.role), name=request.name)
    requested = VerificationRequested(
        user_id=user_id, email=email, name=request.name, code=code, expires_at=expires_at
    )
    events = [
        domain_events.new_event("auth", user_id, data, now) for data in (registered, requested)
    ]
    store.add_registration(email, registration, events)


def verify_email(request: VerifyEmailRequest, user_agent: str, now: datetime) -> Tokens:
    """Create the account that a code was mailed for, and its first session.

    A code completes only the registration it was mailed for. A person who registers another's
    address first gains nothing when its owner enters the code of their own registration.

    Raises:
        InvalidCode: The code is wrong, used or expired, or this is one guess too many.
    """
    email = emails.normalize(request.email)
    exhausted = rate_limits.count("verification", email, MAX_GUESSES, now).exceeded
    registration = _find_registration(email, request.code, now)
    if registration is None or exhausted:
        raise _invalid_code()
    user = _build_user(registration.user_id, email, registration.name, registration.role, now)
    user.password_hash = registration.password_hash
    session = sessions.build_session(user_agent, now)
    # First, so that a failure of this does not use up the code.
    tokens = sessions.issue_tokens(user, RefreshToken(user.user_id, session.session_id, 0), now)
    try:
        store.add_user(user, [_verified_event(user, now)], session, registration)
    except WriteConflict:
        raise _invalid_code() from None
    return tokens


def provision(request: ProvisionRequest, now: datetime) -> User:
    """Create a verified account for an operator, or return the account the address has."""
    email = emails.normalize(request.email)
    existing = store.find_user_by_email(email)
    if existing is not None:
        return sessions.present_user(existing)
    user = _build_user(new_id("usr"), email, request.name, request.role, now)
    user.password_hash = passwords.hash_password(request.password)
    registered = UserRegistered(user_id=user.user_id, role=request.role, name=user.name)
    events = [
        domain_events.new_event("auth", user.user_id, registered, now),
        _verified_event(user, now),
    ]
    store.add_user(user, events)
    return sessions.present_user(user)


def _find_registration(email: str, code: str, now: datetime) -> RegistrationItem | None:
    for registration in store.list_registrations(email, now):
        if hmac.compare_digest(registration.code_hash, _hash_code(registration.user_id, code)):
            return registration
    return None


def _build_user(user_id: str, email: str, name: str, role: str, now: datetime) -> UserItem:
    return UserItem(user_id=user_id, email=email, name=name, role=role, created_at=now)


def _verified_event(user: UserItem, now: datetime) -> domain_events.DomainEvent:
    verified = UserVerified(
        user_id=user.user_id, email=user.email, name=user.name, role=Role(user.role)
    )
    return domain_events.new_event("auth", user.user_id, verified, now)


def _hash_code(user_id: str, code: str) -> str:
    return hashlib.sha256(f"{user_id} {code}".encode()).hexdigest()


def _invalid_code() -> InvalidCode:
    return InvalidCode("The code is wrong or no longer valid.")
