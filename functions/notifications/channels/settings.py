"""Settings of the providers, which are stored in secrets."""

from typing import TypeVar

import msgspec

from notifications.channels import NotConfigured
from shared.platform.config import secret

Settings = TypeVar("Settings", bound=msgspec.Struct)


def load(name: str, model: type[Settings]) -> Settings:
    """Load the settings of a provider from its secret.

    Raises:
        NotConfigured: A required key is missing, empty or invalid.
    """
    values = {key: value for key, value in secret(name).items() if value}
    try:
        return msgspec.convert(values, model, strict=False)
    except msgspec.ValidationError:
        raise NotConfigured from None
