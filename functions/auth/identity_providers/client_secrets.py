"""Secrets by which we prove ourselves to a provider.

Apple's is no fixed text but a JWT that is signed with a key of ours
(https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret).
"""

from datetime import datetime, timedelta

from auth.identity_providers.configuration import Provider

LIFETIME = timedelta(minutes=5)


def build(provider: Provider, now: datetime) -> str:
    """Return the secret of today: the configured one, or one that is signed now."""
    if not provider.private_key:
        return provider.client_secret
    from joserfc import jwt  # noqa: PLC0415  # see id_tokens
    from joserfc.jwk import ECKey  # noqa: PLC0415

    claims = {
        "iss": provider.team_id,
        "sub": provider.client_id,
        "aud": provider.issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
    }
    key = ECKey.import_key(provider.private_key.replace("\\n", "\n"))
    return jwt.encode({"alg": "ES256", "kid": provider.key_id}, claims, key)
