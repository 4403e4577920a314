"""Security notices: mails to the owner of an account about what happened to it.

They go to the address of the account, whatever its owner wants to be notified of otherwise.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from domain import quotation
from notifications.events import (
    AssistantAdded,
    AssistantInvited,
    EmailChanged,
    EmailChangeRequested,
    IdentityLinked,
    IdentityUnlinked,
    MfaDisabled,
    MfaEnabled,
    PasskeyAdded,
    PasskeyRemoved,
    PasswordChanged,
    PasswordResetRequested,
    RecoveryCodeUsed,
    SignedInFromNewDevice,
    SignInCodeRequested,
)
from notifications.models import Channel, MessageCategory, TemplateValue
from notifications.notices.booking_notice import WebSettings
from notifications.rules import email_addresses, untrusted_names
from notifications.store import contacts
from notifications.use_cases import composer, dispatch, suppressions
from notifications.use_cases.dispatch import Cause, OutgoingMessage
from notifications.use_cases.recipients import Recipient
from shared.events.domain_events import DomainEvent, decode_data
from shared.platform.config import from_environment

NAMELESS = "friend"  # how the reader is addressed when nothing of their name can be shown


class OwnerUnknown(Exception):
    """The event that says how to reach the owner has not arrived yet. The queue tries again."""


def handle_signed_in_from_new_device(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that a device signed in that their account does not know."""
    signed_in = decode_data(event, SignedInFromNewDevice)
    variables = {
        "device": signed_in.device,
        "network": signed_in.network,
        "signedInAt": format_instant(signed_in.signed_in_at),
        **_link_report(signed_in.report_token),
    }
    send_to_owner(signed_in.user_id, "sign-in-from-new-device", variables, event, now)


