"""Requests and responses of the social API, one module per subject."""

from social.schemas.accounts import (
    AccountHealth,
    AuthorizeUrl,
    CallbackQuery,
    DeletionAnswer,
    DeletionCode,
    MetaProvider,
    ProviderName,
    ProviderView,
    SocialAccountList,
    SocialAccountView,
)

__all__ = [
    "AccountHealth",
    "AuthorizeUrl",
    "CallbackQuery",
    "DeletionAnswer",
    "DeletionCode",
    "MetaProvider",
    "ProviderName",
    "ProviderView",
    "SocialAccountList",
    "SocialAccountView",
]
