"""Signing in by email address and password."""

from datetime import datetime

from auth import store
from auth.rules import emails, passwords
from auth.rules.errors import InvalidCredentials
from auth.schemas import LoginRequest, MfaRequired, Tokens
from auth.store import imported_passwords
from auth.use_cases import audit, guesses, second_factors
from domain.devices import Device
from shared.data.conflicts import retry_on_conflict

PASSWORD = "pwd"  # noqa: S105  # a name of RFC 8176


@retry_on_conflict
def log_in(request: LoginRequest, device: Device, now: datetime) -> Tokens | MfaRequired:
    """Sign in by email address and password.

    An unknown address costs the same reads and writes, and the same hash, as a wrong password, so
    that they cannot be distinguished. The password of an imported account is hashed anew.

    Raises:
        InvalidCredentials: The address is unknown or the password is wrong.
        TooManyGuesses: The account or the address has to wait after wrong ones.
        AccountBanned: The account was banned.
        Busy: Other requests changed the account during every attempt.
    """
    email = emails.normalize(request.email)
    user = store.find_user_by_email(request.email)
    ticket = guesses.admit(device, now, user_id=user.user_id if user else None, unknown=email)
    right = passwords.matches(
        request.password,
        user.password_hash if user else None,
        imported_cost=imported_passwords.find_highest_cost(now),
    )
    completes = user is None or not user.has_totp
    if not guesses.settle(ticket, right=right, now=now, completes=completes) or user is None:
        # For an unknown address too, so that it costs the same.
        audit.count_failed_sign_in(user.user_id if user else store.nobody(email), now)
        raise InvalidCredentials("Email or password is wrong.")
    if passwords.is_imported(user.password_hash):
        imported_passwords.replace_hash(user, passwords.hash_password(request.password))
    return second_factors.sign_in(user, device, (PASSWORD,), now, seen=ticket.device)
