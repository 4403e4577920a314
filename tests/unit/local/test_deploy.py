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
        self.deleted: bytes | None = None
        self.outputs: list[dict[str, str]] = []

    def client(self, _service: str) -> "Endpoint":
        return self

    def create_bucket(self, **_: str) -> None:
        """Create nothing."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
        self.objects[f"/{Bucket}/{Key}"] = Body

    def create_stack(self, *, TemplateURL: str, **_: Any) -> None:  # noqa: N803
        self.deployed = self.objects[urlsplit(TemplateURL).path]

    def delete_stack(self, **_: str) -> None:
        self.deleted, self.deployed = self.deployed, None

    def update_stack(self, **given: Any) -> None:
        self.create_stack(**given)

    def get_template(self, **_: str) -> dict[str, Any]:
        return {"TemplateBody": json.loads(self.deployed or b"{}")}

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        if self.deployed is None:
            missing: Any = {"Error": {"Code": "ValidationError", "Message": "It does not exist"}}
            raise ClientError(missing, "DescribeStacks")
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": self.outputs}]}

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


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    ("kind", "is_made_anew"), [(Kind.LOCALSTACK, True), (Kind.MINISTACK, False)]
)
def test_localstack_makes_an_api_anew_that_changed(kind: Kind, is_made_anew: bool) -> None:
    endpoint: Any = Endpoint()
    deploy.deploy(endpoint, [STACK], kind)
    first = endpoint.deployed
    deploy.deploy(endpoint, [STACK], kind)
    assert endpoint.deleted is None
    changed = Stack(STACK.name, json.dumps(TEMPLATE | {"Description": "a route"}).encode(), ())
    deploy.deploy(endpoint, [changed], kind)
    assert endpoint.deleted == (first if is_made_anew else None)
    assert b"a route" in endpoint.deployed


@pytest.mark.usefixtures("closed")
def test_a_stack_that_lost_its_outputs_is_deployed_again() -> None:
    endpoint: Any = Endpoint()
    template = TEMPLATE | {"Outputs": {"RestApiId": {"Value": "a"}}}
    stack = Stack("app-gateway", json.dumps(template).encode(), assets=())
    deploy.deploy(endpoint, [stack], Kind.LOCALSTACK)
    endpoint.outputs = [{"OutputKey": "RestApiId", "OutputValue": "a"}]
    deploy.deploy(endpoint, [stack], Kind.LOCALSTACK)
    assert endpoint.deleted is None
    endpoint.outputs = []
    deploy.deploy(endpoint, [stack], Kind.LOCALSTACK)
    assert endpoint.deleted is not None


@pytest.mark.usefixtures("closed")
def test_a_deletion_that_failed_for_a_moment_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint: Any = Endpoint()
    deploy.deploy(endpoint, [STACK], Kind.LOCALSTACK)
    statuses = iter(["CREATE_COMPLETE", "DELETE_FAILED", "DELETE_FAILED", None, None])
    monkeypatch.setattr(deploy, "_status", lambda *_: next(statuses))
    monkeypatch.setattr(deploy, "_LONGEST_POLL_SECONDS", 0.0)
    deploy._delete_stack(endpoint, STACK.name)
    assert list(statuses) == [None]
