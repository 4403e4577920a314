"""New code goes into a copy of an assembly; everything else in it stays as it was."""

import json
from pathlib import Path

import pytest

from infra.local import assembly, rebundle
from infra.local.synth import DECLARATIONS_FILE


@pytest.fixture
def bundles(tmp_path: Path) -> list[Path]:
    """Return the bundles of the layer and of auth."""
    layer, auth = tmp_path / "build" / "layer", tmp_path / "build" / "auth"
    for folder, name in ((layer, "python/shared"), (auth, "auth")):
        (folder / name).mkdir(parents=True)
        (folder / name / "app.py").write_text("one")
    return [layer, auth]


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Return an assembly in which both bundles are assets."""
    directory = tmp_path / "earlier"
    hashes = {"python/shared": "a" * 64, "auth": "b" * 64}
    for name, hash_ in hashes.items():
        (directory / f"asset.{hash_}" / name).mkdir(parents=True)
        (directory / f"asset.{hash_}" / name / "app.py").write_text("one")
    code = [{"S3Bucket": "assets", "S3Key": f"{hash_}.zip"} for hash_ in hashes.values()]
    (directory / "auth.template.json").write_text(json.dumps({"Code": code}))
    files = {
        hash_: {
            "source": {"path": f"asset.{hash_}", "packaging": "zip"},
            "destinations": {"here": {"bucketName": "assets", "objectKey": f"{hash_}.zip"}},
        }
        for hash_ in hashes.values()
    }
    (directory / "auth.assets.json").write_text(json.dumps({"files": files}))
    artifacts = {
        "auth.assets": {"type": "cdk:asset-manifest", "properties": {"file": "auth.assets.json"}},
        "auth": {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "auth.template.json"},
            "dependencies": ["auth.assets"],
        },
    }
    (directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (directory / DECLARATIONS_FILE).write_text("digest")
    return directory


def test_only_changed_code_gets_a_new_hash(
    tmp_path: Path, earlier: Path, bundles: list[Path]
) -> None:
    (bundles[1] / "auth" / "app.py").write_text("two")
    rebundle.rebundle(earlier, tmp_path / "new", bundles)
    (before,), (after,) = assembly.read(earlier), assembly.read(tmp_path / "new")
    layer, auth = (code["S3Key"] for code in after.template["Code"])
    assert layer == before.template["Code"][0]["S3Key"]
    assert auth != before.template["Code"][1]["S3Key"]
    assert [asset.key for asset in after.assets] == [layer, auth]
    assert (after.assets[1].source / "auth" / "app.py").read_text() == "two"
    assert (before.assets[1].source / "auth" / "app.py").read_text() == "one"


def test_the_same_code_makes_the_same_assembly(
    tmp_path: Path, earlier: Path, bundles: list[Path]
) -> None:
    rebundle.rebundle(earlier, tmp_path / "new", bundles)
    assert [stack.template for stack in assembly.read(tmp_path / "new")] == [
        stack.template for stack in assembly.read(earlier)
    ]


def test_the_copy_serves_again(tmp_path: Path, earlier: Path, bundles: list[Path]) -> None:
    (bundles[1] / "auth" / "app.py").write_text("two")
    rebundle.rebundle(earlier, tmp_path / "new", bundles)
    assert rebundle.find(tmp_path, "digest") in (earlier, tmp_path / "new")
    assert rebundle.find(tmp_path, "another") is None
