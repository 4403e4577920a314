"""Responses to requests that break the rules, over plain HTTP."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from shared.http import security_headers
from tests.support.api import Api, Inbox, new_email, register
from tests.support.stack import RunningStack

ORIGIN = "http://localhost:5173"
MAIL = {"subject": "Hello", "text": "You."}


@pytest.fixture
def client(api: Api, stack: RunningStack) -> Api:
    person = stack.new_person("client")
    return api.signed_in(person["email"], person["password"])


def problem(answer: requests.Response, status: int, code: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["x-correlation-id"]
    body: dict[str, object] = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["correlationId"] == answer.headers["x-correlation-id"]
    return body


def test_a_request_without_an_api_key_is_refused(client: Api) -> None:
    problem(replace(client, key=None).post("/v1/notifications/email", MAIL), 403, "invalid_api_key")


def test_a_wrong_api_key_is_refused(client: Api) -> None:
    answer = replace(client, key="x" * 40).post("/v1/notifications/email", MAIL)
    problem(answer, 403, "invalid_api_key")


def test_a_request_without_a_token_is_refused(api: Api) -> None:
    answer = api.post("/v1/notifications/email", MAIL)
    problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3IifQ."])
def test_a_forged_token_is_refused(api: Api, token: str) -> None:
    answer = replace(api, token=token).post("/v1/notifications/email", MAIL)
    problem(answer, 401, "unauthorized")


def test_a_token_with_a_changed_signature_is_refused(client: Api) -> None:
    assert client.token
    head, payload, signature = client.token.split(".")
    forged = f"{head}.{payload}.{signature[:-8]}{signature[-8:][::-1]}"
    problem(replace(client, token=forged).get("/v1/auth/me"), 401, "unauthorized")


def test_identity_headers_of_the_caller_are_ignored(client: Api, stack: RunningStack) -> None:
    me = client.get("/v1/auth/me", x_user_id=stack.user("admin")["id"], x_user_role="admin").json()
    assert me["role"] == "client"


def test_sending_to_another_persons_id_is_forbidden(client: Api, stack: RunningStack) -> None:
    body = MAIL | {"userId": stack.user("artist")["id"]}
    problem(client.post("/v1/notifications/email", body), 403, "forbidden")


def test_another_persons_notification_is_not_found(client: Api, api: Api, inbox: Inbox) -> None:
    tokens = register(api, inbox, new_email())
    other = replace(api, token=tokens["accessToken"])
    theirs = other.post("/v1/notifications/email", MAIL).json()["id"]
    problem(client.get(f"/v1/notifications/{theirs}"), 404, "not_found")


def test_the_wrong_role_is_forbidden(client: Api) -> None:
    problem(client.post("/v1/notifications/templates", {}), 403, "forbidden")


def test_every_wrong_field_of_a_body_is_named(client: Api) -> None:
    answer = client.post("/v1/notifications/email", {"subject": 7, "colour": "red"})
    errors = problem(answer, 422, "invalid_fields")["errors"]
    assert isinstance(errors, list)
    assert {"body.subject", "body.colour"} <= {error["field"] for error in errors}


def test_a_body_that_is_not_json_is_a_bad_request(client: Api) -> None:
    answer = requests.post(
        client.base_url + "/v1/notifications/email",
        data="{",
        headers={
            "x-api-key": client.key or "",
            "Authorization": f"Bearer {client.token}",
            "content-type": "application/json",
        },
        timeout=30,
    )
    problem(answer, 400, "malformed_json")


def test_a_body_that_is_too_large_is_refused(client: Api) -> None:
    answer = client.post("/v1/notifications/email", MAIL | {"text": "x" * 300_000})
    problem(answer, 413, "body_too_large")


def test_a_body_of_another_media_type_is_refused(client: Api) -> None:
    answer = client.post("/v1/notifications/email", MAIL, content_type="text/xml")
    problem(answer, 415, "unsupported_media_type")


def test_an_unknown_path_is_a_404_and_an_unknown_method_a_405(client: Api) -> None:
    problem(client.get("/v1/nowhere/at/all"), 404, "not_found")
    answer = client.call("PATCH", "/v1/auth/me")
    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "DELETE"}


@pytest.mark.needs("addresses")
def test_an_address_may_try_to_sign_in_a_hundred_times(api: Api) -> None:
    """Thirty wrong passwords are looked at, whoever's they are, and a hundred requests counted."""
    wrong = {"email": "nobody@example.com", "password": "not-the-one"}
    answers = [
        api.post("/v1/auth/login", wrong | {"email": f"nobody{number}@example.com"})
        for number in range(150)
    ]
    assert [answer.status_code for answer in answers] == [401] * 30 + [429] * 120
    problem(answers[30], 429, "too_many_guesses")
    refused = answers[-1]
    problem(refused, 429, "too_many_requests")
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert refused.headers["ratelimit"].startswith('"sign-in";r=0;t=')
    # Whoever is refused may still read, refresh, and see that the gateway is alive.
    assert api.get("/v1/profiles/artists").status_code == 200
    assert api.post("/v1/auth/refresh", {"refreshToken": "x" * 43}).status_code in (401, 422)
    assert api.get("/v1/health").status_code == 200
    elsewhere = Api(api.base_url, api.key)
    assert elsewhere.post("/v1/auth/login", wrong).status_code == 401


