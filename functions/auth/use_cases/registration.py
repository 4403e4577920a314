"""Registration: an address is proven by a code before there is an account."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from auth import store
from auth.rules import passwords
from auth.rules.errors import InvalidCode
from auth.schemas import (
    ProvisionRequest,
    RegisterRequest,
    RegistrationRepeated,
    Tokens,
    User,
    UserRegistered,
    UserVerified,
    VerificationRequested,
    VerifyEmailRequest,
    normalized,
)
from auth.store import RegistrationItem, UserItem
from auth.use_cases import sessions
from auth.use_cases.refresh_tokens import RefreshToken
from domain.ids import new_id
from shared.data.conflicts import WriteConflict
from shared.events import domain_events
from shared.http import rate_limits
from shared.http.caller import Role

CODE_LIFETIME = timedelta(minutes=15)
# Per address and quarter of an hour, from wherever they come. Five live codes and ten guesses give
# a guesser of six digits a chance of 1 in 20,000; the mailbox gets five mails at most.
MAILS = 5
GUESSES = 10


def register(request: RegisterRequest, now: datetime) -> None:
    """Send a code to the address, or tell its owner that somebody tried.

    The answer is the same, after the same reads, the same hash and one transaction.
    """
    email = normalized(request.email)
    password_hash = passwords.hashed(request.password)
    user = store.find_user_by_email(email)
    if rate_limits.count("registration", email, MAILS, now).exceeded:
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
        code_hash=_code_hash(user_id, code),
        expires_at=int(expires_at.timestamp()),
    )
    registered = UserRegistered(user_id=user_id, role=Role(request.role), name=request.name)
    requested = VerificationRequested(
        user_id=user_id, email=email, name=request.name, code=code, expires_at=expires_at
    )
    facts = [
        domain_events.new_event("auth", user_id, fact, now) for fact in (registered, requested)
    ]
    store.add_registration(email, registration, facts)


def verify_email(request: VerifyEmailRequest, user_agent: str, now: datetime) -> Tokens:
    """Open the account of the attempt that this code was mailed for, and its first session.

    A code opens only its own attempt: somebody who registers another's address beforehand gets
    nothing when its owner enters the code of their own attempt. Raises a 401 Problem for a code
    that is wrong, used, too old, or one guess too many.
    """
    email = normalized(request.email)
    exhausted = rate_limits.count("verification", email, GUESSES, now).exceeded
    registration = next(
        (
            attempt
            for attempt in store.find_registrations(email, now)
            if hmac.compare_digest(attempt.code_hash, _code_hash(attempt.user_id, request.code))
        ),
        None,
    )
    if registration is None or exhausted:
        raise _invalid_code()
    user = _user(registration.user_id, email, registration.name, registration.role, now)
    user.password_hash = registration.password_hash
    session = sessions.new_session(user_agent, now)
    try:
        store.add_user(user, [_verified(user, now)], session, registration)
    except WriteConflict:
        raise _invalid_code() from None
    return sessions.tokens(user, RefreshToken(user.user_id, session.session_id, 0), now)


def provision(request: ProvisionRequest, now: datetime) -> User:
    """Create a ready account by an operator's order; one that holds the address is returned."""
    email = normalized(request.email)
    existing = store.find_user_by_email(email)
    if existing is not None:
        return sessions.as_user(existing)
    user = _user(new_id("usr"), email, request.name, request.role, now)
    user.password_hash = passwords.hashed(request.password)
    registered = UserRegistered(user_id=user.user_id, role=request.role, name=user.name)
    facts = [domain_events.new_event("auth", user.user_id, registered, now), _verified(user, now)]
    store.add_user(user, facts)
    return sessions.as_user(user)


def _user(user_id: str, email: str, name: str, role: str, now: datetime) -> UserItem:
    return UserItem(user_id=user_id, email=email, name=name, role=role, created_at=now)


def _verified(user: UserItem, now: datetime) -> domain_events.DomainEvent:
    verified = UserVerified(
        user_id=user.user_id, email=user.email, name=user.name, role=Role(user.role)
    )
    return domain_events.new_event("auth", user.user_id, verified, now)


def _code_hash(user_id: str, code: str) -> str:
    return hashlib.sha256(f"{user_id} {code}".encode()).hexdigest()


def _invalid_code() -> InvalidCode:
    return InvalidCode("The code is wrong or no longer good.")
