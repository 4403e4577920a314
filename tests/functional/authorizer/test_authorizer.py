"""The authorizer allows valid tokens and denies everything else, without calls after the first."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm
from time_machine import TimeMachineFixture

import tests.support.repeatable  # noqa: F401
from auth.use_cases import access_tokens as signing
from authorizer.app import authorize
from shared.http import access_tokens
from shared.platform import signed_calls
from shared.platform.outages import Outage
from tests.functional.authorizer.forge import by_es256, by_hs256, claims, encoded, segment, token
from tests.support import aws_calls, captured_logs, fake_aws

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STAGE = "arn:aws:execute-api:us-east-1:123456789012:abc123/api"


@pytest.fixture(autouse=True)
def clock(aws: None, time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """The clock, which stands still at noon, with a signing key in KMS."""
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def valid_token() -> str:
    """A valid access token."""
    return signing.issue("usr_mara", "mara@example.com", "artist", "ses_1", NOON)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> ec.EllipticCurvePrivateKey:
    """A private key that the authorizer trusts, so that tests can sign any claims with it."""
    trusted = ec.generate_private_key(ec.SECP256R1())
    der = trusted.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    response = {"PublicKey": base64.b64encode(der).decode()}
    with monkeypatch.context() as patched:
        patched.setattr(signed_calls, "call", lambda *_: response)
        access_tokens.public_keys()
    return trusted


def answer_to(authorization: str, path: str = "/GET/v1/auth/me") -> dict[str, Any]:
    """Return the authorizer's answer to API Gateway."""
    event = {"type": "TOKEN", "authorizationToken": authorization, "methodArn": STAGE + path}
    answer: dict[str, Any] = authorize(event, None)
    return answer


def effect_of(authorization: str) -> str:
    """Return Allow or Deny, always for the whole stage because API Gateway caches the policy."""
    (statement,) = answer_to(authorization)["policyDocument"]["Statement"]
    assert statement["Action"] == ["execute-api:Invoke"]
    assert statement["Resource"] == [STAGE + "/*"]
    effect: str = statement["Effect"]
    return effect


def header(**changes: Any) -> dict[str, Any]:
    """Return the header of a valid token with changes; None removes a field."""
    valid = {"alg": "ES256", "typ": "at+jwt", "kid": access_tokens.public_keys()[0].kid}
    return {name: value for name, value in (valid | changes).items() if value is not None}


class TestAllowing:
    def test_a_valid_token_allows_the_whole_stage_and_identifies_the_user(
        self, valid_token: str
    ) -> None:
        answer = answer_to(f"Bearer {valid_token}")
        assert answer["principalId"] == "usr_mara"
        assert answer["policyDocument"]["Statement"] == [
            {"Effect": "Allow", "Action": ["execute-api:Invoke"], "Resource": [STAGE + "/*"]}
        ]
        assert answer["context"] == {
            "userId": "usr_mara",
            "email": "mara@example.com",
            "role": "artist",
            "sessionId": "ses_1",
            "expiresAt": str(int(NOON.timestamp()) + 900),
        }

    @pytest.mark.parametrize("path", ["/GET/", "/POST/v1/a/b/c", "/DELETE/v1/x?y=/../z", ""])
    def test_the_policy_does_not_depend_on_the_first_route(
        self, valid_token: str, path: str
    ) -> None:
        (statement,) = answer_to(f"Bearer {valid_token}", path)["policyDocument"]["Statement"]
        assert statement["Resource"] == [STAGE + "/*"]

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
    def test_the_scheme_is_case_insensitive(self, valid_token: str, scheme: str) -> None:
        assert effect_of(scheme + valid_token) == "Allow"

    def test_a_token_is_allowed_until_it_expires(
        self, valid_token: str, clock: TimeMachineFixture
    ) -> None:
        clock.shift(timedelta(minutes=15, seconds=4))
        assert effect_of(f"Bearer {valid_token}") == "Allow"
        clock.shift(timedelta(seconds=1))
        assert effect_of(f"Bearer {valid_token}") == "Deny"
        clock.shift(timedelta(seconds=1))
        assert effect_of(f"Bearer {valid_token}") == "Deny"

    def test_the_forge_of_these_tests_can_create_valid_tokens(
        self, key: ec.EllipticCurvePrivateKey
    ) -> None:
        assert effect_of("Bearer " + token(header(), claims(NOON), by_es256(key))) == "Allow"


