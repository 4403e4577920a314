"""Web Push messages are encrypted and signed as RFC 8291, 8188 and 8292 say."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from infra import vapid_keys
from infra.local.standins import vapid as standin
from notifications.channels import NotConfigured, push_encryption, vapid
from notifications.channels.vapid import Identification
from notifications.models import MAX_PUSH_BYTES

# https://www.rfc-editor.org/rfc/rfc8291#appendix-A
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)
NOON = datetime.now(UTC).replace(microsecond=0)  # the stand-in goes by the real time
ORIGIN, SUBJECT = "https://push.example", "mailto:push@artistbooking.example"


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_example_of_the_standard_is_met() -> None:
    private_key = ec.derive_private_key(int.from_bytes(decode(SENDER)), ec.SECP256R1())
    body = push_encryption.encrypt(
        PLAIN, decode(RECEIVER), decode(AUTH), private_key=private_key, salt=decode(SALT)
    )
    assert body == decode(BODY)


@pytest.mark.parametrize(
    ("size", "body_bytes"),
    [(1, 359), (256, 359), (257, 615), (MAX_PUSH_BYTES, 4096), (3993, 4096)],
)
def test_a_message_is_padded_and_decrypted_by_its_browser_only(size: int, body_bytes: int) -> None:
    browser, auth = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    plain = secrets.token_bytes(size)
    padded = push_encryption.pad_to(size)
    bodies = [push_encryption.encrypt(plain, point, auth, padded_bytes=padded) for _ in range(2)]
    for body in bodies:
        assert len(body) == body_bytes
        assert http_ece.decrypt(body, private_key=browser, auth_secret=auth) == plain
    assert bodies[0][:16] != bodies[1][:16]  # salt
    assert bodies[0][21:86] != bodies[1][21:86]  # the key of this message alone
    stranger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(http_ece.ECEException):
        http_ece.decrypt(bodies[0], private_key=stranger, auth_secret=auth)


def test_a_key_that_is_no_point_is_refused() -> None:
    with pytest.raises(ValueError, match="EC key"):
        push_encryption.encrypt(PLAIN, b"\x04" + bytes(64), decode(AUTH))


@pytest.fixture
def private_key() -> str:
    return vapid_keys.pair()["VAPID_PRIVATE_KEY"]


def test_a_push_service_accepts_the_identification(private_key: str) -> None:
    header = Identification().build(ORIGIN, SUBJECT, private_key, NOON)
    claims = standin.verify(header, ORIGIN)
    assert claims.sub == SUBJECT
    assert claims.exp == (NOON + timedelta(hours=12)).timestamp()
    with pytest.raises(standin.Refused):
        standin.verify(header, "https://other.example")


def test_a_header_is_signed_once_an_hour_for_each_origin(
    private_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed: list[str] = []

    def sign(origin: str, *_: object) -> str:
        signed.append(origin)
        return f"{origin} {len(signed)}"

    monkeypatch.setattr(vapid, "_sign", sign)
    identification = Identification()

    def build(origin: str, minutes: int) -> str:
        now = NOON + timedelta(minutes=minutes)
        return identification.build(origin, SUBJECT, private_key, now)

    assert {build("a", minutes) for minutes in range(60)} == {"a 1"}
    assert [build("b", 30), build("a", 60), build("b", 60)] == ["b 2", "a 3", "b 2"]
    identification.build("a", "mailto:other@example.com", private_key, NOON)
    assert signed == ["a", "b", "a", "a"]


def test_few_headers_are_remembered(private_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vapid, "MAX_REMEMBERED", 2)
    identification = Identification()
    headers = {origin: identification.build(origin, SUBJECT, private_key, NOON) for origin in "abc"}
    assert len(identification._signed) == 2
    assert identification.build("c", SUBJECT, private_key, NOON) == headers["c"]
    assert identification.build("a", SUBJECT, private_key, NOON) != headers["a"]


def test_a_key_may_also_be_pkcs8(private_key: str) -> None:
    key, point = vapid._load_key(private_key)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert vapid._load_key(base64.urlsafe_b64encode(der).decode())[1] == point


@pytest.mark.parametrize("key", ["", "abc", "A" * 43, "not base64!"])
def test_what_is_no_key_is_not_configured(key: str) -> None:
    with pytest.raises(NotConfigured):
        Identification().build(ORIGIN, SUBJECT, key, NOON)
