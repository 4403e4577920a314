"""Security headers: on every answer of every operation, and of API Gateway itself."""

import json
import re

import pytest

from gateway.app import app as gateway
from infra import features
from infra.constructs import api_definition
from infra.local.standins import http as standins
from shared.http import security_headers
from shared.http.app import FeatureApp
from tests.support.gateway import GREEDY, client_for

ORIGIN = "http://localhost:5173"
NAMES = {
    "content-security-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
}
APPS = {name: app for name, app in features.load_all().items() if isinstance(app, FeatureApp)}


def test_they_are_strict() -> None:
    headers = security_headers.HEADERS
    assert set(headers) == NAMES
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    seconds = re.match(r"max-age=(\d+); includeSubDomains$", headers["strict-transport-security"])
    assert seconds
    assert int(seconds[1]) >= 365 * 24 * 3600
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("name", APPS)
def test_every_operation_answers_with_them(name: str) -> None:
    client = client_for(APPS[name])
    for method, path in APPS[name].operations:
        filled = "/nowhere" if path == GREEDY else re.sub(r"{\w+}", "none", path)
        answer = client.request(method, filled, headers={"origin": ORIGIN})
        sent = {name.lower(): value for name, value in answer.headers.items()}
        for header in NAMES - {"content-security-policy"}:
            assert sent[header] == security_headers.HEADERS[header], (method, path)
        assert "default-src 'none'" in sent["content-security-policy"], (method, path)


def test_answers_of_chalice_itself_have_them() -> None:
    event = {
        "requestContext": {"resourcePath": "/v1/health", "httpMethod": "TRACE"},
        "headers": {},
        "pathParameters": {},
        "multiValueQueryStringParameters": None,
        "body": None,
        "stageVariables": None,
    }
    answer = gateway(event, None)
    assert answer["statusCode"] == 405
    assert answer["headers"].items() >= security_headers.HEADERS.items()


@pytest.mark.parametrize("type_", api_definition.GATEWAY_PROBLEMS)
def test_answers_of_api_gateway_have_them(type_: str) -> None:
    definition = api_definition.define(
        features.load_all(), title="", allowed_origins=(ORIGIN,), invocation=lambda name: name
    )
    response = definition["x-amazon-apigateway-gateway-responses"][type_]
    for name, value in security_headers.HEADERS.items():
        assert response["responseParameters"][f"gatewayresponse.header.{name}"] == f"'{value}'"
    json.dumps(response)


def test_the_stand_ins_have_the_same() -> None:
    assert standins.SECURITY_HEADERS == security_headers.HEADERS
