"""Records that social stores, one module per subject."""

from social.models.accounts import (
    AccountId,
    AccountStatus,
    Capability,
    Owner,
    ProviderId,
    SocialAccount,
)
from social.models.tokens import Tokens, TokenState

__all__ = [
    "AccountId",
    "AccountStatus",
    "Capability",
    "Owner",
    "ProviderId",
    "SocialAccount",
    "TokenState",
    "Tokens",
]
