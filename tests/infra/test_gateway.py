"""Gateway at any number of routes: what it costs in resources, and what makes a new deployment."""

import copy
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Chalice

from infra import bundling, features
from infra.app import new_app
from infra.constructs import api_definition
from infra.environments import ENVIRONMENTS, Environment, UsagePlan
from infra.paths import ROOT
from infra.stacks.gateway import GatewayStack
from tests.infra.conftest import BUNDLES, Templates, definition, deployment, read

Apps = dict[str, Chalice]
Change = Callable[[pytest.MonkeyPatch, Apps], None]
Synthesize = Callable[..., dict[str, Any]]

# CloudFormation holds 500 resources in a stack and 1,000,000 bytes in a template; API Gateway 300
# resources in an API (a quota that can be raised) and 6 MB in a definition that it imports.
RESOURCES = 250
TEMPLATE_BYTES = 1_000_000
API_RESOURCES = 300
DEFINITION_BYTES = 6_000_000

# "Amazon API Gateway important notes for REST APIs": what a path segment may be.
SEGMENT = re.compile(r"[A-Za-z0-9._,:-]+|{[A-Za-z0-9._-]+\+?}")


@pytest.fixture
def apps() -> Apps:
    """Return copies of the apps, whose routes may be changed."""
    copies = {}
    for name, app in features.load_all().items():
        copies[name] = copy.copy(app)
        copies[name].routes = {path: dict(methods) for path, methods in app.routes.items()}
        copies[name].builtin_auth_handlers = copy.deepcopy(app.builtin_auth_handlers)
    return copies


@pytest.fixture(scope="module")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Return a function that synthesizes the gateway's stack alone."""
    bundling.layer(BUNDLES)

    def run(apps: Apps, environment: Environment = ENVIRONMENTS["prod"]) -> dict[str, Any]:
        folder = tmp_path_factory.mktemp("gateway")
        app = new_app(folder)
        GatewayStack(app, apps=apps, environment=environment, target=BUNDLES)
        app.synth()
        return read(folder)["gateway"]

    return run


@pytest.fixture(scope="module")
def unchanged(synthesize: Synthesize) -> dict[str, Any]:
    """Return the template of the gateway as it is."""
    return synthesize(features.load_all())


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_every_template_is_far_from_the_limits_of_a_stack(
    environment: str, request: pytest.FixtureRequest
) -> None:
    templates: Templates = request.getfixturevalue(environment)
    counts = {name: len(template["Resources"]) for name, template in templates.items()}
    assert max(counts.values()) < RESOURCES, counts
    assert counts["gateway"] < 75, counts  # a third of them saved queries, dashboards and alarms
    sizes = {name: len(json.dumps(template)) for name, template in templates.items()}
    assert max(sizes.values()) < TEMPLATE_BYTES / 2, sizes


def test_the_api_has_fewer_resources_than_api_gateway_allows(prod: Templates) -> None:
    """Each segment of a path is one resource, and paths share those they begin with."""
    counted = {"/"}
    for path in definition(prod["gateway"])["paths"]:
        segments = path.strip("/").split("/")
        counted |= {"/" + "/".join(segments[: end + 1]) for end in range(len(segments))}
    assert {"/v1", "/v1/auth", "/v1/auth/login", "/{proxy+}"} < counted
    assert len(counted) < API_RESOURCES


def test_twice_the_routes_are_the_same_resources(
    apps: Apps, synthesize: Synthesize, unchanged: dict[str, Any]
) -> None:
    for app in apps.values():
        app.routes |= {f"/again{path}": methods for path, methods in app.routes.items()}
    after = synthesize(apps)
    assert len(definition(after)["paths"]) == 2 * len(definition(unchanged)["paths"])
    assert len(after["Resources"]) == len(unchanged["Resources"])
    # CDK writes templates with an indent of one.
    assert len(json.dumps(after, indent=1)) < TEMPLATE_BYTES
    assert len(json.dumps(definition(after))) < DEFINITION_BYTES


