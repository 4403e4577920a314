"""Generated files: written by their command, compared in CI."""

import sys
from collections.abc import Mapping
from pathlib import Path

from infra.paths import ROOT


def write_or_check(files: Mapping[Path, str], *, check: bool) -> None:
    """Write the files, or with `check` exit with 1 and their names when one would change."""
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"{'stale' if check else 'wrote'} {path.relative_to(ROOT)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
    if check and stale:
        sys.exit("Generated files are stale: run `make generate` and commit them.")
