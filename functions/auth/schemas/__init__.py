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
from auth.schemas.exports import (
    ExportAccepted,
    ExportId,
)
from auth.schemas.fields import (
    AttemptId,
    Email,
    EnteredAttemptId,
    EnteredPassword,
    NewName,
    Password,
    RefreshTokenText,
    SessionId,
    UserName,
)
from auth.schemas.keys import (
    JsonWebKey,
    JsonWebKeySet,
    RotatedKey,
    RotatedKeys,
    RotateKeysRequest,
)
from auth.schemas.passwords import (
    ChangePasswordRequest,
    ForgotPasswordRequest,
    ResetMailAccepted,
    ResetPasswordRequest,
)
from auth.schemas.registration import (
    RegisterRequest,
    RegistrationAccepted,
    ResendRequest,
    VerifyEmailRequest,
)
from auth.schemas.sessions import (
    EndSessionsQuery,
    LoginRequest,
    LogoutQuery,
    RefreshRequest,
    SessionList,
    SessionView,
    Tokens,
)

__all__ = [
    "AttemptId",
    "AuditEntry",
    "AuditPage",
    "AuditQuery",
    "AuditVerification",
    "AuditVerificationRequest",
    "ChangePasswordRequest",
    "DeleteAccountRequest",
    "Email",
    "EndSessionsQuery",
    "EnteredAttemptId",
    "EnteredPassword",
    "ExportAccepted",
    "ExportId",
    "ForgotPasswordRequest",
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
    "ResetMailAccepted",
    "ResetPasswordRequest",
    "RotateKeysRequest",
    "RotatedKey",
    "RotatedKeys",
    "SessionId",
    "SessionList",
    "SessionView",
    "Tokens",
    "User",
    "UserName",
    "VerifyEmailRequest",
]
