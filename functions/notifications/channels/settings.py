"""Settings of the providers, which are stored in secrets."""

from typing import TypeVar

import msgspec

from notifications.channels import NotConfigured
from notifications.models import Channel
from shared.platform import provider_settings
from shared.platform.config import secret

Settings = TypeVar("Settings", bound=msgspec.Struct)


def load(name: str, model: type[Settings]) -> Settings:
    """Load the settings of a provider from its secret, with those that follow from others.

    Raises:
        NotConfigured: A required key is missing, empty or invalid.
    """
    try:
        return msgspec.convert(provider_settings.complete(name, secret), model, strict=False)
    except msgspec.ValidationError:
        raise NotConfigured from None


def is_configured(channel: Channel) -> bool:
    """Check whether the provider of a channel has all the settings that it needs."""
    return not provider_settings.list_missing(channel, secret)
