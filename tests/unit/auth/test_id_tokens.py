"""ID tokens prove who somebody is only if every part of them is right."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.identity_providers import documents, id_tokens
from auth.identity_providers.configuration import Provider
from auth.identity_providers.documents import ProviderFailed
from auth.identity_providers.id_tokens import InvalidIdToken
from shared.platform import outside_calls
from shared.platform.outside_calls import Answer, Guard

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ISSUER, JWKS = "https://accounts.example", "https://accounts.example/keys"
ACCESS_TOKEN, NONCE = "opaque", "n-0S6_WzA2Mj"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PROVIDER = Provider(
    id="corp", name="Corp", issuer=ISSUER, client_id="ours", redirect_url="https://app.example/"
)


def public_key(key_id: str | None = "1", **changed: str) -> dict[str, Any]:
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    return {**jwk, **({"kid": key_id} if key_id else {}), **changed}


class Server:
    """The server of the keys; it counts how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [public_key()]
        self.max_age: int | None = None
        self.asked = 0

    def call(self, url: str, guard: Guard, **_: Any) -> Answer:
        assert (url, guard.allows_loopback, guard.redirects) == (JWKS, False, 0)
        self.asked += 1
        return Answer(200, json.dumps({"keys": self.keys}).encode(), self.max_age)


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(documents, "time", clock)
    return clock


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    documents.forget()
    monkeypatch.setattr(outside_calls, "call", server.call)
    return server


def half_hash(text: str) -> str:
    half = hashlib.sha256(text.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def claims(**changed: Any) -> dict[str, Any]:
    """Return right claims, with some changed; None removes one."""
    seconds = int(NOW.timestamp())
    right = {
        "iss": ISSUER,
        "sub": "1042",
        "aud": "ours",
        "iat": seconds,
        "exp": seconds + 600,
        "nonce": NONCE,
        "at_hash": half_hash(ACCESS_TOKEN),
    }
    return {name: value for name, value in {**right, **changed}.items() if value is not None}


def sign(payload: dict[str, Any], key_id: str | None = "1", algorithm: str = "RS256") -> str:
    headers = {"kid": key_id} if key_id else None
    return jwt.encode(payload, KEY, algorithm, headers=headers)


def validate(id_token: str, nonce: str = NONCE) -> dict[str, Any]:
    return id_tokens.validate(
        id_token, PROVIDER, NOW, access_token=ACCESS_TOKEN, jwks_url=JWKS, nonce=nonce
    )


def refusal(id_token: str) -> str:
    with pytest.raises(InvalidIdToken) as caught:
        validate(id_token)
    return str(caught.value)


SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"at_hash": None},
        {"aud": ["ours"]},
        {"aud": ["ours", "another"], "azp": "ours"},
        {"exp": SECONDS - 59},
        {"iat": SECONDS + 60},
        {"email_verified": "true"},
    ],
)
def test_a_right_one_is_taken(changed: dict[str, Any]) -> None:
    assert validate(sign(claims(**changed)))["sub"] == "1042"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": None},
        {"iss": f"{ISSUER}/"},
        {"iss": "https://evil.example"},
        {"aud": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": []},
        {"azp": "another"},
        {"sub": None},
        {"exp": None},
        {"exp": SECONDS - 61},
        {"exp": "tomorrow"},
        {"iat": None},
        {"iat": SECONDS + 61},
        {"nbf": SECONDS + 61},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": "another"},
        {"at_hash": half_hash("another")},
        {"at_hash": "x"},
    ],
)
def test_a_wrong_claim_is_refused(changed: dict[str, Any]) -> None:
    assert refusal(sign(claims(**changed)))


def test_a_signature_by_another_key_is_refused() -> None:
    head, payload, _ = sign(claims()).split(".")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwt.encode(claims(), other, "RS256", headers={"kid": "1"}).rpartition(".")[2]
    assert refusal(f"{head}.{payload}.{forged}") == "BadSignatureError"


