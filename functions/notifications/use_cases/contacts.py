"""The caller's own contact: what reaches them, and proving a phone number."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from domain.errors import FieldError, InvalidFields
from notifications.models import Category, Channel, PendingPhone
from notifications.rules import phone_numbers
from notifications.schemas import Accepted, ContactView
from notifications.store import contacts as store
from notifications.store import subscriptions
from notifications.use_cases import composer, dispatch, recipients, send_requests
from notifications.use_cases.recipients import Recipient
from shared.http import rate_limits
from shared.http.caller import Caller

CODE_LIFETIME = timedelta(minutes=15)
# Per quarter of an hour. An SMS costs money and may disturb a stranger; five live codes and ten
# guesses give a guesser of six digits a chance of 1 in 20,000.
CODES = 5
GUESSES = 10


def view(caller: Caller) -> ContactView:
    """How the caller can be reached."""
    contact = recipients.contact_of(caller)
    browsers = subscriptions.subscription_ids(caller.user_id)
    return ContactView(contact.email, contact.phone, len(browsers))


def request_phone(caller: Caller, number: str, now: datetime) -> Accepted:
    """Send a code to the number; it becomes the caller's once they enter it.

    Raises a 422 Problem for what is no number, a 429 one for a code too many, to this number or
    for this caller.
    """
    recipients.contact_of(caller)
    phone = phone_numbers.e164(number, "body.phone")
    rate_limits.enforce(rate_limits.count("phone-codes", caller.user_id, CODES, now))
    rate_limits.enforce(rate_limits.count("phone-codes", phone, CODES, now))
    code = f"{secrets.randbelow(10**6):06}"
    good_until = now + CODE_LIFETIME
    pending = PendingPhone(
        phone=phone, code_hash=_code_hash(caller.user_id, phone, code), expires_at=good_until
    )
    store.put_pending_phone(caller.user_id, pending)
    message = composer.from_system("phone-code", {"code": code}, (Channel.SMS,), Category.SECURITY)
    occasion = dispatch.requested(caller.user_id, good_until=good_until)
    recipient = Recipient(caller.user_id, {Channel.SMS: (phone,)})
    dispatch.dispatch(message, recipient, occasion, now)
    return send_requests.accepted(occasion.notification_id)


def verify_phone(caller: Caller, code: str, now: datetime) -> None:
    """Make the pending number the caller's.

    Raises a 422 Problem for a code that is wrong, used or too old, a 429 one for a guess too many.
    """
    rate_limits.enforce(rate_limits.count("phone-guesses", caller.user_id, GUESSES, now))
    pending = recipients.contact_of(caller).pending_phone
    if pending is None or pending.expires_at <= now or not _matches(caller.user_id, pending, code):
        raise _invalid_code()
    if not store.confirm_phone(caller.user_id, pending):
        raise _invalid_code()


def remove_phone(caller: Caller) -> None:
    """Forget the caller's number; having none is fine."""
    store.remove_phone(caller.user_id)


def _matches(user_id: str, pending: PendingPhone, code: str) -> bool:
    return hmac.compare_digest(pending.code_hash, _code_hash(user_id, pending.phone, code))


def _code_hash(user_id: str, phone: str, code: str) -> str:
    return hashlib.sha256(f"{user_id} {phone} {code}".encode()).hexdigest()


def _invalid_code() -> Exception:
    return InvalidFields(FieldError("body.code", "is wrong or no longer good"))
