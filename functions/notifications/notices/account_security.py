"""Security notices: mails to the owner of an account about what happened to it.

They go to the address of the account, whatever its owner wants to be notified of otherwise.
"""

from datetime import datetime

import msgspec

from domain import quotation
from notifications.events import (
    AssistantAdded,
    AssistantInvited,
    EmailChanged,
    EmailChangeRequested,
    IdentityChanged,
    PasswordResetRequested,
    SignedInFromNewDevice,
    SignInCodeRequested,
    SignInWayChanged,
)
from notifications.models import Channel, TemplateValue
from notifications.notices import account_mails
from notifications.notices.account_mails import NAMELESS, Values
from notifications.rules import email_addresses, untrusted_names
from notifications.store import contacts
from notifications.use_cases import suppressions, web_pages
from notifications.use_cases.dispatch import Cause
from shared.events.domain_events import DomainEvent, decode_data
from shared.events.queues import RetryLater

# The template of each event about how an owner signs in.
SIGN_IN_WAYS = {
    "user.password_changed": "password-changed",
    "user.mfa_enabled": "mfa-enabled",
    "user.mfa_disabled": "mfa-disabled",
    "user.passkey_added": "passkey-added",
    "user.passkey_removed": "passkey-removed",
    "user.recovery_code_used": "recovery-code-used",
    "user.recovery_codes_replaced": "recovery-codes-replaced",
}
IDENTITIES = {
    "user.identity_linked": "identity-linked",
    "user.identity_unlinked": "identity-unlinked",
}


class OwnerUnknown(RetryLater):
    """The event that says how to reach the owner has not arrived yet."""


def handle_signed_in_from_new_device(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that a device signed in that their account does not know."""
    signed_in = decode_data(event, SignedInFromNewDevice)
    variables: Values = {
        "device": signed_in.device,
        "network": signed_in.network,
        "signedInAt": signed_in.signed_in_at,
        **_link_report(signed_in.report_token),
    }
    send_to_owner(signed_in.user_id, "sign-in-from-new-device", variables, event, now)


def handle_sign_in_way_changed(event: DomainEvent, now: datetime) -> None:
    """Mail the owner what changed in how they sign in, such as that a passkey was added."""
    changed = decode_data(event, SignInWayChanged)
    variables: Values = _describe(changed.changed_at, changed.report_token)
    send_to_owner(changed.user_id, SIGN_IN_WAYS[event.type], variables, event, now)


def handle_assistant_invited(event: DomainEvent, now: datetime) -> None:
    """Mail a user that an artist invited them to act in their studio."""
    invited = decode_data(event, AssistantInvited)
    variables: Values = {"artist": untrusted_names.sanitize(invited.artist_name)}
    send_to_owner(invited.user_id, "assistant-invited", variables, event, now)


def handle_assistant_added(event: DomainEvent, now: datetime) -> None:
    """Mail an artist that somebody acts in their studio from now on."""
    added = decode_data(event, AssistantAdded)
    variables: Values = {
        "assistant": untrusted_names.sanitize(added.assistant_name),
        "addedAt": added.added_at,
        **_link_report(added.report_token),
    }
    send_to_owner(added.user_id, "assistant-added", variables, event, now)


def handle_identity_changed(event: DomainEvent, now: datetime) -> None:
    """Mail the owner how their account is linked to an identity provider."""
    changed = decode_data(event, IdentityChanged)
    variables: Values = {
        "provider": changed.provider,
        **_describe(changed.changed_at, changed.report_token),
    }
    send_to_owner(changed.user_id, IDENTITIES[event.type], variables, event, now)


def handle_email_changed(event: DomainEvent, now: datetime) -> None:
    """Save the new address, and mail the former one that it was changed."""
    changed = decode_data(event, EmailChanged)
    contact = contacts.find_active(changed.user_id)
    if contact is None:
        return
    if contact.email is None:
        raise OwnerUnknown
    email = email_addresses.normalize(changed.email)
    contacts.save_email(changed.user_id, email, changed.changed_at)
    suppressions.end_by_verification(Channel.EMAIL, email, changed.changed_at)
    if changed.report_token:
        variables: Values = {
            "name": quotation.flatten(contact.name) or NAMELESS,
            **_describe(changed.changed_at, changed.report_token),
        }
        cause = Cause.from_event(event)
        account_mails.send(
            "email-changed",
            variables,
            cause,
            now,
            user_id=changed.user_id,
            email=changed.former_email,
        )


def handle_sign_in_code_requested(event: DomainEvent, now: datetime) -> None:
    """Mail a code to sign in."""
    request = decode_data(event, SignInCodeRequested)
    variables: Values = {"name": untrusted_names.sanitize(request.name), "code": request.code}
    cause = Cause.from_event(event, good_until=request.expires_at)
    account_mails.send(
        "sign-in-code",
        variables,
        cause,
        now,
        user_id=request.user_id,
        email=request.email,
        verifies_address=True,  # or nobody could sign in, and prove that the address works again
    )


def handle_password_reset_requested(event: DomainEvent, now: datetime) -> None:
    """Mail a code for a new password."""
    request = decode_data(event, PasswordResetRequested)
    variables: Values = {"name": quotation.flatten(request.name) or NAMELESS, "code": request.code}
    cause = Cause.from_event(event, good_until=request.expires_at)
    account_mails.send(
        "password-reset",
        variables,
        cause,
        now,
        user_id=request.user_id,
        email=request.email,
        verifies_address=True,
    )


def handle_email_change_requested(event: DomainEvent, now: datetime) -> None:
    """Mail the new and the current address their codes."""
    request = decode_data(event, EmailChangeRequested)
    codes = {request.email: request.code, request.current_email: request.current_code}
    for number, (email, code) in enumerate(codes.items()):
        variables: Values = {
            "name": untrusted_names.sanitize(request.name),
            "email": request.email,
            "code": code,
        }
        one = msgspec.structs.replace(event, id=f"{event.id}#{number}")
        cause = Cause.from_event(one, good_until=request.expires_at)
        account_mails.send(
            "email-change-code",
            variables,
            cause,
            now,
            user_id=request.user_id,
            email=email,
            verifies_address=True,
        )


def send_to_owner(
    user_id: str,
    template: str,
    variables: Values,
    event: DomainEvent,
    now: datetime,
) -> None:
    """Mail a system template to the owner of an account, unless the account was deleted.

    Args:
        user_id: Id of the owner.
        template: Name of the template.
        variables: Its variables; `name` is added, and instants are formatted.
        event: The event that is the cause.
        now: The current instant.

    Raises:
        OwnerUnknown: The account's address is not known yet.
    """
    contact = contacts.find_active(user_id)
    if contact is None:
        return
    if contact.email is None:
        raise OwnerUnknown
    named = {"name": quotation.flatten(contact.name) or NAMELESS, **variables}
    account_mails.send(
        template, named, Cause.from_event(event), now, user_id=user_id, email=contact.email
    )


def _describe(changed_at: datetime, report_token: str) -> dict[str, TemplateValue | datetime]:
    return {"changedAt": changed_at, **_link_report(report_token)}


def _link_report(token: str) -> dict[str, TemplateValue]:
    # In the fragment, which browsers send nowhere.
    page = web_pages.build(f"/not-me#token={token}")
    return {"reportUrl": page} if page and token else {}
