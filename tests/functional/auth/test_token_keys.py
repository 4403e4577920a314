"""Keys of tokens: published before they sign, honoured after that, rotated without a refusal."""

import base64
from datetime import timedelta
from typing import Any

import jwt
import pytest
from botocore.exceptions import EndpointConnectionError
from time_machine import TimeMachineFixture

from auth.app import rotate_keys
from auth.rules.token_keys import NOTICE
from auth.store import TokenKeyItem, list_token_keys
from auth.use_cases import token_keys
from shared.http import access_tokens
from shared.platform import base64url, config
from tests.functional.auth.conftest import NOON
from tests.functional.auth.people import EMAIL, OTHER_PASSWORD, People, outbox
from tests.support import aws_calls, fake_aws, streams

CACHED_FOR = timedelta(seconds=900)  # max-age of the key set


def restart() -> None:
    """Continue in a new container."""
    access_tokens.forget()
    token_keys.forget()
    config.forget()


def kid_of(tokens: dict[str, Any]) -> str:
    kid: str = jwt.get_unverified_header(tokens["accessToken"])["kid"]
    return kid


def sealing_key_of(tokens: dict[str, Any]) -> str:
    sealed: str = tokens["refreshToken"]
    return sealed.split(".")[3]


def key_set(people: People) -> list[dict[str, str]]:
    keys: list[dict[str, str]] = people.client.get("/.well-known/jwks.json").json_body["keys"]
    return keys


def kids(people: People) -> list[str]:
    return [jwk["kid"] for jwk in key_set(people)]


def works(people: People, tokens: dict[str, Any]) -> bool:
    """Return whether our authorizer lets an access token in."""
    return people.signed_in(tokens).get("/v1/auth/me").status_code == 200


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
    assert answer.headers["cache-control"] == f"public, max-age={CACHED_FOR.seconds}"


def test_a_key_set_from_a_cache_knows_every_key_that_signs(
    people: People, clock: TimeMachineFixture
) -> None:
    """Through a change of terms, whoever fetches the set first and whoever signs in first."""
    cached, fetched_at, now = kids(people), NOON, NOON
    signing = set()
    people.sign_up()
    for _ in range(28):
        clock.shift(timedelta(minutes=5))
        now += timedelta(minutes=5)
        if now - fetched_at >= CACHED_FOR:
            cached, fetched_at = kids(people), now
        restart()
        kid = kid_of(people.login().json_body)
        assert kid in cached
        signing.add(kid)
    assert len(signing) == 2


def test_a_key_is_published_half_an_hour_before_it_signs(
    people: People, clock: TimeMachineFixture
) -> None:
    before = people.sign_up()
    clock.move_to(NOON + timedelta(hours=2) - NOTICE)
    current, announced = kids(people)
    assert kid_of(people.login().json_body) == current == kid_of(before)
    clock.move_to(NOON + timedelta(hours=2) - timedelta(seconds=1))
    last = people.login().json_body
    assert kid_of(last) == current
    clock.shift(timedelta(seconds=1))
    first = people.login().json_body
    assert kid_of(first) == announced
    assert kids(people) == [announced, current]  # the last token of the old one is still valid
    assert works(people, last)
    assert works(people, first)
    clock.shift(timedelta(minutes=20))
    assert kids(people) == [announced]
    renewed = people.refresh(before["refreshToken"]).json_body
    assert works(people, renewed)


def test_rotation_refuses_no_valid_token(people: People, clock: TimeMachineFixture) -> None:
    before = people.sign_up()
    old = kid_of(before)
    rotated = rotate_keys({"noticeSeconds": 60}, None)
    new = rotated["signing"]["id"]
    other = people.login().json_body
    assert (kid_of(other), sealing_key_of(other)) == (old, sealing_key_of(before))
    clock.shift(timedelta(seconds=11))  # when containers have read the keys again
    assert kids(people) == [old, new]
    clock.shift(timedelta(seconds=49))
    after = people.login().json_body
    assert kid_of(after) == new
    assert sealing_key_of(after) == rotated["sealing"]["id"] != sealing_key_of(before)
    assert kids(people) == [new, old]
    for session in (before, other, after):
        assert works(people, session)
        refreshed = people.refresh(session["refreshToken"]).json_body
        assert (kid_of(refreshed), sealing_key_of(refreshed)) == (new, rotated["sealing"]["id"])
        assert works(people, refreshed)


