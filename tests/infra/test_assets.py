"""Code that changed is deployed: an asset has the name of its content, however it was made."""

from pathlib import Path

from infra import bundling
from infra.local.settings import Settings
from infra.local.synth import synth


def test_an_asset_is_named_by_its_content() -> None:
    """Also in an assembly that was made of an earlier one."""
    assets = [path for path in synth(Settings.load()).glob("asset.*") if path.is_dir()]
    assert assets
    assert {path.name for path in assets} == {
        f"asset.{bundling.asset_hash(path)}" for path in assets
    }


def test_the_hash_of_a_bundle_is_that_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "auth").mkdir()
    app = tmp_path / "auth" / "app.py"
    app.write_text("one")
    first = bundling.content_hash(tmp_path)
    app.write_text("two")
    assert bundling.content_hash(tmp_path) != first
    app.rename(tmp_path / "app.py")
    moved = bundling.content_hash(tmp_path)
    (tmp_path / "app.py").write_text("one")
    assert first not in (moved, bundling.content_hash(tmp_path))
