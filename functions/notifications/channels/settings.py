"""What the providers' secrets hold. A secret without the essential keys means: not configured."""

from typing import TypeVar

import msgspec

from notifications.channels import NotConfigured
from shared.platform.config import secret

Settings = TypeVar("Settings", bound=msgspec.Struct)


def from_secret(name: str, model: type[Settings]) -> Settings:
    """The provider's settings. Raises NotConfigured when a key is missing, empty or unusable."""
    given = {key: value for key, value in secret(name).items() if value}
    try:
        return msgspec.convert(given, model, strict=False)
    except msgspec.ValidationError:
        raise NotConfigured from None
