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
    Email,
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
    VerifyEmailRequest,
)
from auth.schemas.sessions import (
    LoginRequest,
    LogoutQuery,
    RefreshRequest,
    Tokens,
)

__all__ = [
    "AuditEntry",
    "AuditPage",
    "AuditQuery",
    "AuditVerification",
    "AuditVerificationRequest",
    "DeleteAccountRequest",
    "Email",
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
    "RotateKeysRequest",
    "RotatedKey",
    "RotatedKeys",
    "Tokens",
    "User",
    "UserName",
    "VerifyEmailRequest",
]