@pytest.mark.needs("addresses")
def test_health_is_limited_per_address_and_container(api: Api) -> None:
    answers = [api.get("/v1/health") for _ in range(125)]
    assert [answer.status_code for answer in answers] == [200] * 120 + [429] * 5
    problem(answers[-1], 429, "too_many_requests")
    assert answers[0].headers["cache-control"] == "public, max-age=10"
    assert Api(api.base_url, api.key).get("/v1/health").status_code == 200


def test_a_signed_in_person_may_send_more_than_an_anonymous_address(client: Api) -> None:
    assert {client.get("/v1/auth/me").status_code for _ in range(150)} == {200}


@pytest.fixture
def burst(stack: RunningStack) -> Iterator[int]:
    """The partner's burst of production, in a bucket that does not fill while the test runs."""
    apigateway = stack.settings.session().client("apigateway")
    plans = apigateway.get_usage_plans()["items"]
    (plan,) = (plan for plan in plans if plan["name"].endswith("-partner"))

    def refill(rate: float) -> None:
        change = {"op": "replace", "path": "/throttle/rateLimit", "value": str(rate)}
        apigateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=[change])

    refill(0.001)
    yield plan["throttle"]["burstLimit"]
    refill(plan["throttle"]["rateLimit"])


def test_an_application_beyond_its_burst_is_throttled(stack: RunningStack, burst: int) -> None:
    partner = Api(stack.api_url, stack.api_keys["partner"])
    answers = [partner.get("/v1/notifications/vapid-public-key") for _ in range(burst + 5)]
    assert [answer.status_code for answer in answers] == [200] * burst + [429] * 5
    problem(answers[-1], 429, "too_many_requests")
    assert answers[-1].headers["retry-after"]
    other = Api(stack.api_url, stack.api_keys["mobile"])
    assert other.get("/v1/notifications/vapid-public-key").status_code == 200


@pytest.mark.parametrize("path", ["/v1/auth/login", "/v1/auth/me", "/v1/nowhere"])
def test_preflights_are_allowed_for_configured_origins_only(api: Api, path: str) -> None:
    anyone = replace(api, key=None)
    allowed = anyone.call("OPTIONS", path, origin=ORIGIN, access_control_request_method="POST")
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "x-api-key" in allowed.headers["access-control-allow-headers"]
    foreign = anyone.call("OPTIONS", path, origin="https://evil.example")
    assert "access-control-allow-origin" not in foreign.headers


def test_errors_carry_cors_headers_whatever_their_source(client: Api, api: Api) -> None:
    answers = [
        replace(api, key=None).get("/v1/auth/me", origin=ORIGIN),
        api.get("/v1/auth/me", origin=ORIGIN),
        client.get("/v1/nowhere", origin=ORIGIN),
        client.post("/v1/notifications/email", {}, origin=ORIGIN),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 404, 422]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "access-control-allow-credentials" not in answer.headers


def test_every_answer_has_the_security_headers(client: Api, api: Api) -> None:
    keyless = replace(api, key=None)
    answers = [
        client.get("/v1/auth/me"),
        client.get("/v1/nowhere"),
        client.post("/v1/notifications/email", {}),
        keyless.get("/v1/docs"),
        keyless.get("/v1/docs/start.js"),
        keyless.get("/.well-known/jwks.json"),
        keyless.call("OPTIONS", "/v1/auth/login", origin=ORIGIN),
        # These are of API Gateway itself.
        keyless.get("/v1/auth/me"),
        api.get("/v1/auth/me"),
        replace(api, token="a.b.c").get("/v1/auth/me"),
        keyless.get("/v1/nowhere"),
    ]
    assert [answer.status_code for answer in answers[-4:]] == [401, 401, 401, 403]
    for answer in answers:
        own = {name.lower(): value for name, value in answer.headers.items()}
        expected = dict(security_headers.HEADERS)
        policy = expected.pop("content-security-policy")
        assert expected.items() <= own.items(), answer.url
        is_page = own.get("content-type", "").startswith("text/html")
        assert own["content-security-policy"] == policy or is_page, answer.url
        assert "default-src 'none'" in own["content-security-policy"], answer.url


def test_a_valid_correlation_id_is_kept_and_an_invalid_one_replaced(client: Api) -> None:
    kept = client.get("/v1/auth/me", x_correlation_id="frontend-7f3a-0001")
    assert kept.headers["x-correlation-id"] == "frontend-7f3a-0001"
    replaced = client.get("/v1/auth/me", x_correlation_id="<script>")
    assert "<" not in replaced.headers["x-correlation-id"]


def test_without_a_key_only_health_and_documents_answer(api: Api) -> None:
    anyone = replace(api, key=None)
    open_paths = ["/v1/health", "/v1/auth/health", "/.well-known/jwks.json"]
    open_paths += ["/v1/openapi.json", "/v1/docs", "/v1/docs/swagger-ui-bundle.js"]
    for path in open_paths:
        assert anyone.get(path).status_code == 200, path
    assert anyone.get("/v1/nowhere").status_code == 403


def test_the_docs_page_loads_nothing_from_other_origins(api: Api) -> None:
    page = replace(api, key=None).get("/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "://" not in page.text