def cache_shorter(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    (declared,) = apps["authorizer"].builtin_auth_handlers
    assert declared.ttl_seconds == 30
    patch.setattr(declared, "ttl_seconds", 60)


def expect_other_tokens(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    patch.setattr(api_definition, "BEARER", r"^Bearer .+$")


def reword(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    problem = (429, "too_many_requests", "Slow down.")
    patch.setitem(api_definition.GATEWAY_PROBLEMS, "THROTTLED", problem)


def wait_less(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    patch.setattr(api_definition, "INTEGRATION_TIMEOUT", 10_000)


def call_another_function(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    patch.setattr(api_definition, "api_function", lambda group: f"{group}-api-2")


def take_other_uploads(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    patch.setattr(api_definition, "BINARY_MEDIA_TYPES", ("font/woff2",))


def add_a_route(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    apps["auth"].routes["/v1/auth/added"] = apps["auth"].routes["/v1/auth/me"]


def remove_a_route(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    del apps["auth"].routes["/v1/auth/me"]


def need_no_key(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    patch.setattr(apps["auth"].routes["/v1/auth/me"]["GET"], "api_key_required", False)


def need_no_token(patch: pytest.MonkeyPatch, apps: Apps) -> None:
    patch.setattr(apps["auth"].routes["/v1/auth/me"]["GET"], "authorizer", None)


@pytest.mark.parametrize(
    "change",
    [
        cache_shorter,
        expect_other_tokens,
        reword,
        wait_less,
        call_another_function,
        take_other_uploads,
        add_a_route,
        remove_a_route,
        need_no_key,
        need_no_token,
    ],
)
def test_a_changed_definition_makes_a_new_deployment(
    change: Change,
    apps: Apps,
    synthesize: Synthesize,
    unchanged: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change(monkeypatch, apps)
    after = synthesize(apps)
    assert deployment(after) != deployment(unchanged)
    (stage,) = (
        resource["Properties"]
        for resource in after["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::Stage"
    )
    assert stage["DeploymentId"] == {"Ref": deployment(after)}


def test_limits_and_logs_need_no_new_deployment(
    apps: Apps, synthesize: Synthesize, unchanged: dict[str, Any]
) -> None:
    environment = ENVIRONMENTS["prod"]
    plans = {"web": UsagePlan(requests_per_second=1, burst=2, requests_per_day=3)}
    other = replace(environment, usage_plans=plans, log_retention_days=1)
    assert deployment(synthesize(apps, other)) == deployment(unchanged)


def test_an_import_replaces_what_was_there(prod: Templates) -> None:
    """A merge would keep binary media types and responses that the definition dropped."""
    (api,) = (
        resource["Properties"]
        for resource in prod["gateway"]["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::RestApi"
    )
    assert api["Mode"] == "overwrite"
    assert api["EndpointConfiguration"]["Types"] == ["REGIONAL"]
    assert api["Parameters"] == {"endpointConfigurationTypes": "REGIONAL"}


def test_api_gateway_reads_everything_that_the_definition_says(prod: Templates) -> None:
    body = definition(prod["gateway"])
    assert body["openapi"] == "3.0.1"  # it refuses 3.1
    assert body["x-amazon-apigateway-api-key-source"] == "HEADER"
    # Otherwise a browser that opens a picture of the monolith would get Base64.
    assert body["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    schemes = body["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"apiKey"}
    authorizer = schemes["accessToken"]["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "token"
    assert authorizer["authorizerResultTtlInSeconds"] == 30
    assert re.match(authorizer["identityValidationExpression"], "Bearer a.b-c_d")
    assert not re.match(authorizer["identityValidationExpression"], "Basic YTpi")
    for path, methods in body["paths"].items():
        for segment in path.strip("/").split("/"):
            assert SEGMENT.fullmatch(segment), path
        for operation in methods.values():
            declared = [each["name"] for each in operation.get("parameters", [])]
            assert declared == re.findall(r"{(\w+)\+?}", path)
            assert operation["x-amazon-apigateway-integration"]["type"] == "aws_proxy"
            for requirement in operation.get("security", []):
                assert set(requirement) <= set(schemes)


def test_every_route_is_answered_by_the_function_of_its_feature(prod: Templates) -> None:
    paths = definition(prod["gateway"])["paths"]
    apps = features.load_all()
    shared = api_definition.share_actions(apps)
    for group, app in apps.items():
        for path, methods in app.routes.items():
            for method in methods:
                operation = paths[shared.get(path, path)][method.lower()]
                integration = operation["x-amazon-apigateway-integration"]
                name = f"artist-booking-prod-{api_definition.api_function(group)}:live/invocations"
                assert f":function:{name}" in json.dumps(integration["uri"])


def test_the_api_may_invoke_exactly_the_functions_that_it_names(prod: Templates) -> None:
    template = prod["gateway"]
    named = set(re.findall(r":function:([\w:-]+)/invocations", json.dumps(definition(template))))
    permitted = [
        re.findall(r":function:([\w:-]+)", json.dumps(resource["Properties"]["FunctionName"]))[0]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Permission"
        and resource["Properties"]["Principal"] == "apigateway.amazonaws.com"
    ]
    assert sorted(named) == sorted(permitted)


@pytest.mark.parametrize(
    ("stack", "deployed"),
    [
        ("auth", "--exclusively auth gateway"),
        ("auth profiles", "--exclusively auth profiles gateway"),
        ("gateway", "--exclusively gateway"),
        ("foundation", "--exclusively foundation"),
        ("", "--all"),
    ],
)
def test_a_deployed_feature_has_its_routes_deployed_too(stack: str, deployed: str) -> None:
    command = ["make", "--dry-run", "--no-print-directory", "deploy", "ENV=dev", f"STACK={stack}"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = (line.strip() for line in printed.splitlines() if "cdk deploy" in line)
    assert line == f"ENV=dev npx cdk deploy {deployed}"


def test_the_feature_flags_are_those_that_the_cdk_recommends() -> None:
    """The list is that of `cdk init`; its version is the one in package.json."""
    templates = ROOT / "node_modules" / "aws-cdk" / "lib" / "init-templates"
    recommended = json.loads((templates / ".recommended-feature-flags.json").read_text())
    assert json.loads((ROOT / "cdk.json").read_text())["context"] == recommended


def test_every_synthesis_has_the_feature_flags(tmp_path: Path) -> None:
    """Only the CDK command line reads cdk.json; the embedded stack synthesizes without it."""
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = new_app(tmp_path)
    assert {flag: app.node.try_get_context(flag) for flag in flags} == flags
