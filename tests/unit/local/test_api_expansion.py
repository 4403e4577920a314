"""Expansion of an imported API: everything its body says is a resource, or is refused."""

import copy
from typing import Any

import pytest

from infra.local import api_expansion, template_adaptation

INTEGRATION = {
    "type": "aws_proxy",
    "httpMethod": "POST",
    "uri": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":lambda"]]},
    "timeoutInMillis": 29000,
}


def operation(*schemes: str) -> dict[str, Any]:
    return {
        "responses": {"200": {"description": "OK"}},
        "security": [{scheme: []} for scheme in schemes],
        "x-amazon-apigateway-integration": INTEGRATION,
    }


@pytest.fixture
def body() -> dict[str, Any]:
    return {
        "openapi": "3.0.1",
        "info": {"title": "studio", "version": "1"},
        "paths": {
            "/v1/pieces": {"get": operation(), "post": operation("token", "key")},
            "/v1/pieces/{id}": {"get": operation("key")},
            "/{proxy+}": {"options": operation()},
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
                "token": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": {
                        "type": "token",
                        "authorizerUri": "arn:authorize",
                        "authorizerResultTtlInSeconds": 60,
                        "identityValidationExpression": "^Bearer .+$",
                    },
                },
            }
        },
        "x-amazon-apigateway-api-key-source": "HEADER",
        "x-amazon-apigateway-binary-media-types": ["image/*"],
        "x-amazon-apigateway-gateway-responses": {
            "THROTTLED": {
                "statusCode": "429",
                "responseParameters": {"gatewayresponse.header.Retry-After": "'1'"},
                "responseTemplates": {"application/json": "{}"},
            }
        },
    }


def template(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "studio", "Body": body, "Mode": "overwrite", "Parameters": {}},
            "DependsOn": ["Function"],
        },
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {"RestApiId": {"Ref": "Api"}},
            "DependsOn": "Function",
        },
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {}},
    }


def of_type(resources: dict[str, Any], type_: str) -> list[dict[str, Any]]:
    return [
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == f"AWS::ApiGateway::{type_}"
    ]


