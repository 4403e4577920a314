"""Signing keys: the first one signs, all of them verify, and rotation signs nobody out."""

import jwt
import pytest

from shared.http import access_tokens
from shared.platform import config
from tests.functional.auth.people import People
from tests.support import aws_calls, fake_aws


def restart_with(monkeypatch: pytest.MonkeyPatch, *key_ids: str) -> None:
    """Continue in new containers that are configured with these keys."""
    monkeypatch.setenv("SIGNING_KEYS", ",".join(key_ids))
    config.forget()
    access_tokens.public_keys.cache_clear()


def signing_key() -> str:
    """Create a key in KMS."""
    created = fake_aws.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    key_id: str = created["KeyMetadata"]["Arn"]
    return key_id


def kid_of(answer_tokens: dict[str, str]) -> str:
    kid: str = jwt.get_unverified_header(answer_tokens["accessToken"])["kid"]
    return kid


def key_set(people: People) -> list[dict[str, str]]:
    keys: list[dict[str, str]] = people.client.get("/.well-known/jwks.json").json_body["keys"]
    return keys


def test_any_library_can_verify_tokens_by_the_key_set(people: People) -> None:
    access_token = people.sign_up()["accessToken"]
    (jwk,) = key_set(people)
    claims = jwt.decode(
        access_token, jwt.PyJWK(jwk), algorithms=["ES256"], audience="artist-booking"
    )
    assert claims["role"] == "artist"
    assert set(jwk) == {"kty", "crv", "x", "y", "kid", "use"}  # and no `d`


def test_the_key_set_is_public_and_may_be_cached(people: People) -> None:
    answer = people.client.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=900"


def test_rotation_signs_nobody_out(
    people: People, aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old,) = access_tokens.public_keys()
    new_id = signing_key()
    before = people.sign_up()

    restart_with(monkeypatch, old.kms_key_id, new_id)  # announced: caches load it
    kids = [jwk["kid"] for jwk in key_set(people)]
    assert kids[0] == old.kid
    assert len(set(kids)) == 2
    assert kid_of(people.login().json_body) == old.kid

    restart_with(monkeypatch, new_id, old.kms_key_id)  # in use: the old one still verifies
    after = people.login().json_body
    assert kid_of(after) == kids[1]
    assert {jwk["kid"] for jwk in key_set(people)} == set(kids)
    for session in (before, after):
        assert people.signed_in(session).get("/v1/auth/me").status_code == 200

    restart_with(monkeypatch, new_id)  # retired, a quarter of an hour later
    assert people.signed_in(after).get("/v1/auth/me").status_code == 200
    assert people.signed_in(before).get("/v1/auth/me").status_code == 401
    refreshed = people.refresh(before["refreshToken"]).json_body
    assert people.signed_in(refreshed).get("/v1/auth/me").status_code == 200


def test_readiness_calls_kms_each_time(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    assert people.client.get("/v1/auth/health?ready=1").status_code == 200
    with aws_calls.failing("GetPublicKey", ConnectionError("down")):
        down = people.client.get("/v1/auth/health?ready=1")
    assert (down.status_code, down.json_body["detail"]) == (503, "Not answering: kms.")


def test_a_key_of_the_wrong_type_is_refused(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = fake_aws.client("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    restart_with(monkeypatch, created["KeyMetadata"]["Arn"])
    assert people.client.get("/v1/auth/health?ready=1").status_code == 503
