"""Security mails: whoever changes a way to sign in cannot do it without the owner's knowledge."""

import msgspec

from auth import events
from auth.rules.audit_log import AuditAction
from notifications import consumers

# The event of each entry in the audit log that is about signing in.
MAILED = {
    AuditAction.SIGNED_IN: events.SignedInFromNewDevice,  # if the device is new
    AuditAction.PASSWORD_CHANGED: events.PasswordChanged,
    AuditAction.PASSWORD_RESET: events.PasswordChanged,
    AuditAction.EMAIL_CHANGED: events.EmailChanged,
    AuditAction.TOTP_ENABLED: events.MfaEnabled,
    AuditAction.TOTP_DISABLED: events.MfaDisabled,
    AuditAction.RECOVERY_CODES_REPLACED: events.RecoveryCodesReplaced,
    AuditAction.RECOVERY_CODE_USED: events.RecoveryCodeUsed,
    AuditAction.PASSKEY_ADDED: events.PasskeyAdded,
    AuditAction.PASSKEY_REMOVED: events.PasskeyRemoved,
    AuditAction.IDENTITY_LINKED: events.IdentityLinked,
    AuditAction.IDENTITY_UNLINKED: events.IdentityUnlinked,
    AuditAction.ASSISTANT_ADDED: events.AssistantAdded,
}
# These change no way to sign in, or end sessions only, or take what an admin answers for.
OTHERS = {
    *(AuditAction.ACCOUNT_CREATED, AuditAction.ACCOUNT_DELETED, AuditAction.STEPPED_UP),
    *(AuditAction.SIGNED_OUT, AuditAction.SESSION_ENDED, AuditAction.SESSIONS_ENDED),
    *(AuditAction.REPORTED_BY_OWNER, AuditAction.ROLE_CHANGED, AuditAction.ADMIN_ACTED),
    *(AuditAction.BANNED, AuditAction.UNBANNED),
    *(AuditAction.WARNED, AuditAction.CONTENT_HIDDEN, AuditAction.CONTENT_SHOWN),
    # An invitation gives nothing yet; its acceptance is mailed. Changes and ends stay with those
    # who were accepted.
    *(AuditAction.ASSISTANT_INVITED, AuditAction.ASSISTANT_CHANGED),
    *(AuditAction.ASSISTANT_REMOVED, AuditAction.ASSISTANT_ACTED),
    # The mail is that the archive is ready.
    *(AuditAction.EXPORT_REQUESTED, AuditAction.EXPORT_DOWNLOADED),
}


def test_every_action_is_sorted() -> None:
    assert MAILED.keys() | OTHERS == set(AuditAction)
    assert not MAILED.keys() & OTHERS


def test_each_mail_lets_its_owner_say_this_was_not_me() -> None:
    for event in MAILED.values():
        assert event in events.PUBLISHED
        assert "report_token" in {field.name for field in msgspec.structs.fields(event)}
        assert event.type in consumers.HANDLERS


def test_nothing_else_of_auth_asks_it() -> None:
    asking = {
        event
        for event in events.PUBLISHED
        if "report_token" in {field.name for field in msgspec.structs.fields(event)}
    }
    assert asking == set(MAILED.values())
