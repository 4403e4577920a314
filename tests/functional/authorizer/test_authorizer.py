"""The authorizer allows valid tokens and denies everything else, without calls after the first."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

import tests.support.repeatable  # noqa: F401
from auth import store
from auth.use_cases import access_tokens as signing
from auth.use_cases import token_keys
from authorizer.app import authorize
from shared.http import access_tokens, ended_sessions
from shared.http.access_tokens import Jwk
from shared.platform import signed_calls
from shared.platform.invocation import Unauthorized
from shared.platform.outages import Outage
from tests.functional.authorizer.forge import (
    by_es256,
    by_hs256,
    certificate,
    claims,
    encoded,
    jwk_of,
    segment,
    token,
)
from tests.support import aws_calls, captured_logs

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECONDS = int(NOON.timestamp())
HEADER = {"alg": "ES256", "typ": "at+jwt"}
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
def key() -> ec.EllipticCurvePrivateKey:
    """The private half of the signing key, so that tests can sign any claims with it."""
    return token_keys.signer(NOON).private_key


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> ec.EllipticCurvePrivateKey:
    """A root key that the authorizer trusts, so that tests can certify any key with it."""
    trusted = ec.generate_private_key(ec.SECP256R1())
    der = trusted.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    response = {"PublicKey": base64.b64encode(der).decode()}
    access_tokens.forget()
    with monkeypatch.context() as patched:
        patched.setattr(signed_calls, "call", lambda *_: response)
        access_tokens.root_keys()
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
    signer = token_keys.signer(NOON)
    valid = {
        "alg": "ES256",
        "typ": "at+jwt",
        "kid": signer.kid,
        "certificate": signer.certificate,
    }
    return {name: value for name, value in (valid | changes).items() if value is not None}


def is_refused_for_now(authorization: str) -> bool:
    """Return whether a token is refused in a way that API Gateway does not cache."""
    try:
        answer_to(authorization)
    except Unauthorized as error:
        return str(error) == "Unauthorized"  # what API Gateway looks at
    return False


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

    def test_it_passes_on_when_the_user_proved_who_they_are(self, aws: None) -> None:
        then = NOON - timedelta(minutes=5)
        token = signing.issue(
            "usr_mara", "mara@example.com", "artist", "ses_1", NOON, authenticated_at=then
        )
        assert answer_to(f"Bearer {token}")["context"]["authTime"] == str(int(then.timestamp()))

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
        assert is_refused_for_now(f"Bearer {valid_token}")
        clock.shift(timedelta(seconds=59))
        assert is_refused_for_now(f"Bearer {valid_token}")
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
        public = token_keys.signer(NOON).private_key.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        jwk = jwk_of(token_keys.signer(NOON).private_key)
        secrets = (der, pem, pem.strip(), segment(jwk).encode(), jwk["x"].encode())
        for secret in secrets:
            forged = token(header(alg="HS256"), claims(NOON), by_hs256(secret))
            assert effect_of(f"Bearer {forged}") == "Deny"

    def test_another_key_under_the_id_of_ours(self) -> None:
        stranger = ec.generate_private_key(ec.SECP256R1())
        forged = token(header(), claims(NOON), by_es256(stranger))
        assert effect_of(f"Bearer {forged}") == "Deny"

    def test_a_key_inside_the_token(self) -> None:
        stranger = ec.generate_private_key(ec.SECP256R1())
        jwk = jwk_of(stranger)
        thumbprint = access_tokens.thumbprint(Jwk(**jwk))
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
            {"certificate": None},
            {"certificate": ""},
            {"certificate": "e30.e30.AAAA"},
            {"certificate": ["a"]},
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
            {"exp": SECONDS - 66},
            {"exp": SECONDS + 901},
            {"exp": SECONDS + 2**31},
            {"exp": 10**400, "iat": 10**400 - 900},
            {"iat": SECONDS + 66, "exp": SECONDS + 900},
            {"iat": SECONDS + 900},
            {"iat": None},
            {"iat": True},
            {"nbf": SECONDS + 66},
            {"nbf": "now"},
            {"sub": None},
            {"sub": ""},
            {"sub": " "},
            {"sub": "usr_mara\n"},
            {"sub": 7},
            {"sub": ["usr_mara", "usr_admin"]},
            {"sid": None},
            {"sid": ""},
            {"role": ""},
            {"jti": ""},
            {"email": ""},
            {"aud": ["artist-booking"]},
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

    @pytest.mark.parametrize(
        "changes",
        [
            {"iat": SECONDS + 6, "exp": SECONDS + 900},
            {"iat": SECONDS + 65, "exp": SECONDS + 900},
            {"nbf": SECONDS + 30},
            {"iat": SECONDS - 905, "exp": SECONDS - 5},
            {"iat": SECONDS - 964, "exp": SECONDS - 64},
        ],
        ids=str,
    )
    def test_a_refusal_for_a_clock_a_few_seconds_off_is_not_cached(
        self, key: ec.EllipticCurvePrivateKey, changes: Any
    ) -> None:
        early_or_late = claims(NOON, **changes)
        assert is_refused_for_now("Bearer " + token(header(), early_or_late, by_es256(key)))
        stranger = by_es256(ec.generate_private_key(ec.SECP256R1()))
        assert effect_of("Bearer " + token(header(), early_or_late, stranger)) == "Deny"

    def test_a_token_that_was_a_little_early_is_allowed_later(
        self, key: ec.EllipticCurvePrivateKey, clock: TimeMachineFixture
    ) -> None:
        seconds = SECONDS
        early = token(header(), claims(NOON, iat=seconds + 8, exp=seconds + 900), by_es256(key))
        assert is_refused_for_now(f"Bearer {early}")
        clock.shift(timedelta(seconds=3))
        assert effect_of(f"Bearer {early}") == "Allow"

    @pytest.mark.parametrize(
        ("part", "member"),
        [
            (0, '"typ":"at+jwt"'),
            (0, '"alg":"none"'),
            (0, '"kid":"other"'),
            (0, '"certificate":""'),
            (0, '"x":{"a":1,"a":1}'),
            (1, '"sub":"usr_mara"'),
            (1, '"role":"admin"'),
            (1, '"exp":99999999999'),
            (1, '"x":[{"a":1,"a":2}]'),
            (1, '"x":NaN'),
        ],
    )
    def test_duplicate_members_are_refused(
        self, key: ec.EllipticCurvePrivateKey, part: int, member: str
    ) -> None:
        parts = [json.dumps(header()), json.dumps(claims(NOON))]
        for doubled in (
            parts[part].replace("{", "{" + member + ",", 1),
            parts[part].removesuffix("}") + f", {member}" + "}",
        ):
            head, payload = (doubled, parts[1]) if part == 0 else (parts[0], doubled)
            assert effect_of("Bearer " + token(head, payload, by_es256(key))) == "Deny"

    def test_another_spelling_of_a_valid_token(self, key: ec.EllipticCurvePrivateKey) -> None:
        valid = token(header(), claims(NOON), by_es256(key))
        head, payload, signature = valid.split(".")
        last = chr(ord(signature[-1]) + 1)  # 86 characters hold four bits more than 64 bytes
        for spelled in (
            f"{valid}=",
            f"{head}.{payload}.{signature[:-1]}{last}",
            f"{head}..{payload}.{signature}",
            f"{valid}.{signature}",
            f"{head}.{payload}.\u00e9{signature}",
        ):
            assert effect_of(f"Bearer {spelled}") == "Deny"

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


class TestCertificates:
    """A signing key counts as ours if a root key has certified it, and only then."""

    def effect(
        self, root: ec.EllipticCurvePrivateKey, kid: str | None = None, **changes: Any
    ) -> str:
        signing = ec.generate_private_key(ec.SECP256R1())
        jwk = jwk_of(signing)
        root_kid = access_tokens.thumbprint(Jwk(**jwk_of(root)))
        stated = certificate(NOON, root, **{"root_kid": root_kid, "jwk": jwk} | changes)
        head = {
            "alg": "ES256",
            "typ": "at+jwt",
            "kid": kid or access_tokens.thumbprint(Jwk(**jwk)),
            "certificate": stated,
        }
        return effect_of("Bearer " + token(head, claims(NOON), by_es256(signing)))

    def test_a_certified_key_is_trusted_without_being_known(
        self, root: ec.EllipticCurvePrivateKey
    ) -> None:
        with aws_calls.counted() as calls:
            assert self.effect(root) == "Allow"
        assert dict(calls) == {"dynamodb:Query": 1}  # which sessions ended lately

    def test_a_certificate_by_a_stranger(self, root: ec.EllipticCurvePrivateKey) -> None:
        stranger = ec.generate_private_key(ec.SECP256R1())
        ours = access_tokens.root_keys()[0].kid
        assert self.effect(stranger) == "Deny"
        assert self.effect(stranger, root_kid=ours) == "Deny"

    @pytest.mark.parametrize(
        "changes",
        [
            {"alg": "none"},
            {"alg": "HS256"},
            {"typ": "at+jwt"},
            {"typ": None},
            {"kid": "other"},
            {"kid": "unknown", "iss": None},
            {"iss": "artist-booking-prod"},
            {"nbf": SECONDS + 66},
            {"nbf": None},
            {"exp": SECONDS - 66},
            {"exp": None},
            {"jwk": None},
            {"jwk": {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}},
            {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "y": "A" * 43}},
        ],
        ids=str,
    )
    def test_a_wrong_certificate(self, root: ec.EllipticCurvePrivateKey, changes: Any) -> None:
        assert self.effect(root, **changes) == "Deny"

    def test_the_certificate_of_another_key(self, root: ec.EllipticCurvePrivateKey) -> None:
        assert self.effect(root, jwk=jwk_of(ec.generate_private_key(ec.SECP256R1()))) == "Deny"

    def test_a_token_signed_by_the_root_key(self, root: ec.EllipticCurvePrivateKey) -> None:
        kid = access_tokens.root_keys()[0].kid
        head = {"alg": "ES256", "typ": "at+jwt", "kid": kid}
        assert effect_of("Bearer " + token(head, claims(NOON), by_es256(root))) == "Deny"

    def test_a_certificate_as_a_token(self, root: ec.EllipticCurvePrivateKey) -> None:
        kid = access_tokens.root_keys()[0].kid
        stated = certificate(NOON, root, kid, jwk_of(root))
        assert effect_of(f"Bearer {stated}") == "Deny"

    def test_a_token_outlives_no_certificate(
        self, root: ec.EllipticCurvePrivateKey, clock: TimeMachineFixture
    ) -> None:
        assert self.effect(root, exp=SECONDS + 1) == "Allow"
        clock.shift(timedelta(seconds=70))
        assert self.effect(root, exp=SECONDS + 1) == "Deny"


def test_there_are_no_calls_after_the_first_token(valid_token: str) -> None:
    with aws_calls.counted() as calls:
        access_tokens.forget()
        effect_of(f"Bearer {valid_token}")
        assert dict(calls) == {"kms:GetPublicKey": 1, "dynamodb:Query": 1}
        calls.clear()
        for number in range(20):
            effect_of(f"Bearer {valid_token}")
            effect_of(f"Bearer {valid_token}x")
            unknown = {"kid": f"k{number}", "certificate": f"e30.e30.{number}"}
            effect_of("Bearer " + token(HEADER | unknown, claims(NOON), by_hs256(b"x")))
    assert dict(calls) == {}


def end(session_id: str, at: datetime) -> None:
    """End a session, as auth does."""
    session = store.SessionItem(session_id=session_id)
    store.end_sessions("usr_mara", [session], [], at, entry=None)


def test_a_valid_token_of_a_session_that_ended_is_denied(
    valid_token: str, clock: TimeMachineFixture
) -> None:
    assert effect_of(f"Bearer {valid_token}") == "Allow"
    end("ses_other", NOON)
    end("ses_1", NOON + timedelta(seconds=2))
    clock.shift(timedelta(seconds=15))
    with captured_logs.captured() as logs:
        answer = answer_to(f"Bearer {valid_token}")
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert "context" not in answer
    assert [line["reason"] for line in logs.named("token refused")] == ["session ended"]
    access_tokens.forget()
    ended_sessions.forget()  # another container, which is cold
    assert effect_of(f"Bearer {valid_token}") == "Deny"


def test_an_assistant_is_named_and_ends_with_either_session(
    key: ec.EllipticCurvePrivateKey, clock: TimeMachineFixture
) -> None:
    acting = {"act": {"sub": "usr_noa", "sid": "ses_noa"}, "scope": "calendar messages"}
    text = token(header(), claims(NOON) | acting, by_es256(key))
    context = answer_to(f"Bearer {text}")["context"]
    assert (context["userId"], context["actingId"]) == ("usr_mara", "usr_noa")
    assert context["actingSessionId"] == "ses_noa"
    assert context["scope"] == "calendar messages"
    for session_id in ("ses_noa", "ses_1"):
        ended_sessions.forget()
        end(session_id, NOON)
        assert effect_of(f"Bearer {text}") == "Deny"


@pytest.mark.parametrize(
    "acting",
    [
        {"scope": "messages"},
        {"act": {"sub": "usr_noa", "sid": "ses_noa"}},
        {"act": {"sub": "usr_noa"}, "scope": "messages"},
        {"act": {"sub": "", "sid": "ses_noa"}, "scope": "messages"},
        {"act": None, "scope": "messages"},
        {"act": {"sub": "usr_noa", "sid": "ses_noa"}, "scope": ""},
        {"act": {"sub": "usr_noa", "sid": "ses_noa"}, "scope": ["messages"]},
    ],
)
def test_an_incomplete_assistant_is_refused(
    key: ec.EllipticCurvePrivateKey, acting: dict[str, Any]
) -> None:
    text = token(header(), claims(NOON) | acting, by_es256(key))
    assert effect_of(f"Bearer {text}") == "Deny"


def test_a_forged_token_causes_no_call(key: ec.EllipticCurvePrivateKey) -> None:
    forged = token(header(), claims(NOON), by_es256(ec.generate_private_key(ec.SECP256R1())))
    with aws_calls.counted() as calls:
        assert effect_of(f"Bearer {forged}") == "Deny"
    assert dict(calls) == {}


def test_nobody_is_allowed_without_knowing_which_sessions_ended(
    valid_token: str, clock: TimeMachineFixture
) -> None:
    """DynamoDB does not respond. A warm container bridges 25 seconds, a cold one none."""
    assert effect_of(f"Bearer {valid_token}") == "Allow"
    with aws_calls.failing("Query", ReadTimeoutError(endpoint_url="https://dynamodb")):
        clock.shift(timedelta(seconds=24))
        assert effect_of(f"Bearer {valid_token}") == "Allow"
        clock.shift(timedelta(seconds=1))
        with pytest.raises(Outage):
            effect_of(f"Bearer {valid_token}")
        ended_sessions.forget()
        with pytest.raises(Outage):
            effect_of(f"Bearer {valid_token}")
    clock.shift(timedelta(seconds=5))
    assert effect_of(f"Bearer {valid_token}") == "Allow"


def test_an_outage_of_kms_is_raised_until_the_keys_are_there(valid_token: str) -> None:
    """API Gateway caches no error, so the next request asks again. A denial would be cached."""
    access_tokens.forget()
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
    access_tokens.forget()
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
