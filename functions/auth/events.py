"""Events that auth publishes and consumes."""

from datetime import datetime
from enum import StrEnum

from auth.schemas.fields import SessionId
from domain.moderation import Decision
from domain.types import ArtistId, Email, Instant, UserId, Version
from shared.events import domain_events
from shared.events.domain_events import ConsumedEvent, DomainEvent, EventData
from shared.http.caller import Role

# ---- published


class UserRegistered(EventData, frozen=True):
    """An account was requested; the address is not verified yet.

    Attributes:
        name: Name of the user.
        role: Role of the user.
    """

    type = "user.registered"

    user_id: UserId
    role: Role
    name: str


class UserVerified(EventData, frozen=True):
    """A user verified their address, which created the account.

    Attributes:
        name: Name of the user.
        role: Role of the user.
        imported: Whether the account comes from an earlier system. Then nobody verified anything,
            and nobody is to be notified.
    """

    type = "user.verified"

    user_id: UserId
    email: Email
    name: str
    role: Role
    imported: bool = False


class UserDeleted(EventData, frozen=True):
    """A user deleted their account. Every feature erases the user's data."""

    type = "user.deleted"

    user_id: UserId


class VerificationRequested(EventData, frozen=True):
    """A code has to be mailed. It expires after 15 minutes or when it is used.

    Attributes:
        name: Name of the user.
        code: The six digits to mail.
        expires_at: When the code expires.
    """

    type = "user.verification_requested"

    user_id: UserId
    email: Email
    name: str
    code: str
    expires_at: Instant


class RegistrationRepeated(EventData, frozen=True):
    """An address that has an account was registered again. Its owner gets a mail.

    Attributes:
        name: Name of the owner.
    """

    type = "user.registration_repeated"

    user_id: UserId
    email: Email
    name: str