def test_a_container_that_has_not_read_a_new_key_yet_accepts_its_tokens(
    people: People, clock: TimeMachineFixture
) -> None:
    people.sign_up()
    rotate_keys({"noticeSeconds": 5}, None)
    slow = (token_keys._known.keys, token_keys._known.read_at)
    clock.shift(timedelta(seconds=6))
    restart()
    after = people.login().json_body
    token_keys._known.keys, token_keys._known.read_at = slow
    assert works(people, after)
    assert people.refresh(after["refreshToken"]).status_code == 200


def test_a_code_for_a_new_password_works_after_a_rotation(
    people: People, clock: TimeMachineFixture
) -> None:
    people.sign_up()
    asked = people.client.post("/v1/auth/password/forgot", json={"email": EMAIL})
    assert asked.status_code == 202
    (requested,) = outbox("user.password_reset_requested")
    rotate_keys({"noticeSeconds": 5}, None)
    clock.shift(timedelta(minutes=1))
    restart()
    body = {"email": EMAIL, "code": requested.data["code"], "password": OTHER_PASSWORD}
    assert people.client.post("/v1/auth/password/reset", json=body).status_code == 204
    assert people.login(password=OTHER_PASSWORD).status_code == 200


def test_leaked_keys_end_at_once(people: People, clock: TimeMachineFixture) -> None:
    before = people.sign_up()
    clock.shift(timedelta(seconds=1))
    rotated = rotate_keys({"leaked": True}, None)
    clock.shift(token_keys.READ_AFTER)
    assert kids(people) == [rotated["signing"]["id"]]
    assert people.refresh(before["refreshToken"]).status_code == 401
    assert works(people, people.login().json_body)


def test_refresh_tokens_work_for_thirty_days_whatever_happens_to_keys(
    people: People, clock: TimeMachineFixture
) -> None:
    tokens = people.sign_up()
    rotate_keys({"noticeSeconds": 5}, None)
    clock.shift(timedelta(days=30) - timedelta(seconds=1))
    assert people.refresh(tokens["refreshToken"]).status_code == 200


def test_a_refresh_token_of_version_0_3_works_once_more(people: People) -> None:
    sealed = people.sign_up()["refreshToken"]
    payload = ".".join(sealed.split(".")[:3])
    kms = fake_aws.client("kms")
    mac = kms.generate_mac(
        KeyId=config.from_environment(token_keys.KeySettings).refresh_key,
        Message=payload.encode(),
        MacAlgorithm="HMAC_SHA_256",
    )["Mac"]
    former = f"{payload}.{base64url.encode(mac)}"
    assert people.refresh(former[:-4] + "AAAA").status_code == 401
    answer = people.refresh(former)
    assert answer.status_code == 200
    assert len(answer.json_body["refreshToken"].split(".")) == 5


def test_an_outage_of_kms_does_not_stop_what_is_running(
    people: People, clock: TimeMachineFixture
) -> None:
    tokens = people.sign_up()
    clock.shift(timedelta(hours=2) - NOTICE)  # when the next key is to be made
    down = EndpointConnectionError(endpoint_url="kms")
    with aws_calls.failing("Sign", down), aws_calls.counted() as calls:
        assert kid_of(people.login().json_body) == kid_of(tokens)
        people.login()
        assert calls["kms:Sign"] == 1
    clock.shift(token_keys.READ_AFTER)
    assert len(kids(people)) == 2


