"""Platform health: the gateway answers for itself, and calls nobody."""

import pytest

from tests.functional.gateway.conftest import Functions
from tests.support.aws_calls import counted
from tests.support.gateway import ApiClient


@pytest.mark.parametrize("query", ["", "?ready=1"])
def test_it_says_that_the_gateway_is_alive_and_calls_nothing(
    client: ApiClient, functions: Functions, query: str
) -> None:
    with counted() as calls:
        answer = client.get(f"/v1/health{query}")
    assert (answer.status_code, answer.json_body) == (200, {"status": "ok", "features": {}})
    assert answer.headers["cache-control"] == "public, max-age=10"
    assert not calls
    assert functions.invocations == {}


def test_an_address_may_ask_a_hundred_and_twenty_times_a_window(client: ApiClient) -> None:
    answers = [client.get("/v1/health") for _ in range(125)]
    assert [answer.status_code for answer in answers] == [200] * 120 + [429] * 5
    refused = answers[-1]
    assert refused.json_body["code"] == "too_many_requests"
    assert refused.headers["RateLimit-Policy"] == '"health";q=120;w=900'
    assert refused.headers["cache-control"] == "no-store"
    assert client.from_address("203.0.113.9").get("/v1/health").status_code == 200
    # Nothing else is refused for it.
    assert client.get("/v1/openapi.json").status_code == 200
