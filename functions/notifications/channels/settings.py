"""Settings of the providers, which are stored in secrets."""

from typing import TypeVar

import msgspec

from notifications.channels import NotConfigured
from notifications.models import Channel
from shared.platform import provider_settings
from shared.platform.config import secret

Settings = TypeVar("Settings", bound=msgspec.Struct)


def load(name: str, model: type[Settings], *, prefix: str = "", of: str = "") -> Settings:
    """Load the settings of a provider from its secret, with those that follow from others.

    Args:
        name: Name of the secret.
        model: Type of the settings.
        prefix: Beginning of the names of the model, where several providers have the same.
        of: What the names in the secret begin with instead.

    Raises:
        NotConfigured: A required key is missing, empty or invalid.
    """
    values = provider_settings.complete(name, secret)
    if of != prefix:
        values = {
            prefix + key.removeprefix(of): value
            for key, value in values.items()
            if key.startswith(of)
        }
    try:
        return msgspec.convert(values, model, strict=False)
    except msgspec.ValidationError:
        raise NotConfigured from None


def is_configured(channel: Channel) -> bool:
    """Check whether the provider of a channel has all the settings that it needs."""
    return not provider_settings.list_missing(channel, secret)
