"""Events that auth publishes and consumes."""

from domain.types import Email, Instant, UserId
from shared.events.domain_events import ConsumedEvent, EventData
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
    """

    type = "user.verified"

    user_id: UserId
    email: Email
    name: str
    role: Role


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


PUBLISHED = (
    UserRegistered,
    UserVerified,
    UserDeleted,
    VerificationRequested,
    RegistrationRepeated,
)

# ---- consumed


class DeletedUser(ConsumedEvent, frozen=True):
    """`user.deleted` of our own: what remains of the account is erased."""

    user_id: str


class ProfileUpdated(ConsumedEvent, frozen=True):
    """`user.profile.updated`: a user's name changed."""

    user_id: str
    name: str
    record_version: int
