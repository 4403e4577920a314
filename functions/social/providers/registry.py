"""The providers by their ids."""

from collections.abc import Mapping

from social.models import ProviderId
from social.providers.caldav import CalDav
from social.providers.google import Google
from social.providers.meta import Facebook, Instagram
from social.providers.protocol import Provider

PROVIDERS: Mapping[ProviderId, Provider] = {
    provider.id: provider for provider in (Instagram(), Facebook(), Google(), CalDav())
}


def get_provider(id: ProviderId) -> Provider:
    """Return a provider.

    Raises:
        KeyError: There is no module of this provider.
    """
    return PROVIDERS[id]
