"""What an endpoint is sent: MiniStack adapted templates, LocalStack the synthesized bytes."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from infra.local import deploy, unsupported_properties
from infra.local.assembly import Stack
from infra.local.kinds import Kind

TLS_RULE = {
    "Effect": "Deny",
    "Action": "sqs:*",
    "Principal": {"AWS": "*"},
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
TEMPLATE = {
    "Resources": {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Body": {"openapi": "3.0.1", "info": {}, "paths": {}}},
        },
        "Answer": {"Type": "AWS::ApiGatewayV2::RouteResponse", "Properties": {}},
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"PolicyDocument": {"Statement": [TLS_RULE]}},
        },
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled"}]}},
        },
    }
}
# Spaced as nothing of ours would write it.
STACK = Stack("app-gateway", json.dumps(TEMPLATE, indent=7).encode(), assets=())


class Endpoint:
    """Session and clients of an endpoint that has no stacks yet and keeps what it is sent."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.deployed: bytes | None = None

    def client(self, _service: str) -> "Endpoint":
        return self

    def create_bucket(self, **_: str) -> None:
        """Create nothing."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
        self.objects[f"/{Bucket}/{Key}"] = Body

    def create_stack(self, *, TemplateURL: str, **_: Any) -> None:  # noqa: N803
        self.deployed = self.objects[urlsplit(TemplateURL).path]

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        if self.deployed is None:
            missing: Any = {"Error": {"Code": "ValidationError", "Message": "It does not exist"}}
            raise ClientError(missing, "DescribeStacks")
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}

    def get_paginator(self, _operation: str) -> "Endpoint":
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"StackEvents": []}]


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the stacks whose dropped properties were set."""
    names: list[str] = []
    monkeypatch.setattr(unsupported_properties, "close", lambda _, stack: names.append(stack.name))
    return names


def test_localstack_gets_the_synthesized_bytes_and_nothing_more(closed: list[str]) -> None:
    endpoint: Any = Endpoint()
    deploy.deploy(endpoint, [STACK], Kind.LOCALSTACK)
    assert endpoint.deployed == STACK.source
    assert closed == []


def test_ministack_gets_an_adapted_template_and_what_it_dropped(closed: list[str]) -> None:
    endpoint: Any = Endpoint()
    deploy.deploy(endpoint, [STACK], Kind.MINISTACK)
    resources = json.loads(endpoint.deployed)["Resources"]
    assert "Answer" not in resources
    assert "Body" not in resources["Api"]["Properties"]
    assert resources["Policy"]["Properties"]["PolicyDocument"]["Statement"] == []
    assert closed == ["app-gateway"]