def handle_password_changed(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that their password was changed."""
    changed = decode_data(event, PasswordChanged)
    variables = _describe(changed.changed_at, changed.report_token)
    send_to_owner(changed.user_id, "password-changed", variables, event, now)


def handle_mfa_enabled(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that an authenticator app was added."""
    enabled = decode_data(event, MfaEnabled)
    variables = _describe(enabled.enabled_at, enabled.report_token)
    send_to_owner(enabled.user_id, "mfa-enabled", variables, event, now)


def handle_mfa_disabled(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that the authenticator app was removed."""
    disabled = decode_data(event, MfaDisabled)
    variables = _describe(disabled.disabled_at, disabled.report_token)
    send_to_owner(disabled.user_id, "mfa-disabled", variables, event, now)


def handle_passkey_added(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that a passkey was added."""
    added = decode_data(event, PasskeyAdded)
    variables = _describe(added.added_at, added.report_token)
    send_to_owner(added.user_id, "passkey-added", variables, event, now)


def handle_passkey_removed(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that a passkey was removed."""
    removed = decode_data(event, PasskeyRemoved)
    variables = _describe(removed.removed_at, removed.report_token)
    send_to_owner(removed.user_id, "passkey-removed", variables, event, now)


def handle_recovery_code_used(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that a recovery code was used."""
    used = decode_data(event, RecoveryCodeUsed)
    variables = _describe(used.used_at, used.report_token)
    send_to_owner(used.user_id, "recovery-code-used", variables, event, now)


def handle_assistant_invited(event: DomainEvent, now: datetime) -> None:
    """Mail a user that an artist invited them to act in their studio."""
    invited = decode_data(event, AssistantInvited)
    variables = {"artist": untrusted_names.sanitize(invited.artist_name)}
    send_to_owner(invited.user_id, "assistant-invited", variables, event, now)


def handle_assistant_added(event: DomainEvent, now: datetime) -> None:
    """Mail an artist that somebody acts in their studio from now on."""
    added = decode_data(event, AssistantAdded)
    variables = {
        "assistant": untrusted_names.sanitize(added.assistant_name),
        "addedAt": format_instant(added.added_at),
        **_link_report(added.report_token),
    }
    send_to_owner(added.user_id, "assistant-added", variables, event, now)


def handle_identity_linked(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that their account was linked to an identity provider."""
    linked = decode_data(event, IdentityLinked)
    variables = {
        "provider": linked.provider,
        **_describe(linked.linked_at, linked.report_token),
    }
    send_to_owner(linked.user_id, "identity-linked", variables, event, now)


def handle_identity_unlinked(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that the link of their account to an identity provider was removed."""
    unlinked = decode_data(event, IdentityUnlinked)
    variables = {
        "provider": unlinked.provider,
        **_describe(unlinked.unlinked_at, unlinked.report_token),
    }
    send_to_owner(unlinked.user_id, "identity-unlinked", variables, event, now)


def handle_email_changed(event: DomainEvent, now: datetime) -> None:
    """Save the new address, and mail the former one that it was changed."""
    changed = decode_data(event, EmailChanged)
    contact = contacts.find_active(changed.user_id)
    if contact is None:
        return
    if contact.email is None:
        raise OwnerUnknown(changed.user_id)
    email = email_addresses.normalize(changed.email)
    contacts.save_email(changed.user_id, email, changed.changed_at)
    suppressions.end_by_verification(Channel.EMAIL, email, changed.changed_at)
    if changed.report_token:
        variables = {
            "name": quotation.flatten(contact.name) or NAMELESS,
            **_describe(changed.changed_at, changed.report_token),
        }
        cause = Cause.from_event(event)
        message = _compose("email-changed", variables)
        _send(message, changed.user_id, changed.former_email, cause, now)


def handle_sign_in_code_requested(event: DomainEvent, now: datetime) -> None:
    """Mail a code to sign in."""
    request = decode_data(event, SignInCodeRequested)
    variables = {"name": untrusted_names.sanitize(request.name), "code": request.code}
    cause = Cause.from_event(event, good_until=request.expires_at)
    _send(_compose("sign-in-code", variables), request.user_id, request.email, cause, now)


def handle_password_reset_requested(event: DomainEvent, now: datetime) -> None:
    """Mail a code for a new password."""
    request = decode_data(event, PasswordResetRequested)
    variables = {"name": quotation.flatten(request.name) or NAMELESS, "code": request.code}
    cause = Cause.from_event(event, good_until=request.expires_at)
    _send(_compose("password-reset", variables), request.user_id, request.email, cause, now)


def handle_email_change_requested(event: DomainEvent, now: datetime) -> None:
    """Mail the new and the current address their codes."""
    request = decode_data(event, EmailChangeRequested)
    codes = {request.email: request.code, request.current_email: request.current_code}
    for number, (email, code) in enumerate(codes.items()):
        variables = {
            "name": untrusted_names.sanitize(request.name),
            "email": request.email,
            "code": code,
        }
        one = msgspec.structs.replace(event, id=f"{event.id}#{number}")
        cause = Cause.from_event(one, good_until=request.expires_at)
        message = _compose("email-change-code", variables)
        if email == request.email:  # the code proves that the new address works
            message = msgspec.structs.replace(message, verifies_address=True)
        _send(message, request.user_id, email, cause, now)


def send_to_owner(
    user_id: str,
    template: str,
    variables: Mapping[str, TemplateValue],
    event: DomainEvent,
    now: datetime,
) -> None:
    """Mail a system template to the owner of an account, unless the account was deleted.

    Args:
        user_id: Id of the owner.
        template: Name of the template.
        variables: Its variables; `name` is added.
        event: The event that is the cause.
        now: The current instant.

    Raises:
        OwnerUnknown: The account's address is not known yet.
    """
    contact = contacts.find_active(user_id)
    if contact is None:
        return
    if contact.email is None:
        raise OwnerUnknown(user_id)
    named = {"name": quotation.flatten(contact.name) or NAMELESS, **variables}
    _send(_compose(template, named), user_id, contact.email, Cause.from_event(event), now)


def format_instant(instant: datetime) -> str:
    """Return an instant as people read it, in UTC: the zone of the owner is not known."""
    return instant.astimezone(UTC).strftime("%-d %B %Y at %H:%M UTC")


def _send(message: OutgoingMessage, user_id: str, email: str, cause: Cause, now: datetime) -> None:
    contact = contacts.find_contact(user_id)
    if contact is not None and contact.erased_at is not None:
        return  # a late event of an erased user
    address = email_addresses.normalize(email)
    dispatch.dispatch(message, Recipient(user_id, {Channel.EMAIL: (address,)}), cause, now)


def _compose(template: str, variables: Mapping[str, TemplateValue]) -> OutgoingMessage:
    return composer.compose_from_system_template(
        template, variables, (Channel.EMAIL,), MessageCategory.SECURITY
    )


def _describe(changed_at: datetime, report_token: str) -> dict[str, TemplateValue]:
    return {"changedAt": format_instant(changed_at), **_link_report(report_token)}


def _link_report(token: str) -> dict[str, TemplateValue]:
    base = from_environment(WebSettings).web_app_url.rstrip("/")
    # In the fragment, which browsers send nowhere.
    return {"reportUrl": f"{base}/not-me#token={token}"} if base and token else {}