class EndReason(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    TOKEN_REUSED = "token_reused"  # noqa: S105
    TOO_MANY = "too_many"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    EMAIL_CHANGED = "email_changed"
    REPORTED_BY_OWNER = "reported_by_owner"
    BANNED = "banned"
    ROLE_CHANGED = "role_changed"
    ENDED_BY_ADMIN = "ended_by_admin"
    ASSISTANCE_CHANGED = "assistance_changed"
    ACCOUNT_DELETED = "account_deleted"


class SessionEnded(EventData, frozen=True):
    """A session ended before its time. What its access tokens opened is closed.

    Attributes:
        reason: Why it ended: its user signed out, on this or another device; an old refresh token
            was used, so another party may hold it; the user has more than 20 sessions; the
            password or the address was changed; the owner reported a change that was not theirs;
            an admin banned the user, changed their role or ended their sessions; the session is
            that of an assistant in the studio of the user, who ended it or changed its scopes; or
            the account was deleted.
    """

    type = "session.ended"

    user_id: UserId
    session_id: SessionId
    reason: EndReason


class SignedInFromNewDevice(EventData, frozen=True):
    """A user signed in on a device that their account does not know. They get a mail.

    Attributes:
        device: Browser and system of the device. Example: Firefox on Linux
        network: Network of the device, in CIDR notation. Example: 198.51.100.0/24
        report_token: What the owner reports with if it was not them.
        signed_in_at: When the user signed in.
    """

    type = "user.signed_in_from_new_device"

    user_id: UserId
    session_id: SessionId
    device: str
    network: str
    report_token: str
    signed_in_at: Instant


class PasswordResetRequested(EventData, frozen=True):
    """A code for a new password has to be mailed. It expires after ten minutes or when it is used.

    Attributes:
        name: Name of the user.
        code: The ten digits to mail.
        expires_at: When the code expires.
    """

    type = "user.password_reset_requested"

    user_id: UserId
    email: Email
    name: str
    code: str
    expires_at: Instant


class SignInCodeRequested(EventData, frozen=True):
    """A code to sign in has to be mailed. It expires after ten minutes or when it is used.

    Attributes:
        name: Name of the user.
        code: The six digits to mail.
        expires_at: When the code expires.
    """

    type = "user.sign_in_code_requested"

    user_id: UserId
    email: Email
    name: str
    code: str
    expires_at: Instant


class EmailChangeRequested(EventData, frozen=True):
    """A user wants another address. The new and the current one get a code each.

    Attributes:
        name: Name of the user.
        email: The new address.
        code: The six digits to mail to it.
        current_email: The current address.
        current_code: The six digits to mail to that.
        expires_at: When the codes expire.
    """

    type = "user.email_change_requested"

    user_id: UserId
    name: str
    email: Email
    code: str
    current_email: Email
    current_code: str
    expires_at: Instant


class EmailChanged(EventData, frozen=True):
    """A user changed their address. The former one gets a mail.

    Attributes:
        email: The new address.
        former_email: The address before.
        report_token: What the owner reports with if it was not them; empty after a report.
        changed_at: When it was changed.
    """

    type = "user.email_changed"

    user_id: UserId
    email: Email
    former_email: Email
    report_token: str
    changed_at: Instant


class SignInWayChanged(EventData, frozen=True):
    """Base of what an owner changes in how they sign in. They get a mail.

    Attributes:
        report_token: What the owner reports with if it was not them.
        changed_at: When it was changed.
    """

    user_id: UserId
    report_token: str
    changed_at: Instant


class PasswordChanged(SignInWayChanged, frozen=True):
    """A user changed or reset their password. They get a mail."""

    type = "user.password_changed"


class AccountChanged(EventData, frozen=True):
    """Base of what an admin changes in an account. It states all of it, so the newest one counts.

    Attributes:
        role: Role of the user.
        banned: Whether the account is banned.
        record_version: Number of such changes of the account.
    """

    user_id: UserId
    role: Role
    banned: bool
    record_version: Version


class UserBanned(AccountChanged, frozen=True):
    """An admin banned a user. They cannot sign in, and nothing new begins with them."""

    type = "user.banned"


class UserUnbanned(AccountChanged, frozen=True):
    """An admin lifted the ban of a user."""

    type = "user.unbanned"


class UserSuspended(EventData, frozen=True):
    """A user was banned because of a report. They get a mail with the text.

    Attributes:
        report_id: Id of the report. Example: rpt_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        text: What the user is told. Example: You sent advertisements to 40 artists.
        until: When the ban is lifted; null where an admin lifts it.
    """

    type = "user.suspended"

    user_id: UserId
    report_id: str
    text: str
    until: Instant | None


class SuspensionRefusal(StrEnum):
    """Why a user was not banned because of a report."""

    PROTECTED_ACCOUNT = "protected_account"
    NOT_AN_ADMIN = "not_an_admin"
    NO_ACCOUNT = "no_account"
    OVER = "over"


class UserSuspensionRefused(EventData, frozen=True):
    """A user who was to be banned because of a report was not.

    Attributes:
        report_id: Id of the report. Example: rpt_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        reason: Why: the account is that of an admin, or there is none; the admin who decided is
            none any more, or decided about themselves; or the end had passed.
    """

    type = "user.suspension_refused"

    user_id: UserId
    report_id: str
    reason: SuspensionRefusal


class UserRoleChanged(AccountChanged, frozen=True):
    """An admin changed the role of a user."""

    type = "user.role_changed"


class ExportRequestedData(EventData, frozen=True):
    """A user asked for all their data. Every feature writes its share.

    Attributes:
        export_id: Id of the export. Example: exp_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    type = "export.requested"

    export_id: str
    user_id: UserId


class MfaEnabled(SignInWayChanged, frozen=True):
    """A user made an authenticator app their second factor. They get a mail."""

    type = "user.mfa_enabled"


class MfaDisabled(SignInWayChanged, frozen=True):
    """A user removed their second factor. They get a mail."""

    type = "user.mfa_disabled"


class RecoveryCodeUsed(SignInWayChanged, frozen=True):
    """A user proved who they are by a recovery code instead of their app. They get a mail."""

    type = "user.recovery_code_used"


class RecoveryCodesReplaced(SignInWayChanged, frozen=True):
    """A user replaced their recovery codes. They get a mail."""

    type = "user.recovery_codes_replaced"


class AssistantInvited(EventData, frozen=True):
    """An artist invited a user to act in their studio. The user gets a mail.

    Attributes:
        artist_id: The artist.
        artist_name: Name of the artist.
    """

    type = "user.assistant_invited"

    user_id: UserId
    artist_id: ArtistId
    artist_name: str


class AssistantAdded(EventData, frozen=True):
    """A user accepted to act in the studio of an artist. The artist gets a mail.

    Attributes:
        user_id: The artist.
        assistant_id: The assistant.
        assistant_name: Name of the assistant.
        report_token: What the artist reports with if they invited nobody.
        added_at: When the assistant accepted.
    """

    type = "user.assistant_added"

    user_id: UserId
    assistant_id: UserId
    assistant_name: str
    report_token: str
    added_at: Instant


class PasskeyAdded(SignInWayChanged, frozen=True):
    """A user added a passkey, with which they can sign in. They get a mail."""

    type = "user.passkey_added"


class PasskeyRemoved(SignInWayChanged, frozen=True):
    """A user removed a passkey. They get a mail."""

    type = "user.passkey_removed"


class IdentityChanged(SignInWayChanged, frozen=True):
    """Base of how an account is linked to an identity provider.

    Attributes:
        provider: Name of the provider. Example: Google
    """

    provider: str


class IdentityLinked(IdentityChanged, frozen=True):
    """A user linked their account to an identity provider. They get a mail."""

    type = "user.identity_linked"


class IdentityUnlinked(IdentityChanged, frozen=True):
    """A user removed the link of their account to an identity provider. They get a mail."""

    type = "user.identity_unlinked"


PUBLISHED = (
    ExportRequestedData,
    UserRegistered,
    UserVerified,
    UserDeleted,
    VerificationRequested,
    RegistrationRepeated,
    SessionEnded,
    SignedInFromNewDevice,
    PasswordResetRequested,
    PasswordChanged,
    SignInCodeRequested,
    EmailChangeRequested,
    EmailChanged,
    UserBanned,
    UserUnbanned,
    UserSuspended,
    UserSuspensionRefused,
    UserRoleChanged,
    AssistantInvited,
    AssistantAdded,
    MfaEnabled,
    MfaDisabled,
    RecoveryCodeUsed,
    RecoveryCodesReplaced,
    PasskeyAdded,
    PasskeyRemoved,
    IdentityLinked,
    IdentityUnlinked,
)

# ---- consumed


class DeletedUser(ConsumedEvent, frozen=True):
    """`user.deleted` of our own: what remains of the account is erased."""

    user_id: str


class ExportDownloaded(ConsumedEvent, frozen=True):
    """`export.downloaded`: a user got a link to the archive of their data."""

    export_id: str
    user_id: str
    session_id: str


class ReportDecided(ConsumedEvent, frozen=True):
    """`report.decided`: an admin decided about a report."""

    report_id: str
    reported_id: str
    decision: Decision
    admin_id: str
    reason: str
    text: str
    hides: bool
    until: datetime | None
    decided_at: datetime


class ReportReversed(ConsumedEvent, frozen=True):
    """`report.reversed`: an admin decided to show again what a report hides."""

    report_id: str
    reported_id: str
    admin_id: str
    reason: str
    decided_at: datetime


class ReportSuspensionEnded(ConsumedEvent, frozen=True):
    """`report.suspension_ended`: the time of a suspension is over."""

    report_id: str
    user_id: str


class ProfileUpdated(ConsumedEvent, frozen=True):
    """`user.profile.updated`: a user's name changed."""

    user_id: str
    name: str
    record_version: int


def new_event(user_id: str, data: EventData, now: datetime) -> DomainEvent:
    """Return an event of auth about a user, to be published."""
    return domain_events.new_event("auth", user_id, data, now)
