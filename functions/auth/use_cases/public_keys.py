"""Public keys, published for everybody who verifies access tokens."""

import msgspec

from auth.schemas import JsonWebKey, JsonWebKeySet
from shared.http import access_tokens


def get_key_set() -> JsonWebKeySet:
    """Return the public keys as a JSON Web Key Set (RFC 7517)."""
    keys = [msgspec.convert(key.jwk, JsonWebKey) for key in access_tokens.public_keys()]
    return JsonWebKeySet(keys)
