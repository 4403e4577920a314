"""Adding a route or a consumer changes one function file and nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.paths import ROOT
from tests.infra.conftest import Templates, deployment, read, resources
from tests.infra.test_templates import method_guards

FOLDERS = ("functions", "layers", "infra", "events", "requirements", "docs")
FILES = ("pyproject.toml", "cdk.json")

ADDED = '''

@app.route("/v1/auth/favourites/{colour}", methods=["PUT"], status=201)
def put_favourite(caller: Caller, colour: str) -> User:
    """Have a favourite colour."""
    raise NotImplementedError


@app.on_sqs_message(queue="auth-colours", batch_size=5)
def paint(batch: object) -> None:
    """Paint."""
'''
CONSUMED = "@app.on_domain_events(*consumers.HANDLERS)"
CONSUMED_NOW = '@app.on_domain_events(*consumers.HANDLERS, "appointment.created")'


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of this project with one function file changed, synthesized."""
    project = tmp_path_factory.mktemp("project")
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, project / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, project / name)
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    app = project / "functions" / "auth" / "app.py"
    before = app.read_text()
    assert CONSUMED in before
    app.write_text(before.replace(CONSUMED, CONSUMED_NOW) + ADDED)
    run(project, "infra.app")
    run(project, "infra.openapi")
    return project


def run(project: Path, module: str) -> None:
    environment = {**os.environ, "ENV": "local", "CDK_OUTDIR": str(project / "cdk.out")}
    subprocess.run([sys.executable, "-m", module], cwd=project, env=environment, check=True)


@pytest.fixture(scope="module")
def templates(copy: Path) -> Templates:
    return read(copy / "cdk.out")


def test_the_route_is_a_guarded_method_of_the_api(templates: Templates) -> None:
    guards = method_guards(templates["gateway"])
    assert guards["/v1/auth/favourites/{colour}", "PUT"] == (True, True)


def test_only_its_feature_and_the_gateway_have_to_be_deployed(
    templates: Templates, local: Templates
) -> None:
    """`make deploy STACK=auth` deploys these two, so that the route is live after it."""
    changed = {name for name in local if templates[name] != local[name]}
    assert changed == {"auth", "gateway"}


def test_the_route_is_in_a_new_deployment_of_the_api(
    templates: Templates, local: Templates
) -> None:
    assert deployment(templates["gateway"]) != deployment(local["gateway"])


def test_the_route_is_in_the_openapi_document(copy: Path) -> None:
    document = json.loads((copy / "docs" / "openapi.json").read_text())
    operation = document["paths"]["/v1/auth/favourites/{colour}"]["put"]
    assert operation["summary"] == "Have a favourite colour"
    assert "201" in operation["responses"]


def test_the_consumer_has_function_queue_dead_letters_and_mapping(templates: Templates) -> None:
    only_auth = {"auth": templates["auth"]}
    functions = resources(only_auth, "AWS::Lambda::Function")
    assert "auth.app.paint" in {function["Handler"] for function in functions}
    queues = {queue["QueueName"] for queue in resources(only_auth, "AWS::SQS::Queue")}
    assert {"artist-booking-local-auth-colours", "artist-booking-local-auth-colours-dlq"} <= queues
    batches = {
        mapping["BatchSize"] for mapping in resources(only_auth, "AWS::Lambda::EventSourceMapping")
    }
    assert 5 in batches


def test_the_event_consumer_is_subscribed_to_its_types_only(templates: Templates) -> None:
    (subscription,) = resources({"auth": templates["auth"]}, "AWS::SNS::Subscription")
    types = [
        "user.profile.updated",
        "user.deleted",
        "export.requested",
        "export.downloaded",
        "report.decided",
        "report.reversed",
        "report.suspension_ended",
        "appointment.created",
    ]
    assert subscription["FilterPolicy"] == {"type": types}
    assert subscription["RawMessageDelivery"] is True