class TestDenying:
    def test_an_unsigned_token(self) -> None:
        for algorithm in ("none", "None", "NONE", ""):
            forged = token(header(alg=algorithm), claims(NOON), lambda _: b"")
            assert effect_of(f"Bearer {forged}") == "Deny"

    def test_a_missing_algorithm(self, key: ec.EllipticCurvePrivateKey) -> None:
        assert effect_of("Bearer " + token(header(alg=None), claims(NOON), by_es256(key))) == "Deny"

    def test_a_valid_token_without_its_signature(self, valid_token: str) -> None:
        signing_input = valid_token.rpartition(".")[0]
        assert effect_of(f"Bearer {signing_input}.") == "Deny"
        assert effect_of(f"Bearer {signing_input}") == "Deny"

    def test_the_public_key_used_as_a_shared_secret(self) -> None:
        (public,) = access_tokens.public_keys()
        der = fake_aws.client("kms").get_public_key(KeyId=public.kms_key_id)["PublicKey"]
        pem = load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        secrets = (der, pem, pem.strip(), segment(public.jwk).encode(), public.jwk["x"].encode())
        for secret in secrets:
            forged = token(header(alg="HS256"), claims(NOON), by_hs256(secret))
            assert effect_of(f"Bearer {forged}") == "Deny"

    def test_another_key_under_the_id_of_ours(self) -> None:
        stranger = ec.generate_private_key(ec.SECP256R1())
        forged = token(header(), claims(NOON), by_es256(stranger))
        assert effect_of(f"Bearer {forged}") == "Deny"

    def test_a_key_inside_the_token(self) -> None:
        stranger = ec.generate_private_key(ec.SECP256R1())
        jwk = ECAlgorithm.to_jwk(stranger.public_key(), as_dict=True)
        thumbprint = access_tokens.thumbprint(jwk)
        embedded = jwk | {"kid": thumbprint}
        url = "https://evil.example/jwks.json"
        for changes in (
            {"jwk": embedded},
            {"jwk": embedded, "kid": thumbprint},
            {"jku": url},
            {"jku": url, "kid": thumbprint},
            {"x5u": url},
            {"x5c": [encoded(b"certificate")]},
        ):
            forged = token(header(**changes), claims(NOON), by_es256(stranger))
            assert effect_of(f"Bearer {forged}") == "Deny"

    @pytest.mark.parametrize(
        "changes",
        [
            {"kid": "unknown"},
            {"kid": None},
            {"kid": ""},
            {"kid": 7},
            {"kid": ["a"]},
            {"kid": "../../dev/null"},
            {"typ": "JWT"},
            {"typ": None},
            {"typ": "AT+JWT "},
            {"alg": "ES384"},
            {"alg": "RS256"},
            {"alg": "es256"},
            {"crit": ["exp"]},
            {"crit": ["b64"], "b64": False},
        ],
        ids=str,
    )
    def test_a_wrong_header(self, key: ec.EllipticCurvePrivateKey, changes: Any) -> None:
        forged = token(header(**changes), claims(NOON), by_es256(key))
        assert effect_of(f"Bearer {forged}") == "Deny"

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "https://evil.example"},
            {"iss": "artist-booking-prod"},
            {"iss": None},
            {"aud": "another-service"},
            {"aud": None},
            {"exp": None},
            {"exp": "never"},
            {"exp": NOON.timestamp() - 60},
            {"iat": NOON.timestamp() + 60},
            {"iat": None},
            {"nbf": NOON.timestamp() + 60},
            {"sub": None},
            {"sub": 7},
            {"sub": ["usr_mara", "usr_admin"]},
            {"sid": None},
            {"role": None},
            {"role": ["admin"]},
            {"email": None},
            {"jti": None},
        ],
        ids=str,
    )
    def test_wrong_claims_with_a_valid_signature(
        self, key: ec.EllipticCurvePrivateKey, changes: Any
    ) -> None:
        forged = token(header(), claims(NOON, **changes), by_es256(key))
        assert effect_of(f"Bearer {forged}") == "Deny"

    @pytest.mark.parametrize("payload", [[], None, "text", 1, {}])
    def test_a_payload_that_is_not_a_set_of_claims(
        self, key: ec.EllipticCurvePrivateKey, payload: Any
    ) -> None:
        assert effect_of("Bearer " + token(header(), payload, by_es256(key))) == "Deny"

    def test_the_signature_of_another_payload(self, valid_token: str) -> None:
        head, payload, signature = valid_token.split(".")
        promoted = segment(claims(NOON, role="admin"))
        assert promoted != payload
        assert effect_of(f"Bearer {head}.{promoted}.{signature}") == "Deny"

    def test_a_changed_signature(self, valid_token: str) -> None:
        signing_input, _, signature = valid_token.rpartition(".")
        assert effect_of(f"Bearer {signing_input}.{signature[::-1]}") == "Deny"
        assert effect_of(f"Bearer {signing_input}.{encoded(bytes(64))}") == "Deny"

    @pytest.mark.parametrize(
        "authorization",
        ["", " ", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer null", "Bearer a.b", "...."],
    )
    def test_a_header_that_is_not_a_bearer_token(self, authorization: str) -> None:
        assert effect_of(authorization) == "Deny"

    def test_a_valid_token_with_no_scheme_or_another(self, valid_token: str) -> None:
        for authorization in (
            valid_token,
            f"Basic {valid_token}",
            f"Token {valid_token}",
            f"Bearer Bearer {valid_token}",
        ):
            assert effect_of(authorization) == "Deny"

    def test_deep_nesting(self) -> None:
        deep = encoded(b"[" * 6_000)  # API Gateway takes 10,240 bytes of headers
        for forged in (f"{deep}.e30.AAAA", f"{segment(header())}.{deep}.AAAA"):
            assert effect_of(f"Bearer {forged}") == "Deny"

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
    @given(
        st.text()
        | st.tuples(st.binary(), st.binary(), st.binary()).map(
            lambda parts: "Bearer " + ".".join(map(encoded, parts))
        )
    )
    def test_anything_else(self, authorization: Any) -> None:
        assert effect_of(authorization) == "Deny"

    def test_a_denial_contains_no_identity(self) -> None:
        assert answer_to("Bearer x") == {
            "principalId": "anonymous",
            "policyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Deny", "Action": ["execute-api:Invoke"], "Resource": [STAGE + "/*"]}
                ],
            },
        }


