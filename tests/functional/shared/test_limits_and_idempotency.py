"""Rate limits and idempotency keys of routes."""

import pytest

from shared.platform import config
from tests.functional.shared.studio import Studio
from tests.support.gateway import ApiClient

KEY = {"idempotency-key": "key-1"}


@pytest.fixture
def client(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> ApiClient:
    """An anonymous client; small limits of each budget."""
    monkeypatch.setenv("PUBLIC_READ_LIMIT", "3")
    monkeypatch.setenv("SIGN_IN_LIMIT", "3")
    monkeypatch.setenv("USER_LIMIT", "2")
    monkeypatch.setenv("HEALTH_LIMIT", "4")
    monkeypatch.setenv("READINESS_LIMIT", "2")
    config.forget()
    return studio.client


@pytest.fixture
def mara(studio: Studio) -> ApiClient:
    """A signed-in client with the usual limit."""
    return studio.client.as_user("usr_mara")


class TestRateLimits:
    def test_an_address_has_an_allowance_on_public_routes(self, client: ApiClient) -> None:
        for remaining in (2, 1, 0):
            answer = client.get("/v1/catalogue")
            assert answer.status_code == 200
            assert answer.headers["RateLimit"].startswith(f'"public-read";r={remaining};t=')
        refused = client.get("/v1/catalogue")
        assert (refused.status_code, refused.json_body["code"]) == (429, "too_many_requests")
        assert 0 < int(refused.headers["Retry-After"]) <= 900
        assert refused.headers["RateLimit"].startswith('"public-read";r=0;')
        assert refused.headers["RateLimit-Policy"] == '"public-read";q=3;w=900'

    def test_reading_never_uses_up_what_signing_in_needs(self, client: ApiClient) -> None:
        for _ in range(4):
            client.get("/v1/catalogue")
        for remaining in (2, 1, 0):
            answer = client.post("/v1/catalogue", json={"title": "x"})
            assert answer.headers["RateLimit"].startswith(f'"sign-in";r={remaining};t=')
        assert client.post("/v1/catalogue", json={"title": "x"}).status_code == 429
        assert client.as_user("usr_mara").get("/v1/orders/1").status_code == 200

    def test_another_address_has_another_allowance(self, client: ApiClient) -> None:
        for _ in range(4):
            client.get("/v1/catalogue")
        assert client.from_address("203.0.113.9").get("/v1/catalogue").status_code == 200

    def test_addresses_of_one_network_share_an_allowance(self, client: ApiClient) -> None:
        for number in range(3):
            address = f"2001:db8:1:2:{number}::7"
            assert client.from_address(address).get("/v1/catalogue").status_code == 200
        same, other = "2001:db8:1:2:ffff::1", "2001:db8:1:3::1"
        assert client.from_address(same).get("/v1/catalogue").status_code == 429
        assert client.from_address(other).get("/v1/catalogue").status_code == 200

    def test_an_address_in_a_header_is_ignored(self, client: ApiClient) -> None:
        for number in range(3):
            client.get("/v1/catalogue", headers={"x-forwarded-for": f"203.0.113.{number}"})
        headers = {"x-forwarded-for": "203.0.113.99"}
        assert client.get("/v1/catalogue", headers=headers).status_code == 429

    def test_a_user_has_one_allowance_at_all_addresses(self, client: ApiClient) -> None:
        mara = client.as_user("usr_mara")
        assert mara.get("/v1/orders/1").headers["RateLimit"].startswith('"user";r=1;')
        assert mara.from_address("203.0.113.9").get("/v1/orders/1").status_code == 200
        assert mara.get("/v1/orders/1").status_code == 429
        assert client.as_user("usr_noah").get("/v1/orders/1").status_code == 200

    def test_failures_count_too(self, client: ApiClient) -> None:
        answer = client.post("/v1/catalogue", json={"title": 1})
        assert answer.status_code == 422
        assert answer.headers["RateLimit"].startswith('"sign-in";r=2;')

    def test_named_limits_are_separate(self, client: ApiClient) -> None:
        for _ in range(4):
            client.get("/v1/catalogue")
        assert client.get("/v1/manual").status_code == 200


class TestIdempotency:
    def test_a_retry_gets_the_same_bytes_and_has_one_effect(
        self, mara: ApiClient, studio: Studio
    ) -> None:
        first = mara.post("/v1/orders", json={"title": "rose"}, headers=KEY)
        again = mara.post("/v1/orders", json={"title": "rose"}, headers=KEY)
        assert (again.status_code, again.body) == (first.status_code, first.body)
        assert again.headers["location"] == first.headers["location"]
        assert len(studio.orders) == 1

    def test_another_body_is_a_422(self, mara: ApiClient) -> None:
        mara.post("/v1/orders", json={"title": "rose"}, headers=KEY)
        answer = mara.post("/v1/orders", json={"title": "lily"}, headers=KEY)
        assert (answer.status_code, answer.json_body["code"]) == (422, "idempotency_key_reused")

    def test_another_caller_gets_another_response(self, mara: ApiClient, studio: Studio) -> None:
        mara.post("/v1/orders", json={"title": "rose"}, headers=KEY)
        other = studio.client.as_user("usr_noah")
        answer = other.post("/v1/orders", json={"title": "rose"}, headers=KEY)
        assert answer.json_body["orderedBy"] == "usr_noah"
        assert len(studio.orders) == 2

    def test_another_path_gets_another_response(self, mara: ApiClient, studio: Studio) -> None:
        for path in ("/v1/orders", "/v1/orders/1/copies", "/v1/orders/2/copies"):
            assert mara.post(path, json={"title": "rose"}, headers=KEY).status_code == 201
        assert len(studio.orders) == 3

    def test_an_error_is_not_stored(self, mara: ApiClient, studio: Studio) -> None:
        assert mara.post("/v1/orders", json={"title": "taken"}, headers=KEY).status_code == 409
        assert mara.post("/v1/orders", json={"title": 1}, headers=KEY).status_code == 422
        assert mara.post("/v1/orders", json={"title": "rose"}, headers=KEY).status_code == 201

    def test_without_a_key_each_request_has_its_effect(
        self, mara: ApiClient, studio: Studio
    ) -> None:
        for _ in range(2):
            mara.post("/v1/orders", json={"title": "rose"})
        assert len(studio.orders) == 2

    @pytest.mark.parametrize("path", ["/v1/secrets", "/v1/catalogue"])
    def test_secret_and_public_responses_are_never_stored(
        self, mara: ApiClient, studio: Studio, path: str
    ) -> None:
        for _ in range(2):
            assert mara.post(path, json={"title": "rose"}, headers=KEY).status_code == 200
        assert len(studio.orders) == 2

    def test_a_key_that_is_too_long_is_a_422(self, mara: ApiClient, studio: Studio) -> None:
        headers = {"idempotency-key": "x" * 256}
        assert mara.post("/v1/orders", json={"title": "rose"}, headers=headers).status_code == 422
        assert studio.orders == []
