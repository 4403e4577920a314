"""The stand-in's decryption against the worked example of RFC 8291, so that it does not only
understand the library whose messages it usually opens."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infra.local.standins import base64url, encryption

# RFC 8291, section 5 and appendix A.
PRIVATE_NUMBER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
PUBLIC_KEY = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
AUTH_SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
PLAINTEXT = b"When I grow up, I want to be a watermelon"


@pytest.fixture
def private_key() -> bytes:
    number = int.from_bytes(base64url.decode(PRIVATE_NUMBER), "big")
    key = ec.derive_private_key(number, ec.SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def test_the_example_of_the_rfc(private_key: Any) -> None:
    assert base64url.encode(encryption.public_key(private_key)) == PUBLIC_KEY
    opened = encryption.decrypt(
        base64url.decode(MESSAGE), private_key, base64url.decode(AUTH_SECRET)
    )
    assert opened == PLAINTEXT


def test_one_changed_octet_is_noticed(private_key: Any) -> None:
    message = bytearray(base64url.decode(MESSAGE))
    message[-1] ^= 1
    with pytest.raises(ValueError, match="InvalidTag"):
        encryption.decrypt(bytes(message), private_key, base64url.decode(AUTH_SECRET))


@pytest.mark.parametrize("body", [b"", b"short", b"\0" * 200])
def test_what_is_no_message_at_all(private_key: Any, body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        encryption.decrypt(body, private_key, base64url.decode(AUTH_SECRET))