def test_there_are_no_calls_after_the_first_token(valid_token: str) -> None:
    with aws_calls.counted() as calls:
        access_tokens.public_keys.cache_clear()
        effect_of(f"Bearer {valid_token}")
        assert dict(calls) == {"kms:GetPublicKey": 1, "dynamodb:Query": 1}
        calls.clear()
        for number in range(20):
            effect_of(f"Bearer {valid_token}")
            effect_of(f"Bearer {valid_token}x")
            effect_of("Bearer " + token(header(kid=f"k{number}"), claims(NOON), by_hs256(b"x")))
    assert dict(calls) == {}


def test_an_outage_of_kms_is_raised_until_the_keys_are_there(valid_token: str) -> None:
    """API Gateway caches no error, so the next request asks again. A denial would be cached."""
    access_tokens.public_keys.cache_clear()
    slow = ReadTimeoutError(endpoint_url="https://kms")
    with (
        captured_logs.captured() as logs,
        aws_calls.failing("GetPublicKey", slow),
        pytest.raises(Outage),
    ):
        effect_of(f"Bearer {valid_token}")
    assert [line["cause"] for line in logs.named("token not verified")] == ["ReadTimeoutError"]
    assert effect_of(f"Bearer {valid_token}") == "Allow"
    with aws_calls.failing("GetPublicKey", slow):  # the container knows the keys by now
        assert effect_of(f"Bearer {valid_token}") == "Allow"


def test_a_bug_is_not_taken_for_an_outage(valid_token: str) -> None:
    access_tokens.public_keys.cache_clear()
    with aws_calls.failing("GetPublicKey", LookupError("bug")), pytest.raises(LookupError):
        effect_of(f"Bearer {valid_token}")


def test_tokens_are_not_logged(valid_token: str) -> None:
    with captured_logs.captured() as logs:
        effect_of(f"Bearer {valid_token}")
        effect_of(f"Bearer canary.{valid_token}")
        effect_of("Basic canary")
    assert [line["message"] for line in logs.lines] == ["token refused"]
    for part in [*valid_token.split("."), "canary", "mara@example.com"]:
        assert part not in logs.text
