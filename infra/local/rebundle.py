"""New code in an assembly whose declarations did not change: `python -m infra.local.rebundle`.

Synthesizing the CDK app takes many times as long as building its bundles. When only code changed,
the templates of an earlier assembly still hold, and only the hashes of their code assets are new.
The hash of the template, by which the CDK CLI would stage it, stays as it was: the deployer of the
embedded stack does not use it.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from infra import bundling, features
from infra.local import declarations, zips
from infra.local.synth import DECLARATIONS_FILE, NO_ASSEMBLY
from infra.paths import ROOT


def rebundle(earlier: Path, directory: Path, bundles: list[Path]) -> None:
    """Copy an assembly and put the current bundles into the copy.

    Args:
        earlier: Assembly with the same declarations.
        directory: Where the copy goes.
        bundles: Folders of all bundles.
    """
    shutil.copytree(earlier, directory)
    for bundle in bundles:
        asset = _find_asset(directory, bundle)
        files = zips.read(bundle)
        if zips.read(asset) == files:
            continue
        old = asset.name.removeprefix("asset.")
        new = bundling.asset_hash(bundle)
        shutil.rmtree(asset)
        shutil.copytree(bundle, directory / f"asset.{new}")
        for file in directory.glob("*.json"):
            file.write_text(file.read_text().replace(old, new))


def find(base: Path, digest: str) -> Path | None:
    """Return the newest assembly below `base` that was made from these declarations."""
    files = sorted(base.glob(f"*/{DECLARATIONS_FILE}"), key=lambda file: file.stat().st_mtime)
    return next((file.parent for file in reversed(files) if file.read_text() == digest), None)


def _find_asset(directory: Path, bundle: Path) -> Path:
    """Return the asset of a bundle: both have the same folder at the top."""
    (name,) = (path.name for path in bundle.iterdir() if path.is_dir())
    (asset,) = (path for path in directory.glob("asset.*") if (path / name).is_dir())
    return asset


def _bundles() -> Iterator[Path]:
    yield bundling.layer(bundling.LOCAL)
    for group in features.names():  # without libraries, all bundles of a group are the same
        yield bundling.function(group, bundling.LOCAL)


def main(base: Path, directory: Path) -> int:
    """Print the digest of the declarations, and make the assembly if an earlier one serves."""
    digest = declarations.digest(ROOT)
    print(digest)
    earlier = find(base, digest)
    if earlier is None:
        return NO_ASSEMBLY
    rebundle(earlier, directory, list(_bundles()))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