class TestForgery:
    def test_unknown_key_ids_cause_one_read_a_second(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        tokens = people.sign_up()
        payload = tokens["refreshToken"].split(".")[:3]
        with aws_calls.counted() as calls:
            for number in range(20):
                forged = ".".join([*payload, f"{number:016x}", "A" * 43])
                assert people.refresh(forged).status_code == 401
            clock.shift(timedelta(seconds=1))
            people.refresh(".".join([*payload, "0" * 16, "A" * 43]))
        assert calls["dynamodb:Query"] == 1
        assert not {call for call in calls if call.startswith("kms")}

    def test_the_secret_of_a_key_depends_on_everything_that_is_stored(self, people: People) -> None:
        """Whoever can write the table cannot bring a former key back, or prolong one."""
        sealed = people.sign_up()["refreshToken"]
        key_id = sealed.split(".")[3]
        (item,) = [item for item in TokenKeyItem.query("TOKEN-KEYS") if item.key_id == key_id]
        item.honoured_until += timedelta(days=1)
        item.save()
        restart()
        assert people.refresh(sealed).status_code == 401

    def test_a_key_in_the_table_that_is_not_certified_is_not_published(
        self, people: People
    ) -> None:
        people.sign_up()
        published = kids(people)
        (ours,) = [key for key in list_token_keys(NOON) if key.id in published]
        item = TokenKeyItem("TOKEN-KEYS", "SIGNING#2026-11-22T11:00:00Z")
        for name in ("kind", "starts_at", "ends_at", "honoured_until"):
            setattr(item, name, getattr(ours, name))
        item.key_id = "intruder"
        head, payload, _ = ours.certificate.split(".")
        item.certificate = f"{head}.{payload}.{'A' * 86}"
        item.save()
        restart()
        assert kids(people) == published

    def test_the_table_does_not_hold_what_seals_and_signs(self, people: People) -> None:
        people.sign_up()
        _, secret = token_keys.sealing_key(NOON)
        private = token_keys.signer(NOON).private_key.private_numbers().private_value
        for item in streams.items("auth"):
            for value in (secret, private.to_bytes(32)):
                stored = str(item) + str(item.get("sealed_key", {}).get("B"))
                assert repr(value)[2:-1] not in stored
                assert base64.b64encode(value).decode().rstrip("=") not in stored


def test_readiness_calls_kms_each_time(people: People) -> None:
    assert people.client.get("/v1/auth/health?ready=1").status_code == 200
    with aws_calls.failing("GetPublicKey", ConnectionError("down")):
        down = people.client.get("/v1/auth/health?ready=1")
    assert (down.status_code, down.json_body["detail"]) == (503, "Not answering: kms.")


def test_a_root_key_of_the_wrong_type_is_refused(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = fake_aws.client("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    monkeypatch.setenv("SIGNING_KEYS", created["KeyMetadata"]["Arn"])
    restart()
    assert people.client.get("/v1/auth/health?ready=1").status_code == 503


def test_replacing_the_root_key_refuses_no_valid_token(
    people: People, monkeypatch: pytest.MonkeyPatch, clock: TimeMachineFixture
) -> None:
    """Three deployments, as the runbook says."""
    old = config.from_environment(access_tokens.TokenSettings).signing_keys
    new = fake_aws.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")

    def deploy(*roots: str) -> None:
        monkeypatch.setenv("SIGNING_KEYS", ",".join(roots))
        restart()

    new_arn = new["KeyMetadata"]["Arn"]
    before = people.sign_up()
    deploy(old, new_arn)
    assert works(people, before)
    deploy(new_arn, old)
    assert works(people, before)
    clock.move_to(NOON + timedelta(hours=2))
    after = people.login().json_body
    clock.shift(timedelta(minutes=14))
    published = kids(people)
    deploy(new_arn)
    assert works(people, after)
    assert published[0] == kid_of(after)
    assert kids(people) == published[:1]
