"""Access tokens: the thumbprint of a key."""

import pytest

from shared.http.access_tokens import Jwk, thumbprint

# RFC 9449 (DPoP): the key of the proof in figure 2 and its thumbprint, `jkt`, in figure 7; and the
# example of panva/jose's calculateJwkThumbprint. joserfc 1.8 computes the same two.
KNOWN = [
    (
        {
            "kty": "EC",
            "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
            "crv": "P-256",
        },
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
    ),
    (
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "jJ6Flys3zK9jUhnOHf6G49Dyp5hah6CNP84-gY-n9eo",
            "y": "nhI6iD5eFXgBTLt_1p3aip-5VbZeMhxeFSpjfEAf7Ww",
        },
        "w9eYdC6_s_tLQ8lH6PUpc0mddazaqtPgeC2IgWDiqY8",
    ),
]


@pytest.mark.parametrize(("jwk", "known"), KNOWN)
def test_the_thumbprint_of_a_key_is_that_of_rfc_7638(jwk: dict[str, str], known: str) -> None:
    assert thumbprint(Jwk(**jwk)) == known
