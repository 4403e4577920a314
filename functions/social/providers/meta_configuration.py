"""Configuration of Meta's messaging APIs: the same addresses for every operator, but not the apps.

https://developers.facebook.com/docs/instagram-platform/overview#host-urls
https://developers.facebook.com/docs/graph-api/overview#host-url
"""

from collections.abc import Mapping

from social.models import ProviderId
from social.providers import configuration
from social.providers.configuration import ProviderSettings

VERSION = "v23.0"
PROVIDERS = (ProviderId.INSTAGRAM, ProviderId.FACEBOOK)
DEFAULTS: Mapping[ProviderId, Mapping[str, str]] = {
    ProviderId.INSTAGRAM: {"api_url": f"https://graph.instagram.com/{VERSION}"},
    ProviderId.FACEBOOK: {"api_url": f"https://graph.facebook.com/{VERSION}"},
}


def read(provider: ProviderId) -> ProviderSettings:
    """Return the settings of Instagram or Facebook."""
    return configuration.read(provider, DEFAULTS[provider])
