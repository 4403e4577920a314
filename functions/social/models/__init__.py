"""Records that social stores, one module per subject."""

from social.models.accounts import (
    AccountId,
    AccountStatus,
    Capability,
    ProviderId,
    ReconnectReason,
    SocialAccount,
)
from social.models.tokens import Tokens, TokenState

__all__ = [
    "AccountId",
    "AccountStatus",
    "Capability",
    "ProviderId",
    "ReconnectReason",
    "SocialAccount",
    "TokenState",
    "Tokens",
]
