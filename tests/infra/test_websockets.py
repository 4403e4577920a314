"""WebSocket API as synthesized, and the stack without API Gateway v2."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.app import build, new_app
from infra.localstack.capabilities import has_websockets
from infra.stacks.messaging import POSTING
from tests.infra.conftest import BUNDLES, Templates, read, resources

V2 = "AWS::ApiGatewayV2::"
MANAGE = "execute-api:ManageConnections"


@pytest.fixture(scope="session")
def polling(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Return the templates for an endpoint without API Gateway v2."""
    folder: Path = tmp_path_factory.mktemp("polling")
    app = new_app(str(folder))
    build(app, "local", BUNDLES, websockets=False)
    app.synth()
    return read(folder)


@pytest.fixture(params=["local", "prod"])
def templates(request: pytest.FixtureRequest) -> Templates:
    found: Templates = request.getfixturevalue(request.param)
    return found


def functions(templates: Templates) -> dict[str, dict[str, Any]]:
    """Return the variables of messaging's functions by the last part of their names."""
    return {
        function["FunctionName"].partition("-messaging-")[2]: function["Environment"]["Variables"]
        for function in resources({"messaging": templates["messaging"]}, "AWS::Lambda::Function")
    }


def grants(templates: Templates) -> list[dict[str, Any]]:
    return [
        statement
        for policy in resources(templates, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if MANAGE in str(statement["Action"])
    ]


def test_every_socket_event_has_its_route(templates: Templates) -> None:
    routes = resources(templates, f"{V2}Route")
    assert {route["RouteKey"] for route in routes} == {"$connect", "$disconnect", "$default"}
    (api,) = resources(templates, f"{V2}Api")
    assert api["ProtocolType"] == "WEBSOCKET"


def test_only_frames_are_answered_on_the_socket(templates: Templates) -> None:
    answers = {
        route["RouteKey"]: route.get("RouteResponseSelectionExpression")
        for route in resources(templates, f"{V2}Route")
    }
    assert answers == {"$connect": None, "$disconnect": None, "$default": "$default"}
    assert len(resources(templates, f"{V2}RouteResponse")) == 1


def test_the_stage_is_throttled_and_logs_neither_query_nor_headers(templates: Templates) -> None:
    (stage,) = resources(templates, f"{V2}Stage")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("live", True)
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0
    logged = stage["AccessLogSettings"]["Format"].lower()
    for secret in ("querystring", "header", "protocol", "authorizer"):
        assert secret not in logged


def test_functions_may_post_to_this_api_and_no_other(templates: Templates) -> None:
    given = grants(templates)
    assert len(given) == len(POSTING)
    (id_,) = (
        name
        for name, resource in templates["messaging"]["Resources"].items()
        if resource["Type"] == f"{V2}Api"
    )
    for statement in given:
        assert statement["Action"] == MANAGE
        assert {"Ref": id_} in statement["Resource"]["Fn::Join"][1]
    for name, template in templates.items():
        assert name == "messaging" or MANAGE not in str(template)


def test_only_functions_that_post_know_the_url(templates: Templates) -> None:
    known = {
        name for name, variables in functions(templates).items() if "WEBSOCKET_URL" in variables
    }
    assert known == set(POSTING)


def test_on_aws_the_url_is_encrypted(prod: Templates) -> None:
    for name in POSTING:
        assert functions(prod)[name]["WEBSOCKET_URL"]["Fn::Join"][1][0] == "wss://"


def test_api_gateway_may_log_before_any_api_is_made(prod: Templates, local: Templates) -> None:
    assert len(resources({"_": prod["foundation"]}, "AWS::ApiGateway::Account")) == 1
    assert len(resources(prod, "AWS::ApiGateway::Account")) == 1
    assert not resources(local, "AWS::ApiGateway::Account")


class TestWithoutApiGatewayV2:
    def test_without_api_gateway_v2_the_templates_have_no_websocket(
        self, polling: Templates
    ) -> None:
        assert V2 not in str(polling)
        assert MANAGE not in str(polling)
        assert "WebSocket" not in str(polling["messaging"].get("Outputs"))

    def test_without_api_gateway_v2_everything_else_is_the_same(
        self, polling: Templates, local: Templates
    ) -> None:
        live = {"connect", "disconnect", "frame"}
        assert set(functions(local)) - set(functions(polling)) == live
        for variables in functions(polling).values():
            assert "WEBSOCKET_URL" not in variables
        assert set(polling) == set(local)
        others = [name for name in local if name != "messaging"]
        assert [polling[name] for name in others] == [local[name] for name in others]

    def test_websocket_support_is_detected_from_the_endpoint(self) -> None:
        assert has_websockets(_Gateway(None))
        assert not has_websockets(_Gateway(501))
        with pytest.raises(ClientError):
            has_websockets(_Gateway(403))


class _Gateway:
    """Client of apigatewayv2, as an endpoint with or without it answers."""

    def __init__(self, status: int | None) -> None:
        self._status = status

    def get_apis(self, MaxResults: str) -> dict[str, Any]:  # noqa: N803
        if self._status is None:
            return {"Items": []}
        answer: Any = {
            "Error": {"Code": "InternalFailure"},
            "ResponseMetadata": {"HTTPStatusCode": self._status},
        }
        raise ClientError(answer, "GetApis")