def routes(resources: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    def path(reference: dict[str, Any]) -> str:
        if "Fn::GetAtt" in reference:
            assert reference == {"Fn::GetAtt": ["Api", "RootResourceId"]}
            return ""
        properties = resources[reference["Ref"]]["Properties"]
        return f"{path(properties['ParentId'])}/{properties['PathPart']}"

    return {
        (method["HttpMethod"], path(method["ResourceId"])): method
        for method in of_type(resources, "Method")
    }


def test_every_operation_is_a_method_with_its_guards(body: dict[str, Any]) -> None:
    expanded = api_expansion.expand(template(body))
    guards = {
        route: (method["AuthorizationType"], method["ApiKeyRequired"])
        for route, method in routes(expanded).items()
    }
    assert guards == {
        ("GET", "/v1/pieces"): ("NONE", False),
        ("POST", "/v1/pieces"): ("CUSTOM", True),
        ("GET", "/v1/pieces/{id}"): ("NONE", True),
        ("OPTIONS", "/{proxy+}"): ("NONE", False),
    }
    assert len(of_type(expanded, "Resource")) == 4  # v1, pieces, {id}, {proxy+}


def test_every_method_has_its_integration(body: dict[str, Any]) -> None:
    for method in routes(api_expansion.expand(template(body))).values():
        assert method["Integration"] == {
            "Type": "AWS_PROXY",
            "IntegrationHttpMethod": "POST",
            "Uri": INTEGRATION["uri"],
            "TimeoutInMillis": 29000,
        }


def test_the_authorizer_is_a_resource_that_methods_refer_to(body: dict[str, Any]) -> None:
    expanded = api_expansion.expand(template(body))
    (name,) = (key for key, one in expanded.items() if one["Type"].endswith("::Authorizer"))
    assert expanded[name]["Properties"] == {
        "RestApiId": {"Ref": "Api"},
        "Name": "token",
        "Type": "TOKEN",
        "AuthorizerUri": "arn:authorize",
        "AuthorizerResultTtlInSeconds": 60,
        "IdentitySource": "method.request.header.Authorization",
        "IdentityValidationExpression": "^Bearer .+$",
    }
    assert routes(expanded)["POST", "/v1/pieces"]["AuthorizerId"] == {"Ref": name}


def test_every_gateway_response_is_a_resource(body: dict[str, Any]) -> None:
    assert of_type(api_expansion.expand(template(body)), "GatewayResponse") == [
        {
            "RestApiId": {"Ref": "Api"},
            "ResponseType": "THROTTLED",
            "StatusCode": "429",
            "ResponseParameters": {"gatewayresponse.header.Retry-After": "'1'"},
            "ResponseTemplates": {"application/json": "{}"},
        }
    ]


def test_the_api_keeps_its_name_and_takes_the_rest_from_the_body(body: dict[str, Any]) -> None:
    expanded = api_expansion.expand(template(body))
    assert expanded["Api"]["DependsOn"] == ["Function"]
    assert expanded["Api"]["Properties"] == {
        "Name": "studio",
        "ApiKeySourceType": "HEADER",
        "BinaryMediaTypes": ["image/*"],
    }


def test_a_deployment_waits_for_everything_that_it_freezes(body: dict[str, Any]) -> None:
    expanded = api_expansion.expand(template(body))
    parts = set(expanded) - {"Api", "Deployment", "Function"}
    assert len(parts) == 10
    assert set(expanded["Deployment"]["DependsOn"]) == {"Function", *parts}


def test_a_new_route_leaves_the_other_resources_as_they_are(body: dict[str, Any]) -> None:
    before = api_expansion.expand(template(copy.deepcopy(body)))
    body["paths"]["/v1/pieces/{id}/likes"] = {"put": operation("token")}
    after = api_expansion.expand(template(body))
    assert len(after) == len(before) + 2
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"Deployment"}


def test_paths_that_differ_in_slashes_only_stay_apart(body: dict[str, Any]) -> None:
    body["paths"] = {"/a/b": {"get": operation()}, "/ab": {"get": operation()}}
    expanded = api_expansion.expand(template(body))
    assert set(routes(expanded)) == {("GET", "/a/b"), ("GET", "/ab")}


def test_templates_without_a_body_stay_as_they_are() -> None:
    resources = {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "studio"}}}
    assert api_expansion.expand(resources) == resources


def test_the_template_that_is_expanded_stays_as_it_is(body: dict[str, Any]) -> None:
    resources = template(body)
    original = copy.deepcopy(resources)
    adapted = template_adaptation.adapt({"Resources": resources})["Resources"]
    assert len(of_type(adapted, "Method")) == 4
    assert resources == original


@pytest.mark.parametrize(
    "place",
    [
        (),
        ("paths", "/v1/pieces", "get"),
        ("paths", "/v1/pieces", "get", "x-amazon-apigateway-integration"),
        ("components", "securitySchemes", "key"),
        ("components", "securitySchemes", "token", "x-amazon-apigateway-authorizer"),
        ("x-amazon-apigateway-gateway-responses", "THROTTLED"),
    ],
)
def test_what_would_be_lost_is_refused(place: tuple[str, ...], body: dict[str, Any]) -> None:
    body = copy.deepcopy(body)
    node = body
    for key in place:
        node = node[key]
    node["x-amazon-apigateway-surprise"] = {}
    with pytest.raises(ValueError, match="x-amazon-apigateway-surprise would be lost"):
        api_expansion.expand(template(body))


def test_an_authorizer_of_another_type_is_refused(body: dict[str, Any]) -> None:
    scheme = body["components"]["securitySchemes"]["token"]
    scheme["x-amazon-apigateway-authorizer"]["type"] = "request"
    with pytest.raises(ValueError, match="type request"):
        api_expansion.expand(template(body))
