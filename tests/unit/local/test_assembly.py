"""Cloud assemblies are read in an order in which their stacks can be deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local import assembly
from infra.local.settings import StackError


def write(directory: Path, dependencies: dict[str, list[str]]) -> None:
    """Write an assembly as CDK does: each stack depends on its assets and on other stacks."""
    artifacts: dict[str, Any] = {"Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}
    for name, others in dependencies.items():
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "dependencies": [*others, f"{name}.assets"],
            "properties": {"templateFile": f"{name}.template.json", "stackName": f"app-{name}"},
        }
        artifacts[f"{name}.assets"] = {
            "type": "cdk:asset-manifest",
            "properties": {"file": f"{name}.assets.json"},
        }
        template = {"Description": name}
        (directory / f"{name}.template.json").write_text(json.dumps(template))
        files = {
            "1": asset("asset.1", "zip", "1.zip"),
            "2": asset(f"{name}.template.json", "file", "2.json"),
        }
        (directory / f"{name}.assets.json").write_text(json.dumps({"files": files}))
    (directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))


def asset(path: str, packaging: str, key: str) -> dict[str, Any]:
    bucket = "assets-${AWS::AccountId}-${AWS::Region}"
    return {
        "source": {"path": path, "packaging": packaging},
        "destinations": {"current": {"bucketName": bucket, "objectKey": key}},
    }


def test_every_stack_comes_after_what_it_depends_on(tmp_path: Path) -> None:
    write(tmp_path, {"gateway": ["auth", "files"], "files": ["base"], "auth": ["base"], "base": []})
    names = [stack.name for stack in assembly.read(tmp_path)]
    assert names[0] == "app-base"
    assert set(names[1:3]) == {"app-auth", "app-files"}
    assert names[3] == "app-gateway"


def test_a_circle_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"auth": ["files"], "files": ["auth"]})
    with pytest.raises(StackError, match=r"circle: .*auth.*files"):
        assembly.read(tmp_path)


def test_a_stack_has_its_template_and_its_assets_without_the_template(tmp_path: Path) -> None:
    write(tmp_path, {"auth": []})
    (stack,) = assembly.read(tmp_path)
    assert stack.template == {"Description": "auth"}
    assert stack.assets == (
        assembly.Asset(
            source=tmp_path / "asset.1",
            is_directory=True,
            bucket="assets-000000000000-us-east-1",
            key="1.zip",
        ),
    )
