"""Public keys, published for everybody who verifies access tokens."""

from datetime import datetime

import msgspec

from auth.schemas import JsonWebKey, JsonWebKeySet
from auth.use_cases import token_keys


def get_key_set(now: datetime) -> JsonWebKeySet:
    """Return the public keys as a JSON Web Key Set (RFC 7517)."""
    return JsonWebKeySet(
        [
            JsonWebKey(**msgspec.structs.asdict(key.jwk), kid=key.kid, use="sig")
            for key in token_keys.list_public_keys(now)
        ]
    )
