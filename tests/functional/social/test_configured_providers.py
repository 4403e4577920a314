"""The application reaches the stand-ins of the providers by configuration alone."""

import pytest

from infra.local.standins.social.network import SocialNetworks
from social.models import ProviderId
from social.providers import calls, configuration


@pytest.mark.parametrize("provider", [each for each in ProviderId if each != ProviderId.CALDAV])
def test_every_provider_is_configured_and_answers(
    networks: SocialNetworks, provider: ProviderId
) -> None:
    settings = configuration.read(provider, {})
    assert settings.client_id
    assert settings.client_secret
    assert settings.revoke_url.startswith("http://127.0.0.1:")
    assert calls.send("GET", settings.profile_url, token="unknown").status == 401
    assert calls.send("GET", settings.authorize_url).status in (400, 401)
    assert calls.send("POST", settings.token_url, form={}).status in (400, 401)
