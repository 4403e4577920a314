"""Verification of access tokens as an authorizer does it, with PyJWT and a key from KMS."""

import os
from functools import lru_cache
from typing import Any

import boto3
import jwt
from cryptography.hazmat.primitives.serialization import load_der_public_key

_kms = boto3.client("kms")


@lru_cache
def _key() -> Any:
    der = _kms.get_public_key(KeyId=os.environ["SIGNING_KEYS"])["PublicKey"]
    return load_der_public_key(der)


def verify(token: str) -> dict[str, Any]:
    """Return the claims of a token, whose key the key from KMS has certified."""
    issuer = os.environ["TOKEN_ISSUER"]
    certificate = jwt.get_unverified_header(token)["certificate"]
    stated = jwt.decode(certificate, _key(), ["ES256"], issuer=issuer)
    signing_key = jwt.PyJWK(stated["jwk"], algorithm="ES256")
    claims: dict[str, Any] = jwt.decode(
        token, signing_key, ["ES256"], audience="artist-booking", issuer=issuer
    )
    return claims
