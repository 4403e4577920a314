"""Requests and responses of the social API, one module per subject."""

from social.schemas.accounts import SocialAccountList, SocialAccountView

__all__ = ["SocialAccountList", "SocialAccountView"]
