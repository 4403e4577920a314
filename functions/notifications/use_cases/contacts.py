"""The caller's contact: their addresses, and codes that prove that an address is theirs."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

import msgspec

from domain.errors import FieldError, InvalidFields
from notifications.models import Channel, MessageCategory, PendingEmail, PendingPhone
from notifications.rules import phone_numbers
from notifications.schemas import AcceptedNotification, BirthdayDetails, ContactDetails
from notifications.store import contacts as store
from notifications.store import deliveries, subscriptions
from notifications.use_cases import (
    composer,
    dispatch,
    notification_requests,
    recipients,
    sms_costs,
    suppressions,
)
from notifications.use_cases.dispatch import Cause
from notifications.use_cases.recipients import Recipient
from shared.http import rate_limits, repetition
from shared.http.caller import Caller

CODE_LIFETIME = timedelta(minutes=15)
# Per quarter of an hour. An SMS costs money and may disturb a stranger; five valid codes and ten
# guesses give an attacker who guesses six digits a chance of 1 in 20,000.
MAX_CODES = 5
MAX_GUESSES = 10


def get_details(caller: Caller) -> ContactDetails:
    """Return the caller's addresses.

    Raises:
        SessionEnded: The caller's account was deleted.
    """
    contact = recipients.get_contact(caller)
    browsers = subscriptions.list_ids(caller.user_id)
    birthday = None
    if (saved := contact.birthday) is not None:
        birthday = BirthdayDetails(saved.month, saved.day, saved.time_zone)
    own = suppressions.list_own(contact)
    return ContactDetails(contact.email, contact.phone, len(browsers), own, birthday)


def request_email_code(caller: Caller, now: datetime) -> AcceptedNotification:
    """Send a code to the caller's mail address, even if it is suppressed because mails came back.

    Raises:
        Problem: 429. Too many codes were sent for this caller.
        SessionEnded: The caller's account was deleted.
    """
    contact = recipients.get_contact(caller)
    if (sent := _find_sent()) is not None:
        return sent
    email = contact.email or caller.email
    rate_limits.enforce(rate_limits.count("email-codes", caller.user_id, MAX_CODES, now))
    code = f"{secrets.randbelow(10**6):06}"
    good_until = now + CODE_LIFETIME
    pending = PendingEmail(
        email=email, code_hash=_hash_code(caller.user_id, email, code), expires_at=good_until
    )
    store.save_pending_email(caller.user_id, pending)
    message = composer.compose_from_system_template(
        "email-check-code",
        {"code": code},
        (Channel.EMAIL,),
        MessageCategory.SECURITY,
        locale=contact.locale,
    )
    message = composer.lead_to_page(message, contact.locale)
    verifying = msgspec.structs.replace(message, verifies_address=True)
    cause = Cause.from_request(caller.user_id, good_until=good_until)
    recipient = Recipient(caller.user_id, {Channel.EMAIL: (email,)}, contact.locale)
    dispatch.dispatch(verifying, recipient, cause, now)
    return notification_requests.present(cause.notification_id)


def verify_email(caller: Caller, code: str, now: datetime) -> None:
    """End the suppression of the caller's mail address, which got this code.

    Raises:
        InvalidFields: The code is wrong, used, too old, or was sent to another address.
        Problem: 429. The caller tried too many codes.
        SessionEnded: The caller's account was deleted.
    """
    rate_limits.enforce(rate_limits.count("email-guesses", caller.user_id, MAX_GUESSES, now))
    contact = recipients.get_contact(caller)
    pending = contact.pending_email
    if pending is None or pending.expires_at <= now or pending.email != contact.email:
        raise _invalid_code()
    if not hmac.compare_digest(pending.code_hash, _hash_code(caller.user_id, pending.email, code)):
        raise _invalid_code()
    if not store.use_pending_email(caller.user_id, pending):
        raise _invalid_code()
    suppressions.end_by_verification(Channel.EMAIL, pending.email, now)


def request_phone_code(caller: Caller, number: str, now: datetime) -> AcceptedNotification:
    """Send a code to a phone number, which becomes the caller's once they enter the code.

    Raises:
        InvalidFields: It is not a phone number.
        Problem: 429. Too many codes were sent to this number or for this caller.
        SmsCapReached: The caller's SMS have cost as much today as they may.
        SessionEnded: The caller's account was deleted.
    """
    contact = recipients.get_contact(caller)
    if (sent := _find_sent()) is not None:
        return sent
    phone = phone_numbers.normalize(number, "body.phone")
    rate_limits.enforce(rate_limits.count("phone-codes", caller.user_id, MAX_CODES, now))
    rate_limits.enforce(rate_limits.count("phone-codes", phone, MAX_CODES, now))
    code = f"{secrets.randbelow(10**6):06}"
    good_until = now + CODE_LIFETIME
    pending = PendingPhone(
        phone=phone, code_hash=_hash_code(caller.user_id, phone, code), expires_at=good_until
    )
    message = composer.compose_from_system_template(
        "phone-code",
        {"code": code},
        (Channel.SMS,),
        MessageCategory.SECURITY,
        locale=contact.locale,
    )
    verifying = msgspec.structs.replace(message, verifies_address=True)
    recipient = Recipient(caller.user_id, {Channel.SMS: (phone,)})
    sms_costs.check_request(caller.user_id, verifying, recipient, now)
    store.save_pending_phone(caller.user_id, pending)
    cause = Cause.from_request(caller.user_id, good_until=good_until)
    dispatch.dispatch(verifying, recipient, cause, now)
    return notification_requests.present(cause.notification_id)


def verify_phone(caller: Caller, code: str, now: datetime) -> None:
    """Make the pending number the caller's.

    Raises:
        InvalidFields: The code is wrong, used or too old.
        Problem: 429. The caller tried too many codes.
        SessionEnded: The caller's account was deleted.
    """
    rate_limits.enforce(rate_limits.count("phone-guesses", caller.user_id, MAX_GUESSES, now))
    pending = recipients.get_contact(caller).pending_phone
    if pending is None or pending.expires_at <= now or not _matches(caller.user_id, pending, code):
        raise _invalid_code()
    if not store.confirm_phone(caller.user_id, pending):
        raise _invalid_code()
    suppressions.end_by_verification(Channel.SMS, pending.phone, now)


def delete_phone(caller: Caller) -> None:
    """Delete the caller's phone number, if they have one."""
    store.delete_phone(caller.user_id)


def _find_sent() -> AcceptedNotification | None:
    """Find the code that a request sent before it was cut off: a new one would not be sent again.

    The message that is on its way has the old one, which must stay valid.
    """
    made = repetition.find_made("ntf", deliveries.list_deliveries)
    return notification_requests.present(made[0].notification_id) if made else None


def _matches(user_id: str, pending: PendingPhone, code: str) -> bool:
    return hmac.compare_digest(pending.code_hash, _hash_code(user_id, pending.phone, code))


def _hash_code(user_id: str, phone: str, code: str) -> str:
    return hashlib.sha256(f"{user_id} {phone} {code}".encode()).hexdigest()


def _invalid_code() -> InvalidFields:
    return InvalidFields(FieldError("body.code", "is wrong or no longer valid"))
