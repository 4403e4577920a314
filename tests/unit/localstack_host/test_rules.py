"""Rules of the plugin: policies, identities, limits, gateway responses, authorizers, addresses."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local.settings import StackError
from infra.localstack_host import environments, interpreter
from infra.localstack_host.plugin import (
    authorizer_properties,
    gateway_responses,
    halves,
    identities,
    layers,
    limits,
    media_types,
)
from infra.localstack_host.plugin.addresses import NotLoopback, require_loopback
from infra.localstack_host.plugin.policies import Answers, Decision, decide

ARN = "arn:aws:execute-api:us-east-1:000000000000:abc/api/GET/v1/auth/me"


def statement(effect: str, resource: str | list[str]) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([statement("Allow", ARN)], Decision.ALLOWED),
        ([statement("Allow", ["arn:other", ARN.replace("GET", "*")])], Decision.ALLOWED),
        ([statement("Allow", "*"), statement("Deny", ARN)], Decision.DENIED),
        ([statement("Allow", ARN.replace("GET", "POST"))], Decision.UNNAMED),
        ([statement("Allow", ARN.replace("/me", "/[m]e"))], Decision.UNNAMED),
        ([{**statement("Allow", "*"), "Action": "sqs:*"}], Decision.UNNAMED),
        ([], Decision.UNNAMED),
    ],
)
def test_a_policy_decides(statements: list[Any], decision: Decision) -> None:
    assert decide({"Statement": statements}, ARN) is decision


def test_an_answer_holds_as_long_as_the_authorizer_says() -> None:
    now = [0.0]
    asked = itertools.count()
    answers = Answers(lambda: now[0])

    def ask() -> dict[str, int]:
        return {"number": next(asked)}

    assert answers.get("token", 60, ask) == {"number": 0}
    now[0] = 59.9
    assert answers.get("token", 60, ask) == {"number": 0}
    assert answers.get("other", 60, ask) == {"number": 1}
    now[0] = 60.0
    assert answers.get("token", 60, ask) == {"number": 2}
    assert answers.get("token", 0, ask) == {"number": 3}


def test_a_failure_is_no_answer() -> None:
    answers = Answers(lambda: 0.0)

    def fail() -> dict[str, int]:
        raise KeyError("token")

    with pytest.raises(KeyError, match="token"):
        answers.get("token", 60, fail)
    assert answers.get("token", 60, lambda: {"number": 1}) == {"number": 1}


def test_identities_are_read_from_the_request() -> None:
    request = identities.Request(
        headers={"Authorization": "Bearer x"},
        query={"ticket": "t"},
        context={"identity": {"sourceIp": "127.0.0.1"}},
        stage_variables={"tier": "gold"},
    )
    sources = (
        "method.request.header.Authorization, method.request.querystring.ticket,"
        "context.identity.sourceIp,stageVariables.tier,method.request.header.X-Other,else"
    )
    assert identities.values(sources, request) == ["Bearer x", "t", "127.0.0.1", "gold", None, None]


def test_a_bucket_admits_its_burst_and_then_its_rate() -> None:
    now = [0.0]
    throttle = limits.Throttle(lambda: now[0])
    rate = limits.Rate(per_second=2.0, burst=3)
    assert [throttle.admits("a", rate) for _ in range(4)] == [True, True, True, False]
    assert throttle.admits("b", rate)
    now[0] = 0.5
    assert [throttle.admits("a", rate) for _ in range(2)] == [True, False]
    now[0] = 100.0
    assert [throttle.admits("a", rate) for _ in range(4)] == [True, True, True, False]


def test_a_quota_starts_anew_with_its_period() -> None:
    now = [datetime(2026, 12, 31, tzinfo=UTC)]
    quotas = limits.Quotas(lambda: now[0])
    daily, monthly = limits.Quota(2, "DAY"), limits.Quota(3, "MONTH")
    assert [quotas.admits("day", daily) for _ in range(3)] == [True, True, False]
    assert [quotas.admits("month", monthly) for _ in range(4)] == [True, True, True, False]
    now[0] = datetime(2027, 1, 1, tzinfo=UTC)
    assert quotas.admits("day", daily)
    assert quotas.admits("month", monthly)


def test_limits_are_read_from_plans_and_stages() -> None:
    assert limits.rate_of({"rateLimit": 5, "burstLimit": 9}, "rateLimit", "burstLimit") == (5.0, 9)
    assert limits.rate_of({"rateLimit": 0.5}, "rateLimit", "burstLimit") == (0.5, 1)
    assert limits.rate_of({}, "rateLimit", "burstLimit") is None
    assert limits.quota_of({"quota": {"limit": "7", "period": "WEEK"}}) == (7, "WEEK")
    assert limits.quota_of({}) is None


def test_a_gateway_response_has_the_body_and_headers_of_its_template() -> None:
    context = {
        "requestId": "r-1",
        "error": {"messageString": 'No "token"', "responseType": "UNAUTHORIZED"},
    }
    template = (
        '{"detail":$context.error.messageString,"id":"$context.requestId","x":"$context.no.such"}'
    )
    assert gateway_responses.body(template, context) == (
        r'{"detail":"No \"token\"","id":"r-1","x":""}'
    )
    parameters = {
        "gatewayresponse.header.Access-Control-Allow-Origin": "'https://example.com'",
        "gatewayresponse.header.X-Request-Id": "context.requestId",
        "gatewayresponse.header.X-Origin": "method.request.header.Origin",
        "gatewayresponse.header.X-Else": "method.request.header.Else",
        "method.response.header.X": "'no'",
    }
    assert gateway_responses.headers(parameters, context, {"Origin": "https://a.example"}) == {
        "X-Origin": "https://a.example",
        "Access-Control-Allow-Origin": "https://example.com",
        "X-Request-Id": "r-1",
    }


def test_gateway_responses_are_read_from_the_definition_of_an_api() -> None:
    declared = {"THROTTLED": {"statusCode": 429, "responseTemplates": {"text/plain": "later"}}}
    assert gateway_responses.declared({"x-amazon-apigateway-gateway-responses": declared}) == [
        {
            "responseType": "THROTTLED",
            "responseParameters": {},
            "responseTemplates": {"text/plain": "later"},
            "statusCode": "429",
        }
    ]
    assert gateway_responses.declared({}) == []


def test_an_authorizer_is_created_and_changed() -> None:
    before = {
        "AuthorizerId": "a1",
        "RestApiId": "abc",
        "Name": "jwt",
        "Type": "TOKEN",
        "IdentityValidationExpression": "^Bearer .+$",
        "AuthorizerResultTtlInSeconds": "300",
        "ProviderARNs": None,
    }
    assert authorizer_properties.arguments(before) == {
        "restApiId": "abc",
        "name": "jwt",
        "type": "TOKEN",
        "identityValidationExpression": "^Bearer .+$",
        "authorizerResultTtlInSeconds": 300,
    }
    after = {**before, "AuthorizerResultTtlInSeconds": 60, "IdentityValidationExpression": None}
    assert authorizer_properties.changes(before, after) == [
        {"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": "60"},
        {"op": "remove", "path": "/identityValidationExpression"},
    ]
    assert authorizer_properties.changes(before, before) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1"])
def test_loopback_addresses_are_admitted(host: str) -> None:
    assert require_loopback(host) == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "localhost", ""])
def test_all_other_addresses_are_refused(host: str) -> None:
    with pytest.raises(NotLoopback, match=r"127\.0\.0\.1"):
        require_loopback(host)


def test_layers_lie_over_each_other_and_are_found_in_lambdas_order(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for layer, names in ((first, "ab"), (second, "bc")):
        (layer / "python").mkdir(parents=True)
        for name in names:
            (layer / "python" / f"{name}.py").write_text(layer.name)
    opt = layers.merge([first, second], tmp_path / "opt")
    found = {file.stem: file.read_text() for file in (opt / "python").iterdir()}
    assert found == {"a": "first", "b": "second", "c": "second"}
    assert (first / "python" / "b.py").read_text() == "first"
    assert layers.merge([first], tmp_path / "one").resolve() == first
    assert layers.python_path(Path("/var/task"), Path("/opt"), "python3.13") == [
        Path("/var/task"),
        Path("/opt/python/lib/python3.13/site-packages"),
        Path("/opt/python"),
    ]


def test_the_newest_python_that_works_is_found(tmp_path: Path) -> None:
    for version in ("3.13.0", "3.13.2", "3.12.9"):
        binary = tmp_path / ".pyenv" / "versions" / version / "bin" / "python3.13"
        binary.parent.mkdir(parents=True)
        binary.touch()

    def works(path: Path) -> bool:
        return path.is_relative_to(tmp_path)

    found = interpreter.find({"PATH": ""}, tmp_path, works)
    assert found.parts[-3] == "3.13.2"
    named = {"LOCALSTACK_PYTHON": str(tmp_path / "mine"), "PATH": ""}
    assert interpreter.find(named, tmp_path, works) == tmp_path / "mine"


def test_without_python_people_learn_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"apt install python3\.13 python3\.13-venv"):
        interpreter.find({"PATH": ""}, tmp_path, lambda path: False)
    with pytest.raises(StackError, match="LOCALSTACK_PYTHON=/nowhere"):
        interpreter.find({"LOCALSTACK_PYTHON": "/nowhere"}, tmp_path)


def test_functions_find_what_lambda_brings_along_and_nothing_else() -> None:
    entries = environments.lambda_requirements(environments.LOCK)
    names = {line.split("==")[0] for line in entries.splitlines() if "==" in line}
    assert names == environments.LAMBDA_PACKAGES


@pytest.mark.parametrize(
    ("media_type", "declared", "binary"),
    [
        ("image/png", ["*/*"], True),
        (None, ["*/*"], True),
        ("image/webp, text/html;q=0.8", ["image/*"], True),
        ("text/html, image/webp", ["image/*"], False),
        ("IMAGE/PNG; q=1", ["image/png"], True),
        ("image/png", ["image/jpeg"], False),
        (None, ["image/*"], False),
        ("image/png", [], False),
    ],
)
def test_an_apis_types_say_what_is_binary(
    media_type: str | None, declared: list[str], binary: bool
) -> None:
    assert media_types.is_binary(media_type, declared) is binary


@pytest.mark.parametrize(
    ("poison", "failed", "processed"),
    [("", None, "abcde"), ("d", 3, "abc"), ("a", 0, ""), ("be", 1, "a"), ("e", 4, "abcd")],
)
def test_a_batch_is_processed_up_to_the_event_that_fails_alone(
    poison: str, failed: int | None, processed: str
) -> None:
    done: list[str] = []

    def succeeds(events: Sequence[str]) -> bool:
        if set(events) & set(poison):
            return False
        done.extend(events)
        return True

    assert halves.process("abcde", succeeds) == failed
    assert "".join(done) == processed
