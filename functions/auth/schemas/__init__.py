"""Requests and responses of auth: one module per subject."""

from auth.schemas.accounts import (
    DeleteAccountRequest,
    ProvisionRequest,
    User,
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
    "DeleteAccountRequest",
    "Email",
    "EndSessionsQuery",
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
    "SessionId",
    "SessionList",
    "SessionView",
    "Tokens",
    "User",
    "UserName",
    "VerifyEmailRequest",
]