@pytest.mark.parametrize("algorithm", ["PS256", "RS512"])
def test_an_algorithm_that_is_not_allowed_is_refused(algorithm: str) -> None:
    assert "not allowed" in refusal(sign(claims(), algorithm=algorithm))


def test_neither_none_nor_the_public_key_as_a_secret_is_taken() -> None:
    unsigned = jwt.encode(claims(), "", "none", headers={"kid": "1"})
    assert "not allowed" in refusal(unsigned)
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"1"}').rstrip(b"=").decode()
    payload = unsigned.split(".")[1]
    mac = hashlib.sha256(pem).hexdigest()
    assert "not allowed" in refusal(f"{head}.{payload}.{mac}")


@pytest.mark.parametrize(
    "id_token", ["", ".", "a.b.c", "e30.e30.", "W10.e30.x", "\x00", "\u00e9.a.b", "x" * 16385]
)
def test_what_is_no_jwt_is_refused(id_token: str) -> None:
    assert refusal(id_token)


class TestKeys:
    def test_are_read_once_in_five_minutes(self, server: Server, clock: Clock) -> None:
        for _ in range(3):
            validate(sign(claims()))
        assert server.asked == 1
        clock.seconds += 300
        validate(sign(claims()))
        assert server.asked == 2

    def test_are_kept_for_as_long_as_the_provider_says(self, server: Server, clock: Clock) -> None:
        server.max_age = 10**9
        validate(sign(claims()))
        clock.seconds += 24 * 3600 - 1
        validate(sign(claims()))
        assert server.asked == 1
        clock.seconds += 1
        validate(sign(claims()))
        assert server.asked == 2

    def test_that_are_unknown_are_asked_for_once_a_minute(
        self, server: Server, clock: Clock
    ) -> None:
        validate(sign(claims()))
        server.keys = [public_key("2")]
        for _ in range(3):
            assert "unknown key" in refusal(sign(claims(), "2"))
        assert server.asked == 1
        clock.seconds += 60
        assert validate(sign(claims(), "2"))
        assert server.asked == 2

    def test_without_an_id_are_taken_if_there_is_one(self, server: Server) -> None:
        assert validate(sign(claims(), None))
        documents.forget()
        server.keys = [public_key("1"), public_key("2")]
        assert "unknown key" in refusal(sign(claims(), None))

    @pytest.mark.parametrize("changed", [{"kty": "oct", "k": "AAAA"}, {"use": "enc"}])
    def test_that_do_not_verify_are_left_out(self, server: Server, changed: dict[str, str]) -> None:
        server.keys = [public_key(**changed)]
        assert "unknown key" in refusal(sign(claims()))

    @pytest.mark.parametrize(
        "answer", [Answer(500, b"{}"), Answer(200, b"[]"), Answer(200, b"\xff")]
    )
    def test_that_cannot_be_read_are_no_keys(
        self, monkeypatch: pytest.MonkeyPatch, answer: Answer
    ) -> None:
        monkeypatch.setattr(outside_calls, "call", lambda *_, **__: answer)
        with pytest.raises(ProviderFailed):
            validate(sign(claims()))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"issuer": "https://evil.example"}, "another issuer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "not one that may be called"),
        ({"authorization_endpoint": "http://accounts.example/"}, "not one that may be called"),
        ({"token_endpoint": None}, "not as specified"),
    ],
)
def test_a_wrong_description_is_refused(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], reason: str
) -> None:
    right = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
    }
    for described in ({**right, **changed}, right):
        answer = Answer(200, json.dumps(described).encode())
        monkeypatch.setattr(outside_calls, "call", lambda *_, answer=answer, **__: answer)
        if described is right:
            assert documents.describe(PROVIDER).token_endpoint == f"{ISSUER}/token"
        else:
            with pytest.raises(ProviderFailed, match=reason):
                documents.describe(PROVIDER)
