"""Synthesized templates, once per session and environment."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra import bundling
from infra.app import build, new_app
from infra.local.settings import Settings
from infra.local.synth import synth

Templates = dict[str, dict[str, Any]]
# Bundles without dependencies in a folder of their own: the stack may be bundling meanwhile.
BUNDLES = replace(bundling.LOCAL, name="tests")


@pytest.fixture(scope="session")
def local() -> Templates:
    """Return the templates that the local stack deploys, made by whoever needs them first."""
    return read(synth(Settings.load()))


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Return the production templates; their bundles have no dependencies."""
    return synthesize("prod", tmp_path_factory.mktemp("prod"))


def synthesize(environment: str, folder: Path) -> Templates:
    app = new_app(folder)
    build(app, environment, BUNDLES)
    app.synth()
    return read(folder)


def read(folder: Path) -> Templates:
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text())
        for path in folder.glob("*.template.json")
    }


def resources(templates: Templates, type_: str) -> list[dict[str, Any]]:
    """Return the properties of every resource of a type, over all stacks."""
    return [
        resource["Properties"]
        for template in templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == type_
    ]


def definition(template: dict[str, Any]) -> dict[str, Any]:
    """Return the body of the REST API of the gateway's template."""
    (api,) = resources({"gateway": template}, "AWS::ApiGateway::RestApi")
    body: dict[str, Any] = api["Body"]
    return body


def deployment(template: dict[str, Any]) -> str:
    """Return the logical id of the API's deployment; a new one is deployed to the stage."""
    (found,) = (
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::ApiGateway::Deployment"
    )
    return str(found)
