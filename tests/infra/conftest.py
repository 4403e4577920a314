"""Synthesized templates, once per session and environment."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from infra import bundling
from infra.app import build

Templates = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return synthesize("local", tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Return the production templates; their bundles are built for this machine."""
    return synthesize("prod", tmp_path_factory.mktemp("prod"))


def synthesize(environment: str, folder: Path) -> Templates:
    app = App(outdir=str(folder))
    build(app, environment, bundling.LOCAL)
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
