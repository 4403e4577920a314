"""Requests and responses of the social API, one module per subject."""

from social.schemas.accounts import (
    AccountHealth,
    AuthorizeUrl,
    CallbackQuery,
    DeletionCode,
    MetaProvider,
    ProviderName,
    SocialAccountList,
    SocialAccountView,
    SocialProviderView,
    StatusAnswer,
)

__all__ = [
    "AccountHealth",
    "AuthorizeUrl",
    "CallbackQuery",
    "DeletionCode",
    "MetaProvider",
    "ProviderName",
    "SocialAccountList",
    "SocialAccountView",
    "SocialProviderView",
    "StatusAnswer",
]
