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
from auth.schemas.email_codes import (
    ChangeEmailRequest,
    ConfirmEmailRequest,
    ReportRequest,
    SignInByCodeRequest,
    SignInCodeAccepted,
    SignInCodeRequest,
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
from auth.schemas.second_factors import (
    MfaRequired,
    RecoveryCodes,
    SecondFactors,
    TotpCodeRequest,
    TotpSecret,
    VerifyMfaRequest,
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
    "ChangeEmailRequest",
    "ChangePasswordRequest",
    "ConfirmEmailRequest",
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
    "MfaRequired",
    "NewName",
    "Password",
    "ProvisionRequest",
    "RecoveryCodes",
    "RefreshRequest",
    "RefreshTokenText",
    "RegisterRequest",
    "RegistrationAccepted",
    "ReportRequest",
    "ResendRequest",
    "ResetMailAccepted",
    "ResetPasswordRequest",
    "RotateKeysRequest",
    "RotatedKey",
    "RotatedKeys",
    "SecondFactors",
    "SessionId",
    "SessionList",
    "SessionView",
    "SignInByCodeRequest",
    "SignInCodeAccepted",
    "SignInCodeRequest",
    "Tokens",
    "TotpCodeRequest",
    "TotpSecret",
    "User",
    "UserName",
    "VerifyEmailRequest",
    "VerifyMfaRequest",
]
