"""Requests and responses of the social API, one module per subject."""

from social.schemas.accounts import (
    AccountHealth,
    AuthorizeUrl,
    CallbackQuery,
    DeletionAnswer,
    DeletionCode,
    MetaProvider,
    ProviderName,
    SocialAccountList,
    SocialAccountView,
    SocialProviderView,
)

__all__ = [
    "AccountHealth",
    "AuthorizeUrl",
    "CallbackQuery",
    "DeletionAnswer",
    "DeletionCode",
    "MetaProvider",
    "ProviderName",
    "SocialAccountList",
    "SocialAccountView",
    "SocialProviderView",
]
