"""Registration: an address is verified by a mailed code before its account is created."""

from datetime import datetime, timedelta

import msgspec

from auth import store
from auth.events import (
    RegistrationRepeated,
    UserRegistered,
    UserVerified,
    VerificationRequested,
    new_event,
)
from auth.rules import emails, passwords
from auth.rules.audit_log import AuditAction
from auth.schemas import (
    ProvisionRequest,
    RegisterRequest,
    RegistrationAccepted,
    ResendRequest,
    Tokens,
    User,
    VerifyEmailRequest,
)
from auth.store import UserItem, Writes
from auth.store import attempts as attempts_store
from auth.use_cases import attempts, audit, mail_limits, sessions
from auth.use_cases.attempts import Attempt, Purpose
from auth.use_cases.audit import Origin
from domain.devices import Device
from domain.errors import FieldError, InvalidFields
from domain.ids import new_id
from shared.data.conflicts import WriteConflict
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role

CODE = "otp"  # a name of RFC 8176
CODE_LIFETIME = timedelta(minutes=15)


class Registration(msgspec.Struct, frozen=True):
    """What waits for its code.

    Attributes:
        user_id: Id of the account that will be created, or of the one that the address has.
        email: The address, normalized.
        name: Name of its owner, or of the one of the account that the address has.
        role: Role of the account.
        password_hash: Hash of its password.
    """

    user_id: str
    email: str
    name: str
    role: str
    password_hash: str


def register(request: RegisterRequest, device: Device, now: datetime) -> RegistrationAccepted:
    """Begin a registration: mail a code to a new address, or warn the owner of an account.

    Both cost the same reads, one hash and one transaction, and store an attempt, so that they
    cannot be distinguished. No code fits the attempt of an address that has an account.

    Raises:
        InvalidFields: No mail server takes the address, or the password is one that is tried first.
    """
    email = emails.normalize(request.email)
    _check_new(request, email)
    password_hash = passwords.hash_password(request.password)
    user = store.find_user_by_email(request.email)
    registration = Registration(
        user_id=user.user_id if user else new_id("usr"),
        email=email,
        name=user.name if user else request.name,
        role=request.role,
        password_hash=password_hash,
    )
    attempt = attempts.begin(
        Purpose.REGISTER,
        registration.user_id,
        now,
        data=registration,
        code="" if user is None else None,
        lifetime=CODE_LIFETIME,
    )
    events = []
    if mail_limits.admit(email, device, now):
        events = [_mailing_event(attempt, registration, now)]
        if user is None:
            registered = UserRegistered(
                user_id=registration.user_id, role=Role(request.role), name=request.name
            )
            events.insert(0, new_event(registration.user_id, registered, now))
    attempts_store.save(attempt.item, events)
    return RegistrationAccepted(attempt.id)


def resend(request: ResendRequest, device: Device, now: datetime) -> RegistrationAccepted:
    """Mail another code for a registration, or warn the owner of the account again.

    Raises:
        AttemptEnded: The registration is completed, expired or unknown, or got three already.
    """
    attempt = attempts.find(request.attempt_id, Purpose.REGISTER, now)
    registration = attempt.read_data(Registration)
    renewed = attempts.renew(attempt, now, CODE_LIFETIME)
    events = []
    if mail_limits.admit(registration.email, device, now):
        events = [_mailing_event(renewed, registration, now)]
    try:
        attempts_store.replace_code(renewed.item, events)
    except WriteConflict:
        # It was asked for twice at this moment, or completed. If not, the client may ask again.
        attempts.find(request.attempt_id, Purpose.REGISTER, now)
    return RegistrationAccepted(request.attempt_id)


def verify_email(request: VerifyEmailRequest, device: Device, now: datetime) -> Tokens:
    """Create the account that a code was mailed for, and its first session.

    A code completes only the registration it was mailed for, and only with its attempt's id, which
    the device has that registered. A person who registers another's address gains nothing when its
    owner enters a code: it is that of the owner's own registration.

    Raises:
        InvalidCode: The code is wrong, used or expired, or this is one try too many.
        TooManyGuesses: The IP address has to wait after wrong codes.
    """
    attempt = attempts.check(request.attempt_id, request.code, Purpose.REGISTER, device, now)
    registration = attempt.read_data(Registration)
    user = _build_user(
        registration.user_id, registration.email, registration.name, registration.role, now
    )
    user.password_hash = registration.password_hash
    entry = audit.record_from(device, user.user_id, AuditAction.ACCOUNT_CREATED, now)
    creation = store.create_user(user, [_verified_event(user, now)], attempt.item, entry)
    try:
        return sessions.start(user, device, (CODE,), now, writes_alongside=creation)
    except WriteConflict:
        raise attempts.invalid_code() from None


def open_account(
    attempt: Attempt,
    email: str,
    name: str,
    device: Device,
    now: datetime,
    *,
    role: Role = Role.CLIENT,
) -> tuple[UserItem, Writes]:
    """Return an account without a password, and the writes that create it.

    They use up the attempt by which its owner proved that the address is theirs.
    """
    user = _build_user(attempt.item.subject, email, name, role, now)
    registered = UserRegistered(user_id=user.user_id, role=role, name=name)
    published = [new_event(user.user_id, registered, now), _verified_event(user, now)]
    origin = Origin.from_device(device)
    entry = audit.record(user.user_id, AuditAction.ACCOUNT_CREATED, now, origin=origin)
    return user, store.create_user(user, published, attempt.item, entry)


def provision(request: ProvisionRequest, now: datetime) -> User:
    """Create a verified account for an operator, or return the account the address has."""
    email = emails.normalize(request.email)
    _check_new(request, email)
    existing = store.find_user_by_email(request.email)
    if existing is not None:
        return sessions.present_user(existing)
    user = _build_user(new_id("usr"), email, request.name, request.role, now)
    user.password_hash = passwords.hash_password(request.password)
    registered = UserRegistered(user_id=user.user_id, role=request.role, name=user.name)
    events = [new_event(user.user_id, registered, now), _verified_event(user, now)]
    store.add_user(user, events)
    return sessions.present_user(user)


def _check_new(request: RegisterRequest | ProvisionRequest, email: str) -> None:
    weakness = passwords.find_weakness(request.password, email, request.name)
    found = {"body.email": emails.find_error(email), "body.password": weakness}
    errors = [FieldError(field, message) for field, message in found.items() if message]
    if errors:
        raise InvalidFields(*errors)


def _mailing_event(attempt: Attempt, registration: Registration, now: datetime) -> DomainEvent:
    """Return the event that mails the code, or the warning if no code fits."""
    user_id, email, name = registration.user_id, registration.email, registration.name
    if attempt.code is None:
        return new_event(
            user_id, RegistrationRepeated(user_id=user_id, email=email, name=name), now
        )
    requested = VerificationRequested(
        user_id=user_id,
        email=email,
        name=name,
        code=attempt.code,
        expires_at=now + CODE_LIFETIME,
    )
    return new_event(user_id, requested, now)


def _build_user(user_id: str, email: str, name: str, role: str, now: datetime) -> UserItem:
    return UserItem(user_id=user_id, email=email, name=name, role=role, created_at=now)


def _verified_event(user: UserItem, now: datetime) -> DomainEvent:
    verified = UserVerified(
        user_id=user.user_id, email=user.email, name=user.name, role=Role(user.role)
    )
    return new_event(user.user_id, verified, now)
