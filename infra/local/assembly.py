"""CDK cloud assemblies: their stacks in the order they can be deployed, and their assets.

The format is that of `cdk.out/manifest.json` and `<stack>.assets.json` (the package
@aws-cdk/cloud-assembly-schema).
"""

import json
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from infra.application import REGION
from infra.local.settings import ACCOUNT, StackError

_STACK_TYPE = "aws:cloudformation:stack"
_ASSETS_TYPE = "cdk:asset-manifest"


@dataclass(frozen=True)
class Asset:
    """File or directory (uploaded as a zip), and its place in S3 that the template expects."""

    source: Path
    is_directory: bool
    bucket: str
    key: str


@dataclass(frozen=True)
class Stack:
    """CloudFormation stack of the assembly.

    Attributes:
        source: Template as it was synthesized, in bytes.
    """

    name: str
    source: bytes
    assets: tuple[Asset, ...]

    @property
    def template(self) -> dict[str, Any]:
        """Template as a document."""
        template: dict[str, Any] = json.loads(self.source)
        return template


def read(directory: Path) -> list[Stack]:
    """Read the stacks of the assembly, each after those it depends on.

    Raises:
        StackError: The stacks depend on each other in a circle.
    """
    artifacts: dict[str, Any] = json.loads((directory / "manifest.json").read_text())["artifacts"]
    graph = {name: artifact.get("dependencies", ()) for name, artifact in artifacts.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise StackError(f"The stacks depend on each other in a circle: {error.args[1]}") from error
    return [
        _stack(directory, artifacts, name)
        for name in order
        if artifacts[name]["type"] == _STACK_TYPE
    ]


def _stack(directory: Path, artifacts: dict[str, Any], artifact_name: str) -> Stack:
    artifact = artifacts[artifact_name]
    template_file = directory / artifact["properties"]["templateFile"]
    assets = [
        asset
        for dependency in artifact.get("dependencies", ())
        if artifacts[dependency]["type"] == _ASSETS_TYPE
        for asset in _assets(directory, artifacts[dependency]["properties"]["file"])
        # The template is listed among its own assets; the deployer stages it separately.
        if asset.source != template_file
    ]
    return Stack(
        name=artifact["properties"].get("stackName", artifact_name),
        source=template_file.read_bytes(),
        assets=tuple(assets),
    )


def _assets(directory: Path, manifest_file: str) -> list[Asset]:
    manifest = json.loads((directory / manifest_file).read_text())
    return [
        Asset(
            source=directory / file["source"]["path"],
            is_directory=file["source"]["packaging"] == "zip",
            bucket=_filled(destination["bucketName"]),
            key=destination["objectKey"],
        )
        for file in manifest["files"].values()
        for destination in file["destinations"].values()
    ]


def _filled(text: str) -> str:
    # Stacks without a fixed environment name their bucket with these placeholders.
    return text.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)
