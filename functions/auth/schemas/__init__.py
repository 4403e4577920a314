"""Requests and responses of auth: one module per subject."""

from auth.schemas.accounts import (
    DeleteAccountRequest,
    ProvisionRequest,
    User,
)
from auth.schemas.audit import (
    AuditEntry,
    AuditPage,
    AuditQuery,
    AuditVerification,
    AuditVerificationRequest,
)
from auth.schemas.fields import (
    AttemptId,
    Email,
    EnteredAttemptId,
    EnteredPassword,
    NewName,
    Password,
    RefreshTokenText,
    UserName,
)
from auth.schemas.keys import (
    JsonWebKey,
    JsonWebKeySet,
    RotatedKey,
    RotatedKeys,
    RotateKeysRequest,
)
from auth.schemas.registration import (
    RegisterRequest,
    RegistrationAccepted,
    ResendRequest,
    VerifyEmailRequest,
)
from auth.schemas.sessions import (
    LoginRequest,
    LogoutQuery,
    RefreshRequest,
    Tokens,
)

__all__ = [
    "AttemptId",
    "AuditEntry",
    "AuditPage",
    "AuditQuery",
    "AuditVerification",
    "AuditVerificationRequest",
    "DeleteAccountRequest",
    "Email",
    "EnteredAttemptId",
    "EnteredPassword",
    "JsonWebKey",
    "JsonWebKeySet",
    "LoginRequest",
    "LogoutQuery",
    "NewName",
    "Password",
    "ProvisionRequest",
    "RefreshRequest",
    "RefreshTokenText",
    "RegisterRequest",
    "RegistrationAccepted",
    "ResendRequest",
    "RotateKeysRequest",
    "RotatedKey",
    "RotatedKeys",
    "Tokens",
    "User",
    "UserName",
    "VerifyEmailRequest",
]
